"""An answer for whoever asks whether a process is well: load balancers and orchestrators.

::

    app.mount("/healthz", HealthCheck(app))

It runs none of the app's hooks and opens no session. ``kolben serve --health`` mounts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from .app import Kolben
    from .http.scope import Scope
    from .protocols.asgi import Receive, Send

_WELL = b'{"status": "ok"}\n'
_GOING = b'{"status": "stopping"}\n'


class HealthCheck:
    """Answers 200 while an app serves, 503 once its process is about to end.

    Args:
        app: The app.
    """

    #: It answers before the app has begun to serve, too.
    waits_for_start = False

    def __init__(self, app: Kolben) -> None:
        self._app = ref(app)

    def _answer(self, method: str) -> tuple[int, bytes, list[tuple[str, str]]]:
        """Return status, body and headers."""
        if method not in {"GET", "HEAD"}:
            return 405, b"", [("Allow", "GET, HEAD"), ("Content-Length", "0")]
        app = self._app()
        stopping = app is None or app._life.stopping
        status, body = (503, _GOING) if stopping else (200, _WELL)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        return status, b"" if method == "HEAD" else body, headers

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer over WSGI."""
        status, body, headers = self._answer(environ["REQUEST_METHOD"])
        start_response(_LINES[status], headers)
        return [body]

    async def asgi_app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer over ASGI."""
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
            return
        status, body, headers = self._answer(scope["method"])
        pairs = [(name.lower().encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})

    def __call__(self, *args: Any) -> Any:
        """Answer over either protocol, by the number of arguments."""
        return self.wsgi_app(*args) if len(args) == 2 else self.asgi_app(*args)


_LINES = {200: "200 OK", 405: "405 Method Not Allowed", 503: "503 Service Unavailable"}
