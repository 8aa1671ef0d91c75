"""Whoever looks for proxies with Werkzeug's class finds Kolben's as well.

`isinstance(value, werkzeug.local.LocalProxy)` is how extensions tell `request` or `current_app`
from the object behind it, before they unwrap it or leave it alone. Flask's proxies are of that
class; Kolben's have one of their own. So the name gets a subclass there that answers for both, and
is Werkzeug's in all else.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from kolben.local import LocalProxy

__all__ = ["answer_for_ours"]


def answer_for_ours(module: ModuleType) -> None:
    """Let Werkzeug's class of proxies answer for Kolben's. Doing it again changes nothing.

    Args:
        module: The module `werkzeug.local`.
    """
    original: Any = module.LocalProxy
    if isinstance(original, _Answering):
        return
    members = {"__slots__": (), "__doc__": original.__doc__, "__module__": original.__module__}
    module.LocalProxy = _Answering("LocalProxy", (original,), members)  # type: ignore[attr-defined]


class _Answering(type):
    """The type of a class that takes Kolben's proxies, and its own base's, for its instances."""

    def __instancecheck__(cls, instance: object) -> bool:
        # Asked of the type: the class has attributes of these names for what its proxies stand for.
        return type(cls).__subclasscheck__(cls, type(instance)) or super().__instancecheck__(
            instance
        )

    def __subclasscheck__(cls, subclass: type) -> bool:
        original = type.__getattribute__(cls, "__base__")
        if isinstance(original, _Answering):  # a class that a user has derived
            return super().__subclasscheck__(subclass)
        return issubclass(subclass, (LocalProxy, original))
