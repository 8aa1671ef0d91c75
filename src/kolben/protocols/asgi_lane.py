"""What the straight lane over ASGI leaves to others: worker threads, and whatever takes more steps.

Theory of operation. As :mod:`kolben.lane` does over WSGI, the lane over ASGI goes through the steps
of a request as plain code, and hands over the steps that are left where it can't go on. A request
with a sync view takes it in a worker thread, from its first hook to its teardown: here. One with an
async view (or one marked ``inline``) takes it on the loop, if no hooks concern it, so that nothing
can block: in :func:`kolben.protocols.asgi.respond`, which calls what is here if there is more
to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import lane
from ..dispatch import answer, fail, wait_for
from ..scopes import concerns
from ..signals import connected, request_finished
from ..stacks import _cv_request
from ..waiting import AWAY
from .asgi_end import conclude
from .asgi_response import Answer
from .driving import Progress

if TYPE_CHECKING:
    from ..app import Kolben
    from ..http.scope import Scope
    from ..waiting import Step
    from .scoped_context import ScopeContext

# Bound once: a method of a ContextVar is looked up in 20 ns.
_request_on_top = _cv_request.get


def reply(
    app: Kolben, ctx: ScopeContext, scope: Scope, rv: Any
) -> tuple[Progress, Step[None] | None]:
    """Make a response of what a view returned, and see what is left to do; inside the Context.

    Args:
        app: The app.
        ctx: The context of the request.
        scope: Its scope.
        rv: What the view returned.
    """
    way = app._way
    if (
        ctx._after is not None
        or (connected and request_finished.receivers)
        or app.after_response_funcs
        or (app.after_request_funcs and concerns(app.after_request_funcs, ctx._scopes))
        or not way.is_straight_by_scope
    ):
        return give_up(app, ctx, scope, wait_for(rv))  # what may block is run there
    try:
        response = lane.finalize(app, way, ctx, rv)
    except BaseException as error:  # noqa: BLE001  # raised again where the steps would meet it
        return _leave_to_steps(app, ctx, scope, fail(error))
    if response.__class__ is lane.Rest:
        return _leave_to_steps(app, ctx, scope, response.step)
    progress = Progress()
    try:
        progress.answer = response if response.__class__ is bytes else Answer(response, ctx)
    except BaseException as error:  # noqa: BLE001  # the same
        return _leave_to_steps(app, ctx, scope, fail(error))
    progress.later = ctx._later
    if is_over(app, ctx):
        ctx.abandon()
        return progress, None
    return progress, leave(ctx, progress)


def give_up(
    app: Kolben, ctx: ScopeContext, scope: Scope, step: Step[Any]
) -> tuple[Progress, Step[None]]:
    """Leave what follows the view to the steps; inside the Context.

    Args:
        app: The app.
        ctx: The context of the request.
        scope: Its scope.
        step: Gives what the view returned, or raises what it raised.
    """
    if ctx._pushed is None and not ctx._was_pushed:  # its arguments did not even fit the view
        ctx.enter(ctx._found)  # type: ignore[arg-type]  # what matched
    return _leave_to_steps(app, ctx, scope, answer(app, ctx, step))


def _leave_to_steps(
    app: Kolben, ctx: ScopeContext, scope: Scope, step: Step[Any]
) -> tuple[Progress, Step[None]]:
    """Leave the steps up to the response, and what follows it, to be taken one by one."""
    ctx.settle()
    progress = Progress()
    return progress, conclude(app, ctx, scope, progress, step)


def take_away(app: Kolben, ctx: ScopeContext, scope: Scope, progress: Progress) -> Step[None]:
    """Take a request along the lane in a worker thread, where everything may block.

    Args:
        app: The app.
        ctx: The context of the request.
        scope: Its scope.
        progress: Where the answer is put; bytes are a text that needs no response object.
    """
    yield AWAY
    found: Any = ctx._found
    ctx.enter(found)
    response = _answer_away(app, ctx, *found)
    if response.__class__ is not lane.Rest:
        try:
            progress.answer = response if response.__class__ is bytes else Answer(response, ctx)
        except BaseException as error:  # noqa: BLE001  # raised again where the steps would meet it
            response = lane.Rest(fail(error))
    if response.__class__ is lane.Rest:
        ctx.settle()
        yield from conclude(app, ctx, scope, progress, response.step)
        return
    progress.later = ctx._later
    progress.ending = True
    left = lane.leave(app, ctx)
    if left is not None:
        yield from left


def _answer_away(app: Kolben, ctx: ScopeContext, rule: Any, arguments: dict[str, Any]) -> Any:
    """Run the hooks before, the view, and what makes a response of its answer."""
    way, scopes = app._way, ctx._scopes
    try:
        if app.before_request_funcs and concerns(app.before_request_funcs, scopes):
            rv = lane._before_and_view(app, ctx, scopes)
        else:
            rv = app.view_functions[rule.endpoint](**arguments)
    except BaseException as error:  # noqa: BLE001  # raised again where the steps would meet it
        return lane.Rest(answer(app, ctx, fail(error)))
    try:
        return lane.finalize(app, way, ctx, rv)
    except BaseException as error:  # noqa: BLE001  # the same
        return lane.Rest(fail(error))


def is_over(app: Kolben, ctx: ScopeContext) -> bool:
    """Tell whether nobody has to be told of the end of a request."""
    return not (
        ctx._holds
        or app.teardown_appcontext_funcs
        or (app.teardown_request_funcs and concerns(app.teardown_request_funcs, ctx._scopes))
        or (connected and lane.end_is_heard())
        or _request_on_top(None) is not ctx
    )


def leave(ctx: ScopeContext, progress: Progress) -> Step[None]:
    """Leave the context, as the last step of a request."""
    progress.ending = True
    step = ctx.leave(None)
    if step is not None:
        yield from step
