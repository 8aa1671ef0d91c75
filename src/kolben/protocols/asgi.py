"""ASGI 3: from a server's call to a response, inside the request's own Context.

Theory of operation. The body is received first, so the view and its extensions need no ``await``
for it. Then the way of the request runs as a step in a fresh copy of the current
``contextvars.Context``, on the loop or in a worker thread as its callables need it
(:mod:`kolben.protocols.driving`). What is sent, is sent from outside of that Context.
"""

from __future__ import annotations

from asyncio import get_running_loop
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from ..http.client import RECEIVE, forget_client
from ..signals import appcontext_pushed
from ..waiting import AWAY, home
from . import asgi_lane
from .asgi_body import GONE, Rest, fields_of, has_body, receive_body, wants_stream
from .asgi_end import conclude
from .asgi_response import drop_answer, send_answer, start_of_text
from .driving import Progress, drive
from .scoped_context import make_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from contextvars import Context
    from typing import IO

    from ..app import Kolben
    from ..contexts import RequestContext
    from ..http import Response
    from ..http.scope import Scope
    from ..waiting import Step

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]


async def serve(app: Kolben, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one call of an ASGI server.

    Args:
        app: The app.
        scope: What the server tells of the connection.
        receive: Gives the next message of the client.
        send: Takes a message for the client.

    Raises:
        RuntimeError: The server speaks of a kind of connection that there is no answer to.
    """
    if home.serves is None or not home.serves.is_running():
        home.serves = get_running_loop()
    kind = scope["type"]
    if kind == "http":
        await respond_http(app, scope, receive, send)
    elif kind == "websocket":
        from .websocket import respond_websocket

        await respond_websocket(app, scope, receive, send)
    elif kind == "lifespan":
        from .lifespan import run_lifespan

        await run_lifespan(app, scope, receive, send)
    else:
        raise RuntimeError(
            f"the server called {app.name!r} with an ASGI scope of type {kind!r};"
            " Kolben answers 'http', 'websocket' and 'lifespan'"
        )


async def respond_http(app: Kolben, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one HTTP request.

    Args:
        app: The app.
        scope: The scope of the request.
        receive: Gives the body, piece by piece, then tells when the client has gone.
        send: Takes the response.
    """
    way = app._way
    if not way.holds():
        way = app._find_way()
    fields = fields_of(scope)
    context = copy_context()
    progress = Progress()
    body: IO[bytes] | None = None
    step: Step[None] | None
    if (
        not has_body(scope, fields)
        and asgi_lane.is_open(app, way, scope, fields)
        and (lead := asgi_lane.find(app, way, scope)) is not None
    ):
        scope[RECEIVE] = receive, None
        found, away = lead
        if away:
            step = asgi_lane.take_away(app, way, scope, fields, found, progress)
        else:
            step = context.run(asgi_lane.take, app, way, scope, fields, found, progress)
    else:
        body = await receive_body(app, scope, fields, receive)
        if body is GONE:
            return  # the client left before it had said all: there is nobody to answer
        scope[RECEIVE] = receive, body
        ctx = context.run(make_context, app, scope, fields, body)
        step = conclude(app, ctx, scope, progress, begin(app, ctx, body))
    try:
        if step is not None:
            await take_to_end(app, context, step, progress)
        answer = progress.answer
        if answer.__class__ is bytes:
            await send(start_of_text(answer))
            await send({"type": "http.response.body", "body": answer})
        else:
            await send_answer(app, context, answer, scope, send)
    finally:
        forget_client(scope)
        if progress.later is not None:
            await drive(progress.later.context, progress.later.step(), app.threads)
        if body is not None:
            body.close()


async def take_to_end(app: Kolben, context: Context, step: Step[None], progress: Progress) -> None:
    """Take the steps of a request; where they fail with a response at hand, that is closed."""
    try:
        await drive(context, step, app.threads, progress)
    except BaseException:
        await drop_answer(app, context, progress.answer)
        raise


def begin(app: Kolben, ctx: RequestContext, body: IO[bytes] | None) -> Step[Response]:
    """Push the context, receive what is due of the body, and find the response."""
    if not app.session_interface.opens_lazily or appcontext_pushed.receivers:
        yield AWAY  # what is opened, and what hears of it, may block
    ctx.push()
    if isinstance(body, Rest) and body.due and not wants_stream(ctx.request):
        yield body.receive_all()
    return (yield from app._way.full_dispatch_request(app, ctx))
