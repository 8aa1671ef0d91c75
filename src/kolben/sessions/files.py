"""Sessions in files: one for each, in a folder that the processes of one machine share."""

from __future__ import annotations

import os
from contextlib import contextmanager
from time import time
from typing import TYPE_CHECKING

from .caches import CacheStore, explain_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cachelib.file import FileSystemCache

# So many files to lock; each session has to do with one of them, in every process the same.
_LOCK_FILES = 16

# cachelib writes the time at which a file expires as 32 bits.
_END_OF_TIME = 2**32 - 1


class FileStore(CacheStore):
    """Keeps sessions in a folder through cachelib's ``FileSystemCache``.

    Files beside the sessions are locked (``flock``) while one is changed, so no change is lost
    among the processes that share the folder. Expired sessions are removed now and then.

    Args:
        where: The folder, which belongs to the sessions alone and is made if there is none; or a
            ``FileSystemCache``.
        prefix: What the keys start with, of which cachelib makes the names of the files.

    Raises:
        RuntimeError: cachelib is not installed, or the system has no ``flock`` (Windows).
    """

    def __init__(
        self, where: str | os.PathLike[str] | FileSystemCache, prefix: str = "session:"
    ) -> None:
        try:
            from cachelib.file import FileSystemCache
        except ImportError as error:
            raise explain_missing("cachelib", "sessions") from error
        try:
            import fcntl
        except ImportError as error:
            raise RuntimeError(
                "sessions in files need fcntl.flock, which this system has not; keep them in"
                " SQLite instead: SESSION_STORE = 'sqlite:///sessions.db'"
            ) from error
        if not isinstance(where, FileSystemCache):
            # No threshold: sessions that are still valid must not go because there are many.
            where = FileSystemCache(os.fspath(where), threshold=0)
        super().__init__(where, prefix)
        self._flock, self._exclusive = fcntl.flock, fcntl.LOCK_EX

    @contextmanager
    def _locked(self, sid: str) -> Iterator[None]:
        """Keep others away from a session, in whatever process they are."""
        stripe = sum(sid.encode()) % _LOCK_FILES
        # cachelib leaves files with this ending alone.
        name = f"lock-{stripe:02}{self._cache._fs_transaction_suffix}"
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(os.path.join(self._cache._path, name), flags, 0o600)
        try:
            self._flock(descriptor, self._exclusive)
            yield
        finally:
            os.close(descriptor)

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
            RuntimeError: The file could not be written.
        """
        return super().change(sid, function, min(lifetime, _END_OF_TIME - int(time())))

    def remove_expired(self) -> None:
        """Remove the files of sessions that have expired."""
        self._cache._remove_expired(time())
