"""The end of a request over ASGI: from the steps that are left to its teardown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..stacks import _cv_app, _cv_request
from ..telling import forget_all
from .asgi_response import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..app import Kolben
    from ..contexts import RequestContext
    from ..http import Response
    from ..http.scope import Scope
    from ..waiting import Step
    from .driving import Progress

_PRESERVE = "kolben.preserve_context"
preserved: list[bool] = []
"""Not empty in a process where the contexts of a request were ever asked for: one with tests."""


def preserve(scope: Scope, keep: Callable[[Any], object]) -> None:
    """Hand over the contexts of a request before they are left, as a test client's block wants it.

    Args:
        scope: The scope of the request.
        keep: Called with the application context, then with that of the request.
    """
    if not preserved:
        preserved.append(True)
        forget_all()
    scope[_PRESERVE] = keep


def is_preserved(scope: Scope) -> bool:
    """Tell whether the contexts of a request are asked for."""
    return _PRESERVE in scope


def conclude(
    app: Kolben, ctx: RequestContext, scope: Scope, progress: Progress, step: Step[Response]
) -> Step[None]:
    """Take the steps that are left up to the response, and leave the context.

    Args:
        app: The app.
        ctx: The request's context.
        scope: The scope of the request.
        progress: Where the response is put.
        step: The steps up to the response.
    """
    error: BaseException | None = None
    try:
        try:
            response = yield from step
            progress.answer = Answer(response, ctx)
        except Exception as caught:  # noqa: BLE001  # answered with a 500, or raised again
            error = caught
            response = yield from app._way.handle_exception(app, ctx, caught)
            progress.answer = Answer(response, ctx)
        except BaseException as caught:
            error = caught
            raise
        progress.later = ctx._later
    finally:
        if is_preserved(scope):
            scope[_PRESERVE](_cv_app.get())
            scope[_PRESERVE](_cv_request.get())
        if error is not None and app.should_ignore_error(error):
            error = None
        progress.ending = True
        left = None if ctx._pushed is None else ctx.leave(error)
        error = None  # its traceback holds this frame: it would be a cycle, left to the collector
        if left is not None:
            yield from left
