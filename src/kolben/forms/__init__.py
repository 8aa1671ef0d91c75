"""Forms: WTForms that read the request, with CSRF tokens, uploads and translated messages.

WTForms is in the extra ``forms``. Settings are those of Flask-WTF, so a form moves over by its
import: ``WTF_CSRF_ENABLED``, ``WTF_CSRF_FIELD_NAME``, ``WTF_CSRF_TIME_LIMIT``,
``WTF_CSRF_SECRET_KEY``, ``WTF_CSRF_HEADERS``, ``WTF_CSRF_SSL_STRICT``; and ``FORM_LOCALE``.
"""

from __future__ import annotations

try:
    import wtforms as _wtforms  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "wtforms":
        raise
    raise RuntimeError(
        'kolben.forms needs WTForms, which is not installed: pip install "kolben[forms]"'
    ) from error

from .files import FileAllowed, FileField, FileRequired, FileSize, MultipleFileField
from .form import Form
from .guard import InvalidToken, TokenGuard
from .tokens import BadToken, make_token, validate_token

__all__ = [
    "BadToken",
    "FileAllowed",
    "FileField",
    "FileRequired",
    "FileSize",
    "Form",
    "InvalidToken",
    "MultipleFileField",
    "TokenGuard",
    "make_token",
    "validate_token",
]
