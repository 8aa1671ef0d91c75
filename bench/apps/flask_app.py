"""The real Flask."""

from typing import Any

import flask

from bench.apps.flask_like import build_with


def build() -> Any:
    """Build the app."""
    return build_with(flask, flask.Flask)
