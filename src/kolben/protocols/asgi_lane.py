"""The straight lane over ASGI: plain code for requests around which there is little to do.

Theory of operation. As :mod:`kolben.lane` does over WSGI, this goes through the steps of a request
as plain code, and hands over the steps that are left where it can't go on. A request with a sync
view takes it in a worker thread, from its first hook to its teardown. One with an async view (or
one marked ``inline``) takes it on the loop, if no hooks concern it, so that nothing can block.

Its view runs inside the request's Context, and that is entered with a generator that is already
there, a *carrier*: it awaits the coroutine of one request after the other. A coroutine that is done
without waiting is then no more than a call; what is begun by its ``send()`` ends with an exception
instead, which takes twice as long as the rest of it. A carrier whose request waits belongs to that
request until it is done; the others that come meanwhile have carriers of their own.
"""

from __future__ import annotations

from functools import partial
from io import BytesIO
from types import FunctionType
from typing import IO, TYPE_CHECKING, Any

from .. import lane
from ..dispatch import answer, fail, is_pending, wait_for
from ..http.hosts import good_hosts
from ..scopes import concerns, scopes_of_endpoint
from ..signals import appcontext_pushed, connected, request_finished, request_started
from ..stacks import _bound_app, _cv_request
from ..waiting import AWAY, is_async
from .asgi_end import PRESERVE, conclude
from .asgi_response import Answer
from .driving import Progress
from .scoped_context import METHODS, METHODS_WITH_COOKIE, ScopeContext

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ..app import Kolben
    from ..http.scope import Scope
    from ..waiting import Step
    from ..way import Way
    from .asgi import Receive

    Entered = tuple[ScopeContext, Callable[..., Coroutine[Any, Any, Any]], dict[str, Any]]

# Bound once: a method of a ContextVar is looked up in 20 ns.
_app_on_top, _request_on_top = _bound_app.get, _cv_request.get

_CO_COROUTINE = 0x80  # of a function made with ``async def``; inspect is late to come


def enter(
    app: Kolben,
    scope: Scope,
    fields: dict[bytes, bytes],
    body: IO[bytes] | None,
    receive: Receive,
) -> Entered | ScopeContext | None:
    """Let a request enter the lane, if all that it leaves out has nothing to do.

    Args:
        app: The app.
        scope: The scope of the request.
        fields: Its headers, by name.
        body: Its body.
        receive: Gives the next message of the client.

    Returns:
        What goes along the lane on the loop: the request's context, the view, and its arguments.
        For a view that needs a thread the context alone. ``None`` where the lane is closed.
    """
    way = app._way
    if (len(way.names) != way.count or way.is_deep) and not way.holds():
        way = app._find_way()
    if (body is not None and body.__class__ is not BytesIO) or not is_open(app, way, scope, fields):
        return None
    method = scope["method"]
    found: Any = app.url_map.match_raw(scope["path"], method)
    if found.__class__ is not tuple:
        return None
    rule, arguments = found
    view = app.view_functions.get(rule.endpoint)
    known = way.views.get(rule.endpoint)
    if known is None or known[0] is not view:
        known = way.views[rule.endpoint] = (
            view,
            beginning_of(view),
            scopes_of_endpoint(rule.endpoint),
        )
    _, start, scopes = known
    first: Any = app.url_value_preprocessors
    hooks: Any = app.before_request_funcs
    if (first and concerns(first, scopes)) or (
        start is not AWAY and (way.session_interface.blocks or (hooks and concerns(hooks, scopes)))
    ):
        return None
    environ = METHODS[method] if b"cookie" not in fields else METHODS_WITH_COOKIE[method]
    ctx = ScopeContext(app, environ, found, scopes, (scope, fields, body, receive))
    return ctx if start is AWAY else (ctx, start, arguments)


def is_open(app: Kolben, way: Way, scope: Scope, fields: dict[bytes, bytes]) -> bool:
    """Tell whether a request may take the lane, as far as that is seen before it is matched.

    Args:
        app: The app.
        way: Its way.
        scope: The scope of the request.
        fields: Its headers, by name.
    """
    # PERF bench wire: 90 ns less than to return the expression
    if (  # noqa: SIM103
        way.is_straight_by_scope
        and scope["method"] in METHODS
        and fields.get(b"host") in good_hosts
        and b"upgrade" not in fields
        and not scope.get("root_path")
        and PRESERVE not in scope
        and app.config["TRUSTED_HOSTS"] is None
        and not (connected and (appcontext_pushed.receivers or request_started.receivers))
        and _app_on_top(None) is None
        and _request_on_top(None) is None
    ):
        return True
    return False


def beginning_of(view: Callable[..., Any] | None) -> Any:
    """Find out how a view is begun.

    Args:
        view: The view, ``None`` where there is none.

    Returns:
        What makes a coroutine of the view's arguments; `AWAY` if it has to be called in a thread.
    """
    if view.__class__ is FunctionType and view.__code__.co_flags & _CO_COROUTINE:
        return view
    return partial(_call, view) if view is not None and is_async(view) else AWAY


async def _call(view: Callable[..., Any], /, **arguments: Any) -> Any:
    """Call a view that is no plain coroutine function, and wait for what it answers with."""
    rv = view(**arguments)
    return await rv if is_pending(rv) else rv


def respond(
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
