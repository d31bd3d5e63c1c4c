"""``flask init``: an empty system with the tree, the standards and a first administrator."""

import click
import sqlalchemy as sa
from flask.cli import with_appcontext
from flask_migrate import upgrade

from campaigns import clock, jurisdictions, people
from campaigns.database import db
from campaigns.people import Person, Role
from campaigns.standards import catalogue
from campaigns.text import Bilingual


@click.command()
@click.option("--username", default="admin", show_default=True)
@with_appcontext
def init(username: str) -> None:
    """Sets up an empty database; prints the first administrator's password once."""
    upgrade()
    if db.session.scalar(sa.select(Person.id).limit(1)) is not None:
        raise click.ClickException("this database is in use: it has accounts already")
    places()
    initial = people.initial_password()
    root = jurisdictions.find("51", jurisdictions.Scope((jurisdictions.interval("/51/"),)))
    person = people.add_initial(username, Bilingual("系统管理员", "Administrator"), initial)
    for role in (Role.ADMIN, Role.OFFICE):
        people.grant(person, role, place=root, valid_from=clock.today())
    db.session.commit()
    click.echo(
        f"user name {username}, password {initial.plain} "
        "(shown once; has to be changed within 72 hours)"
    )


def places() -> None:
    """The tree of Langzhong and the catalogue of standards."""
    jurisdictions.add_all(jurisdictions.read(jurisdictions.LANGZHONG), jurisdictions.LANGZHONG_FROM)
    catalogue.publish()
