"""Sessions: what a client is known by from one request to the next.

The default keeps them in a signed cookie (`SecureCookieSessionInterface`); another
`SessionInterface` may keep them anywhere.
"""

from __future__ import annotations

from .cookie import SecureCookieSessionInterface, _lazy_sha1, session_json_serializer
from .interface import SessionInterface
from .mixin import NullSession, SecureCookieSession, SessionMixin

__all__ = [
    "NullSession",
    "SecureCookieSession",
    "SecureCookieSessionInterface",
    "SessionInterface",
    "SessionMixin",
    "_lazy_sha1",
    "session_json_serializer",
]
