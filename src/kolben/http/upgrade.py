"""The answer to a request that a WebSocket rule matches but HTTP cannot serve: 426."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class UpgradeRequired(HTTPException):
    """The URL belongs to a WebSocket: 426, with an ``Upgrade`` header (RFC 9110, 15.5.22).

    It may have an error handler.

    Args:
        description: What the page says.
    """

    code = 426
    description = (
        "This URL is a WebSocket's: connect to it with ws:// or wss://. If you did, the app's"
        " server has none: it speaks WSGI, or lacks a library for them. Run the app with"
        " hypercorn, granian --interface asgi, or uvicorn (with the package websockets)."
    )

    def get_headers(
        self, environ: WSGIEnvironment | None = None, scope: dict[str, Any] | None = None
    ) -> list[tuple[str, str]]:
        """Return the page's headers and the protocol that is asked for (RFC 9110, 7.8).

        The ``Connection`` header that belongs to it is the server's to send (PEP 3333).
        """
        return [*super().get_headers(environ, scope), ("Upgrade", "websocket")]
