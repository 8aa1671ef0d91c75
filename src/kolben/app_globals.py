"""What ``g`` stands for: a namespace for one application context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .stacks import _cv_app

if TYPE_CHECKING:
    from collections.abc import Iterator

_sentinel: Any = object()


class _AppCtxGlobals:
    """The plain namespace behind ``g``: attributes of your own, for one application context."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...
        def __delattr__(self, name: str) -> None: ...

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or ``default`` when it is not set."""
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: Any = _sentinel) -> Any:
        """Remove an attribute and return it.

        Args:
            name: The attribute.
            default: Returned when it is not set.

        Raises:
            KeyError: The attribute is not set and no default was given.
        """
        if default is _sentinel:
            return self.__dict__.pop(name)
        return self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return an attribute; set it to ``default`` first when it is not set."""
        return self.__dict__.setdefault(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        context = _cv_app.get(None)
        if context is not None:
            return f"<kolben.g of {context.app.name!r}>"
        return object.__repr__(self)
