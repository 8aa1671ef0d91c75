"""The pytest plugin: a test run in which `flask` is Kolben (`pytest -p kolben.drop_in.plugin`).

pytest imports plugins named with `-p` before those that other distributions bring along and before
any `conftest.py`; that is why importing this module is what installs the drop-in.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

from kolben import __version__
from kolben.drop_in import install
from kolben.drop_in.modules import FLASK_VERSION, ROOMS

__all__ = ["pytest_report_header"]

#: Libraries that Flask loads when it is imported and Kolben when they are needed.
_LIBRARIES = ("asyncio", "click", "itsdangerous", "jinja2", "werkzeug.debug", "werkzeug.serving")


def _load_everything() -> None:
    """Import what `import flask` would have loaded, and the rest of the rooms.

    A suite may take whatever a test imported out of `sys.modules` again when the test ends, as
    Flask's own does. What came late would then come a second time, as different classes.
    """
    for name in _LIBRARIES:
        import_module(name)
    for name in ROOMS:
        room = import_module(name)
        for each in walk_packages(getattr(room, "__path__", ()), f"{room.__name__}."):
            if not each.name.endswith(".__main__"):
                _load(each.name)
    flask = import_module("flask")
    for name in flask.__all__:  # before a test patches what they are fetched from
        getattr(flask, name)


def _load(name: str) -> None:
    """Import a module of Kolben's, unless it is for a library that isn't installed."""
    try:
        import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "kolben").partition(".")[0] == "kolben":
            raise


install()
_load_everything()


def pytest_report_header() -> str:
    """Say at the top of the test run what `flask` is.

    Returns:
        The line to print.
    """
    return f"flask: Kolben {__version__}, as Flask {FLASK_VERSION}"
