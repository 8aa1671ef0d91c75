"""What is open for long, streams and WebSockets, and how it learns that the server shuts down.

Theory of operation. Servers wait for open connections before they tell an app that they shut down,
and a stream without an end would have them wait forever. So the app has to notice by itself, in two
ways, since each server does it differently: by the signal, whose handler is put before the server's
own and calls that; and by looking, while something is open, whether the servers on the loop still
listen. (Where workers are stopped by something else than a signal only the latter helps.) Then
event streams and WebSockets end at once, and other streams when a grace period is over.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

from .. import stopping

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from ..app import Kolben

_LOOK = 0.2  # seconds between two looks at the servers
_PATIENCE = 1.0  # seconds beyond the grace period


class Connection(Protocol):
    """Something open that can be told to end."""

    #: Whether it has no end of its own that would be worth waiting for.
    endless: bool

    def end(self) -> None:
        """End; called on the loop."""
        ...


class Live:
    """The streams and WebSockets of an app that are open on one event loop.

    Args:
        loop: The loop.
        grace: How long a stream that may have an end is given, in seconds.
    """

    def __init__(self, loop: AbstractEventLoop, grace: float) -> None:
        self.loop = loop
        self.grace = grace
        self._open: set[Connection] = set()
        self._servers: list[asyncio.AbstractServer] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ending = False
        self._empty: asyncio.Event | None = None
        _all.add(self)

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        """Take note of something that was opened; on the loop."""
        self._open.add(connection)
        stopping.watch()
        if self._servers is None:
            self._servers = _find_servers(self.loop)
        if self._timer is None and self._servers:
            self._timer = self.loop.call_later(_LOOK, self._look)
        if self._ending:
            self._end(connection)

    def discard(self, connection: Connection) -> None:
        """Take note of its end."""
        self._open.discard(connection)
        if self._empty is not None and not self._open:
            self._empty.set()

    def end(self) -> None:
        """End what is open, and what will be opened from now on; on the loop."""
        if not self._ending:
            self._ending = True
            for connection in [*self._open]:
                self._end(connection)

    async def drain(self) -> None:
        """End what is open, and wait until it has ended, but not forever."""
        self.end()
        if self._open:
            self._empty = asyncio.Event()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), self.grace + _PATIENCE)

    def begin(self) -> None:
        """Let new connections stay open again, as the app's life begins once more."""
        self._ending = False
        self._servers = None

    def _end(self, connection: Connection) -> None:
        """End one connection, now or when its grace period is over."""
        if connection.endless:
            connection.end()
        else:
            self.loop.call_later(self.grace, self._end_late, connection)

    def _end_late(self, connection: Connection) -> None:
        """End a connection if it is still open."""
        if connection in self._open:
            connection.end()

    def _look(self) -> None:
        """Look whether the servers still listen, for as long as something is open."""
        self._timer = None
        if self._servers and not any(server.is_serving() for server in self._servers):
            self.end()
        elif self._open:
            self._timer = self.loop.call_later(_LOOK, self._look)


def live_of(app: Kolben, loop: AbstractEventLoop) -> Live:
    """Return what is open of an app's on an event loop.

    Args:
        app: The app.
        loop: The loop.
    """
    lives: list[Live] = vars(app).setdefault("_lives", [])
    for live in lives:
        if live.loop is loop:
            return live
    live = Live(loop, app.config["STREAM_SHUTDOWN_GRACE"])
    lives[:] = [*(other for other in lives if not other.loop.is_closed()), live]
    return live


def _find_servers(loop: AbstractEventLoop) -> list[asyncio.AbstractServer]:
    """Find the servers that listen on a loop; an app is never told of them."""
    return [
        found
        for found in gc.get_objects()
        # Not isinstance(), which would ask proxies what they stand for.
        if issubclass(type(found), asyncio.Server)
        and found.get_loop() is loop
        and found.is_serving()
    ]


_all: WeakSet[Live] = WeakSet()


def _tell_loops() -> bool:
    """Tell the loops that the server is about to shut down; the end of the process is its own."""
    for live in [*_all]:
        with suppress(RuntimeError):  # that loop is closed
            live.loop.call_soon_threadsafe(live.end)
    return False


stopping.listeners.append(_tell_loops)
