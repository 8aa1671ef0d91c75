"""`werkzeug.contrib.limiter`: a body that ends where its announced length does, at most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wsgi import LimitedStream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["StreamLimitMiddleware"]


class StreamLimitMiddleware:
    """Read no more of a body than this.

    Args:
        app: The WSGI app.
        maximum_size: In bytes.
    """

    def __init__(self, app: WSGIApplication, maximum_size: int = 10 * 1024 * 1024) -> None:
        self.app = app
        self.maximum_size = maximum_size

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        length = environ.get("CONTENT_LENGTH") or ""
        limit = min(self.maximum_size, int(length) if length.isdigit() else 0)
        environ["wsgi.input"] = LimitedStream(environ["wsgi.input"], limit)
        return self.app(environ, start_response)
