"""A response over ASGI: a start, and a body in one piece or in many."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ..http import Response
from ..http.client import client_of
from ..http.memory import Memory
from ..http.status import content_types
from .asgi_stream import AsyncBody, Sender, ThreadedBody
from .live import live_of

if TYPE_CHECKING:
    from contextvars import Context

    from ..app import Kolben
    from ..contexts import RequestContext
    from ..http import Request
    from ..http.scope import Scope
    from .asgi import Send


def _encode(pair: tuple[str, str]) -> tuple[bytes, bytes]:
    """Make a header of ASGI of one of WSGI."""
    return pair[0].lower().encode("latin1"), pair[1].encode("latin1")


_encoded = Memory(_encode, limit=4096)
_FEW = frozenset({"Content-Type", "Content-Length"})


def _encode_type(mimetype: str) -> tuple[bytes, bytes]:
    """Make the ``Content-Type`` header of a mimetype."""
    return _encode(content_types[mimetype])


encoded_types = Memory(_encode_type, limit=256)
"""The ``Content-Type`` header of each mimetype."""
TEXT = encoded_types[Response.default_mimetype or ""]


def _length(number: int) -> tuple[bytes, bytes]:
    """Make the ``Content-Length`` header of a number of bytes."""
    return b"content-length", b"%d" % number


lengths = Memory(_length, limit=4096)
"""The ``Content-Length`` header of each number of bytes."""
FEW = 512
# PERF bench wire: of a short text 1 % of a request's instructions less than to ask `lengths`
few = tuple(map(_length, range(FEW)))
"""The same for few bytes."""


def start_of_text(
    text: bytes, content_type: tuple[bytes, bytes] = TEXT, status: int = 200
) -> dict[str, Any]:
    """Make the start of a response that is a text and nothing else.

    Args:
        text: The text.
        content_type: The header that says what it is.
        status: The code.
    """
    # Made anew each time, for middleware may change it.
    return {
        "type": "http.response.start",
        "status": status,
        "headers": [content_type, lengths[len(text)]],
    }


def encode_pairs(pairs: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Make headers of ASGI of those of WSGI."""
    # Of others' values there are too many to keep them.
    return [_encoded[pair] if pair[0] in _FEW else _encode(pair) for pair in pairs]


def start_of(status: int, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """Make the start of any response."""
    return {"type": "http.response.start", "status": status, "headers": headers}


class Answer:
    """What is to be sent: made of a response while its context is still there.

    Args:
        response: The response.
        ctx: The context of the request that it answers.
    """

    __slots__ = ("body", "close", "headers", "status", "stream")

    body: Any
    close: Any
    headers: list[tuple[bytes, bytes]]
    status: int
    stream: Any

    def __init__(self, response: Any, ctx: RequestContext) -> None:
        if isinstance(response, Response) and ctx._environ["REQUEST_METHOD"] != "HEAD":
            parts = response.plain_parts()
            if parts is not None:
                self.status, pairs, self.body = parts
                self.headers = encode_pairs(pairs)
                return
        self._call(response, ctx.request)

    def _call(self, response: Any, request: Request) -> None:
        """Ask the response itself, as a WSGI server does."""
        self.stream = getattr(response, "response", None)
        if hasattr(self.stream, "__aiter__"):
            self.status = response.status_code
            pairs = response.get_wsgi_headers(request.environ).to_wsgi_list()
            empty = request.method == "HEAD" or self.status in {204, 304}
            self.body = _Nothing() if empty else self.stream
            self.close = response.close
        else:
            started: list[Any] = []
            self.body = response(request.environ, lambda *args: started.extend(args))
            self.close = getattr(self.body, "close", None)
            self.status = int(started[0][:3])
            pairs = started[1]
        self.headers = encode_pairs(pairs)


class _Nothing:
    """The body of a response that has none: to ``HEAD``."""

    async def __aiter__(self) -> Any:
        return
        yield


async def send_stream(
    app: Kolben, context: Context, answer: Answer, scope: Scope, send: Send
) -> None:
    """Send a response whose body is no list.

    Args:
        app: The app.
        context: The request's Context, in which the body runs.
        answer: The response.
        scope: The request's scope.
        send: Takes the messages.
    """
    sender = Sender(
        _stream_of(app, context, answer), send, endless=getattr(answer.stream, "endless", False)
    )
    client = client_of(scope)
    live = live_of(app, asyncio.get_running_loop())
    live.add(sender)
    try:
        await sender.run(start_of(answer.status, answer.headers), client)
    finally:
        live.discard(sender)


async def drop_answer(app: Kolben, context: Context, answer: Any) -> None:
    """Close a response that will not be sent, as the request was cancelled or its teardown failed.

    Args:
        app: The app.
        context: The request's Context.
        answer: The response, if there is one.
    """
    if isinstance(answer, Answer) and type(answer.body) is not list:
        await _stream_of(app, context, answer).close()


def _stream_of(app: Kolben, context: Context, answer: Answer) -> AsyncBody | ThreadedBody:
    """Give the body of a response as something to be awaited."""
    kind = AsyncBody if hasattr(answer.body, "__aiter__") else ThreadedBody
    return kind(answer.body, answer.close, context, app.threads)
