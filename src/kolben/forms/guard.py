"""The guard of a whole app: every request that may change something needs a CSRF token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.exceptions import BadRequest

from kolben.csrf import CsrfGuard
from kolben.globals import g

from .tokens import BadToken, field_name, make_token, validate_token

if TYPE_CHECKING:
    from kolben.app import Kolben
    from kolben.http import Request


class InvalidToken(BadRequest):
    """The answer to a request without a good token: 400; it may have an error handler."""


class TokenGuard(CsrfGuard):
    """Refuses requests that bring no CSRF token: ``TokenGuard(app)``.

    It looks for the token in the form, then in the headers ``X-CSRFToken`` and ``X-CSRF-Token``
    (``WTF_CSRF_HEADERS``), in which a script sends it. Templates get ``csrf_token()``. Views,
    classes of views and blueprints may be exempt, as with `CsrfGuard`, which needs no tokens.

    Args:
        app: The app; or call `init_app` later.
        trusted_origins: Origins whose pages may send forms over HTTPS with a token.
    """

    def init_app(self, app: Kolben) -> None:
        """Guard an app: every request, before the other ``before_request`` hooks.

        Args:
            app: The app.

        Raises:
            TypeError: ``CSRF_TRUSTED_ORIGINS`` is one text instead of several.
            ValueError: An origin is not ``scheme://host`` with a port if need be.
        """
        super().init_app(app)
        app.add_template_global(make_token, "csrf_token")

    def _guard_websockets(self, app: Kolben, trusted: frozenset[str]) -> None:
        """Guard WebSockets as `CsrfGuard` does: a page can't send a token with a handshake."""
        guard = CsrfGuard()
        guard._exempt = self._exempt
        guard._guard_websockets(app, trusted)

    def _check(self, app: Kolben, request: Request, trusted: frozenset[str]) -> None:
        """Refuse a request without a good token; one that nobody answers may go to its 404."""
        if (
            not app.config.get("WTF_CSRF_ENABLED", True)
            or request.endpoint not in app.view_functions
            or self._is_exempt(app, request)
        ):
            return
        try:
            validate_token(_find_token(app, request))
            if request.is_secure and app.config.get("WTF_CSRF_SSL_STRICT", True):
                _check_referrer(request, trusted)
        except BadToken as error:
            app.logger.warning("CSRF: refused %s %r: %s", request.method, request.path, error)
            raise InvalidToken(str(error)) from None
        g._token_is_good = True


def _find_token(app: Kolben, request: Request) -> str | None:
    """Look for a token in the form, also under a form's prefix, and in the headers."""
    name = field_name()
    found: str | None = request.form.get(name)
    if found is None:
        found = next((v for k, v in request.form.items() if k.endswith(f"-{name}")), None)
    headers: Any = app.config.get("WTF_CSRF_HEADERS", ("X-CSRFToken", "X-CSRF-Token"))
    return found or next(filter(None, map(request.headers.get, headers)), None)


def _check_referrer(request: Request, trusted: frozenset[str]) -> None:
    """Over HTTPS the page that sends must be this site's: who is in between can't fake that."""
    referrer = request.referrer
    if not referrer:
        raise BadToken("The referrer header is missing.")
    page = urlsplit(referrer)
    origin = f"{page.scheme}://{page.netloc}"
    if (page.scheme, page.netloc) != ("https", request.host) and origin not in trusted:
        raise BadToken("The referrer does not match the host.")
