"""Refuse a change that another site asks for in a visitor's name (CSRF).

Browsers say where a request comes from: in `Sec-Fetch-Site`, and in `Origin` with every
POST (Fetch standard, "append a request Origin header"). A client that sends neither is not
a browser, so it carries nobody's cookie unasked.
"""

from urllib.parse import urlsplit

from kolben import Kolben, abort, request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110, section 9.2.1
REFUSAL = "This form was sent from another site, so nothing was changed. Open the page here first."


def init_app(app: Kolben) -> None:
    """Check every request of the app."""
    app.before_request(same_origin_only)


def same_origin_only() -> None:
    """Abort with 403 when an unsafe request comes from elsewhere."""
    if request.method not in SAFE_METHODS and not is_same_origin():
        abort(403, REFUSAL)


def is_same_origin() -> bool:
    """Tell whether the browser says that this site's own page made the request."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
