"""`werkzeug.contrib.fixers`: repair an environ that a server or a proxy got wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from werkzeug.datastructures import Headers
from werkzeug.middleware import proxy_fix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["CGIRootFix", "HeaderRewriterFix", "PathInfoFromRequestUriFix", "ProxyFix"]


class ProxyFix(proxy_fix.ProxyFix):
    """Take the client's address, scheme and host from what proxies said.

    Args:
        app: The WSGI app.
        num_proxies: How many proxies set `X-Forwarded-For`; the other headers count as they did
            when this was the argument: scheme and host, once. None: the arguments below decide.
        x_for: How many set `X-Forwarded-For`.
        x_proto: How many set `X-Forwarded-Proto`.
        x_host: How many set `X-Forwarded-Host`.
        x_port: How many set `X-Forwarded-Port`.
        x_prefix: How many set `X-Forwarded-Prefix`.
    """

    def __init__(
        self,
        app: WSGIApplication,
        num_proxies: int | None = None,
        x_for: int = 1,
        x_proto: int = 1,
        x_host: int = 1,
        x_port: int = 0,
        x_prefix: int = 0,
    ) -> None:
        self.num_proxies = num_proxies
        super().__init__(
            app, x_for if num_proxies is None else num_proxies, x_proto, x_host, x_port, x_prefix
        )


class CGIRootFix:
    """Put the app at a path, whatever the server says.

    Args:
        app: The WSGI app.
        app_root: The path.
    """

    def __init__(self, app: WSGIApplication, app_root: str = "/") -> None:
        self.app = app
        self.app_root = app_root.rstrip("/")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        environ["SCRIPT_NAME"] = self.app_root
        return self.app(environ, start_response)


class PathInfoFromRequestUriFix:
    """Take the path from the URL that the client sent, where the server gives it.

    Args:
        app: The WSGI app.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        for key in ("REQUEST_URL", "REQUEST_URI", "UNENCODED_URL"):
            if key in environ:
                path = unquote_to_bytes(urlsplit(environ[key]).path).decode("latin-1")
                root = environ.get("SCRIPT_NAME", "")
                if path.startswith(root):
                    environ["PATH_INFO"] = path[len(root) :]
                    break
        return self.app(environ, start_response)


class HeaderRewriterFix:
    """Take headers out of every response, and put others in.

    Args:
        app: The WSGI app.
        remove_headers: Names of headers to take out.
        add_headers: Headers to put in.
    """

    def __init__(
        self,
        app: WSGIApplication,
        remove_headers: Iterable[str] = (),
        add_headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.app = app
        self.remove_headers = {name.lower() for name in remove_headers or ()}
        self.add_headers = list(add_headers or ())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""

        def rewriting(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            kept = [each for each in headers if each[0].lower() not in self.remove_headers]
            return start_response(status, [*kept, *Headers(self.add_headers)], exc_info)

        return self.app(environ, rewriting)
