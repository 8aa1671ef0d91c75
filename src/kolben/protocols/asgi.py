"""ASGI 3: from a server's call to a response, inside the request's own Context.

Theory of operation. The body is received first, so the view and its extensions need no ``await``
for it. Then the way of the request runs as a step in a fresh copy of the current
``contextvars.Context``, on the loop or in a worker thread as its callables need it
(:mod:`kolben.protocols.driving`). What is sent, is sent from outside of that Context.

:func:`respond_http` is the straight lane on the loop (:mod:`kolben.protocols.asgi_lane`), written
out from the first look at the scope to the last message: it asks whether the lane is open, awaits
the view, asks whether anything is left to do, and sends. Whatever it does not say itself is left to
the functions below it, and to the lane's.
"""

from __future__ import annotations

from asyncio import get_running_loop
from contextvars import copy_context
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..dispatch import fail
from ..http import Response
from ..http.client import RECEIVE, forget_client
from ..http.hosts import good_hosts
from ..http.keeping import close_after
from ..http.scope import collect_fields
from ..lane import HTML
from ..scopes import concerns
from ..signals import appcontext_pushed, connected, request_started
from ..stacks import _bound_app, _cv_request
from ..waiting import AWAY, home
from .asgi_body import GONE, Rest, has_body, receive_body, wants_stream
from .asgi_end import PRESERVE, conclude
from .asgi_lane import give_up, respond, take_away
from .asgi_plans import NO_PLAN, make_plan
from .asgi_quiet import WRITTEN, let_go, wants_session, write
from .asgi_response import (
    FEW,
    TEXT,
    drop_answer,
    few,
    lengths,
    send_stream,
    start_of,
    start_of_text,
)
from .carriers import carry_on, find_parked, make_carrier, park
from .driving import Progress, drive, note_loop
from .scoped_context import METHODS, ScopeContext, make_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from contextvars import Context
    from typing import IO

    from ..app import Kolben
    from ..contexts import RequestContext
    from ..http.scope import Scope
    from ..waiting import Step

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]


# Bound once: a method of a ContextVar is looked up in 20 ns.
_app_on_top, _request_on_top = _bound_app.get, _cv_request.get


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


async def respond_http(  # noqa: C901, PLR0912, PLR0915
    app: Kolben, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer one HTTP request.

    Args:
        app: The app.
        scope: The scope of the request.
        receive: Gives the body, piece by piece, then tells when the client has gone.
        send: Takes the response.
    """
    # PERF bench wire: all in one function, 3.1 → 2.4 µs; calls are what costs here, looks do not
    try:
        if get_running_loop() is not home.serves:
            note_loop()
    except RuntimeError:  # there is a loop, but none of asyncio's
        note_loop()

    headers = scope["headers"]
    # PERF bench wire: 20 % less than dict(headers), which takes each pair for any iterable
    fields = {name: value for name, value in headers}  # noqa: C416
    if len(fields) != len(headers):
        fields = collect_fields(headers)
    body = None
    # PERF bench wire: nearly all that have none are known by these, without a call
    if (
        b"content-length" in fields
        or b"transfer-encoding" in fields
        or scope.get("http_version") != "1.1"
    ) and has_body(scope, fields):
        body = await receive_body(app, fields, receive)
        if body is GONE:
            return  # the client left before it had said all: there is nobody to answer

    # Whether all that the lane leaves out has nothing to do, ...
    context = copy_context()
    method = scope["method"]
    if (
        method not in METHODS
        or fields.get(b"host") not in good_hosts
        or b"upgrade" in fields
        or scope.get("root_path")
        or PRESERVE in scope
        or (body is not None and body.__class__ is not BytesIO)
        or app.config["TRUSTED_HOSTS"] is not None
        or (connected and (appcontext_pushed.receivers or request_started.receivers))
        # PERF bench wire: in an empty Context there is none of ours, 1 % of the instructions
        or (context and (_app_on_top(None) is not None or _request_on_top(None) is not None))
    ):
        await take_steps(app, context, scope, fields, body, receive, send)
        return
    # ... also as far as that depends on what answers; a plan is good while what it is made of is.
    way = app._way
    index, rule, view, beginning, arguments, found, scopes = way.plans.get(scope["path"], NO_PLAN)
    if (
        index is None
        or index is not app.url_map._index
        or app.view_functions.get(rule.endpoint) is not view
        or (methods := rule.methods) is None
        or method not in methods
        or (len(way.names) != way.names_expected and not way.holds())
    ):
        plan = make_plan(app, scope["path"], method)
        index, rule, view, beginning, arguments, found, scopes = plan
    if (
        rule is None
        or (app.url_value_preprocessors and concerns(app.url_value_preprocessors, scopes))
        or (
            app.before_request_funcs
            and beginning is not AWAY
            and concerns(app.before_request_funcs, scopes)
        )
    ):
        await take_steps(app, context, scope, fields, body, receive, send)
        return
    ctx = ScopeContext(app, found, scopes, (scope, fields, body, receive))
    if beginning is AWAY:
        progress = Progress()
        step = take_away(app, ctx, scope, progress)
        await finish(app, context, scope, send, progress, step)
        return

    try:
        carrier = find_parked()
    except IndexError:
        carrier = make_carrier()
    take, steps = carrier
    left: Any = None
    try:
        # Nothing of the view runs before the carrier awaits it, inside the Context.
        view = beginning() if arguments is None else beginning(**arguments)
        rv = context.run(take, (ctx, view))
        if steps.gi_yieldfrom is None:
            park(carrier)
        else:
            rv = await carry_on(context, carrier, rv)
    except BaseException as error:  # noqa: BLE001  # raised again where it can be handled
        rv = None  # a future that the view has waited for may hold the error: no cycle
        left = context.run(give_up, app, ctx, scope, fail(error))

    # Whether nobody wants to see the response before it is sent.
    message: Any = None
    data: Any = None  # what the body is, or as much of a response as was made
    try:
        if not (
            left is not None
            or not ctx._calm
            or ctx._pushed is None
            or connected
            or not app._way.answers_texts
            or Response.default_mimetype is not HTML
            or app.after_response_funcs
            or app.teardown_appcontext_funcs
            or (app.after_request_funcs and concerns(app.after_request_funcs, scopes))
            or (app.teardown_request_funcs and concerns(app.teardown_request_funcs, scopes))
            or (
                b"cookie" in fields
                and (rv.__class__ not in WRITTEN or context.run(wants_session, app, ctx))
            )
        ):
            if rv.__class__ is str:
                data = rv.encode()
                size = len(data)
                message = {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [TEXT, few[size] if size < FEW else lengths[size]],
                }
            else:
                message, data = write(app, ctx, context, rv)
    except Exception:  # noqa: BLE001, S110  # the same is tried again where it can be handled
        pass
    if message is None:
        if left is None:
            left = context.run(respond, app, ctx, scope, rv if data is None else data)
        await finish(app, context, scope, send, *left)
        return
    if ctx._made is None and ctx._app_ctx is None:
        ctx._pushed = None
    else:
        let_go(ctx, context)
    await send(message)
    await send({"type": "http.response.body", "body": data})


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
