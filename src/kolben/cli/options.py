"""The options that every program has: ``--env-file``, ``--app``, ``--debug`` and ``--version``.

Each does its work in a callback, so that a program's own group function keeps its arguments to
itself.
"""

from __future__ import annotations

import os
from typing import Any

import click
from click.core import ParameterSource

from .env import FLASK_PREFIX, NATIVE_PREFIX
from .script import ScriptInfo

FLASK_CONTRACT = "3.1.3"
"""The version of Flask whose public API Kolben keeps."""

_NOT_GIVEN = frozenset({ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP})


def _set_app(ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Tell the :class:`ScriptInfo` where the app is."""
    if value is not None:
        ctx.ensure_object(ScriptInfo).app_import_path = value
    return value


# Eager, because --help lists the commands of the app; before --help in the list, which eager too.
app_option = click.Option(
    ["-A", "--app"],
    metavar="IMPORT",
    help=(
        "The application or its factory, as 'module:name'. The module is a dotted name or a file."
        " The name may be left out when it is 'app', 'application', 'create_app' or 'make_app', and"
        " may be a call with arguments: 'name(\"text\", 1)'."
    ),
    is_eager=True,
    expose_value=False,
    callback=_set_app,
)


def _set_debug(ctx: click.Context, param: click.Parameter, value: bool) -> bool | None:
    """Write ``--debug`` into the environment, where a factory can read it already."""
    if param.name is None or ctx.get_parameter_source(param.name) in _NOT_GIVEN:
        return None  # then the environment decides
    text = "1" if value else "0"
    os.environ[f"{FLASK_PREFIX}_DEBUG"] = text
    # This one would win over the other. It is put back at the end, so that in a test that invokes a
    # command it does not win over what the next test sets.
    native = f"{NATIVE_PREFIX}_DEBUG"
    before = os.environ.get(native)
    os.environ[native] = text
    ctx.call_on_close(lambda: _restore(native, before))
    return value


def _restore(name: str, value: str | None) -> None:
    """Set an environment variable to what it was."""
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


debug_option = click.Option(
    ["--debug/--no-debug"],
    help="Set debug mode.",
    expose_value=False,
    callback=_set_debug,
)


def _load_env_file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Load the given file, and the default ones unless they are unwanted."""
    if value is not None:
        try:
            import dotenv  # noqa: F401  # only to know whether it is installed
        except ImportError:
            raise click.BadParameter(
                "python-dotenv must be installed to load an env file:"
                " pip install 'kolben[dotenv]'.",
                ctx=ctx,
                param=param,
            ) from None

    wants_defaults = ctx.ensure_object(ScriptInfo).load_dotenv_defaults
    if value is not None or wants_defaults:
        from kolben import cli

        cli.load_dotenv(value, load_defaults=wants_defaults)
    return value


# Eager and first, because the other options may be set in these files.
env_file_option = click.Option(
    ["-e", "--env-file"],
    type=click.Path(exists=True, dir_okay=False),
    help=(
        "Set environment variables from this file, before those of '.env', '.kolbenenv' and"
        " '.flaskenv'. What is in the environment already is kept. Needs python-dotenv."
    ),
    is_eager=True,
    expose_value=False,
    callback=_load_env_file,
)


def get_version(ctx: click.Context, _param: click.Parameter | None, value: Any) -> None:
    """Print the versions of Python, Kolben, Flask's API and Werkzeug, and exit.

    Args:
        ctx: The context to exit from.
        _param: The option; not used.
        value: Whether the option was given.
    """
    if not value or ctx.resilient_parsing:
        return
    import platform
    from importlib.metadata import version

    from kolben import __version__

    click.echo(
        f"Python {platform.python_version()}\n"
        f"Kolben {__version__}\n"
        f"Flask {FLASK_CONTRACT} (the API that Kolben keeps)\n"
        f"Werkzeug {version('werkzeug')}",
        color=ctx.color,
    )
    ctx.exit()


version_option = click.Option(
    ["--version"],
    help="Show the versions of Kolben and of what it stands on.",
    expose_value=False,
    callback=get_version,
    is_flag=True,
    is_eager=True,
)
