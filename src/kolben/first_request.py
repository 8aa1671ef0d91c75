"""What runs once before the first request: ``before_first_request``.

Theory of operation. The first request that arrives runs the functions; others wait at the lock until it
is done. A function that has returned is crossed off, so one that fails is tried again by the next
request while those before it are not. A request that a function itself makes of the app goes through.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from .dispatch import call

if TYPE_CHECKING:
    from collections.abc import Callable

    from .app import Kolben
    from .waiting import Step


class FirstRequest:
    """The functions that wait for an app's first request."""

    def __init__(self) -> None:
        self.functions: list[Callable[[], Any]] = []
        self._lock = threading.RLock()
        self._running = False

    def run(self, app: Kolben) -> Step[None]:
        """Run what has not run yet, then tell the app that it serves."""
        if self.functions:
            with self._lock:
                if self._running:
                    return
                self._running = True
                try:
                    while self.functions:
                        yield from call(app._way, self.functions[0])
                        del self.functions[0]
                finally:
                    self._running = False
        app._got_first_request = True
