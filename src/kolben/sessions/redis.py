"""Sessions in Redis, or in what speaks its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .caches import CacheStore, explain_missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from cachelib.redis import RedisCache


class RedisStore(CacheStore):
    """Keeps sessions in Redis through cachelib's ``RedisCache``; Redis lets them expire.

    A change is a transaction that is tried again if somebody else was quicker (``WATCH``,
    ``MULTI``, ``EXEC``), so nobody waits for a lock, and no change is lost among any number of
    machines.

    Args:
        where: A URL for ``redis.Redis.from_url``, such as ``redis://127.0.0.1:6379/0``; or a
            ``RedisCache``, which may have a ``key_prefix`` of its own.
        prefix: What the keys start with.

    Raises:
        RuntimeError: cachelib or redis is not installed.
    """

    def __init__(self, where: str | RedisCache, prefix: str = "session:") -> None:
        try:
            from cachelib.redis import RedisCache
            from redis import Redis, WatchError
        except ImportError as error:
            raise explain_missing("cachelib and redis", "redis") from error
        if isinstance(where, str):
            where = RedisCache(Redis.from_url(where))
        super().__init__(where, prefix)
        self._overtaken = WatchError

    def _key(self, sid: str) -> str:
        """Give the key under which Redis, not cachelib, knows the session."""
        return f"{self._cache._get_prefix()}{self._prefix}{sid}"

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
        """
        key, serializer = self._key(sid), self._cache.serializer
        with self._cache._write_client.pipeline() as pipe:
            while True:
                try:
                    pipe.watch(key)
                    current = serializer.loads(pipe.get(key))
                    text = function(current if isinstance(current, str) else None)
                    pipe.multi()
                    if text is None:
                        pipe.delete(key)
                    else:
                        pipe.set(key, serializer.dumps(text), ex=lifetime)
                    pipe.execute()
                except self._overtaken:
                    continue
                return text

    def touch(self, sid: str, lifetime: int) -> bool:
        """Let a session live longer (``EXPIRE``).

        Args:
            sid: The session's id.
            lifetime: For how many seconds the session is kept from now on.

        Returns:
            Whether there is such a session.
        """
        return bool(self._cache._write_client.expire(self._key(sid), lifetime))
