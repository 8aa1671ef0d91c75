"""The application context and the request context, and what runs when they are pushed and popped.

Theory of operation. A context is *bound* while it is on top of its context variable, and *alive*
from its first push until the last user has left. Usually that is the same; a stream that keeps the
request's context (``hold``) outlives the binding, and then the teardown functions wait for it
(``release``), so that they run exactly once, whoever comes last.

Each push leaves a cell ``(token, app_ctx, cells below)`` on the context, newest first: the token
undoes the binding, ``app_ctx`` is the application context that this push brought along. Everything
that only some requests need (``g``, the session, the URL adapter) is made when it is first looked
at.
"""

from __future__ import annotations

from contextvars import copy_context
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from .app_contexts import (
    AppContext,
    _sentinel,  # noqa: F401  # flask.ctx has it
    within,
)
from .app_globals import _AppCtxGlobals
from .request_contexts import RequestContext
from .stacks import _cv_app, _cv_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from .typing import AfterRequestCallable
    from .waiting import Step

__all__ = [
    "AppContext",
    "RequestContext",
    "_AppCtxGlobals",
    "after_this_request",
    "copy_current_request_context",
    "has_app_context",
    "has_request_context",
]

F = TypeVar("F", bound="Callable[..., Any]")


def after_this_request(f: AfterRequestCallable[Any]) -> AfterRequestCallable[Any]:
    """Run a function on the response of the current request only.

    Args:
        f: Takes the response and returns it, or another one.

    Returns:
        ``f``, so that this works as a decorator.

    Raises:
        RuntimeError: No request context is active.
    """
    context = _cv_request.get(None)
    if context is None:
        raise RuntimeError(
            "'after_this_request' can only be used when a request context is active,"
            " such as in a view function."
        )
    context._after_request_functions.append(f)
    return f


def copy_current_request_context(f: F) -> F:
    """Let a function see the current request wherever and whenever it will run.

    The function keeps a copy of the whole ``contextvars.Context`` of this moment; each call runs in
    a copy of that, in an application context of its own with the same request and session. So it
    can be called many times and from several threads at once, and calls never disturb each other or
    the request. A caller that has entered an application context for the call, other than the
    request's, gives it that one, with what is on its ``g``.

    Args:
        f: The function to call later, in a thread, greenlet or task.

    Returns:
        The wrapped function. An ``async def`` one that is called where an event loop runs gives a
        coroutine, to be awaited or made a task of; elsewhere it is waited for.

    Raises:
        RuntimeError: No request context is active.

    Differs from Flask: it may be called from several threads at once, everything else that lives in
    context variables is carried along, and the request's own teardown is not run a second time.
    Flask's can't be called on an event loop where the function is async.
    """
    from inspect import iscoroutinefunction  # late: it takes a while to come

    request_context = _cv_request.get(None)
    if request_context is None:
        raise RuntimeError(
            "'copy_current_request_context' can only be used when a request context is active,"
            " such as in a view function."
        )
    app = request_context.app
    kept = copy_context()
    copied = request_context.copy()
    copied.url_adapter = None if copied.request.routing_exception else request_context.url_adapter
    own = _cv_app.get(None)
    is_async = iscoroutinefunction(f)

    def is_given(entered: AppContext | None) -> TypeGuard[AppContext]:
        return entered is not None and entered is not own and entered.app is app

    def call(entered: AppContext | None, *args: Any, **kwargs: Any) -> Any:
        token = _cv_request.set(copied)
        try:
            if is_given(entered):
                _cv_app.set(entered)  # in a copied Context: there is nothing to set back
                return app.ensure_sync(f)(*args, **kwargs)
            with app.app_context():
                return app.ensure_sync(f)(*args, **kwargs)
        finally:
            _cv_request.reset(token)

    def await_it(*args: Any, **kwargs: Any) -> Step[Any]:
        return (yield f(*args, **kwargs))

    def steps(entered: AppContext | None, step: Step[Any]) -> Step[Any]:
        _cv_request.set(copied)
        if is_given(entered):
            _cv_app.set(entered)
            return (yield from step)
        return (yield from within(app, step))

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if is_async and _has_loop():
            return app._take_along(kept.copy(), steps(_cv_app.get(None), await_it(*args, **kwargs)))
        return kept.copy().run(call, _cv_app.get(None), *args, **kwargs)

    return update_wrapper(wrapper, f)  # type: ignore[return-value]


def _has_loop() -> bool:
    """Tell whether an event loop runs in this thread."""
    from asyncio import _get_running_loop

    return _get_running_loop() is not None


def has_request_context() -> bool:
    """Tell whether a request context is active, so that ``request`` and ``session`` can be used."""
    return _cv_request.get(None) is not None


def has_app_context() -> bool:
    """Tell whether an application context is active, and with it ``current_app`` and ``g``."""
    return _cv_app.get(None) is not None
