"""Where one may be sent after signing in, and what pages may load."""

import secrets
from urllib.parse import urlsplit

from flask import g, request, url_for


def safe_next(default: str = "pages.home") -> str:
    """Return the page of this site that `next` asks for, or else a default.

    A link to our sign-in form must not lead on to another site. Browsers take a backslash for a
    slash, and drop tabs and newlines (WHATWG URL, 4.4), so those are refused too.
    """
    wanted = request.values.get("next", "")
    return wanted if is_local(wanted) else url_for(default)


def is_local(target: str) -> bool:
    """Tell whether a URL is a path of this site, whatever a browser makes of it."""
    if not target.startswith("/") or target.startswith("//"):
        return False
    if "\\" in target or any(ord(letter) < 33 or ord(letter) == 127 for letter in target):
        return False
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc


def nonce() -> str:
    """Return this answer's nonce, which marks the scripts of the admin area as ours."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def lock_down(response):
    """Say what a page may load: nothing from elsewhere, and nobody may frame it."""
    script, style = "'self'", "'self'"
    if "csp_nonce" in g:  # Flask-Admin's own pages; its widgets set style attributes
        script, style = f"'self' 'nonce-{g.csp_nonce}'", "'self' 'unsafe-inline'"
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; script-src {script}; style-src {style}; img-src 'self' data:;"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response
