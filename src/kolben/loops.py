"""Event loops in threads of their own, for a process in which nobody runs one.

Theory of operation. A loop is started at first need and runs for as long as the process lives; a
child after a fork starts its own. There are two: on the first one runs the async code of a WSGI app
(:func:`kolben.waiting.wait`), on the other what sync code *on* an event loop has to have at once
(:func:`kolben.waiting.wait_aside`).
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from . import native
from .latest import latest

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Coroutine


serving: set[AbstractEventLoop] = set()
"""The event loops that answer requests; always this set. In a process with WSGI alone it is empty.
"""


def note(loop: AbstractEventLoop) -> None:
    """Note that an event loop answers requests; until another is noted, and this does not run.

    Args:
        loop: The loop.
    """
    serving.add(loop)
    latest.loop = loop
    for other in list(serving):
        if other is not loop and not other.is_running():  # it is noted again if it goes on
            serving.discard(other)


def _forget_serving() -> None:
    """Forget the parent's loops in a forked child: they do not run there."""
    serving.clear()
    latest.loop = latest


def serving_here() -> AbstractEventLoop | None:
    """Return the event loop that runs in this thread, if it is one that answers requests."""
    if not serving:
        return None
    loop: AbstractEventLoop | None = sys.modules["asyncio"]._get_running_loop()
    return loop if loop in serving else None


class LoopThread:
    """An event loop in a thread, one per process.

    Args:
        name: The thread's name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.forget()

    def forget(self) -> None:
        """Drop the parent's loop in a forked child: its thread does not exist there."""
        self._lock = threading.Lock()
        self._loop: AbstractEventLoop | None = None
        self._thread_id: int | None = None

    def get(self) -> AbstractEventLoop:
        """Return the loop, starting it at first need."""
        if self._loop is None or self._loop.is_closed():
            with self._lock:
                if self._loop is None or self._loop.is_closed():
                    loop = _new_loop()
                    try:
                        self._thread_id = native.start_thread(_serve, (loop,), self.name)
                    except RuntimeError:  # the system has none to give
                        loop.close()
                        raise
                    self._loop = loop
        return self._loop

    def is_running(self, loop: AbstractEventLoop) -> bool:
        """Tell whether a loop is this one, and at work."""
        return loop is self._loop and loop.is_running()

    def is_here(self) -> bool:
        """Tell whether this is the loop's own thread."""
        return native.ident() == self._thread_id


def _new_loop() -> AbstractEventLoop:
    """Make an event loop; under gevent one that waits in its thread, not in gevent's hub."""
    import asyncio

    selector = native.original("selectors", "DefaultSelector")
    if selector is None:
        return asyncio.new_event_loop()
    loop = asyncio.SelectorEventLoop(selector())
    loop.set_default_executor(native.executor())  # a thread of asyncio's would never run
    return loop


def _serve(loop: AbstractEventLoop) -> None:
    """Run the loop for as long as the process lives, whatever a task of the user's does to it."""
    import asyncio

    asyncio.set_event_loop(loop)
    while not loop.is_closed():
        # The loop lets these two through from tasks that nobody waits for; requests still need it.
        with suppress(KeyboardInterrupt, SystemExit):
            loop.run_forever()


async def end_where_begun(
    loop: AbstractEventLoop, end: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Await the end of something on the loop on which it has begun: this one, or the process's own.

    A loop of anybody else's may be gone, or wait for this one: then nothing is done.

    Args:
        loop: The loop.
        end: Makes what is awaited there.
    """
    import asyncio

    if loop is asyncio.get_running_loop():
        await end()
    elif main.is_running(loop):
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(end(), loop))


main = LoopThread("kolben-loop")
aside = LoopThread("kolben-aside")

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=main.forget)
    os.register_at_fork(after_in_child=aside.forget)
    os.register_at_fork(after_in_child=_forget_serving)
