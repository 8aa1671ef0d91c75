"""Extensions of Jinja 2 that are built in since Jinja 3.

Apps that list them in `jinja_options` go on as they are.
"""

from __future__ import annotations

from jinja2.ext import Extension

__all__ = ["AutoEscapeExtension", "WithExtension"]


class AutoEscapeExtension(Extension):
    """Nothing: `{% autoescape %}` is always there."""


class WithExtension(Extension):
    """Nothing: `{% with %}` is always there."""
