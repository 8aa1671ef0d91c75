"""Threads of the system, also where gevent has put greenlets in their place.

Theory of operation. After ``gevent.monkey.patch_all()`` a thread of :mod:`threading` is a greenlet:
it runs when the hub of the thread that started it has a turn, and the thread of an event loop gives
it none. So whatever runs beside an event loop of ours is started with the functions that gevent has
replaced, and meets the others by locks of the system.
"""

from __future__ import annotations

import sys
import threading
from _queue import SimpleQueue  # not gevent's, which belongs to one thread
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future, ThreadPoolExecutor

T = TypeVar("T")


def has_hub() -> bool:
    """Tell whether gevent has put its own in the place of threads."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and monkey.is_module_patched("threading")


def original(module: str, name: str) -> Any:
    """Return a name of the standard library's as it was before gevent patched it, if it did.

    Args:
        module: The module.
        name: The name in it.
    """
    return sys.modules["gevent.monkey"].get_original(module, name) if has_hub() else None


def ident() -> int:
    """Return the number of this thread; a greenlet's is that of the thread it runs in."""
    get_ident = original("_thread", "get_ident") or threading.get_ident
    number: int = get_ident()
    return number


def start_thread(target: Callable[..., object], args: tuple[Any, ...], name: str) -> int:
    """Start a thread of the system.

    Args:
        target: What it runs.
        args: Its arguments.
        name: What the thread is called.

    Returns:
        The thread's number.
    """
    start_new_thread = original("_thread", "start_new_thread")
    if start_new_thread is not None:
        number: int = start_new_thread(target, args)
        return number
    thread = threading.Thread(target=target, args=args, name=name, daemon=True)
    thread.start()
    assert thread.ident is not None, "it was started"
    return thread.ident


def make_lock() -> threading.Lock:
    """Make a lock of the system; one of gevent's may lose who waits for it in another thread."""
    lock: threading.Lock = (original("_thread", "allocate_lock") or threading.Lock)()
    return lock


class Pool:
    """A few threads for what may block; they never keep the process alive.

    Args:
        size: How many there are at most.
        name: What they are called.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._queue: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._lock = make_lock()
        self._busy = 0
        self._started = 0

    def submit(self, job: Callable[[], object]) -> None:
        """Give a job to the threads; start one more where all are at work.

        Args:
            job: Called without arguments; it raises nothing.
        """
        with self._lock:
            if self._busy >= self._started and self._started < self._size:
                try:
                    start_thread(Context().run, (self._run,), self._name)
                except RuntimeError:  # the system has none to give
                    if not self._started:
                        raise
                else:
                    self._started += 1
            self._busy += 1
        self._queue.put(job)

    def clear(self) -> None:
        """Drop the jobs that have not begun."""
        from queue import Empty

        try:
            while True:
                self._queue.get_nowait()
        except Empty:
            return

    def close(self) -> None:
        """Let each thread end after the jobs that were given before."""
        for _ in range(self._started):
            self._queue.put(None)

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            job()
            del job
            with self._lock:
                self._busy -= 1


def executor() -> ThreadPoolExecutor:
    """Make an executor for an event loop under gevent: what ``asyncio.to_thread`` asks for."""
    import os
    from concurrent.futures import ThreadPoolExecutor

    class Executor(ThreadPoolExecutor):
        """An executor with threads of the system; asyncio takes none but of this class."""

        def __init__(self) -> None:
            super().__init__()
            self._pool = Pool(min(32, (os.cpu_count() or 1) + 4), "kolben-executor")

        def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
            """Call a function in a thread."""
            future: Future[T] = _future()
            self._pool.submit(lambda: _settle(future, lambda: fn(*args, **kwargs)))
            return future

    return Executor()


def call_in_hub(hub: Any, function: Callable[[], T]) -> Future[T]:
    """Call what waits for gevent: in a greenlet of the thread that a hub belongs to.

    Args:
        hub: The hub.
        function: What to call.
    """
    future: Future[T] = _future()
    spawn = sys.modules["gevent"].spawn
    hub.loop.run_callback_threadsafe(spawn, _settle, future, function)
    return future


def _future() -> Future[Any]:
    """Make a future for an event loop to wrap, between threads; nobody may block for it."""
    from concurrent.futures import Future

    future: Future[Any] = Future()
    future._condition = threading.Condition(make_lock())
    return future


def _settle(future: Future[T], function: Callable[[], T]) -> None:
    """Call a function, and put the outcome into a future."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(function())
    except BaseException as error:  # noqa: BLE001  (whoever waits decides)
        future.set_exception(error)
