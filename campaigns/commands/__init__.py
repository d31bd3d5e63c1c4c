"""The commands of ``flask``."""

from flask import Flask

from campaigns.commands import check, demo, importing, initialise, serve


def register(app: Flask) -> None:
    """Adds our commands to those of Flask."""
    for command in (check.check, demo.demo, importing.import_, initialise.init, serve.serve):
        app.cli.add_command(command)
