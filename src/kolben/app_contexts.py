"""What both contexts have in common, and the application context.

Theory of operation: see :mod:`kolben.contexts`, where the request context is. Here are the cells
that pushes leave behind, how they are undone, and which teardown functions that runs.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from .app_globals import _AppCtxGlobals
from .signals import appcontext_popped, appcontext_pushed
from .stacks import _cv_app, unbind
from .waiting import AWAY, finish

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from werkzeug.routing import MapAdapter

    from .app import Kolben
    from .waiting import Step

T = TypeVar("T")

_sentinel: Any = object()


class _Context:
    """What both contexts have: a place on top of a context variable, and a way to give it up."""

    _variable: ClassVar[ContextVar[Any]]
    _own_leave: Callable[..., Step[None] | None]
    _pushed: tuple[Any, ...] | None
    #: ``False`` as soon as there is something to do at its end: a session was opened, functions
    #: wait for the response, somebody holds on, another context was put on top, or it was left.
    #: Read over ASGI.
    _calm: bool

    def push(self) -> None:
        """Bind this context."""
        raise NotImplementedError(f"{type(self).__name__} cannot be pushed")

    def leave(self, exc: BaseException | None) -> Step[None] | None:
        """Undo the newest push, as a step of the way: a generator if there is anything to run."""
        raise NotImplementedError(f"{type(self).__name__} cannot be left")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let the way leave a context by its ``pop`` where a subclass has one of its own."""
        super().__init_subclass__(**kwargs)
        if "leave" in vars(cls):
            cls._own_leave = cls.leave
        elif "pop" in vars(cls):
            cls.leave = _leave_by_pop  # type: ignore[method-assign]  # per class

    def pop(self, exc: BaseException | None = _sentinel) -> None:
        """Unbind this context; the last pop runs the teardown functions.

        Args:
            exc: What went wrong, for the teardown functions; by default the exception being
            handled.

        Raises:
            RuntimeError: The context was not pushed.
            AssertionError: Another context is on top.
        """
        step = self._own_leave(sys.exc_info()[1] if exc is _sentinel else exc)
        if step is not None:
            finish(step)

    def _unbind(self) -> None:
        """Undo the newest push."""
        self._calm = False
        token, _, self._pushed = _pushed_cell(self)
        unbind(self._variable, token)

    def __enter__(self) -> Self:
        self.push()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.pop(exc_value)


def _leave_by_pop(
    self: _Context, exc: BaseException | None, teardown: Step[None] | None = None
) -> Step[None] | None:
    """Leave a context by the ``pop`` of a subclass, unless only a teardown is to be ended."""
    if teardown is not None:
        return self._own_leave(exc, teardown)
    self.pop(exc)
    return _no_step()


def _no_step() -> Step[None]:
    """Do nothing, as a step of the way."""
    yield from ()


class AppContext(_Context):
    """What belongs to one use of an application: ``current_app`` and ``g``.

    Args:
        app: The application.
    """

    _variable = _cv_app

    app: Kolben
    g: _AppCtxGlobals
    url_adapter: MapAdapter | None

    def __init__(self, app: Kolben) -> None:
        self.app = app
        self._pushed = None

    def __getattr__(self, name: str) -> Any:
        """Make ``g`` and ``url_adapter`` when they are first looked at."""
        value: Any
        if name == "g":
            value = self.g = self.app.app_ctx_globals_class()
            return value
        if name == "url_adapter":
            value = self.url_adapter = self.app.create_url_adapter(None)
            return value
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def push(self) -> None:
        """Bind this context: ``current_app`` and ``g`` are its own from here on."""
        _cv_app.get(None)  # one that is made late lies below
        self._pushed = (_cv_app.set(self), None, self._pushed)
        if appcontext_pushed.receivers:
            appcontext_pushed.send(self.app, _async_wrapper=self.app.ensure_sync)

    def leave(self, exc: BaseException | None, teardown: Step[None] | None = None) -> Step[None]:
        """Do what ``pop`` does, as a step of the way that hands over what has to be awaited.

        Args:
            exc: What went wrong.
            teardown: What is left of the teardown, where some of it has been done already.
        """
        app = self.app
        top = _cv_app.get(None)
        try:
            if _pushed_cell(self)[2] is None:
                yield from teardown or app._way.do_teardown_appcontext(app, self, exc)
        finally:
            self._unbind()
        _check_top(top, self, "app")
        if appcontext_popped.receivers:
            appcontext_popped.send(app, _async_wrapper=app.ensure_sync)


def within(app: Kolben, step: Step[T]) -> Step[T]:
    """Take a step inside an application context of its own, which is left however the step ends.

    Args:
        app: The app.
        step: The step.

    Returns:
        What the step returned.
    """
    ctx = app.app_context()
    ctx.push()
    error: BaseException | None = None
    try:
        return (yield from step)
    except BaseException as caught:
        error = caught
        raise
    finally:
        if app.teardown_appcontext_funcs:
            yield AWAY  # they may block
        try:
            yield from ctx.leave(error)
        finally:
            error = None  # no cycle


def _pushed_cell(context: _Context) -> tuple[Token[Any], Any, Any]:
    """Return the cell of the newest push."""
    if context._pushed is None:
        raise RuntimeError(f"cannot pop {context!r}: it is not pushed")
    return context._pushed


def _check_top(top: object, context: object, kind: str) -> None:
    """Complain when a pop met another context on top than its own."""
    if top is not context:
        raise AssertionError(f"Popped wrong {kind} context. ({top!r} instead of {context!r})")
