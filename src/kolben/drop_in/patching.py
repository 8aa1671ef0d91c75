"""What is patched in a module of Flask is patched where Kolben reads it.

A module of Flask may be a package here: `flask.templating` is `kolben.templating`, and what it does
is in the modules below. Whoever replaces `flask.templating._render`, a test with `mock.patch` for
example, means that `render_template` calls the new one. So a name that is set in the package is set
in those of its modules too that have the same object by that name.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

__all__ = ["pass_on_patches"]

_nothing: Any = object()


def pass_on_patches(room: ModuleType) -> None:
    """Let a package set names in its modules too. Doing it again changes nothing.

    Args:
        room: A room of Kolben; one that is no package is left as it is.
    """
    if hasattr(room, "__path__"):
        room.__class__ = _Package


class _Package(ModuleType):
    """A package that passes on what replaces a name of its own."""

    def __setattr__(self, name: str, value: object) -> None:
        old = vars(self).get(name, _nothing)
        super().__setattr__(name, value)
        # A module that takes a function's name is one being imported, and replaces nothing.
        if old is not _nothing and not isinstance(value, ModuleType):
            for module in self._modules():
                if vars(module).get(name, _nothing) is old:
                    setattr(module, name, value)

    def _modules(self) -> list[ModuleType]:
        below = f"{self.__name__}."
        return [module for name, module in list(sys.modules.items()) if name.startswith(below)]
