"""Where Kolben would show its own name, and somebody relies on Flask's.

Two places: the text of `repr(g)`, and the module that a warning comes from, by which programs and
test suites choose the warnings to ignore (`ignore::UserWarning:flask.app`).
"""

from __future__ import annotations

import re
import warnings
from functools import wraps
from types import ModuleType
from typing import Any

from kolben.drop_in.modules import ROOMS

__all__ = ["say_flask_in_repr", "translate_warning_filters"]

#: What Flask does in one module and Kolben in several.
_SPREAD = {
    "flask.app": (
        "kolben.coercion",
        "kolben.dispatch",
        "kolben.first_request",
        "kolben.protocols",
        "kolben.template_hooks",
        "kolben.urls",
        "kolben.way",
    ),
}


def say_flask_in_repr(contexts: ModuleType) -> None:
    """Let `repr(g)` say `<flask.g of 'app'>`.

    Args:
        contexts: The module `kolben.contexts`.
    """
    cls = contexts._AppCtxGlobals
    original = cls.__repr__
    if hasattr(original, "__wrapped__"):  # flask.ctx was imported before, and forgotten
        return

    @wraps(original)
    def shown(self: object) -> str:
        return re.sub(r"\A<kolben\.", "<flask.", original(self))

    cls.__repr__ = shown


def translate_warning_filters() -> None:
    """Let filters for warnings from modules of Flask find those of Kolben's rooms.

    A filter holds a pattern for the module's name. From now on `warnings.filterwarnings`, through
    which also `-W`, `PYTHONWARNINGS` and pytest's settings go, widens a pattern that fits a module
    of Flask to the rooms that stand for it.
    """
    original = warnings.filterwarnings

    @wraps(original)
    def filterwarnings(
        action: Any,
        message: str = "",
        category: type[Warning] = Warning,
        module: str = "",
        lineno: int = 0,
        append: bool = False,
    ) -> None:
        original(action, message, category, _widened(module), lineno, append)

    warnings.filterwarnings = filterwarnings


def _widened(pattern: str) -> str:
    """Add the rooms of Kolben to a pattern of module names that fits modules of Flask."""
    if "flask" not in pattern:  # "" fits everything as it is
        return pattern
    rooms: set[str] = set()
    for name, room in ROOMS.items():
        if re.match(pattern, name):
            rooms.update((room, *_SPREAD.get(name, ())))
    if not rooms:
        return pattern
    ours = "|".join(re.escape(room) for room in sorted(rooms))
    return rf"(?:{pattern})|(?:{ours})(?:\.|\Z)"
