"""What runs once before the first request: ``before_first_request``.

Theory of operation. The first request that arrives makes an *attempt* at running the functions;
others wait for its end, each in the way of its own driver. A function that has returned is crossed
off, so one that fails is tried again by the next request while those before it are not. A request
that a function itself makes of the app goes through: its ``contextvars.Context`` comes from within
the attempt.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from .dispatch import call
from .security import SecureDefaults

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from .app import Kolben
    from .waiting import Step

# Whose functions are being run here; several, where a function makes a request of another app.
_within: ContextVar[tuple[FirstRequest, ...]] = ContextVar("kolben.first_request", default=())


class FirstRequest:
    """The functions that wait for an app's first request."""

    def __init__(self) -> None:
        self.functions: list[Callable[[], Any]] = []
        self._lock = threading.Lock()
        self._attempt: Future[None] | None = None

    def run(self, app: Kolben) -> Step[None]:
        """Run what has not run yet, or wait until another request did; then the app serves."""
        if not (self.functions or self._attempt or app._life.concerns_anybody(app)):
            app._life.started = True  # there is nothing to start, and nobody to wait for
        while self.functions or not app._life.started:
            if self in _within.get() or app._life.busy_here:
                return
            running = self._begin()
            if running is None:
                yield from self._run(app)
            else:
                yield _ended(running)
        if app.config.get("SECURE_DEFAULTS"):
            SecureDefaults(app)
        app._got_first_request = True

    def _begin(self) -> Future[None] | None:
        """Begin an attempt; if another request is at it already, return its attempt instead."""
        from concurrent.futures import Future

        with self._lock:
            if self._attempt is not None:
                return self._attempt
            self._attempt = Future()
            # A waiting request that is cut would cancel it otherwise.
            self._attempt.set_running_or_notify_cancel()
            return None

    def _run(self, app: Kolben) -> Step[None]:
        """Run the functions, crossing off each that returned, and end the attempt."""
        outside = _within.get()
        _within.set((*outside, self))
        try:
            if not app._life.started:
                yield from app._life.start_in_step()
            while self.functions:
                yield from call(app._way, self.functions[0])
                del self.functions[0]
        finally:
            _within.set(outside)
            attempt, self._attempt = self._attempt, None
            assert attempt is not None, "an attempt ends once"
            attempt.set_result(None)


async def _ended(attempt: Future[None]) -> None:
    """Wait for the end of another request's attempt, however it ends."""
    from asyncio import wrap_future

    await wrap_future(attempt)
