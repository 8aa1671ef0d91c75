"""Commands: ``flask --app examples.members members promote you@example.org``."""

import click
from flask.cli import AppGroup

from examples.members import demo
from examples.members.extensions import db
from examples.members.models import Member, now

members = AppGroup("members", help="Look after the members.")


@members.command()
@click.argument("email")
def promote(email: str) -> None:
    """Make a member an administrator."""
    member = find(email)
    member.is_admin = True
    member.confirmed_at = member.confirmed_at or now()
    db.session.commit()
    click.echo(f"{member.email} is an administrator.")


@members.command()
@click.argument("email")
def demote(email: str) -> None:
    """Make an administrator a member like others."""
    member = find(email)
    if member.is_admin and Member.count_admins() == 1:
        raise click.ClickException(f"{member.email} is the last administrator; promote another.")
    member.is_admin = False
    db.session.commit()
    click.echo(f"{member.email} is no administrator.")


@members.command("demo")
def fill() -> None:
    """Fill an empty database with made-up members."""
    made = demo.fill()
    click.echo(f"Made {made} members." if made else "There are members already; nothing was made.")
    if made:
        click.echo(demo.accounts())


def find(email: str) -> Member:
    """Find a member, or say who is not there."""
    member = Member.by_email(email)
    if member is None:
        raise click.ClickException(f"Nobody has registered as {email!r}.")
    return member
