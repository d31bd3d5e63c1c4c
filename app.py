"""The application, as servers and the ``flask`` command find it."""

from campaigns import commands
from campaigns.pages.application import create_app

app = create_app()
commands.register(app)
