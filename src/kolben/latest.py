"""What the request before has left, over ASGI: most are of the same kind.

Theory of operation. Each request asks for a few things that hardly ever differ from those of the
one before. Whoever answers it can find them elsewhere, too; here they lie side by side. All threads
of a process share them: each is good for any request, or the request looks whether it is.
"""

from __future__ import annotations

import sys
from typing import Any


class Latest:
    """What was found last.

    Attributes:
        carrier: A carrier that no request has (:mod:`kolben.protocols.carriers`), or ``None``. Who
            takes it leaves ``None`` in the same line: nothing is called meanwhile, so no other
            thread can run.
        host: The value of the ``Host`` header that was found good (:mod:`kolben.http.hosts`).
        loop: The event loop that was noted (:mod:`kolben.loops`).
    """

    # PERF bench wire: 2 % of our part of a request less than an object and a list of their own

    __slots__ = ("carrier", "host", "loop")

    def __init__(self) -> None:
        self.carrier: Any = None
        self.host = b""
        self.loop: Any = self  # no loop; None would be that of a thread that runs none


class LatestOfThreads(Latest):
    """The same in an interpreter without the GIL, where a carrier here might be taken twice."""

    __slots__ = ()

    @property
    def carrier(self) -> Any:
        """``None``, whatever it is set to."""

    @carrier.setter
    def carrier(self, carrier: Any) -> None:
        pass


_has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()

latest = Latest() if _has_gil else LatestOfThreads()
