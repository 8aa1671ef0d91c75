"""Names that a room of Kolben answers to only because somebody asks for them as Flask's.

The room stays one object under both names, so that patching works under both. A lent name is
looked up when it is asked for (PEP 562), after what the room has itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType

from kolben.drop_in.legacy.removed import Removed

__all__ = ["fetch", "lend", "resolve"]

Target = str | Removed


def lend(room: ModuleType, module: str, names: Mapping[str, Target]) -> None:
    """Give a room further names. Doing it again changes nothing.

    Args:
        room: The module of Kolben.
        module: The module of Flask that has the names.
        names: Each name, and the `module:name` it stands for or where it was removed to.
    """
    lent: dict[str, tuple[str, Target]] = vars(room).setdefault("__lent__", {})
    was_empty = not lent
    lent.update({name: (f"{module}.{name}", target) for name, target in names.items()})
    if was_empty and lent:
        vars(room)["__getattr__"] = _lookup(room, lent)


def _lookup(
    room: ModuleType,
    lent: Mapping[str, tuple[str, Target]],
) -> Callable[[str], object]:
    """Build the `__getattr__` of a room: what the room looks up itself, then the lent names."""
    own: Callable[[str], object] | None = vars(room).get("__getattr__")

    def lookup(name: str) -> object:
        if own is not None:
            try:
                return own(name)
            except AttributeError:
                if name not in lent:
                    raise
        if name in lent:
            return fetch(*lent[name], stacklevel=2)
        raise AttributeError(f"module {room.__name__!r} has no attribute {name!r}", name=name)

    return lookup


def fetch(name: str, target: Target, stacklevel: int = 1) -> object:
    """Import what a name stands for; warn if Flask has removed it.

    Args:
        name: The name with its module, for the warning.
        target: `module:name`, or where it was removed to.
        stacklevel: Which caller asked: 1 is the one that calls this function.

    Returns:
        The object.
    """
    if isinstance(target, Removed):
        target.warn(name, stacklevel + 1)
        target = target.target
    return resolve(target)


def resolve(target: str) -> object:
    """Import what an entry of a table points at.

    Args:
        target: `module:name`, or a module alone.

    Returns:
        The object.
    """
    module_name, _, name = target.partition(":")
    module = import_module(module_name)
    return getattr(module, name) if name else module
