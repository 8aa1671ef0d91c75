"""An ASGI application on a WSGI server.

Theory of operation. The application runs as a task on the process's event loop, while the server's
thread waits for what it asks for: to read a piece of the request's body, which only that thread
does, or to take a piece of the response's. The task goes on when the server has asked for the next
one, so it never gets ahead of the client. What the application does after its response has ended
(background tasks) goes on beside the next requests.
"""

from __future__ import annotations

import asyncio
import logging
from contextvars import copy_context
from http import HTTPStatus
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from werkzeug.wsgi import get_input_stream

from ..waiting import event_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from ..app import Kolben

_log = logging.getLogger(__name__)
_PIECE = 64 * 1024

# Tasks that outlive their responses; the loop itself holds none.
_tasks: set[asyncio.Task[None]] = set()


def respond(
    host: Kolben,
    app: Callable[..., Any],
    environ: WSGIEnvironment,
    start_response: StartResponse,
    state: dict[str, Any],
) -> Iterable[bytes]:
    """Answer a WSGI request with an ASGI application.

    Args:
        host: The app that it is mounted on.
        app: The application.
        environ: The WSGI environ.
        start_response: Takes the status line and the headers.
        state: What the application's lifespan has left for its requests.

    Returns:
        The body.
    """
    exchange = Exchange(host, app, scope_of(environ, state), environ, start_response)
    exchange.begin()
    return exchange


def scope_of(environ: WSGIEnvironment, state: dict[str, Any]) -> dict[str, Any]:
    """Make the scope of an HTTP request from an environ; ``path`` begins with ``root_path``."""
    root = _text(environ.get("SCRIPT_NAME", ""))
    path = root + _text(environ.get("PATH_INFO", ""))
    target = _raw_path(environ.get("REQUEST_URI") or environ.get("RAW_URI") or "")
    headers = [
        (
            key.removeprefix("HTTP_").replace("_", "-").lower().encode("latin1"),
            value.encode("latin1"),
        )
        for key, value in environ.items()
        if key.startswith("HTTP_") or (key in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value)
    ]
    client = None
    if environ.get("REMOTE_ADDR"):
        client = (environ["REMOTE_ADDR"], int(environ.get("REMOTE_PORT") or 0))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": environ.get("SERVER_PROTOCOL", "HTTP/1.1").partition("/")[2],
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "path": path,
        "raw_path": target.encode("latin1") if target else quote(path).encode(),
        "query_string": environ.get("QUERY_STRING", "").encode("latin1"),
        "root_path": root,
        "headers": headers,
        "server": (environ["SERVER_NAME"], int(environ["SERVER_PORT"] or 0)),
        "client": client,
        "state": dict(state),
        "extensions": {},
    }


def _raw_path(target: str) -> str:
    """Take the path from the target of a request, which may be a whole URL (RFC 9112, 3.2)."""
    # What begins with two slashes is no host here: it would be one in a link.
    return target.partition("?")[0] if target.startswith("/") else urlsplit(target).path


def _text(raw: str) -> str:
    """Decode what an environ has in the guise of Latin-1."""
    return raw.encode("latin1").decode(errors="replace")


class Exchange:
    """One request to an ASGI application: the body of the response, for the server to iterate."""

    def __init__(
        self,
        host: Kolben,
        app: Callable[..., Any],
        scope: dict[str, Any],
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> None:
        self._host = host
        self._app = app
        self._scope = scope
        self._stream = get_input_stream(environ)
        self._start_response = start_response
        self._loop = event_loop()
        self._wishes: SimpleQueue[tuple[str, Any, asyncio.Future[Any] | None]] = SimpleQueue()
        self._left = asyncio.Event()  # the client has left, or has all
        self._received_all = False
        self._start: Any = None
        self._started = False
        self._complete = False
        self._first: bytes | None = None
        self._taken: asyncio.Future[Any] | None = None

    # -- in the server's thread
    # ----------------------------------------------------------------------

    def begin(self) -> None:
        """Run the application until the first piece of its body is there."""
        try:  # a signal may come as soon as the loop has it
            self._loop.call_soon_threadsafe(self._create_task, copy_context())
            self._host._life.when_stopping(self._stop)
            self._first = self._next()
        except BaseException:
            self.close()  # the server never gets what it would have to close
            raise

    def __iter__(self) -> Exchange:
        return self

    def __next__(self) -> bytes:
        chunk, self._first = self._first, None
        if chunk is None:
            chunk = self._next()
        if chunk is None:
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Tell the application that the client has all, or has left."""
        self._complete = True
        self._host._life.forget_listener(self._stop)
        self._loop.call_soon_threadsafe(self._leave)

    def _stop(self) -> None:
        """Tell it so when the server shuts down, after the grace period of streams."""
        grace = self._host.config["STREAM_SHUTDOWN_GRACE"]
        self._loop.call_soon_threadsafe(self._loop.call_later, grace, self._leave)

    def _next(self) -> bytes | None:
        """Do what the application wants until it gives a piece; ``None`` at the end."""
        self._answer(self._taken, None)
        self._taken = None
        while not self._complete:
            kind, value, future = self._wishes.get()
            if kind == "receive":
                self._answer(future, self._read())
            elif kind == "end":
                self._complete = True
                if self._started and self._left.is_set():
                    return None  # it was cut, as it was told that the client has left
                if value is not None:
                    raise value
                raise RuntimeError(f"{self._app!r} ended without having ended its response")
            elif value["type"] == "http.response.start":
                self._start = value
                self._answer(future, None)
            elif value["type"] == "http.response.body":
                chunk: bytes = value.get("body", b"")
                self._begin_response()
                self._complete = not value.get("more_body")
                self._taken = future
                if self._complete:
                    self._answer(future, None)
                    self._taken = None
                if chunk:
                    return chunk
                self._answer(self._taken, None)
                self._taken = None
            else:
                self._answer(future, None)  # an extension that the scope does not offer
        return None

    def _answer(self, future: asyncio.Future[Any] | None, value: Any) -> None:
        if future is not None:
            self._loop.call_soon_threadsafe(_set, future, value)

    def _begin_response(self) -> None:
        if self._started:
            return
        if self._start is None:
            raise RuntimeError(f"{self._app!r} sent a body before it began a response")
        self._started = True
        status = self._start["status"]
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = "Unknown"
        headers = [
            (bytes(name).decode("latin1"), bytes(value).decode("latin1"))
            for name, value in self._start.get("headers", ())
        ]
        self._start_response(f"{status} {phrase}", headers)

    def _read(self) -> dict[str, Any]:
        """Read a piece of the request's body."""
        read = getattr(self._stream, "read1", None) or self._stream.read
        piece: bytes = read(_PIECE)
        if not piece:
            self._received_all = True
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    # -- on the loop
    # ---------------------------------------------------------------------------------

    def _create_task(self, context: Any) -> None:
        task = self._loop.create_task(self._run(), context=context)
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    async def _run(self) -> None:
        error: BaseException | None = None
        try:
            await self._app(self._scope, self._receive, self._send)
        except BaseException as caught:  # noqa: BLE001  (raised again in the server's thread)
            error = caught
        if self._complete and error is not None and not isinstance(error, OSError):
            _log.error("A mounted app failed after its response", exc_info=error)
        self._wishes.put(("end", error, None))

    async def _receive(self) -> Any:
        if not self._received_all and not self._left.is_set():
            return await self._wish("receive", None)
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if self._left.is_set():
            raise OSError("the client has left")
        await self._wish("send", message)

    async def _wish(self, kind: str, value: Any) -> Any:
        """Have the server's thread do something, and wait for it."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._wishes.put((kind, value, future))
        left = self._loop.create_task(self._left.wait())
        try:
            await asyncio.wait((future, left), return_when=asyncio.FIRST_COMPLETED)
        finally:
            left.cancel()
        if future.done():
            return future.result()
        if kind == "send":
            raise OSError("the client has left")
        return {"type": "http.disconnect"}

    def _leave(self) -> None:
        self._left.set()


def _set(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)
