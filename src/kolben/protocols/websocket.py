"""WebSockets over ASGI: from the server's call to a handler, inside the connection's own Context.

Theory of operation. A WebSocket has one ``contextvars.Context`` from its handshake to its teardown,
and tasks that the handler makes inherit it. Hooks and an ``async def`` handler run on the loop or
in worker threads as those of a request do (:mod:`kolben.protocols.driving`), but each stay in a
thread has a thread of its own: a ``def`` handler stays as long as the connection lasts.
"""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException

from ..http.scope import build_environ
from ..signals import appcontext_pushed
from ..sockets.channel import Channel, State
from ..sockets.context import WebSocketContext
from ..sockets.way import full_dispatch_websocket, handle_exception
from ..sockets.websocket import WebSocket
from ..waiting import AWAY
from .driving import Progress, drive, note_loop
from .live import live_of
from .threads import OwnThreads

if TYPE_CHECKING:
    from ..app import Kolben
    from ..http import Response
    from ..http.scope import Scope
    from ..waiting import Step
    from .asgi import Receive, Send

_SCHEMES = {"http": "ws", "https": "wss"}


async def respond_websocket(app: Kolben, scope: Scope, receive: Receive, send: Send) -> None:
    """Take one WebSocket from its handshake to its end.

    Args:
        app: The app.
        scope: The connection's scope.
        receive: Gives the client's messages, and tells when it has left.
        send: Takes what is said to the client.
    """
    note_loop()
    message = await receive()
    if message["type"] != "websocket.connect":
        return  # the client has left already
    channel = Channel(receive, send, scope, app.config["WEBSOCKET_MAX_MESSAGE_SIZE"])
    context = copy_context()
    progress = Progress()
    threads = OwnThreads(channel.end)  # whoever waits in one can't be cancelled
    live = live_of(app, asyncio.get_running_loop())
    live.add(channel)
    try:
        await drive(context, handle(app, scope, channel, progress), threads, progress)
    except asyncio.CancelledError:
        if not channel.has_cancelled or _is_cancelled():
            raise  # it is the server that has cancelled
    finally:
        live.discard(channel)
        await channel.stop()


def _is_cancelled() -> bool:
    """Tell whether somebody has cancelled this task and not taken it back."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def handle(app: Kolben, scope: Scope, channel: Channel, progress: Progress) -> Step[None]:
    """Take a WebSocket from its scope to its teardown."""
    way = app._way
    if not way.holds():
        way = app._find_way()
    environ = build_environ(scope, BytesIO())
    scheme = environ["wsgi.url_scheme"]
    environ["wsgi.url_scheme"] = _SCHEMES.get(scheme, scheme)
    ctx = WebSocketContext(app, (app.websocket_class or WebSocket)(environ, channel))
    if not app.session_interface.opens_lazily or appcontext_pushed.receivers:
        yield AWAY  # what is opened, and what hears of it, may block
    error: BaseException | None = None
    response: Response | None = None
    try:
        try:
            ctx.push()
            response = yield from full_dispatch_websocket(app, ctx)
        except Exception as caught:  # noqa: BLE001  # answered with a 500, or raised again
            error = ctx.error = caught
            response = yield from handle_exception(app, ctx, caught)
        except BaseException as caught:
            error = ctx.error = caught
            raise
        finally:
            yield _end(ctx, channel, response)
            yield from ctx.save_late()
    finally:
        if error is not None and app.should_ignore_error(error):
            error = None
        progress.ending = True
        step = ctx.leave(error)
        error = None  # its traceback holds this frame: it would be a cycle, left to the collector
        yield from step


async def _end(ctx: WebSocketContext, channel: Channel, response: Response | None) -> None:
    """Say how it ended, if that was not said yet: refuse the handshake, or close the connection."""
    if response is not None and channel.state is State.CONNECTING:
        environ = ctx.request.environ
        pairs = response.get_wsgi_headers(environ).to_wsgi_list()
        await channel.deny(response.status_code, pairs, response.get_data())
        response.close()
    elif channel.state is State.CONNECTING and ctx.error is not None:
        await channel.deny(500, [("Content-Type", "text/plain")], b"Internal Server Error")
    elif channel.state is not State.CLOSED:
        await channel.close(*_reason(ctx.error, channel.ending))
    if channel.left and channel.close_code == 1009:
        ctx.app.logger.warning(
            "WebSocket %s was closed: %s; WEBSOCKET_MAX_MESSAGE_SIZE is the limit",
            ctx.request.path,
            channel.close_reason,
        )


def _reason(error: Any, ending: bool) -> tuple[int, str]:
    """Choose the code and the reason with which a connection is closed (RFC 6455, 7.4.1)."""
    if ending:
        return 1001, "the server shuts down"
    if error is None:
        return 1000, ""
    if isinstance(error, HTTPException) and (error.code or 500) < 500:
        return 1008, error.name
    return 1011, ""
