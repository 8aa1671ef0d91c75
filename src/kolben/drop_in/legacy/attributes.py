"""Attributes that objects of Flask lost: a descriptor that reads, writes and warns."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from functools import wraps
from types import FrameType
from typing import Any, TypeVar

from kolben.drop_in.legacy.removed import RemovedNameError, advice

__all__ = ["RemovedAttribute", "put_on", "warn_from_outside", "warning"]

F = TypeVar("F", bound=Callable[..., Any])

#: Kolben's own frames are not to blame: a proxy that forwards, a method that calls another one.
_OURS = "kolben."


def _is_ours(frame: FrameType) -> bool:
    name: str = frame.f_globals.get("__name__", "")
    return name.startswith(_OURS)


def warn_from_outside(text: str) -> None:
    """Warn at the nearest line that isn't Kolben's own.

    Args:
        text: What to say.

    Raises:
        RemovedNameError: Deprecation warnings are errors.
    """
    level = 2
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame):
        frame = frame.f_back
        level += 1
    try:
        warnings.warn(text, DeprecationWarning, stacklevel=level)
    except DeprecationWarning as error:
        raise RemovedNameError(text) from error


class RemovedAttribute:
    """An attribute that was removed: it works, and says what replaces it.

    Args:
        instead: What new code writes.
        read: Returns the value, given the object.
        write: Takes the object and a value; without it the attribute can't be set.
    """

    def __init__(
        self,
        instead: str,
        read: Callable[[Any], Any],
        write: Callable[[Any, Any], None] | None = None,
    ) -> None:
        self.instead = instead
        self.read = read
        self.write = write
        self.name = self.owner = self.package = "?"

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        """Read the attribute; on the class, give the descriptor."""
        if obj is None:
            return self
        self._warn()
        return self.read(obj)

    def __set__(self, obj: Any, value: Any) -> None:
        """Set the attribute, or store nothing where that has no meaning any more."""
        if self.write is None:
            raise AttributeError(f"{self.owner}.{self.name} can't be set; use {self.instead}")
        self._warn()
        self.write(obj, value)

    def _warn(self) -> None:
        warn_from_outside(
            f"{self.owner}.{self.name} was removed from {self.package}; {advice(self.instead)}"
        )


def put_on(cls: type, owner: str, attributes: dict[str, RemovedAttribute]) -> None:
    """Give a class removed attributes; what it has itself stays.

    Args:
        cls: The class.
        owner: What Flask calls it, for the warnings.
        attributes: The attributes by name.
    """
    for name, attribute in attributes.items():
        if not hasattr(cls, name):
            attribute.name, attribute.owner = name, owner
            attribute.package = "Werkzeug" if cls.__module__.startswith("werkzeug.") else "Flask"
            setattr(cls, name, attribute)


def warning(method: F, text: str) -> F:
    """Let a method warn before it runs, unless it is Kolben that calls it.

    Args:
        method: The method.
        text: What to say.

    Returns:
        A method of the same name.
    """

    @wraps(method)
    def warned(*args: Any, **kwargs: Any) -> Any:
        if not _is_ours(sys._getframe(1)):
            warn_from_outside(text)
        return method(*args, **kwargs)

    return warned  # type: ignore[return-value]  # it takes and returns the same
