"""The pytest plugin: a test run in which `flask` is Kolben (`pytest -p kolben.drop_in.plugin`).

pytest imports plugins named with `-p` before those that other distributions bring along and before
any `conftest.py`; that is why importing this module is what installs the drop-in.
"""

from __future__ import annotations

from importlib import import_module

from kolben import __version__
from kolben.drop_in import install
from kolben.drop_in.modules import EAGER, FLASK_VERSION

__all__ = ["pytest_report_header"]

install()

# A suite may take whatever a test imported out of sys.modules again when the test ends, as Flask's
# own does. What `import flask` would have loaded there has to be loaded before the first test, or
# a second copy of our classes turns up in the next one.
for _name in (*EAGER, "testing", "views", "debughelpers"):
    import_module(f"flask.{_name}")


def pytest_report_header() -> str:
    """Say at the top of the test run what `flask` is.

    Returns:
        The line to print.
    """
    return f"flask: Kolben {__version__}, as Flask {FLASK_VERSION}"
