"""WSGI (PEP 3333): from a server's call to a response, inside the request's own Context.

Theory of operation. ``respond`` makes a fresh copy of the current ``contextvars.Context`` and lets
the way of the request run inside. Where the way meets an awaitable, this thread leaves the Context,
the process's event loop runs the awaitable as a task in that same Context, and the thread enters it
again with the result: whatever a sync hook left in a context variable, an async view sees, and the
reverse.
"""

from __future__ import annotations

from contextvars import Context, copy_context
from types import GeneratorType
from typing import TYPE_CHECKING, Any, TypeAlias

from werkzeug.wsgi import ClosingIterator

from .. import lane
from ..dispatch import answer, begin, fail
from ..http import Response
from ..http.status import STATUS_LINES, content_lengths, content_types
from ..request_contexts import LATE, RequestContext
from ..stacks import _cv_app, _cv_request
from ..waiting import finish_in, run_off_loop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from ..app import Kolben
    from ..waiting import Step

    Stream: TypeAlias = ClosingIterator | GeneratorType[bytes, None, None]

OK = STATUS_LINES[200][0]
TEXT = content_types[Response.default_mimetype or ""]

PRESERVE = "werkzeug.debug.preserve_context"

# What runs code of the app's while it is sent; a generator comes as it is with direct_passthrough.
_STREAMS = (ClosingIterator, GeneratorType)


def respond(
    app: Kolben, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer one WSGI request.

    Args:
        app: The app.
        environ: The WSGI environment.
        start_response: The server's callable.

    Returns:
        The body.
    """
    context = copy_context()
    outcome = context.run(take, app, environ, start_response)
    # A list needs no Context to be iterated, and nearly every body is one.
    return outcome if isinstance(outcome, list) else follow(context, outcome)


class Body:
    """A streamed body whose iterator runs in the request's Context and nowhere else.

    By then the contexts are unbound; but whatever the iterator sets must not be left to the
    server's thread, and so to the next request on it. It is closed exactly once: by the server, as
    PEP 3333 demands, or when it is dropped half-way, by whichever thread collects it.

    Args:
        context: The request's Context.
        iterator: What the response returned.
    """

    __slots__ = ("_context", "_iterator")

    def __init__(self, context: Context, iterator: Stream) -> None:
        self._context = context
        self._iterator: Stream | None = iterator

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> bytes:
        if self._iterator is None:
            raise StopIteration
        return self._context.run(next, self._iterator)

    def close(self) -> None:
        """Close the iterator, and with it the response."""
        iterator, self._iterator = self._iterator, None
        if iterator is not None:
            self._context.run(iterator.close)

    def __del__(self) -> None:
        if self._iterator is not None:
            run_off_loop(self.close)


def follow(context: Context, step: Step[Iterable[bytes]]) -> Iterable[bytes]:
    """Take a request to its end by the steps, waiting for awaitables outside of its Context."""
    body = finish_in(context, step)
    return Body(context, body) if isinstance(body, _STREAMS) else body


def take(
    app: Kolben, environ: WSGIEnvironment, start_response: StartResponse
) -> list[bytes] | Step[Iterable[bytes]]:
    """Take a request along the straight lane (:mod:`kolben.lane`), as far as it leads.

    Returns:
        The body, if the lane led to the end of the request; else the steps that are left.
    """
    way = app._way
    # PERF bench hello: 50 ns less than to ask way.holds() alone
    if len(way.names) != way.names_expected and not way.holds():
        way = app._find_way()
    ctx = RequestContext(app, environ, LATE, None)
    # A step that fails is raised again where the steps would have met its error.
    try:
        rv = lane.reach(app, way, ctx, environ)
    except BaseException as error:  # noqa: BLE001
        if ctx._pushed is None:  # there was no matching it: an empty PATH_INFO may be left out
            return handle(app, environ, start_response)
        rv = lane.Rest(answer(app, ctx, fail(error)))
    if rv is lane.CLOSED:
        return handle(app, environ, start_response)
    try:
        response = lane.finalize(app, way, ctx, rv)
    except BaseException as error:  # noqa: BLE001
        response = lane.Rest(fail(error))
    if response.__class__ is bytes:
        # PERF bench hello: nearly all are that, and asked first it is 40 ns less
        try:
            start_response(OK, [TEXT, content_lengths[len(response)]])
        except BaseException as error:  # noqa: BLE001
            return give_up(ctx, error)
        left = lane.leave(app, ctx)
        return [response] if left is None else end(left, [response])
    return send(app, ctx, environ, start_response, response)


def send(
    app: Kolben,
    ctx: RequestContext,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    response: Any,
) -> list[bytes] | Step[Iterable[bytes]]:
    """Answer with a response, or take the steps that are left up to it; then leave the context."""
    if response.__class__ is lane.Rest:
        ctx.settle()
        return conclude(app, ctx, environ, start_response, response.step)
    try:
        body: Iterable[bytes] = response(environ, start_response)
    except BaseException as error:  # noqa: BLE001
        return give_up(ctx, error)
    if type(body) is list:
        left = lane.leave(app, ctx)
        return body if left is None else end(left, body)
    return end(ctx.leave(None), body)


def end(left: Step[None] | None, body: Iterable[bytes]) -> Step[Iterable[bytes]]:
    """Leave the context, as the last step of a request."""
    if left is not None:
        yield from left
    return body


def give_up(ctx: RequestContext, error: BaseException) -> Step[Iterable[bytes]]:
    """Leave the context where the response could not be sent."""
    try:
        raise error
    finally:
        del error  # its traceback holds this frame: no cycle
        left = ctx.leave(None)
        if left is not None:
            yield from left


def handle(
    app: Kolben, environ: WSGIEnvironment, start_response: StartResponse
) -> Step[Iterable[bytes]]:
    """Take a request from its environ to its teardown, step by step; gives the body."""
    ctx = app.request_context(environ)
    return (yield from conclude(app, ctx, environ, start_response, begin(app, ctx)))


def conclude(
    app: Kolben,
    ctx: RequestContext,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    step: Step[Response],
) -> Step[Iterable[bytes]]:
    """Take the steps that are left up to the response, answer with it, and leave the context."""
    error: BaseException | None = None
    try:
        try:
            response = yield from step
        except Exception as caught:  # noqa: BLE001  # answered with a 500, or raised again
            error = caught
            response = yield from app._way.handle_exception(app, ctx, caught)
        except BaseException as caught:
            error = caught
            raise
        return response(environ, start_response)
    finally:
        if PRESERVE in environ:
            environ[PRESERVE](_cv_app.get())
            environ[PRESERVE](_cv_request.get())
        if error is not None and app.should_ignore_error(error):
            error = None
        left = ctx.leave(error)
        error = None  # its traceback holds this frame: it would be a cycle, left to the collector
        if left is not None:
            yield from left
