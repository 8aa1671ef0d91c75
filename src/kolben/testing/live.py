"""The part of the test client that keeps a connection open: WebSockets and server-sent events."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import werkzeug.test
from werkzeug.datastructures import Headers
from werkzeug.wsgi import get_current_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.test import TestResponse

    from .sse import EventSource
    from .websocket import WebSocketSession

_SCHEMES = {"http": "ws", "https": "wss"}
_HANDSHAKE = [
    (b"connection", b"Upgrade"),
    (b"upgrade", b"websocket"),
    (b"sec-websocket-version", b"13"),
    (b"sec-websocket-key", b64encode(b"kolben test key.")),
]


class LiveClient(werkzeug.test.Client):
    """A client that can keep connections open."""

    def websocket(
        self,
        path: str = "/",
        *args: Any,
        subprotocols: Sequence[str] = (),
        timeout: float = 5.0,
        **kwargs: Any,
    ) -> WebSocketSession:
        """Connect to a WebSocket, over ASGI whatever the client's protocol.

        ::

            with client.websocket("/echo") as ws:
                ws.send("hello")
                assert ws.receive() == "hello"

        In an ``async with`` block the same calls are awaited.

        Args:
            path: The path, with or without a query.
            *args: For the :class:`EnvironBuilder`, as for ``get``.
            subprotocols: What the client offers, the preferred one first.
            timeout: How long to wait for the app, in seconds.
            **kwargs: For the builder: ``headers``, ``query_string`` …

        Returns:
            The connection, to be opened by a ``with`` block.
        """
        from .asgi import _status_line, scope_of
        from .websocket import WebSocketSession

        request: Any = self._make_request((path, *args), kwargs)
        environ = request.environ
        self._add_cookies_to_wsgi(environ)
        url = urlsplit(get_current_url(environ))
        scope = scope_of(environ)
        scope.pop("kolben.preserve_context", None)
        del scope["method"]
        scope.update(
            type="websocket",
            scheme=_SCHEMES.get(scope["scheme"], scope["scheme"]),
            subprotocols=list(subprotocols),
            extensions={"websocket.http.response": {}},
        )
        scope["headers"] = [*scope["headers"], *_HANDSHAKE]

        def keep_cookies(headers: Headers) -> None:
            if self._cookies is not None:
                self._update_cookies_from_response(
                    url.hostname or "localhost", url.path, headers.getlist("Set-Cookie")
                )

        def refuse(status: int, headers: Headers, body: bytes) -> TestResponse:
            keep_cookies(headers)
            line = _status_line(status)
            return self.response_wrapper(iter([body]), line, headers, request=request)

        app: Any = self.application
        return WebSocketSession(app.asgi_app, scope, refuse, keep_cookies, app.json, timeout)

    def sse(
        self, path: str = "/", *args: Any, comments: bool = False, **kwargs: Any
    ) -> EventSource:
        """Listen to server-sent events.

        ::

            with client.sse("/ticks") as events:
                assert next(events).data == "1"

        It can be iterated with ``for`` as well as with ``async for``.

        Args:
            path: The path, with or without a query.
            *args: For the :class:`EnvironBuilder`, as for ``get``.
            comments: Whether mere comments, such as pings, are given as events, too.
            **kwargs: For the builder: ``headers={"Last-Event-ID": "3"}`` …

        Returns:
            An iterator over the app's :class:`~kolben.ServerSentEvent`.
        """
        from .sse import EventSource

        app: Any = self.application
        headers = Headers(kwargs.pop("headers", None))
        headers.setdefault("Accept", "text/event-stream")

        def request() -> TestResponse:
            return self.open(path, *args, headers=headers, buffered=False, **kwargs)

        return EventSource(request, app.json, comments=comments)

    def _make_request(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make a request object of anything that ``open`` takes."""
        raise NotImplementedError(f"{type(self).__name__} makes no requests")
