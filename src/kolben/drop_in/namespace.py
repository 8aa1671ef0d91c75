"""Flask's names, each of them Kolben's object.

This file is executed as the module `flask` (see `finder.py`); imported under its own name it is
only a list. A name is fetched when somebody asks for it and then kept, so `import flask` costs
nothing, and replacing `flask.url_for` replaces it here alone, as in Flask.
"""

from __future__ import annotations

import importlib

from kolben.drop_in.legacy.names import REMOVED
from kolben.drop_in.lending import fetch
from kolben.drop_in.modules import EAGER, FLASK_VERSION, REMOVED_ROOMS, submodules

#: Flask's public names; the classes that Kolben calls otherwise are in `_RENAMED`.
_NAMES = (
    "Blueprint",
    "Config",
    "Flask",
    "Request",
    "Response",
    "abort",
    "after_this_request",
    "appcontext_popped",
    "appcontext_pushed",
    "appcontext_tearing_down",
    "before_render_template",
    "copy_current_request_context",
    "current_app",
    "flash",
    "g",
    "get_flashed_messages",
    "get_template_attribute",
    "got_request_exception",
    "has_app_context",
    "has_request_context",
    "jsonify",
    "make_response",
    "message_flashed",
    "redirect",
    "render_template",
    "render_template_string",
    "request",
    "request_finished",
    "request_started",
    "request_tearing_down",
    "send_file",
    "send_from_directory",
    "session",
    "stream_template",
    "stream_template_string",
    "stream_with_context",
    "template_rendered",
    "url_for",
)
_RENAMED = {"Flask": "Kolben"}

# Taken now: once the module `flask.globals` is imported, its name hides the function here.
_own = globals()

# `from flask import *` takes the modules too: Flask has no __all__ and imports them.
__all__ = [*_NAMES, *EAGER]  # noqa: PLE0604  # both are tuples of str, and checked by a test


def __getattr__(name: str) -> object:
    """Fetch one of Flask's names from Kolben (PEP 562).

    Args:
        name: The name.

    Returns:
        Kolben's object of that name, or the module `flask.NAME`.

    Raises:
        AttributeError: Flask has no such name.
    """
    if name in _NAMES:
        value: object = getattr(importlib.import_module("kolben"), _RENAMED.get(name, name))
        _own[name] = value
        return value
    if f"flask.{name}" in submodules() and name != "__main__":
        return importlib.import_module(f"flask.{name}")
    if f"flask.{name}" in REMOVED_ROOMS:
        return importlib.import_module(f"flask.{name}")
    if name in REMOVED["flask"]:
        return fetch(f"flask.{name}", REMOVED["flask"][name], stacklevel=2)
    if name == "__version__":
        return _version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)


def __dir__() -> list[str]:
    """List what the module has, fetched or not.

    Returns:
        The names, sorted.
    """
    return sorted({*_own, *__all__})


def _version() -> str:
    """Answer `flask.__version__`, deprecated there since 3.1."""
    import warnings
    from importlib.metadata import PackageNotFoundError, version

    warnings.warn(
        "flask.__version__ is deprecated and gone in Flask 3.2; ask for the feature you need, or"
        " for importlib.metadata.version('flask')",
        DeprecationWarning,
        stacklevel=3,
    )
    try:
        return version("flask")
    except PackageNotFoundError:  # the module was imported without the drop-in's finder
        return FLASK_VERSION
