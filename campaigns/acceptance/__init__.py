"""The city's acceptance: a team of several bodies re-checks some units, drawn by lot.

``rounds`` are the steps of a round, ``lot`` the draw that anybody can repeat, ``checks`` what the
team finds, ``agreement`` how far two members who did not know of each other say the same.
"""
