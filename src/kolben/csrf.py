"""A guard against cross-site request forgery that needs no tokens: the browser says who asks.

Theory of operation. Browsers tell with each request how the page that made it relates to this
site, in a header that no script can set: ``Sec-Fetch-Site`` (W3C Fetch Metadata Request Headers,
2.4). A request that may change something (its method is not safe, RFC 9110, 9.2.1) is let through
if it came from this very origin or from the user (the address bar, a bookmark), and refused if
another site, or another origin of this site, has made it, unless that origin is trusted. Where the
header is missing (it is only sent over HTTPS and to localhost, and by browsers since 2020, Safari
since 2023) ``Origin`` (RFC 6454, 7) is compared with the host, and where that is missing too,
``Referer``. A request with none of the three was not made by a page in a browser, so there is no
user whose cookies it could abuse. A WebSocket's handshake is judged whatever its method: browsers
send cookies whichever page asks for it, and let that page read what comes. The policy is the one of
the OWASP Cross-Site Request Forgery Prevention Cheat Sheet, "Fetch Metadata headers".

It holds as long as views change nothing on ``GET``, and relies on the ``Host`` header: behind a
proxy that rewrites it use Werkzeug's ``ProxyFix``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from werkzeug.exceptions import Forbidden

from .stacks import _cv_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .app import Kolben
    from .http import Request

F = TypeVar("F")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

# From this origin, or from the user's own doing.
_OWN = frozenset({"same-origin", "none"})

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class CrossSiteRequest(Forbidden):
    """The answer to a request that another site has made: 403; it may have an error handler."""


class CsrfGuard:
    """Refuses requests that other sites make with a user's cookies: ``CsrfGuard(app)``.

    Args:
        app: The app; or call `init_app` later.
        trusted_origins: Origins that may send requests all the same, such as
            ``"https://login.example.com"``; they are added to the configuration's
            ``CSRF_TRUSTED_ORIGINS``.

    Raises:
        TypeError: The origins are one text instead of several.
        ValueError: An origin is not ``scheme://host`` with a port if need be.
    """

    def __init__(self, app: Kolben | None = None, trusted_origins: Iterable[str] = ()) -> None:
        self._trusted = _read_origins(trusted_origins, "trusted_origins")
        self._exempt: list[Any] = []
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Kolben) -> None:
        """Guard an app: every request and every WebSocket, before the other hooks.

        Args:
            app: The app. Its ``CSRF_TRUSTED_ORIGINS`` are read now.

        Raises:
            TypeError: ``CSRF_TRUSTED_ORIGINS`` is one text instead of several.
            ValueError: An origin is not ``scheme://host`` with a port if need be.
        """
        configured = app.config.get("CSRF_TRUSTED_ORIGINS") or ()
        trusted = self._trusted | _read_origins(configured, "CSRF_TRUSTED_ORIGINS")

        def guard() -> None:
            context = _cv_request.get()
            if context.request.method not in SAFE_METHODS:
                self._check(context.app, context.request, trusted)

        app.before_request(guard)
        hooks = app.before_request_funcs[None]
        hooks.insert(0, hooks.pop())
        self._guard_websockets(app, trusted)
        app.extensions["csrf_guard"] = self

    def _guard_websockets(self, app: Kolben, trusted: frozenset[str]) -> None:
        """Guard every WebSocket, before the other ``before_websocket`` hooks."""

        def guard() -> None:
            context = _cv_request.get()
            self._check(context.app, context.request, trusted)

        app.before_websocket(guard)
        hooks = app.before_websocket_funcs[None]
        hooks.insert(0, hooks.pop())

    def exempt(self, view: F) -> F:
        """Let a view, or all views of a blueprint, take requests from anywhere.

        For endpoints that know their callers by something else than a cookie: webhooks with a
        signature, APIs with a token.

        Args:
            view: A view function, a class of views, or a blueprint (with those nested in it). Other
                decorators may stand around it, if they use ``functools.wraps``.

        Returns:
            The same object, so this works as a decorator.
        """
        self._exempt.append(view)
        return view

    def _check(self, app: Kolben, request: Request, trusted: frozenset[str]) -> None:
        """Refuse a request that another site has made."""
        reason = _find_reason(request, trusted)
        if reason is None or self._is_exempt(app, request):
            return
        app.logger.warning("CSRF: refused %s %r: %s", request.method, request.path, reason)
        raise CrossSiteRequest(
            f"This request was refused because it does not come from this site ({reason}). If that"
            " origin may send it, it has to be among CSRF_TRUSTED_ORIGINS."
        )

    def _is_exempt(self, app: Kolben, request: Request) -> bool:
        """Tell whether the view, what it wraps, its class or its blueprint is exempt."""
        if any(app.blueprints.get(name) in self._exempt for name in request.blueprints):
            return True
        view: Any = app.view_functions.get(request.endpoint or "")
        while view is not None:
            if view in self._exempt or getattr(view, "view_class", None) in self._exempt:
                return True
            view = getattr(view, "__wrapped__", None)
        return False


def guard_websockets(app: Kolben) -> None:
    """Guard an app's WebSockets alone, whose handshakes other sites could ask for.

    Args:
        app: The app. Its ``CSRF_TRUSTED_ORIGINS`` are read now.
    """
    if "csrf_guard" in app.extensions:
        return  # it is done, and knows what is exempt
    trusted = _read_origins(app.config.get("CSRF_TRUSTED_ORIGINS") or (), "CSRF_TRUSTED_ORIGINS")
    CsrfGuard()._guard_websockets(app, trusted)


def _read_origins(origins: Iterable[str], name: str) -> frozenset[str]:
    """Check trusted origins and bring them into the form in which browsers send them."""
    if isinstance(origins, str):
        raise TypeError(f"{name} must be a list of origins, not the text {origins!r}")
    return frozenset(_read_trusted(origin, name) for origin in origins)


def _read_trusted(origin: str, name: str) -> str:
    """Check one trusted origin."""
    parts = urlsplit(origin)
    host = parts.netloc
    usable = parts.scheme and host and host.isascii() and not {"@", "*"} & set(host)
    if not usable or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(
            f"{name} has {origin!r}, which is no origin; write scheme, host (as browsers do, in"
            " ASCII) and, if it is not the usual one, port: 'https://login.example.com'"
        )
    return _origin_of(origin)


def _origin_of(url: str) -> str:
    """Give a URL's origin (RFC 6454, 6.2) without the port that its scheme implies."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{_strip_port(parts.netloc, parts.scheme)}"


def _strip_port(host: str, scheme: str) -> str:
    """Remove the port that a scheme implies."""
    return host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, ":"))


def _find_reason(request: Request, trusted: frozenset[str]) -> str | None:
    """Say why a request is to be refused; None if it isn't."""
    headers = request.headers
    origin = headers.get("Origin")
    if origin is not None and _try_origin(origin) in trusted:
        return None
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        if site in _OWN:
            return None
        return f"Sec-Fetch-Site: {site[:40]!a}, Origin: {(origin or 'none')[:200]!a}"
    name, sender = "Origin", origin
    if sender is None:
        name, sender = "Referer", headers.get("Referer")
        if sender is None:
            return None
    found = _try_origin(sender)
    if found in trusted or _is_own(found, request):
        return None
    return f"{name}: {sender[:200]!a}, Host: {request.host[:200]!a}"


def _try_origin(url: str) -> str:
    """Give a URL's origin; "null" for what is none, as browsers say it."""
    try:
        return _origin_of(url)
    except ValueError:
        return "null"


def _is_own(origin: str, request: Request) -> bool:
    """Tell whether an origin is this server's.

    A server that is asked by HTTP may have been asked by HTTPS in truth, at a proxy in front of
    it. The other way round, a page that came by HTTP is another origin, and anybody may have
    changed it.
    """
    scheme, _, host = origin.partition("://")
    secure = request.scheme in {"https", "wss"}
    if scheme not in _DEFAULT_PORTS or (scheme == "http" and secure):
        return False
    return bool(host) and host == _strip_port(request.host, scheme)
