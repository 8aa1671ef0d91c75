"""Sessions in the caches of cachelib: any of them, and its one in memory."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from copy import copy
from typing import IO, TYPE_CHECKING, Any

from .store import SessionStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cachelib.base import BaseCache

# Sessions share this many locks: few wait for another's, and none has to be thrown away.
STRIPES = 64

# How many sessions the store in memory holds before it drops those that expire first.
_ROOM_IN_MEMORY = 10_000


def explain_missing(package: str, extra: str) -> RuntimeError:
    """Make the error that says how a missing package is installed.

    Args:
        package: The package's name.
        extra: The extra of kolben that brings it.

    Returns:
        The error, to be raised.
    """
    return RuntimeError(
        f"this session store needs {package}, which is not installed: pip install 'kolben[{extra}]'"
    )


class TextSerializer:
    """Lets a cachelib cache hold text as UTF-8, and its counters as digits; nothing is pickled."""

    def dumps(self, value: str | int) -> bytes:
        """Write a text or a number."""
        return (value if isinstance(value, str) else json.dumps(value)).encode()

    def loads(self, data: bytes | None) -> str | int | None:
        """Read it again.

        Args:
            data: What the cache holds.

        Returns:
            The text, which starts with a brace, or the number; None for anything else, which
            somebody else must have put there.
        """
        try:
            text = (data or b"").decode()
            return text if text.startswith("{") else int(text)
        except ValueError:
            return None

    def dump(self, value: str | int, file: IO[bytes]) -> None:
        """Write to a file."""
        file.write(self.dumps(value))

    def load(self, file: IO[bytes]) -> str | int | None:
        """Read from a file."""
        return self.loads(file.read())


class CacheStore(SessionStore):
    """Keeps sessions in a cachelib cache.

    With a cache that several processes share, requests that change one session at the same time in
    two processes may lose one's changes, unless the store knows how to keep others away: the ones
    for files and for Redis do. `open_store` picks the right one.

    Args:
        cache: The cache. What it holds already is left alone: this uses a copy with another
            serializer, and keys that start with ``prefix``.
        prefix: What the keys start with.
    """

    def __init__(self, cache: BaseCache, prefix: str = "session:") -> None:
        copied: Any = copy(cache)
        copied.serializer = TextSerializer()
        self._cache = copied
        self._prefix = prefix
        self._locks = tuple(threading.Lock() for _ in range(STRIPES))

    @contextmanager
    def _locked(self, sid: str) -> Iterator[None]:
        """Keep others away from a session."""
        with self._locks[hash(sid) % STRIPES]:
            yield

    def read(self, sid: str) -> str | None:
        """Read a session.

        Args:
            sid: The session's id.

        Returns:
            The text; None if there is no such session, or no longer.
        """
        text = self._cache.get(self._prefix + sid)
        return text if isinstance(text, str) else None

    def change(
        self, sid: str, function: Callable[[str | None], str | None], lifetime: int
    ) -> str | None:
        """Replace a session by what a function makes of it; see `SessionStore.change`.

        Args:
            sid: The session's id.
            function: Takes the current text, or None, and returns the new one, or None.
            lifetime: For how many seconds the session is kept from now on.

        Returns:
            What the function returned.

        Raises:
            RuntimeError: The cache could not write.
        """
        with self._locked(sid):
            current = self.read(sid)
            text = function(current)
            if text is not None:
                if not self._cache.set(self._prefix + sid, text, lifetime):
                    raise RuntimeError(
                        f"the session could not be written: {type(self._cache).__name__}.set()"
                        " failed; see its warnings in the log"
                    )
            elif current is not None:
                self._cache.delete(self._prefix + sid)
        return text


class MemoryStore(CacheStore):
    """Keeps sessions in this process: for development, for tests, and for servers with one process.

    Args:
        threshold: How many sessions there may be before those that expire first are dropped.

    Raises:
        RuntimeError: cachelib is not installed.
    """

    def __init__(self, threshold: int = _ROOM_IN_MEMORY) -> None:
        try:
            from cachelib.simple import SimpleCache
        except ImportError as error:
            raise explain_missing("cachelib", "sessions") from error
        super().__init__(SimpleCache(threshold))
