"""CSRF tokens: proof that a form was made by this site, for this visitor, not long ago.

Theory of operation. The session holds a random number. A token is that number with the time, signed
with the app's secret key; it goes out in a hidden field and has to come back. Another site can make
a browser send a form, but can't read the visitor's pages, so it has no token (OWASP Cross-Site
Request Forgery Prevention Cheat Sheet, "Signed Double-Submit" and "Synchronizer Token").
"""

from __future__ import annotations

import secrets
from hmac import compare_digest
from typing import Any

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from kolben.globals import current_app, session

_SALT = "kolben-forms-csrf"
_NUMBER_BYTES = 32

# For how many seconds a token is good, unless WTF_CSRF_TIME_LIMIT says otherwise.
_TIME_LIMIT = 3600

MISSING = "CSRF token missing."
FAILED = "CSRF failed."
EXPIRED = "CSRF token expired."


class BadToken(ValueError):
    """A token is missing, too old, or somebody else's; the message says which."""


def field_name() -> str:
    """Give the name of the form's field, and of the session's item: ``WTF_CSRF_FIELD_NAME``."""
    name: str = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    return name


def _serializer() -> URLSafeTimedSerializer:
    """Make what signs and reads tokens, with the keys of this moment."""
    config = current_app.config
    key = config.get("WTF_CSRF_SECRET_KEY") or current_app.secret_key
    if not key:
        raise RuntimeError(
            "CSRF tokens are signed: set app.secret_key (or WTF_CSRF_SECRET_KEY) to a secret, or"
            " WTF_CSRF_ENABLED = False if something else guards this app's forms"
        )
    fallbacks = config.get("SECRET_KEY_FALLBACKS") or ()
    # The newest key comes last, as itsdangerous wants it.
    return URLSafeTimedSerializer([*fallbacks, key], salt=_SALT)


def make_token() -> str:
    """Make a token for this visitor, for a hidden field or a header of a script's request.

    Returns:
        The token. The session is given a number if it has none.

    Raises:
        RuntimeError: There is no secret key, or no request.
    """
    name = field_name()
    serializer = _serializer()
    if name not in session:
        session[name] = secrets.token_urlsafe(_NUMBER_BYTES)
    return str(serializer.dumps(session[name]))


def validate_token(token: str | None, time_limit: int | None = None) -> None:
    """Check a token that came back.

    Args:
        token: The token; None or empty if there was none.
        time_limit: How old it may be, in seconds; ``WTF_CSRF_TIME_LIMIT`` by default.

    Raises:
        BadToken: It isn't there, is too old, or is not this visitor's.
        RuntimeError: There is no secret key, or no request.
    """
    number = session.get(field_name())
    if not token or number is None:
        raise BadToken(MISSING)
    if time_limit is None:
        time_limit = current_app.config.get("WTF_CSRF_TIME_LIMIT", _TIME_LIMIT)
    try:
        found: Any = _serializer().loads(token, max_age=time_limit)
    except SignatureExpired:
        raise BadToken(EXPIRED) from None
    except BadData:
        raise BadToken(FAILED) from None
    if not isinstance(found, str) or not compare_digest(found.encode(), number.encode()):
        raise BadToken(FAILED)
