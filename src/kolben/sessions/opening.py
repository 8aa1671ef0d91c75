"""From a URL, or a cachelib cache, to the store that keeps the sessions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from .caches import CacheStore, MemoryStore, explain_missing
from .files import FileStore
from .redis import RedisStore
from .sql import SQLStore
from .store import SessionStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from cachelib.base import BaseCache


def _open_files(url: str) -> FileStore:
    """Open the folder that a file URL (RFC 8089) names."""
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"} or not parts.path.strip("/"):
        raise ValueError(
            f"{url!r} names no folder for sessions; write file:///, then its absolute path:"
            " file:///var/lib/app/sessions"
        )
    return FileStore(unquote(parts.path))


_OPENERS: dict[str, Callable[[str], SessionStore]] = {
    "memory": lambda _url: MemoryStore(),
    "file": _open_files,
    "redis": RedisStore,
    "rediss": RedisStore,
    "unix": RedisStore,
}

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


def open_store(where: str | BaseCache | SessionStore) -> SessionStore:
    """Open a store for sessions.

    Args:
        where: A URL: ``memory://``, ``file:///folder``, ``redis://host:port/db`` (or ``rediss://``,
            ``unix://``), or any that SQLAlchemy takes (``sqlite:////folder/file.db``,
            ``postgresql://…``). Or a cache of cachelib. A store is returned as it is.

    Returns:
        The store. Those for Redis and SQL connect at first use.

    Raises:
        ValueError: The URL has no scheme, or one that nobody knows.
        TypeError: It is none of these things.
        RuntimeError: A package is missing; the message names the command that installs it.
    """
    if isinstance(where, SessionStore):
        return where
    if not isinstance(where, str):
        return _wrap(where)
    match = _SCHEME.match(where)
    if match is None:
        raise ValueError(
            "a session store is named by a URL: memory://, file:///folder, sqlite:///file.db or"
            f" redis://host:port/db; {where!r} has no scheme"
        )
    scheme = match[1].lower()
    if scheme in _OPENERS:
        return _OPENERS[scheme](where)
    return _open_sql(where, scheme)


def _open_sql(url: str, scheme: str) -> SQLStore:
    """Let SQLAlchemy try; the URL may hold a password, so errors name the scheme only."""
    try:
        return SQLStore(url)
    except ImportError as error:  # the database's driver
        raise RuntimeError(
            f"the session store at {scheme}://… needs a package that is not installed: {error}"
        ) from error
    except RuntimeError:
        raise
    except Exception as error:
        if type(error).__name__ != "NoSuchModuleError":
            raise
        raise ValueError(
            f"no session store is known by {scheme}://…; there are memory://, file://, redis:// and"
            " what SQLAlchemy knows, such as sqlite:// and postgresql://"
        ) from error


def _wrap(cache: Any) -> CacheStore:
    """Find the store that fits a cache."""
    try:
        from cachelib.base import BaseCache
        from cachelib.file import FileSystemCache
        from cachelib.redis import RedisCache
    except ImportError as error:
        raise explain_missing("cachelib", "sessions") from error
    if isinstance(cache, FileSystemCache):
        return FileStore(cache)
    if isinstance(cache, RedisCache):
        return RedisStore(cache)
    if isinstance(cache, BaseCache):
        return CacheStore(cache)
    raise TypeError(
        "a session store is a URL, a cachelib cache or a kolben.sessions.SessionStore, not"
        f" {type(cache).__name__}"
    )
