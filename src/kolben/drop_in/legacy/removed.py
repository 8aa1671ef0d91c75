"""A name that Flask removed: where the thing is now, and what to write instead."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

__all__ = ["Removed"]


@dataclass(frozen=True, slots=True)
class Removed:
    """A removed name.

    Attributes:
        target: `module:name` of what it stands for now.
        instead: What new code writes.
    """

    target: str
    instead: str

    def warn(self, name: str, stacklevel: int = 1) -> None:
        """Warn that the name is used.

        Args:
            name: The name with its module, for example `flask.Markup`.
            stacklevel: Which caller is to blame: 1 is the one that calls this method.
        """
        warnings.warn(
            f"{name} was removed from Flask; use {self.instead}",
            DeprecationWarning,
            stacklevel=stacklevel + 1,
        )
