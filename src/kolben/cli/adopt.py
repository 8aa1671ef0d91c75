"""``kolben adopt``: let ``import flask`` mean Kolben in every process of an environment."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kolben.drop_in.adoption import State


@click.command("adopt", short_help="Let `import flask` mean Kolben in this environment.")
@click.option("--undo", is_flag=True, help="Take it back.")
@click.option(
    "--status", is_flag=True, help="Tell whether it is so; exit with 0 if it is, 1 if not."
)
@click.option("--force", is_flag=True, help="Do it outside of a virtual environment too.")
def adopt_command(undo: bool, status: bool, force: bool) -> None:
    """Let `import flask` mean Kolben in every process of this virtual environment.

    `flask run`, gunicorn, celery, pytest and all other programs need no change then. Whether Flask
    is installed or not makes no difference. KOLBEN_ADOPT=0 in the environment turns it off for a
    process.
    """
    from kolben.drop_in.adoption import AdoptionError, Environment

    if undo and status:
        raise click.UsageError("--undo and --status exclude each other.")
    environment = Environment()
    try:
        if status:
            _tell(environment.state())
        elif undo:
            removed = environment.undo()
            what = f"undone: `import flask` is Flask again in {environment.prefix}"
            click.echo(what if removed else f"nothing to undo in {environment.prefix}")
        else:
            _tell(environment.adopt(force=force))
    except AdoptionError as error:
        raise click.ClickException(str(error)) from error


def _tell(state: State) -> None:
    """Print what an environment is like; exit with 1 where it isn't adopted."""
    if state.adopted_by is None:
        click.echo(f"not adopted: `import flask` means Flask in {sys.prefix}")
    else:
        click.echo(f"adopted: `import flask` means Kolben in {sys.prefix}")
        click.echo(f"  by kolben {state.adopted_by}; 'kolben adopt --undo' takes it back")
    if state.real_flask is None:
        click.echo("  no real Flask is installed")
    else:
        used = "is installed and used" if state.adopted_by is None else "is installed and not used"
        click.echo(f"  the real Flask {used}: {state.real_flask}")
    for path in state.files:
        click.echo(f"  {path}")
    if state.adopted_by is None:
        raise SystemExit(1)
