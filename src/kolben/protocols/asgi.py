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

from ..dispatch import fail
from ..http.client import RECEIVE, forget_client
from ..http.keeping import close_after
from ..signals import appcontext_pushed
from ..waiting import AWAY, home
from .asgi_body import GONE, Rest, fields_of, has_body, receive_body, wants_stream
from .asgi_end import conclude
from .asgi_lane import enter, give_up, respond, take_away
from .asgi_quiet import WRITTEN, end_quietly
from .asgi_response import drop_answer, send_stream, start_of, start_of_text
from .carriers import carry_on, find_parked, make_carrier, park
from .driving import Progress, drive, note_loop
from .scoped_context import ScopeContext, make_context

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


def serve(app: Kolben, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
    """Answer one call of an ASGI server.

    Args:
        app: The app.
        scope: What the server tells of the connection.
        receive: Gives the next message of the client.
        send: Takes a message for the client.

    Returns:
        What has to be awaited.

    Raises:
        RuntimeError: The server speaks of a kind of connection that there is no answer to.
    """
    # PERF bench wire: no coroutine around those that answer, 0.3 µs a request
    kind = scope["type"]
    if kind == "http":
        return respond_http(app, scope, receive, send)
    if kind == "websocket":
        from .websocket import respond_websocket

        return respond_websocket(app, scope, receive, send)
    if kind == "lifespan":
        from .lifespan import run_lifespan

        return run_lifespan(app, scope, receive, send)
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
    try:
        if get_running_loop() is not home.serves:
            note_loop()
    except RuntimeError:  # there is a loop, but none of asyncio's
        note_loop()
    fields = fields_of(scope)
    body = await receive_body(app, fields, receive) if has_body(scope, fields) else None
    if body is GONE:
        return  # the client left before it had said all: there is nobody to answer
    entered: Any = enter(app, scope, fields, body, receive)
    context = copy_context()
    if entered.__class__ is not tuple:
        await go_around(app, context, scope, fields, body, receive, send, entered)
        return
    ctx, view, arguments = entered
    try:
        carrier = find_parked()
    except IndexError:
        carrier = make_carrier()
    take, steps = carrier
    try:
        # Nothing of the view runs before the carrier awaits it, inside the Context.
        rv = context.run(take, (ctx, view(**arguments) if arguments else view()))
        if steps.gi_yieldfrom is None:
            park(carrier)
        else:
            rv = await carry_on(context, carrier, rv)
    except BaseException as error:  # noqa: BLE001  # raised again where it can be handled
        rv = None  # a future that the view has waited for may hold the error: no cycle
        left: Any = context.run(give_up, app, ctx, scope, fail(error))
    else:
        written: Any = end_quietly(app, ctx, context, rv) if rv.__class__ in WRITTEN else None
        if written.__class__ is tuple:
            start, data = written
            await send(start)
            await send({"type": "http.response.body", "body": data})
            return
        left = context.run(respond, app, ctx, scope, rv if written is None else written)
    await finish(app, context, scope, send, *left)


async def go_around(
    app: Kolben,
    context: Context,
    scope: Scope,
    fields: dict[bytes, bytes],
    body: IO[bytes] | None,
    receive: Receive,
    send: Send,
    ctx: ScopeContext | None,
) -> None:
    """Answer a request that the lane on the loop is closed to.

    Args:
        app: The app.
        context: The Context of the request.
        scope: Its scope.
        fields: Its headers, by name.
        body: Its body.
        receive: Tells when the client has gone, and gives what is left of the body.
        send: Takes the response.
        ctx: Its request context, if it may take the lane in a worker thread.
    """
    if ctx is None:
        await take_steps(app, context, scope, fields, body, receive, send)
    else:
        progress = Progress()
        step = take_away(app, ctx, scope, progress)
        await finish(app, context, scope, send, progress, step)


async def take_steps(
    app: Kolben,
    context: Context,
    scope: Scope,
    fields: dict[bytes, bytes],
    body: IO[bytes] | None,
    receive: Receive,
    send: Send,
) -> None:
    """Take a request through all its steps."""
    scope[RECEIVE] = receive, body
    ctx: RequestContext | None = None
    try:
        progress = Progress()
        ctx = context.run(make_context, app, scope, fields, body)
        step = conclude(app, ctx, scope, progress, begin(app, ctx, body))
        await finish(app, context, scope, send, progress, step)
    finally:
        if body is not None:
            if ctx is None:
                body.close()
            else:
                close_after(ctx.request, body.close)


async def finish(
    app: Kolben,
    context: Context,
    scope: Scope,
    send: Send,
    progress: Progress,
    step: Step[None] | None,
) -> None:
    """Take the steps that are left of a request, and send the answer."""
    try:
        if step is not None:
            await take_to_end(app, context, step, progress)
        answer = progress.answer
        if answer.__class__ is bytes:
            await send(start_of_text(answer))
            await send({"type": "http.response.body", "body": answer})
        elif answer.body.__class__ is list:
            await send(start_of(answer.status, answer.headers))
            await send({"type": "http.response.body", "body": b"".join(answer.body)})
        else:
            await send_stream(app, context, answer, scope, send)
    finally:
        forget_client(scope)
        if progress.later is not None:
            await drive(progress.later.context, progress.later.step(), app.threads)


async def take_to_end(app: Kolben, context: Context, step: Step[None], progress: Progress) -> None:
    """Take the steps of a request; where they fail with a response at hand, that is closed."""
    try:
        await drive(context, step, app.threads, progress)
    except BaseException:
        await drop_answer(app, context, progress.answer)
        raise


def begin(app: Kolben, ctx: RequestContext, body: IO[bytes] | None) -> Step[Response]:
    """Push the context, receive what is due of the body, and find the response."""
    if (
        not app.session_interface.opens_lazily
        or appcontext_pushed.receivers
        or getattr(app.url_map, "has_own_converters", True)
    ):
        yield AWAY  # what is opened, what hears of it, and what converts the URL may block
    ctx.push()
    if isinstance(body, Rest) and body.due and not wants_stream(ctx.request):
        yield body.receive_all()
    return (yield from app._way.full_dispatch_request(app, ctx))
