"""How the test client calls an app over ASGI: a WSGI callable that speaks ASGI to it.

Theory of operation. The app runs as a task on an event loop (the process's, or for the awaitable
methods the caller's) while the client reads from another thread. The app is held after each piece
of a streamed body until the client wants the next one, so a test sees what a slow client would. A
client that closes early is one that leaves: the app is told ``http.disconnect``, and what it sends
after that fails, as it does on a server.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from http import HTTPStatus
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from kolben.protocols.asgi_end import preserve
from kolben.waiting import event_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PRESERVE = "werkzeug.debug.preserve_context"


class Aside(NamedTuple):
    """What a call of the client has to itself that is awaited, and made in a thread meanwhile.

    Attributes:
        loop: The caller's loop, to run the app on.
        contexts: The contexts that the app hands over.
    """

    loop: asyncio.AbstractEventLoop
    contexts: list[Any]


cv_aside: ContextVar[Aside | None] = ContextVar("kolben.test_aside", default=None)


@contextmanager
def aside() -> Iterator[Aside]:
    """Mark what is done in a thread as called from this loop.

    Yields:
        What it has to itself; its contexts are let go at the end.
    """
    called = Aside(asyncio.get_running_loop(), [])
    token = cv_aside.set(called)
    try:
        yield called
    finally:
        cv_aside.reset(token)
        called.contexts.clear()


# What an environ has that a scope says in its own words, or need not say.
_SAID_OTHERWISE = frozenset(
    {
        *("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "REQUEST_URI", "RAW_URI"),
        *("SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "REMOTE_ADDR", "REMOTE_PORT"),
        *("CONTENT_TYPE", "CONTENT_LENGTH", PRESERVE),
        *("werkzeug.request", "werkzeug.socket", "asgi.scope"),
    }
)

_LAST: Any = object()


def scope_of(environ: WSGIEnvironment) -> dict[str, Any]:
    """Make the ASGI scope of the request that an environ describes.

    Args:
        environ: From an ``EnvironBuilder``.

    Returns:
        The scope of an HTTP request.

    Raises:
        ValueError: The environ has something that ASGI has no place for.
    """
    headers = []
    for key, value in environ.items():
        if key.startswith("HTTP_") or key in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            name = key.removeprefix("HTTP_").replace("_", "-").lower()
            headers.append((name.encode("latin1"), str(value).encode("latin1")))
        elif key not in _SAID_OTHERWISE and not key.startswith("wsgi."):
            raise ValueError(
                f"the environ of this request has {key!r}, which ASGI has no place for; send it as"
                ' a header, or use app.test_client(protocol="wsgi")'
            )
    root = _decode(environ.get("SCRIPT_NAME", "")).rstrip("/")
    path = root + _decode(environ.get("PATH_INFO", ""))
    target = environ.get("RAW_URI", "").partition("?")[0]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": environ.get("SERVER_PROTOCOL", "HTTP/1.1").partition("/")[2],
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "path": path,
        "raw_path": target.encode("latin1") or quote(path).encode(),
        "query_string": environ.get("QUERY_STRING", "").encode("latin1"),
        "root_path": root,
        "headers": headers,
        "server": (environ["SERVER_NAME"], int(environ["SERVER_PORT"])),
        "client": None,
    }
    if "REMOTE_ADDR" in environ:
        scope["client"] = (environ["REMOTE_ADDR"], int(environ.get("REMOTE_PORT") or 0))
    if PRESERVE in environ:
        preserve(scope, environ[PRESERVE])
    return scope


def _decode(text: str) -> str:
    """Turn the Latin-1 of an environ into the text that a server finds in the path."""
    return text.encode("latin1").decode(errors="replace")


class AsgiAsWsgi:
    """A WSGI callable that runs an ASGI app.

    Args:
        app: The ASGI app.
    """

    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request with what the app sends.

        Args:
            environ: The WSGI environ.
            start_response: Takes status line and headers.

        Returns:
            The body.
        """
        exchange = Exchange(self.app, scope_of(environ), _pieces(environ))
        first = next(exchange, None)
        if exchange.status is None:
            raise RuntimeError("the app ended the request without a response")
        start_response(_status_line(exchange.status), exchange.headers)
        return _Body(first, exchange)


def _status_line(status: int) -> str:
    """Make the status line of WSGI of a status code."""
    try:
        phrase = HTTPStatus(status).phrase.upper()
    except ValueError:
        phrase = "UNKNOWN"
    return f"{status} {phrase}"


def _pieces(environ: WSGIEnvironment) -> Iterator[dict[str, Any]]:
    """Read the request's body, as the messages in which a server hands it over."""
    stream, size = environ["wsgi.input"], 0
    announced = environ.get("CONTENT_LENGTH")
    piece: bytes = stream.read(_PIECE)
    while following := stream.read(_PIECE) if piece else b"":
        size += len(piece)
        yield {"type": "http.request", "body": piece, "more_body": True}
        piece = following
    size += len(piece)
    cut = announced is not None and announced.isdigit() and size < int(announced)
    yield {"type": "http.request", "body": piece, "more_body": cut}
    if cut:
        yield {"type": "http.disconnect"}


_PIECE = 64 * 1024

# A loop forgets a task that waits for what nobody holds.
_running: set[asyncio.Task[None]] = set()


class _Body:
    """A response's body: what came first, then the rest of the exchange."""

    def __init__(self, first: bytes | None, exchange: Exchange) -> None:
        self._first = first
        self._exchange = exchange
        self.close = exchange.close

    def __iter__(self) -> Iterator[bytes]:
        if self._first is not None:
            yield self._first
        yield from self._exchange

    def __del__(self) -> None:
        self._exchange.abandon()


class Exchange:
    """One call of an ASGI app, and an iterator over the body that it sends.

    Args:
        app: The ASGI app.
        scope: The scope.
        messages: What the app receives; then it hears of the client only that it has left.

    Attributes:
        status: The response's status, once the first piece of the body has come.
        headers: Its headers.
    """

    def __init__(
        self, app: Callable[..., Any], scope: dict[str, Any], messages: Iterator[dict[str, Any]]
    ) -> None:
        self.status: int | None = None
        self.headers: list[tuple[str, str]] = []
        called = cv_aside.get()
        self._loop = event_loop() if called is None else called.loop
        self._messages = messages
        self._chunks: SimpleQueue[Any] = SimpleQueue()
        self._wanted = asyncio.Event()  # of the loop, like the next one
        self._left = asyncio.Event()
        self._ended = False
        self._app = app
        self._scope = scope
        self._first = True
        self._tail = b""
        self._loop.call_soon_threadsafe(self._start, copy_context())

    def __iter__(self) -> Exchange:
        return self

    def __next__(self) -> bytes:
        if self._ended:
            raise StopIteration
        if self._first:
            self._first = False
        else:
            self._loop.call_soon_threadsafe(self._wanted.set)
        chunk = self._chunks.get()
        if isinstance(chunk, bytes):
            return chunk
        self._ended = True
        if chunk is _LAST:
            raise StopIteration
        try:
            raise chunk
        finally:
            del chunk  # its traceback holds this frame: no cycle

    def close(self) -> None:
        """Leave, and wait until the app is done with that."""
        if not self._ended:
            self._loop.call_soon_threadsafe(self._leave)
            while isinstance(chunk := self._chunks.get(), bytes):
                pass
            self._ended = True
            if chunk is not _LAST and not isinstance(chunk, OSError):
                try:
                    raise chunk
                finally:
                    del chunk  # its traceback holds this frame: no cycle

    def abandon(self) -> None:
        """Leave, and wait for nobody: the response was dropped without being closed."""
        if not self._ended and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._left.set()
        self._wanted.set()

    def _start(self, context: Any) -> None:
        """Start the app; on the loop."""
        task = self._loop.create_task(self._run(), context=context)
        _running.add(task)
        task.add_done_callback(_running.discard)

    async def _run(self) -> None:
        """Run the app to its end, and tell the client of it."""
        try:
            await self._app(self._scope, self._receive, self._send)
        except BaseException as error:  # noqa: BLE001  (raised again where the client waits)
            self._chunks.put(error)
        else:
            if self._tail:
                self._chunks.put(self._tail)
            self._chunks.put(_LAST)

    async def _receive(self) -> dict[str, Any]:
        """Hand over a piece of the body; after the last one wait for the client to leave."""
        for message in self._messages:
            return message
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        """Take what the app sends; hold it until the client wants more."""
        if self._left.is_set():
            raise OSError("the client has left")
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [
                (name.decode("latin1"), value.decode("latin1"))
                for name, value in message.get("headers", ())
            ]
            return
        body = message.get("body", b"")
        if not message.get("more_body"):
            self._tail = body  # it arrives when the app is done: what it does last can be tested
        elif body:
            self._chunks.put(body)
            await self._wanted.wait()
            self._wanted.clear()
            if self._left.is_set():
                raise OSError("the client has left")
