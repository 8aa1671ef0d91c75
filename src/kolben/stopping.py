"""How the app hears early that its process is about to end: by the signal that ends it.

Theory of operation. A handler is put before the server's own; it tells whoever asked and then calls
that. The server may put another one before ours later; then ours is put before it again. So it
remembers each handler that it was put before, and where one of them calls ours in turn, it goes on
with the one before that. Only the main thread may do this; another one can ask it to.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_NUMBERS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
]

#: Functions that are told. They return whether the process has to be ended by an exception, so that
#: what belongs to its end is run, where the signal alone would end it.
listeners: list[Callable[[], bool]] = []

_before: dict[int, list[Any]] = {number: [] for number in _NUMBERS}
_depth = 0
_asked: list[Any] = []


def watch() -> bool:
    """Put a handler before those that are there now; nothing happens in another thread.

    Returns:
        Whether this is the main thread, or nothing was left to do.
    """
    for number in _NUMBERS:
        current = signal.getsignal(number)
        if current is _hear or current is None or current == signal.SIG_IGN:
            continue  # None: a handler that is not Python's
        try:
            signal.signal(number, _hear)
        # threading would not know: under gevent each greenlet of the main thread looks like another
        except ValueError:
            return False
        _before[number].append(current)
    return True


def ask_main_thread() -> None:
    """Let the main thread ``watch`` as soon as it runs Python code."""
    if _asked:
        return
    with suppress(ImportError, AttributeError):  # a Python without a C API
        import ctypes

        def run(_: object) -> int:
            if _is_heard():  # a main thread that slept until the signal came
                _tell()
            watch()
            return 0

        function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(run)
        _asked.append(function)  # C holds no reference
        ctypes.pythonapi.Py_AddPendingCall(function, None)


def _is_heard() -> bool:
    """Tell whether this thread is in one of the handlers that are there now."""
    codes = [getattr(signal.getsignal(number), "__code__", None) for number in _NUMBERS]
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code in codes:
            return True
        frame = frame.f_back
    return False


def _tell() -> bool:
    """Tell who listens; return whether an exception has to end the process."""
    ends = False
    for listener in listeners:
        ends |= listener()
    return ends


def _hear(number: int, frame: FrameType | None) -> None:
    """Tell who listens, then do what would have been done without us."""
    global _depth
    ends = not _depth and _tell()
    before = _before[number]
    there = before[-1 - _depth] if _depth < len(before) else None
    _depth += 1
    try:
        if callable(there):
            there(number, frame)
        elif there == signal.SIG_DFL:
            if ends:
                raise SystemExit(128 + number)
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
    finally:
        _depth -= 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_asked.clear)
