"""Kolben under the name of `flask`: everything about being mistaken for Flask lives in this room.

`install` puts one finder in front of `sys.meta_path`. From then on `import flask` and
`from flask.anything import x` mean Kolben in this process, and `importlib.metadata` knows a
distribution named Flask even where none is installed. The rooms:

    modules.py        which room of Kolben each module of Flask stands for,
    names.py          names that Kolben's room spells differently or has elsewhere
    lending.py        how a room answers to them
    finder.py         the meta path finder that turns the table into modules
    namespace.py      the source of the module `flask` itself
    distribution.py   what `importlib.metadata` says about Flask where it isn't installed
    elsewhere.py      what other libraries and Kolben's own rooms lost, put back
    extensions.py     `flask.ext.NAME`
    patching.py       what is patched in a module of Flask is patched where Kolben reads it
    proxies.py        Werkzeug's class of proxies answers for Kolben's
    manners.py        where Flask's name must be seen: repr(g), filters for warnings
    culprit.py        who imported the real Flask before us
    legacy/           names that Flask had and dropped
    plugin.py         `pytest -p kolben.drop_in.plugin`
    __main__.py       `python -m kolben.drop_in -m MODULE ARGS` or `… SCRIPT ARGS`
"""

from __future__ import annotations

import sys

from kolben.drop_in.culprit import importer_of_flask
from kolben.drop_in.elsewhere import mind_modules
from kolben.drop_in.finder import FlaskFinder, is_ours
from kolben.drop_in.manners import translate_warning_filters

__all__ = ["RealFlaskImportedError", "install", "installed"]


class RealFlaskImportedError(ImportError):
    """The real Flask was imported before Kolben could take its name.

    Two frameworks under one name in one process would mix contexts, so this is never ignored.
    """


def install() -> None:
    """Make `import flask` mean Kolben in this process.

    Calling it again changes nothing. Nothing of Kolben is imported before it is used.

    Raises:
        RealFlaskImportedError: The real Flask was imported earlier; the message names the module
            that did it.
    """
    loaded = sys.modules.get("flask")
    if loaded is not None and not is_ours(loaded):
        raise RealFlaskImportedError(_too_late(getattr(loaded, "__file__", None)), name="flask")
    if not installed():
        mind_modules()
        sys.meta_path.insert(0, FlaskFinder())
        translate_warning_filters()


def installed() -> bool:
    """Tell whether `import flask` means Kolben in this process.

    Returns:
        True after `install`.
    """
    return any(isinstance(finder, FlaskFinder) for finder in sys.meta_path)


def _too_late(path: str | None) -> str:
    """Say what was imported too early, by whom, and what to do about it."""
    culprit = importer_of_flask() or "code that kept no reference to it"
    return (
        f"the real flask ({path or 'from an unknown place'}) was imported before"
        f" kolben.drop_in.install(), by {culprit}; call install() before that import, or start the"
        " program with 'python -m kolben.drop_in', a test run with"
        " 'pytest -p kolben.drop_in.plugin'"
    )
