"""What keeps sessions on the server: the interface of all stores."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# How long, in seconds, a process waits before it looks for expired sessions again.
SWEEP_EVERY = 600


class SessionStore:
    """Holds texts by session id, each for its lifetime.

    A store of one's own has `read` and `change`. It is used by many threads at once, and by
    processes forked from the one that made it.
    """

    _swept_at: float | None = None

    def read(self, sid: str) -> str | None:
        """Read a session.

        Args:
            sid: The session's id.

        Returns:
            The text; None if there is no such session, or no longer.

        Raises:
            NotImplementedError: The subclass has no such method.
        """
        raise NotImplementedError

    def change(
        self, sid: str, function: Callable[[str | None], str | None], lifetime: int
    ) -> str | None:
        """Replace a session by what a function makes of it, so that nobody else can come between.

        Args:
            sid: The session's id.
            function: Takes the current text, or None, and returns the new one, or None to remove
                the session. It may be called several times, the last one counts.
            lifetime: For how many seconds the session is kept from now on.

        Returns:
            What the function returned.

        Raises:
            NotImplementedError: The subclass has no such method.
        """
        raise NotImplementedError

    def take(self, sid: str) -> str | None:
        """Remove a session and return its text: from now on the id opens nothing.

        Args:
            sid: The session's id.

        Returns:
            The text, or None if there is no such session.
        """
        taken: str | None = None

        def remember(text: str | None) -> None:
            nonlocal taken
            taken = text

        self.change(sid, remember, 1)
        return taken

    def touch(self, sid: str, lifetime: int) -> bool:
        """Let a session live longer.

        Args:
            sid: The session's id.
            lifetime: For how many seconds the session is kept from now on.

        Returns:
            Whether there is such a session.
        """
        return self.change(sid, lambda text: text, lifetime) is not None

    def remove_expired(self) -> None:
        """Free the space of sessions that have expired, where the store doesn't by itself."""

    def sweep(self) -> None:
        """Remove expired sessions if that was not done in the last ten minutes."""
        now = monotonic()
        if self._swept_at is None or now - self._swept_at >= SWEEP_EVERY:
            self._swept_at = now
            self.remove_expired()
