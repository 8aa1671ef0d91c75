"""The ``kolben`` command, and what apps use to add commands of their own.

Every name is loaded at its first use (PEP 562), so that ``app.cli`` costs only click, and
``kolben --help`` costs no server, template engine or TLS. Commands look up what they call
(``run_simple``, ``show_server_banner``, ``load_dotenv`` ...) here, on the package, at each call:
replace a name with ``monkeypatch.setattr(kolben.cli, ...)`` and the commands use yours.

Differs from Flask: the names are one package of small rooms instead of one module.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import click as click
    from werkzeug.serving import is_running_from_reloader as is_running_from_reloader
    from werkzeug.serving import run_simple as run_simple
    from werkzeug.utils import import_string as import_string

    from kolben.globals import current_app as current_app
    from kolben.helpers import get_debug_flag as get_debug_flag
    from kolben.helpers import get_load_dotenv as get_load_dotenv

    from .cert import CertParamType, SeparatedPathType
    from .cert import validate_key as _validate_key
    from .env import load_dotenv
    from .groups import AppGroup, KolbenGroup
    from .groups import KolbenGroup as FlaskGroup
    from .locate import (
        NoAppException,
        find_app_by_string,
        find_best_app,
        locate_app,
        prepare_import,
    )
    from .locate import called_with_wrong_args as _called_with_wrong_args
    from .options import app_option as _app_option
    from .options import debug_option as _debug_option
    from .options import env_file_option as _env_file_option
    from .options import get_version, version_option
    from .program import cli
    from .routes import routes_command
    from .run import run_command, show_server_banner
    from .script import ScriptInfo, pass_script_info, with_appcontext
    from .serve import serve_command
    from .shell import shell_command

__all__ = [
    "AppGroup",
    "CertParamType",
    "FlaskGroup",
    "KolbenGroup",
    "NoAppException",
    "ScriptInfo",
    "SeparatedPathType",
    "_app_option",
    "_called_with_wrong_args",
    "_debug_option",
    "_env_file_option",
    "_validate_key",
    "cli",
    "find_app_by_string",
    "find_best_app",
    "get_version",
    "load_dotenv",
    "locate_app",
    "main",
    "pass_script_info",
    "prepare_import",
    "routes_command",
    "run_command",
    "serve_command",
    "shell_command",
    "show_server_banner",
    "version_option",
    "with_appcontext",
]

# What a name is here → the module that has it, and its name there (None: the module itself).
_HOMES: dict[str, tuple[str, str | None]] = {
    "AppGroup": ("kolben.cli.groups", "AppGroup"),
    "CertParamType": ("kolben.cli.cert", "CertParamType"),
    "FlaskGroup": ("kolben.cli.groups", "KolbenGroup"),
    "KolbenGroup": ("kolben.cli.groups", "KolbenGroup"),
    "NoAppException": ("kolben.cli.locate", "NoAppException"),
    "ScriptInfo": ("kolben.cli.script", "ScriptInfo"),
    "SeparatedPathType": ("kolben.cli.cert", "SeparatedPathType"),
    "_app_option": ("kolben.cli.options", "app_option"),
    "_called_with_wrong_args": ("kolben.cli.locate", "called_with_wrong_args"),
    "_debug_option": ("kolben.cli.options", "debug_option"),
    "_env_file_option": ("kolben.cli.options", "env_file_option"),
    "_validate_key": ("kolben.cli.cert", "validate_key"),
    "cli": ("kolben.cli.program", "cli"),
    "click": ("click", None),
    "current_app": ("kolben.globals", "current_app"),
    "find_app_by_string": ("kolben.cli.locate", "find_app_by_string"),
    "find_best_app": ("kolben.cli.locate", "find_best_app"),
    "get_debug_flag": ("kolben.helpers", "get_debug_flag"),
    "get_load_dotenv": ("kolben.helpers", "get_load_dotenv"),
    "get_version": ("kolben.cli.options", "get_version"),
    "import_string": ("werkzeug.utils", "import_string"),
    "is_running_from_reloader": ("werkzeug.serving", "is_running_from_reloader"),
    "load_dotenv": ("kolben.cli.env", "load_dotenv"),
    "locate_app": ("kolben.cli.locate", "locate_app"),
    "pass_script_info": ("kolben.cli.script", "pass_script_info"),
    "prepare_import": ("kolben.cli.locate", "prepare_import"),
    "routes_command": ("kolben.cli.routes", "routes_command"),
    "run_command": ("kolben.cli.run", "run_command"),
    "run_simple": ("werkzeug.serving", "run_simple"),
    "serve_command": ("kolben.cli.serve", "serve_command"),
    "shell_command": ("kolben.cli.shell", "shell_command"),
    "show_server_banner": ("kolben.cli.run", "show_server_banner"),
    "version_option": ("kolben.cli.options", "version_option"),
    "with_appcontext": ("kolben.cli.script", "with_appcontext"),
}


def __getattr__(name: str) -> Any:
    """Load a name from its room at first use; see PEP 562."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(home[0])
    return module if home[1] is None else getattr(module, home[1])


def __dir__() -> list[str]:
    """List the loaded names and those that wait to be loaded."""
    return sorted({*globals(), *_HOMES})


def main() -> None:
    """Run the ``kolben`` command on ``sys.argv``, and exit.

    An exception that leaves the app's own code is shown by ``sys.excepthook`` from the first line
    of that code on; the frames of click and of Kolben above it are left out. The exit code is then
    1.

    Raises:
        SystemExit: Always, with the exit code of the command.

    Differs from Flask: Flask shows the frames of its command line too.
    """
    from .program import cli

    try:
        cli.main()
    except Exception as error:  # noqa: BLE001  # it is shown as Python would show it
        from .tracebacks import of_the_user

        tb = of_the_user(error)
        sys.excepthook(type(error), error.with_traceback(tb), tb)
        sys.exit(1)
