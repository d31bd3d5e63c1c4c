"""The commands of ``flask``."""

from flask import Flask

from campaigns.commands import (
    check,
    demo,
    digest,
    export,
    importing,
    initialise,
    likeness,
    lot,
    moving,
    nightly,
    serve,
)


def register(app: Flask) -> None:
    """Adds our commands to those of Flask."""
    for command in (
        check.check,
        demo.demo,
        digest.digest,
        export.export,
        importing.import_,
        initialise.init,
        likeness.likeness,
        lot.lot,
        moving.move_evidence,
        nightly.nightly,
        serve.serve,
    ):
        app.cli.add_command(command)
