"""Kolben."""

from typing import Any

import kolben
from bench.apps.flask_like import build_with


def build() -> Any:
    """Build the app."""
    return build_with(kolben, kolben.Kolben)
