"""The way of a WebSocket: the hooks before, the handler, the hooks after, and the teardown.

The steps are generators as in :mod:`kolben.dispatch`: they yield what has to be awaited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kolben.dispatch import _run_all, call, internal_error, is_pending, propagates, tell
from kolben.loops import serving_here
from kolben.scopes import hooks_in, newest_in, scopes_of
from kolben.signals import (
    got_websocket_exception,
    websocket_finished,
    websocket_started,
    websocket_tearing_down,
)
from kolben.waiting import AWAY, must_leave

from .channel import State

if TYPE_CHECKING:
    from kolben.app import Kolben
    from kolben.http import Response
    from kolben.waiting import Step

    from .context import WebSocketContext


def full_dispatch_websocket(app: Kolben, ctx: WebSocketContext) -> Step[Response | None]:
    """Run the hooks, the handler and the hooks after it; what a handler of errors says counts.

    Returns:
        The response with which the handshake is to be refused, if it is.
    """
    if not app._got_first_request:
        yield from app._first_request.run(app)
    try:
        if websocket_started.receivers:
            yield from tell(websocket_started, app)
        rv = yield from preprocess_websocket(app, ctx)
        if rv is None:
            rv = yield from dispatch_websocket(app, ctx)
    except Exception as error:  # noqa: BLE001  # handled, or raised again
        ctx.error = error
        rv = yield from app._way.handle_user_exception(app, ctx, error)
    return (yield from finalize_websocket(app, ctx, rv))


def preprocess_websocket(app: Kolben, ctx: WebSocketContext) -> Step[Any]:
    """Run URL value preprocessors and ``before_websocket`` hooks, up to the first result."""
    websocket, way = ctx.websocket, app._way
    scopes = scopes_of(websocket)[::-1]
    for function in hooks_in(app.url_value_preprocessors, scopes):
        yield from call(way, function, websocket.endpoint, websocket.view_args)
    for function in hooks_in(app.before_websocket_funcs, scopes):
        rv = yield from call(way, function)
        if rv is not None:
            return rv
    return None


def dispatch_websocket(app: Kolben, ctx: WebSocketContext) -> Step[Any]:
    """Run the handler that the URL rule names, to its end or the connection's.

    An ``async def`` handler is cancelled when the client leaves. One in a thread can't be: there
    the next ``receive`` or ``send`` raises.
    """
    websocket, way = ctx.websocket, app._way
    if websocket.routing_exception is not None:
        app.raise_routing_exception(websocket)
    rule: Any = websocket.url_rule
    handler: Any = app.view_functions[rule.endpoint]
    if way.ensure_sync is not None:
        handler = way.ensure_sync(handler)
    if must_leave(handler):
        yield AWAY
    rv = handler(**websocket.view_args)  # type: ignore[arg-type]
    if is_pending(rv):
        rv = yield websocket._channel.run(rv)
    return rv


def finalize_websocket(app: Kolben, ctx: WebSocketContext, rv: Any) -> Step[Response | None]:
    """Run the hooks after the handler, and finish the handshake where nobody has.

    Returns:
        The response with which the handshake is to be refused, if it is.
    """
    channel = ctx.websocket._channel
    refused = rv is not None and channel.state is State.CONNECTING
    response = yield from _run_after(app, ctx, app.make_response(rv) if refused else None)
    if response is not None:
        if serving_here() is not None and app.session_interface.blocks:
            yield AWAY
        ctx.save_session(response)
    elif channel.state is State.CONNECTING:
        yield ctx.websocket._open()
    if websocket_finished.receivers:
        yield from tell(websocket_finished, app, response=response)
    return response


def _run_after(
    app: Kolben, ctx: WebSocketContext, response: Response | None
) -> Step[Response | None]:
    """Run the ``after_websocket`` hooks, and ``after_this_request`` where there is a response."""
    if response is not None:
        for function in ctx._after or ():
            response = yield from call(app._way, function, response)
    for function in newest_in(app.after_websocket_funcs, scopes_of(ctx.request)):
        changed = yield from call(app._way, function, response)
        if response is not None and changed is not None:
            response = changed
    return response


def handle_exception(app: Kolben, ctx: WebSocketContext, error: Exception) -> Step[Response | None]:
    """Log an error that nobody handled; answer 500 where the handshake can still be refused."""
    if got_websocket_exception.receivers:
        yield from tell(got_websocket_exception, app, exception=error)
    if propagates(app):
        try:
            raise error
        finally:
            del error
    app.logger.error("Exception on WebSocket %s", ctx.request.path, exc_info=error)
    rv = yield from internal_error(app, ctx, error)
    try:
        return (yield from finalize_websocket(app, ctx, rv))
    except Exception:
        app.logger.exception("Finishing a WebSocket failed with an error while handling an error")
        return None


def do_teardown_websocket(
    app: Kolben, ctx: WebSocketContext, exc: BaseException | None
) -> Step[None]:
    """Run the ``teardown_websocket`` hooks: all of them, even if one raises."""
    if app.teardown_websocket_funcs:
        hooks = newest_in(app.teardown_websocket_funcs, scopes_of(ctx.request))
        yield from _run_all(app._way, list(hooks), exc)
    if websocket_tearing_down.receivers:
        yield from tell(websocket_tearing_down, app, exc=exc)
