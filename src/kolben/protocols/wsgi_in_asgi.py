"""A WSGI application on an ASGI server.

Theory of operation. The application runs in a worker thread. What it reads of the request's body is
received then and there, and each piece of its body is sent before it is asked for the next, so it
never gets ahead of the client in either direction. A client that leaves, and a server that shuts
down, make the next piece fail, which closes the application's body (PEP 3333).
"""

from __future__ import annotations

import asyncio
import io
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from ..http.scope import build_environ, collect_fields
from .asgi_body import has_body
from .live import live_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ..app import Kolben
    from ..http.scope import Scope
    from .asgi import Receive, Send


async def respond(
    host: Kolben, app: Callable[..., Any], scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer an ASGI connection with a WSGI application.

    Args:
        host: The app that it is mounted on, for its threads.
        app: The application.
        scope: The connection's scope.
        receive: Gives the next message.
        send: Takes the answer.
    """
    if scope["type"] == "websocket":  # WSGI has none
        await receive()
        await send({"type": "websocket.close", "code": 1000})
        return
    exchange = Exchange(app, scope, receive, send)
    live = live_of(host, exchange.loop)
    live.add(exchange)
    try:
        job = await host.threads.run(copy_context(), exchange.run, None)
    finally:
        live.discard(exchange)
        exchange.stop()
    if job.cancelled is not None:
        raise job.cancelled
    if job.error is not None:
        raise job.error


class Exchange:
    """One request to a WSGI application."""

    endless = False

    def __init__(self, app: Callable[..., Any], scope: Scope, receive: Receive, send: Send) -> None:
        self.loop = asyncio.get_running_loop()
        self._app = app
        self._scope = scope
        self._receive = receive
        self._send = send
        self._start: dict[str, Any] | None = None
        self._sent = False
        self._left = False
        self._watcher: asyncio.Task[None] | None = None
        self._input = Input(self)

    def end(self) -> None:
        """Let the next piece fail."""
        self._left = True

    def stop(self) -> None:
        """Stop watching the client; on the loop."""
        if self._watcher is not None:
            self._watcher.cancel()

    def wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Wait in the thread for something on the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    async def receive(self) -> Any:
        """Receive the next message; a client that has left is an error."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._left = True
            raise ConnectionError("the client has left")
        return message

    def run(self, _: Any) -> None:
        """Run the application; in a worker thread."""
        environ = build_environ(self._scope, io.BufferedReader(self._input, 64 * 1024))
        environ["wsgi.input_terminated"] = True
        body = self._app(environ, self._start_response)
        try:
            for chunk in body:
                if chunk:
                    self._write(chunk)
        except ConnectionError:
            if not self._left:
                raise
            return
        finally:
            if hasattr(body, "close"):
                body.close()
        self.wait(self._finish())

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        """Take status and headers; see PEP 3333."""
        if exc_info is not None and self._sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and self._start is not None:
            raise AssertionError("start_response was called twice, without exc_info (PEP 3333)")
        self._start = {
            "type": "http.response.start",
            "status": int(status[:3]),
            "headers": [
                (name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers
            ],
        }
        return self._write

    def _write(self, chunk: bytes) -> None:
        """Send a piece, and wait until the client takes more."""
        if self._left:
            raise ConnectionError("the client has left")
        self.wait(self._send_piece(chunk))

    async def _send_piece(self, chunk: bytes) -> None:
        await self._begin()
        if self._watcher is None and self._input.is_over(self._scope):
            self._watcher = asyncio.create_task(self._watch())
        try:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        except OSError as error:
            self._left = True
            raise ConnectionError("the client has left") from error

    async def _begin(self) -> None:
        if self._start is None:
            raise RuntimeError(f"{self._app!r} gave a body before it called start_response")
        if not self._sent:
            self._sent = True
            await self._send(self._start)

    async def _finish(self) -> None:
        await self._begin()
        await self._send({"type": "http.response.body", "body": b""})

    async def _watch(self) -> None:
        """Learn that the client has left."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left = True


class Input(io.RawIOBase):
    """The request's body as a file, received as it is read."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._rest = b""
        self._over = False

    def is_over(self, scope: Scope) -> bool:
        """Tell whether no more of the body is to come."""
        if self._over:
            return True
        # HTTP/2 need not announce a body, but a GET without headers for one has none.
        bodiless = {"http_version": "1.1"} if scope["method"] in {"GET", "HEAD"} else {}
        return not has_body({**scope, **bodiless}, collect_fields(scope["headers"]))

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Put what comes next into a buffer; nothing at the end."""
        while not self._rest and not self._over:
            message = self._exchange.wait(self._exchange.receive())
            self._rest = message.get("body", b"")
            self._over = not message.get("more_body")
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
