"""ASGI 3: from a server's call to a response, inside the request's own Context.

Theory of operation. The body is received first, so the view and its extensions need no ``await``
for it. Then the way of the request runs as a step in a fresh copy of the current
``contextvars.Context``, on the loop or in a worker thread as its callables need it
(:mod:`kolben.protocols.driving`). What is sent, is sent from outside of that Context.

:func:`respond` is the straight lane on the loop (:mod:`kolben.protocols.asgi_lane`), written out
from the first look at the scope to the last message: it asks whether the lane is open, awaits
the view, asks whether anything is left to do, and sends. Whatever it does not say itself is left to
the functions below it, and to the lane's.
"""

from __future__ import annotations

from asyncio import _get_running_loop
from contextvars import copy_context
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..dispatch import fail
from ..http import Response
from ..http.client import RECEIVE, forget_client
from ..http.hosts import good_hosts, usual
from ..http.keeping import close_after
from ..http.scope import collect_fields
from ..lane import HTML
from ..loops import latest
from ..signals import appcontext_pushed
from ..stacks import _bound_app, _cv_request
from ..telling import NO_PLANS
from ..waiting import AWAY
from .asgi_body import GONE, Rest, has_body, receive_body, wants_stream
from .asgi_end import conclude
from .asgi_lane import give_up, reply, take_away
from .asgi_plans import is_open, is_quiet, make_plan
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
from .lifespan import run_lifespan, start_late
from .scoped_context import ScopeContext, make_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from contextvars import Context
    from typing import IO

    from ..app import Kolben
    from ..contexts import RequestContext
    from ..http.scope import Scope
    from ..waiting import Step
    from .asgi_plans import Plan

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]


# Bound once: a method of a ContextVar is looked up in 20 ns.
_app_on_top, _request_on_top = _bound_app.get, _cv_request.get


async def respond(  # noqa: C901, PLR0912, PLR0915
    app: Kolben, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer one call of an ASGI server: as a method, `Kolben.asgi_app`.

    Args:
        app: The app.
        scope: What the server tells of the connection.
        receive: Gives the next message of the client: of a request the body, piece by piece.
        send: Takes a message for the client.

    Raises:
        RuntimeError: The server speaks of a kind of connection that there is no answer to.
    """
    # PERF bench wire: all in one function, 3.1 → 2.4 µs; calls are what costs here, looks do not
    way = app._way
    plans = app._plans
    known: Any = plans.by_scope
    plan: Plan | None = None
    try:
        # What has no plan: where a body may come unannounced, and what is mounted under a path.
        if scope["type"] == "http" and scope["http_version"] == "1.1" and not scope["root_path"]:
            plan = known.get(scope["path"], NO_PLANS).get(scope["method"])
    except KeyError:  # a scope need not have all of them
        pass
    if (
        plan is None
        and (scope["type"] != "http" or app._mounts)
        and await respond_otherwise(app, scope, receive, send)
    ):
        return
    # PERF bench wire: 2 % of a request's instructions less than to keep it for each thread
    if _get_running_loop() is not latest.loop:
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
        or (plan is None and scope.get("http_version") != "1.1")
    ) and has_body(scope, fields):
        body = await receive_body(app, fields, receive)
        if body is GONE:
            return  # the client left before it had said all: there is nobody to answer
        if plans.by_scope is not known:
            plan = None

    # Whether all that the lane leaves out has nothing to do, ...
    context = copy_context()
    if (
        ((host := fields.get(b"host")) != usual.host and host not in good_hosts)
        or b"upgrade" in fields
        or (body is not None and body.__class__ is not BytesIO)
        # PERF bench wire: in an empty Context there is none of ours, 1 % of the instructions
        or (context and (_app_on_top(None) is not None or _request_on_top(None) is not None))
    ):
        await take_steps(app, context, scope, fields, body, receive, send)
        return
    # ... also as far as that depends on what answers.
    if (
        plan is None
        or plan[0].methods is not plan[1]
        or plan[0].endpoint is not plan[2]
        or (len(way.names) != way.names_expected and not way.holds())
    ):
        known = None
        plan = make_plan(app, scope)
        if plan is None or not is_open(app, scope, plan):
            await take_steps(app, context, scope, fields, body, receive, send)
            return
    _, _, _, beginning, arguments, found, scopes = plan
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
            not ctx._calm
            or ctx._pushed is None
            or Response.default_mimetype is not HTML
            or not (plans.by_scope is known or is_quiet(app, scopes))
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
            left = context.run(reply, app, ctx, scope, rv if data is None else data)
        await finish(app, context, scope, send, *left)
        return
    if ctx._made is None and ctx._app_ctx is None:
        ctx._pushed = None
    else:
        let_go(ctx, context)
    await send(message)
    await send({"type": "http.response.body", "body": data})


async def respond_otherwise(app: Kolben, scope: Scope, receive: Receive, send: Send) -> bool:
    """Answer what is no request, or what a mounted app answers.

    Returns:
        Whether it was one of these.
    """
    kind = scope["type"]
    mount = app._find_mount(scope) if app._mounts and kind != "lifespan" else None
    if mount is not None:
        if mount.waits_for_start:
            await start_late(app)
        await mount.answer_asgi(app, scope, receive, send)
    elif kind == "websocket":
        from .websocket import respond_websocket

        await respond_websocket(app, scope, receive, send)
    elif kind == "lifespan":
        await run_lifespan(app, scope, receive, send)
    elif kind != "http":
        raise RuntimeError(
            f"the server called {app.name!r} with an ASGI scope of type {kind!r};"
            " Kolben answers 'http', 'websocket' and 'lifespan'"
        )
    return mount is not None or kind != "http"


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
