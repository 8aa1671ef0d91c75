"""``kolben shell``: Python's prompt inside the app's context."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from .script import with_appcontext


@click.command("shell", short_help="Run a shell in the app context.")
@with_appcontext
def shell_command() -> None:
    """Run an interactive Python shell in the app's context.

    The names that it knows are 'app', 'g' and what the app's shell context processors add; the file
    in PYTHONSTARTUP is run before.
    """
    from code import interact

    from kolben import cli

    app = cli.current_app
    names: dict[str, Any] = {}
    _run_startup_file(names)
    names.update(app.make_shell_context())
    _call_interactive_hook(names)
    banner = (
        f"Python {sys.version} on {sys.platform}\n"
        f"App: {app.import_name}\n"
        f"Instance: {app.instance_path}"
    )
    interact(banner=banner, local=names)


def _run_startup_file(names: dict[str, Any]) -> None:
    """Run the file that ``PYTHONSTARTUP`` names, as the ordinary prompt does."""
    from pathlib import Path

    path = Path(os.environ.get("PYTHONSTARTUP") or os.devnull)
    if path.is_file():
        code = compile(path.read_bytes(), path, "exec")
        exec(code, names)  # noqa: S102  # the user's own file, which the user switched on


def _call_interactive_hook(names: dict[str, Any]) -> None:
    """Call ``sys.__interactivehook__`` (history, completion) for the names of this shell."""
    hook = getattr(sys, "__interactivehook__", None)
    if hook is None:
        return
    try:
        import readline
        from rlcompleter import Completer
    except ImportError:
        pass  # no readline on this platform; the hook may have other things to do
    else:
        readline.set_completer(Completer(names).complete)  # else it completes names of __main__
    hook()
