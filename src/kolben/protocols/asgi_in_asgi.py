"""An ASGI application mounted on an app that is served over ASGI itself.

Theory of operation. The server's ``receive`` and ``send`` are handed on, with one thing more: when
the server shuts down, and the grace period of streams is over, the application hears that the
client has left. It would never hear it otherwise, since servers wait for open connections first.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .live import live_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..app import Kolben
    from ..http.scope import Scope
    from .asgi import Receive, Send


async def respond(
    host: Kolben, app: Callable[..., Any], scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer an ASGI connection with an ASGI application.

    Args:
        host: The app that it is mounted on.
        app: The application.
        scope: The connection's scope.
        receive: Gives the next message.
        send: Takes the answer.
    """
    connection = Connection(scope, receive, send)
    live = live_of(host, asyncio.get_running_loop())
    live.add(connection)
    try:
        await app(scope, connection.receive, connection.send)
    except OSError:
        if not connection.ended:
            raise
    finally:
        live.discard(connection)
    await connection.finish()


class Connection:
    """One connection of a mounted application."""

    endless = False

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.ended = False
        self._receive = receive
        self._send = send
        self._is_http = scope["type"] == "http"
        self._open = False  # a response has begun and not ended
        self._waiting: asyncio.Task[Any] | None = None

    def end(self) -> None:
        """Tell the application that the client has left."""
        self.ended = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def receive(self) -> Any:
        """Give the application the next message."""
        if not self.ended:
            self._waiting = asyncio.ensure_future(self._receive())
            try:
                return await self._waiting
            except asyncio.CancelledError:
                if not self.ended:
                    self._waiting.cancel()
                    raise
            finally:
                self._waiting = None
        if self._is_http:
            return {"type": "http.disconnect"}
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(self, message: Any) -> None:
        """Take a message of the application's."""
        if self.ended:
            raise OSError("the server shuts down")
        kind = message["type"]
        if kind == "http.response.start":
            self._open = True
        elif kind == "http.response.body" and not message.get("more_body"):
            self._open = False
        await self._send(message)

    async def finish(self) -> None:
        """End a response that was cut, so that the server can close its connection."""
        if self.ended and self._open:
            await self._send({"type": "http.response.body", "body": b""})
