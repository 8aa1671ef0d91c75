"""The two context variables, and the stacks that old tutorials know.

Theory of operation: ``_cv_app`` and ``_cv_request`` each hold the context object that is on top;
what lies below it is remembered by the context itself (see :mod:`kolben.contexts`). So the top is
one ``ContextVar.get()`` away, and whoever runs in a copy of a ``contextvars.Context`` has stacks of
their own. Nothing here knows what the contexts are; that is why every room of the house may import
this one.
"""

from __future__ import annotations

from contextvars import ContextVar, Token, copy_context
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from .local import LocalProxy
from .local.proxy import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from .app import Kolben
    from .contexts import AppContext, RequestContext


class Stackable(Protocol):
    """What can lie on a context stack: it remembers how it was bound, newest first."""

    _pushed: tuple[Any, ...] | None
    _calm: bool


C = TypeVar("C", bound=Stackable)

_bound_app: ContextVar[AppContext] = ContextVar("kolben.app_ctx")
_cv_request: ContextVar[RequestContext] = ContextVar("kolben.request_ctx")


class AppVariable(Source):
    """What ``_cv_app`` is: a context variable that is set when somebody looks at it.

    Most requests look at neither ``g`` nor ``current_app``, so the straight lane binds the context
    of the request alone; that one makes the application context when it is asked for it here.
    """

    # PERF bench hello: 0.4 µs less than to make and bind one for every request

    __slots__ = ()

    name = _bound_app.name
    __proxy_variable__ = _bound_app

    def get(self, *default: Any) -> Any:
        """Return the application context on top, else the default, else raise ``LookupError``."""
        context = _bound_app.get(None)
        if context is None:
            request_context = _cv_request.get(None)
            if request_context is None or getattr(request_context, "_found", None) is None:
                return _bound_app.get(*default)
            context = request_context.bind_app()
        return context

    def set(self, context: Any) -> Token[Any]:
        """Put an application context on top; return what undoes it."""
        return _bound_app.set(context)

    def reset(self, token: Token[Any]) -> None:
        """Undo a ``set``."""
        _bound_app.reset(token)

    def __proxy_resolver__(self, name: str | None, message: str | None) -> Callable[[], Any]:
        """Make the function that finds a proxy's object (see `kolben.local`)."""
        read = attrgetter(name) if name else None
        bound = _bound_app.get

        def current() -> Any:
            context = bound(None)
            if context is None:
                request_context = _cv_request.get(None)
                if request_context is None or getattr(request_context, "_found", None) is None:
                    raise RuntimeError(message or "Working outside of application context.")
                context = request_context.bind_app()
            return context if read is None else read(context)

        return current


if TYPE_CHECKING:
    _cv_app: ContextVar[AppContext]
else:
    _cv_app = AppVariable()


#: What undoes the first push of all in a Context: in the place of its own token, so that none has
#: to be kept. It belongs to a Context that nobody is ever in.
FIRST: Token[Any] = copy_context().run(_cv_request.set, None)  # type: ignore[arg-type]

#: What such a push leaves behind.
# PERF bench wire: 1 % of a request's instructions less than a cell of its own for each
FIRST_CELL = FIRST, None, None


def unbind(variable: ContextVar[Any], token: Token[Any]) -> None:
    """Give a context variable back the value it had before ``token``'s ``set()``.

    Args:
        variable: The variable that was set.
        token: What ``variable.set()`` returned.

    Differs from ``ContextVar.reset``: a token made in another ``contextvars.Context`` is honoured
    too (a test fixture may push in one task and pop in the next).
    """
    if token is FIRST:
        variable.set(None)
        return
    try:
        variable.reset(token)
    except ValueError:
        below = token.old_value
        variable.set(None if below is Token.MISSING else below)


def top_of(variable: ContextVar[Any], message: str) -> Callable[[], Any]:
    """Make a function that returns the context on top, for a proxy.

    Args:
        variable: The context variable that holds the top.
        message: What the error says when there is none.
    """

    def top() -> Any:
        context = variable.get(None)
        if context is None:  # never set, or given back its None by ``unbind``
            raise RuntimeError(message)
        return context

    return top


def active_app() -> Kolben | None:
    """Return the app of the context on top, without making a context only to ask it."""
    context: Any = _bound_app.get(None)
    if context is None:
        context = _cv_request.get(None)
        if context is None:
            return None
    app: Kolben = context.app
    return app


class ContextStack(Generic[C]):
    """A stack-shaped view of one context variable: ``top``, ``push``, ``pop``, a call for a proxy.

    This is what ``_app_ctx_stack`` and ``_request_ctx_stack`` were before Flask 2.2. ``push`` and
    ``pop`` only bind and unbind; to run hooks and teardown use the context's own methods.

    Args:
        variable: The context variable that holds the top.
        kind: What lies on the stack, for messages ("application", "request").
    """

    __slots__ = ("_kind", "_variable")

    def __init__(self, variable: ContextVar[C], kind: str) -> None:
        self._variable = variable
        self._kind = kind

    @property
    def top(self) -> C | None:
        """The context on top, or ``None`` when there is none."""
        return self._variable.get(None)

    def push(self, context: C) -> list[C]:
        """Bind a context without running its hooks.

        Args:
            context: An application or request context.

        Returns:
            The stack from bottom to top, the new context last.

        Raises:
            TypeError: The object is no context.
        """
        if not hasattr(context, "_pushed"):
            raise TypeError(
                f"only {self._kind} contexts can be pushed, got {type(context).__name__!r};"
                " for objects of your own use a kolben.local.LocalStack"
            )
        below = self.top
        if below is not None:
            below._calm = False
        context._pushed = (self._variable.set(context), None, context._pushed)
        return self._list()

    def pop(self) -> C | None:
        """Unbind the top context without running its teardown.

        Returns:
            The context that was on top, or ``None`` when there was none.
        """
        top = self._variable.get(None)
        if top is not None and top._pushed is not None:
            top._calm = False
            token, _, top._pushed = top._pushed
            unbind(self._variable, token)
        elif top is not None:  # left on top by pops in the wrong order
            self._variable.set(None)  # type: ignore[arg-type]  # get(None) answers the same
        return top

    def __call__(self, name: str | None = None, *, unbound_message: str | None = None) -> Any:
        """Make a proxy for the top context, or for one of its attributes.

        Args:
            name: The attribute to stand for; the context itself if left out.
            unbound_message: What the ``RuntimeError`` says when there is no context.

        Returns:
            A ``LocalProxy``.
        """
        message = unbound_message or f"Working outside of {self._kind} context."
        if name is None:
            return LocalProxy(top_of(self._variable, message))
        return LocalProxy(self._variable, name, unbound_message=message)

    def _list(self) -> list[C]:
        """List the contexts from bottom to top."""
        found: list[C] = []
        seen: dict[int, tuple[Any, ...] | None] = {}
        context = self._variable.get(None)
        while context is not None:
            found.append(context)
            pushed = seen.get(id(context), context._pushed)
            if pushed is None:
                break
            seen[id(context)] = pushed[2]
            below = pushed[0].old_value
            context = None if below is Token.MISSING else below
        return found[::-1]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._kind} contexts: {self._list()!r}>"


_app_ctx_stack: ContextStack[AppContext] = ContextStack(_cv_app, "application")
_request_ctx_stack: ContextStack[RequestContext] = ContextStack(_cv_request, "request")
