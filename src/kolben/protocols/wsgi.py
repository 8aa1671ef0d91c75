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

from ..stacks import _cv_app, _cv_request
from ..waiting import run_off_loop, wait

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from ..app import Kolben
    from ..contexts import RequestContext
    from ..waiting import Step

    Stream: TypeAlias = ClosingIterator | GeneratorType[bytes, None, None]

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
    answer: list[Iterable[bytes]] = []
    step = handle(app, environ, start_response, answer)
    # PERF bench hello: 790 → 450 ns, as next() with a default ends without a StopIteration.
    awaitable = context.run(next, step, None)
    if awaitable is not None:
        drive(context, step, awaitable)
    body = answer[0]
    # A list needs no Context to be iterated, and nearly every body is one.
    return Body(context, body) if isinstance(body, _STREAMS) else body


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


def drive(context: Context, step: Step[None], awaitable: Awaitable[Any]) -> None:
    """Take a way that met an awaitable to its end, waiting outside its Context."""
    while True:
        try:
            result = wait(awaitable, context)
        except BaseException as error:  # noqa: BLE001  (the way decides what to do with it)
            resume: Any = step.throw
            value: Any = error
        else:
            resume, value = step.send, result
        try:
            awaitable = context.run(resume, value)
        except StopIteration:
            return


def handle(
    app: Kolben,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    answer: list[Iterable[bytes]],
) -> Step[None]:
    """Take a request from its environ to its teardown; the body is put into ``answer``."""
    way = app._way
    if not way.holds():
        way = app._find_way()
    ctx: RequestContext = app.request_context(environ)
    error: BaseException | None = None
    try:
        try:
            ctx.push()
            response = yield from way.full_dispatch_request(app, ctx)
        except Exception as caught:  # noqa: BLE001  # answered with a 500, or raised again
            error = caught
            response = yield from way.handle_exception(app, ctx, caught)
        except BaseException as caught:
            error = caught
            raise
        answer.append(response(environ, start_response))
    finally:
        if PRESERVE in environ:
            environ[PRESERVE](_cv_app.get())
            environ[PRESERVE](_cv_request.get())
        if error is not None and app.should_ignore_error(error):
            error = None
        step = ctx.leave(error)
        error = None  # its traceback holds this frame: it would be a cycle, left to the collector
        if step is not None:
            yield from step
