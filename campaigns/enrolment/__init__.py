"""Enrolments and their items: one unit in one campaign, one criterion in one period.

``records`` has the tables and the loading, ``answers`` the rules of what may be sent,
``transitions`` every change of state, ``verdicts`` those in bulk and of what is decided already,
``carrying`` what earlier campaigns leave to confirm, ``scoring`` what a checklist is worth,
``recount`` the proof of the counters.
"""
