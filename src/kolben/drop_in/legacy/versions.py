"""`__version__` of packages that don't say it themselves any more."""

from __future__ import annotations

from importlib.metadata import version

__all__ = ["werkzeug"]

werkzeug = version("werkzeug")
