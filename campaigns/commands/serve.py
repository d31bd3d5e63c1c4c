"""``flask serve``: the web server, on this machine only unless told otherwise."""

import click
from granian import Granian
from granian.constants import Interfaces


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True)
def serve(host: str, port: int, workers: int) -> None:
    """Serves the application until it is stopped."""
    click.echo(f"http://{host}:{port}")
    Granian(
        "app:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        respawn_failed_workers=True,
    ).serve()
