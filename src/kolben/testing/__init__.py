"""Test an app without a server: a client that makes requests, a runner that invokes commands.

The usual way in is ``app.test_client()`` and ``app.test_cli_runner()``. Every name is loaded at its
first use (PEP 562): the client does not need click, nor the runner Werkzeug's test tools.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import EnvironBuilder, KolbenClient
    from .client import KolbenClient as FlaskClient
    from .client import werkzeug_version as _get_werkzeug_version
    from .runner import KolbenCliRunner
    from .runner import KolbenCliRunner as FlaskCliRunner
    from .websocket import WebSocketClosed, WebSocketRefused

__all__ = [
    "EnvironBuilder",
    "FlaskCliRunner",
    "FlaskClient",
    "KolbenCliRunner",
    "KolbenClient",
    "WebSocketClosed",
    "WebSocketRefused",
    "_get_werkzeug_version",
]

# What a name is here → the room that has it, and its name there.
_HOMES = {
    "EnvironBuilder": ("client", "EnvironBuilder"),
    "FlaskCliRunner": ("runner", "KolbenCliRunner"),
    "FlaskClient": ("client", "KolbenClient"),
    "KolbenCliRunner": ("runner", "KolbenCliRunner"),
    "KolbenClient": ("client", "KolbenClient"),
    "WebSocketClosed": ("websocket", "WebSocketClosed"),
    "WebSocketRefused": ("websocket", "WebSocketRefused"),
    "_get_werkzeug_version": ("client", "werkzeug_version"),
}


def __getattr__(name: str) -> Any:
    """Load a name from its room at first use; see PEP 562."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home[0]}"), home[1])


def __dir__() -> list[str]:
    """List the loaded names and those that wait to be loaded."""
    return sorted({*globals(), *_HOMES})
