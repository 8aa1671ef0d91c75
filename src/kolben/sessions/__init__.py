"""Sessions: what a client is known by from one request to the next.

The default keeps them in a signed cookie (`SecureCookieSessionInterface`); another
`SessionInterface` may keep them anywhere. `ServerSessionInterface` keeps them on the server, in
memory, in files, in SQL or in Redis; what belongs to it is loaded when it is first used (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .cookie import SecureCookieSessionInterface, _lazy_sha1, session_json_serializer
from .interface import SessionInterface
from .mixin import NullSession, SecureCookieSession, SessionMixin

if TYPE_CHECKING:
    from .caches import CacheStore as CacheStore
    from .caches import MemoryStore as MemoryStore
    from .files import FileStore as FileStore
    from .opening import open_store as open_store
    from .redis import RedisStore as RedisStore
    from .server import ServerSession as ServerSession
    from .server import ServerSessionInterface as ServerSessionInterface
    from .server import ServerSessions as ServerSessions
    from .sql import SQLStore as SQLStore
    from .store import SessionStore as SessionStore

_ROOM_OF = {
    "CacheStore": "caches",
    "FileStore": "files",
    "MemoryStore": "caches",
    "RedisStore": "redis",
    "SQLStore": "sql",
    "ServerSession": "server",
    "ServerSessionInterface": "server",
    "ServerSessions": "server",
    "SessionStore": "store",
    "open_store": "opening",
}

__all__ = [  # noqa: PLE0604  # the names of _ROOM_OF are text
    "NullSession",
    "SecureCookieSession",
    "SecureCookieSessionInterface",
    "SessionInterface",
    "SessionMixin",
    "_lazy_sha1",
    "session_json_serializer",
    *_ROOM_OF,
]


def __getattr__(name: str) -> Any:
    """Load what keeps sessions on the server when it is first used."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value
