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
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..dispatch import fail
from ..http import Response
from ..http.client import RECEIVE, forget_client
from ..http.hosts import good_hosts
from ..http.keeping import close_after
from ..http.scope import collect_fields
from ..lane import HTML
from ..latest import latest
from ..signals import appcontext_pushed
from ..stacks import _bound_app, _cv_request
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
from .carriers import carry_on, find_carrier, send_on
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
    from .scoped_context import Plan

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]


FAILED: Any = object()
"""In the place of what a view returns, if it raises."""

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
    plans = app._plans
    known: Any = plans.by_scope
    plan: Plan | None = None
    try:
        # What has no plan: where a body may come unannounced, and what is mounted under a path.
        if scope["type"] == "http" and scope["http_version"] == "1.1" and not scope["root_path"]:
            plan = known[scope["method"]].get(scope["path"])
    except KeyError:  # a scope need not have all of them, and most methods have no plans
        pass
    body = None
    # PERF bench wire: 4 % of our part of a request less than to ask this of all, in one way
    if plan is not None:
        headers = scope["headers"]
        # PERF bench wire: 20 % less than dict(headers), which takes each pair for any iterable
        fields = {name: value for name, value in headers}  # noqa: C416
        context = copy_context()
        if (
            len(fields) != len(headers)
            or b"content-length" in fields
            or b"transfer-encoding" in fields
            or b"upgrade" in fields
            or (fields.get(b"host") != latest.host and fields.get(b"host") not in good_hosts)
            # PERF bench wire: in an empty Context there is none of ours, 1 % of the instructions
            or (context and (_app_on_top(None) is not None or _request_on_top(None) is not None))
            or _get_running_loop() is not latest.loop
            or (len(plans.names) != plans.count and not app._way.holds())
        ):
            plan = None
    if plan is None:
        known = await open_lane(app, scope, receive, send)
        if known is None:
            return  # it is answered
        context, plan, fields, body = known

    ctx = ScopeContext(app, plan, (scope, fields, body, receive))
    carrier, latest.carrier = latest.carrier, None
    if carrier is None:
        carrier = find_carrier()
    left: Any
    start: Any
    data: Any
    try:
        # Nothing of the view runs before the carrier awaits it, inside the Context.
        rv = context.run(send_on, carrier, (ctx, plan[0]()))
        if carrier.gi_yieldfrom is None:
            latest.carrier = carrier
        else:
            rv = await carry_on(context, carrier, rv)
    except BaseException as error:  # noqa: BLE001  # raised again where it can be handled
        rv = FAILED  # a future that the view has waited for may hold the error: no cycle
        left = context.run(give_up, app, ctx, scope, fail(error))

    # Whether nobody wants to see the response before it is sent.
    try:
        if not (
            ctx._calm
            and (plans.by_scope is known or is_quiet(app, plan[2]))
            and Response.default_mimetype is HTML
        ):
            start = data = None
        elif rv.__class__ is str and b"cookie" not in fields:
            data = rv.encode()
            size = len(data)
            start = {
                "type": "http.response.start",
                "status": 200,
                "headers": [TEXT, few[size] if size < FEW else lengths[size]],
            }
        elif rv.__class__ in WRITTEN and not (
            b"cookie" in fields and context.run(wants_session, app, ctx)
        ):
            start, data = write(app, ctx, context, rv)
        else:
            start = data = None
    except Exception:  # noqa: BLE001  # the same is tried again where it can be handled
        start = data = None
    if start is None:
        if rv is not FAILED:
            left = context.run(reply, app, ctx, scope, rv if data is None else data)
        await finish(app, context, scope, send, *left)
        return
    if ctx._made is None and ctx._app_ctx is None:
        ctx._pushed = None
    else:
        let_go(ctx, context)
    await send(start)
    await send({"type": "http.response.body", "body": data})


async def open_lane(
    app: Kolben, scope: Scope, receive: Receive, send: Send
) -> tuple[Context, Plan, dict[bytes, bytes], IO[bytes] | None] | None:
    """Look at a request that has no plan, and answer it where it can't take the lane.

    Returns:
        The Context for it, a plan, its headers by name, and its body. ``None`` if it is answered.
    """
    if (scope["type"] != "http" or app._mounts) and await respond_otherwise(
        app, scope, receive, send
    ):
        return None
    # PERF bench wire: 2 % of a request's instructions less than to keep it for each thread
    if _get_running_loop() is not latest.loop:
        note_loop()
    headers = scope["headers"]
    fields = {name: value for name, value in headers}  # noqa: C416  # as above
    if len(fields) != len(headers):
        fields = collect_fields(headers)
    body = await receive_body(app, fields, receive) if has_body(scope, fields) else None
    if body is GONE:
        return None  # the client left before it had said all: there is nobody to answer

    # Whether all that the lane leaves out has nothing to do, also as far as that depends on what
    # answers.
    context = copy_context()
    plan = None
    if not (
        fields.get(b"host") not in good_hosts
        or b"upgrade" in fields
        or (body is not None and body.__class__ is not BytesIO)
        or (context and (_app_on_top(None) is not None or _request_on_top(None) is not None))
    ):
        plan = make_plan(app, scope)
    if plan is None or not is_open(app, scope, plan):
        await take_steps(app, context, scope, fields, body, receive, send)
        return None
    beginning, found, scopes = plan
    if beginning is AWAY:
        progress = Progress()
        ctx = ScopeContext(app, plan, (scope, fields, body, receive))
        step = take_away(app, ctx, scope, progress)
        await finish(app, context, scope, send, progress, step)
        return None
    if found[1]:
        plan = partial(beginning, **found[1]), found, scopes
    return context, plan, fields, body


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
