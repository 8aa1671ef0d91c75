"""Safer defaults for those who ask for them: ``SECURE_DEFAULTS = True``.

Theory of operation. The configuration is looked at once, before the first request. If it asks, one
``after_request`` hook is added that runs last of all: it adds the headers that no view or other
hook has set, so whatever an app says itself stands. The session cookie's ``SameSite`` and
``Secure`` are answered by `kolben.sessions.SessionInterface`, from the same setting. An app that
doesn't ask pays for nothing.

The headers are those of the OWASP HTTP Headers Cheat Sheet that fit an app nobody knows yet. A
``Content-Security-Policy`` is not among them: which sources an app needs, only the app can say.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from .csrf import guard_websockets
from .stacks import _cv_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .app import Kolben
    from .contexts import RequestContext
    from .http import Response

_setting_up = Lock()

_HSTS = "Strict-Transport-Security"

#: The headers that are added, unless the response has them. HSTS (RFC 6797) only goes out by HTTPS.
SECURE_HEADERS: dict[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    _HSTS: "max-age=31536000",
}


class SecureDefaults:
    """Gives an app safer defaults, as its setting ``SECURE_DEFAULTS = True`` does.

    - The session cookie is ``SameSite=Lax`` (unless ``SESSION_COOKIE_SAMESITE`` says something
      else), ``HttpOnly`` (unless ``SESSION_COOKIE_HTTPONLY`` is off), and ``Secure`` if the request
      came by HTTPS; behind a proxy Werkzeug's ``ProxyFix`` lets the app know.
    - A response that depends on the session gets ``Cache-Control: private`` (RFC 9111, 5.2.2.7), so
      that no shared cache hands it to somebody else.
    - A WebSocket that a page of another origin asks for is refused, as by
      `kolben.csrf.CsrfGuard`; ``CSRF_TRUSTED_ORIGINS`` may ask.
    - Every response gets `SECURE_HEADERS`. The setting ``SECURE_HEADERS``, a dictionary, changes
      single ones; None leaves a header out.

    A header that a view or a hook has set stays as it is. ``Strict-Transport-Security`` is sent by
    HTTPS only, and not in debug mode, since browsers keep it for localhost too.

    Args:
        app: The app; or call `init_app` later.
    """

    def __init__(self, app: Kolben | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Kolben) -> None:
        """Set an app up; a second time changes nothing.

        Args:
            app: The app. Its ``SECURE_HEADERS`` are read now.

        Raises:
            TypeError: ``SECURE_HEADERS`` is no dictionary.
        """
        with _setting_up:  # Requests that come first at the same time wait until it is done.
            if "secure_defaults" not in app.extensions:
                self._add_hook(app)
                app.config["SECURE_DEFAULTS"] = True
                app.extensions["secure_defaults"] = self

    def _add_hook(self, app: Kolben) -> None:
        """Add the hook that adds the headers, to be run after all others."""
        always = _read_headers(app.config.get("SECURE_HEADERS") or {})
        by_https = always.pop(_HSTS, None)

        def secure(response: Response) -> Response:
            context = _cv_request.get()
            headers = response.headers
            for name, value in always.items():
                headers.setdefault(name, value)
            if by_https and context.request.is_secure and not context.app.debug:
                headers.setdefault(_HSTS, by_https)
            if "Cache-Control" not in headers and _is_personal(context):
                headers["Cache-Control"] = "private"
            return response

        app.after_request(secure)
        hooks = app.after_request_funcs[None]
        hooks.insert(0, hooks.pop())  # They run from the last to the first.
        guard_websockets(app)


def _read_headers(changes: Mapping[str, str | None]) -> dict[str, str]:
    """Change single headers of the table, whose names are the same in any case (RFC 9110, 5.1)."""
    if not hasattr(changes, "items"):
        raise TypeError(
            "SECURE_HEADERS must be a dictionary of headers, such as {'X-Frame-Options': 'DENY'},"
            f" not {changes!r}"
        )
    names = {name.lower(): name for name in SECURE_HEADERS}
    merged = {**SECURE_HEADERS}
    for name, value in changes.items():
        known = names.get(name.lower(), name)
        if value is None:
            merged.pop(known, None)
        else:
            merged[known] = value
    return merged


def _is_personal(context: RequestContext) -> bool:
    """Tell whether a response depends on the session, or will set its cookie."""
    session = context._opened
    if session is None:
        return context.app.session_interface.needs_refresh(context.app, context.request)
    return session.accessed or session.permanent
