"""The storage itself: a namespace and a stack, each a view of one context variable."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from .forwarding import Resolver
from .proxy import LocalProxy, Source, unbound

T = TypeVar("T")


class Local(Source):
    """A namespace whose attributes belong to the current context.

    Args:
        context_var: The variable that stores the attributes; a new one if left out. What is
            stored lives as long as its contexts, so make locals once, at module level.
    """

    __slots__ = ("__storage",)
    __storage: ContextVar[dict[str, Any]]

    def __init__(self, context_var: ContextVar[dict[str, Any]] | None = None) -> None:
        storage = context_var or ContextVar(f"kolben.Local.{id(self):x}")
        object.__setattr__(self, "_Local__storage", storage)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Iterate over the ``(name, value)`` pairs of this context."""
        return iter(self.__storage.get({}).items())

    def __call__(self, name: str, *, unbound_message: str | None = None) -> LocalProxy[Any]:
        """Make a proxy for one attribute.

        Args:
            name: The attribute; it need not be set yet.
            unbound_message: What the ``RuntimeError`` says while it is not set.

        Returns:
            The proxy.
        """
        return LocalProxy(self, name, unbound_message=unbound_message)

    def __proxy_resolver__(self, name: str | None, message: str | None) -> Resolver:
        if name is None:
            raise TypeError("a proxy for a Local needs a 'name': the attribute that it stands for")
        read = operator.attrgetter(name)

        def current() -> Any:
            try:
                return read(self)
            except AttributeError:
                raise unbound(message, f"{name!r} is not set on the Local") from None

        return current

    def __release_local__(self) -> None:
        self.__storage.set({})

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__storage.get()[name]
        except LookupError:
            raise AttributeError(
                f"{name!r} is not set on this {type(self).__name__} in the current context",
                name=name,
                obj=self,
            ) from None

    def __setattr__(self, name: str, value: Any) -> None:
        values = self.__storage.get({}).copy()
        values[name] = value
        self.__storage.set(values)

    def __delattr__(self, name: str) -> None:
        values = self.__storage.get({}).copy()
        if name not in values:
            raise AttributeError(
                f"{name!r} is not set on this {type(self).__name__} in the current context,"
                " so it can't be deleted",
                name=name,
                obj=self,
            )
        del values[name]
        self.__storage.set(values)


class LocalStack(Source, Generic[T]):
    """A stack that belongs to the current context.

    Args:
        context_var: The variable that stores the list; a new one if left out. What is stored
            lives as long as its contexts, so make stacks once, at module level.
    """

    __slots__ = ("_storage",)

    def __init__(self, context_var: ContextVar[list[T]] | None = None) -> None:
        self._storage = context_var or ContextVar(f"kolben.LocalStack.{id(self):x}")

    def __proxy_resolver__(self, name: str | None, message: str | None) -> Resolver:
        read = operator.attrgetter(name) if name else None

        def current() -> Any:
            top = self.top
            if top is None:
                raise unbound(message, "the LocalStack is empty")
            return read(top) if read else top

        return current

    def __release_local__(self) -> None:
        self._storage.set([])

    def push(self, obj: T) -> list[T]:
        """Lay an object on top.

        Args:
            obj: Anything; ``None`` on top looks like an empty stack.

        Returns:
            The stack as it is now, bottom first.
        """
        stack = [*self._storage.get([]), obj]
        self._storage.set(stack)
        return stack

    def pop(self) -> T | None:
        """Take the top off.

        Returns:
            What was on top, or ``None`` if the stack was empty.
        """
        stack = self._storage.get([])
        if not stack:
            return None
        self._storage.set(stack[:-1])
        return stack[-1]

    @property
    def top(self) -> T | None:
        """What is on top, or ``None`` if the stack is empty."""
        try:
            return self._storage.get()[-1]
        except LookupError:
            return None

    def __call__(
        self, name: str | None = None, *, unbound_message: str | None = None
    ) -> LocalProxy[Any]:
        """Make a proxy for whatever is on top, or for one of its attributes.

        Args:
            name: The attribute; the top itself if left out.
            unbound_message: What the ``RuntimeError`` says while the stack is empty.

        Returns:
            The proxy.
        """
        return LocalProxy(self, name, unbound_message=unbound_message)


def release_local(local: Local | LocalStack[Any]) -> None:
    """Empty a local in the current context.

    Args:
        local: The namespace or stack to empty; other contexts keep what they have.
    """
    local.__release_local__()
