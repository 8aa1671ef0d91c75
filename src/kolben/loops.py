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

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Coroutine


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
                        self._thread_id = start_thread(_serve, (loop,), self.name)
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
        return _ident() == self._thread_id


def _original(module: str, name: str) -> Any:
    """Return a function of the standard library's as it was before gevent patched it, if it did."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        return monkey.get_original(module, name)
    return None


def _new_loop() -> AbstractEventLoop:
    """Make an event loop; under gevent one that waits in its thread, not in gevent's hub."""
    import asyncio

    selector = _original("selectors", "DefaultSelector")
    return asyncio.new_event_loop() if selector is None else asyncio.SelectorEventLoop(selector())


def _ident() -> int:
    """Return the number of this thread; a greenlet's is that of the thread it runs in."""
    get_ident = _original("_thread", "get_ident") or threading.get_ident
    ident: int = get_ident()
    return ident


def start_thread(target: Callable[..., object], args: tuple[Any, ...], name: str) -> int:
    """Start a thread of the system, also under gevent, where those of ``threading`` are none.

    Args:
        target: What it runs.
        args: Its arguments.
        name: What the thread is called.

    Returns:
        The thread's number.
    """
    start_new_thread = _original("_thread", "start_new_thread")
    if start_new_thread is not None:
        ident: int = start_new_thread(target, args)
        return ident
    thread = threading.Thread(target=target, args=args, name=name, daemon=True)
    thread.start()
    assert thread.ident is not None, "it was started"
    return thread.ident


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
