"""Background tasks: functions that run beside the requests, with a context of the app.

Theory of operation. A task runs in a copy of the ``contextvars.Context`` it was added in, with an
application context of its own and, where there was one, a copy of the request's context. An async
function becomes a task of the event loop that serves requests (on WSGI the process's own one); a
sync one waits for a thread of a small pool. Each is known by a future until it has ended, so that
the end of the process can wait for it.
"""

from __future__ import annotations

import threading
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any
from weakref import ref

from ..app_contexts import within
from ..dispatch import call
from ..http.keeping import give_up, keep
from ..native import Pool
from ..stacks import _cv_request
from ..waiting import event_loop, finish_in, home, is_async
from . import ending
from .running import serving_loop

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import Callable
    from concurrent.futures import Future

    from ..app import Kolben
    from ..contexts import RequestContext
    from ..waiting import Step

#: Seconds that a cancelled task has to clean up.
CLEANUP = 1.0


class Work:
    """One background task.

    Attributes:
        name: What it is called in the log.
        begun: Whether a thread has begun with it, where it is a sync one.
        done: Set when it has ended, however that was.
    """

    def __init__(self, app: Kolben, f: Callable[[], Any], name: str) -> None:
        from concurrent.futures import Future  # late: apps without tasks do without it

        self.app = app
        self.name = name
        self.loop = serving_loop()
        self.task: Task[None] | None = None
        self.begun = False
        self.done: Future[None] = Future()
        self.context = copy_context()
        self._f = f
        request = _cv_request.get(None)
        own = request is not None and request.app is app
        self._request: RequestContext | None = request if own else None
        if self._request is not None:
            keep(self._request.request, self)

    def step(self) -> Step[None]:
        """Run the function inside its contexts; runs inside ``context``."""
        app, f, request = self.app, self._f, self._request
        if request is not None:
            copied = request.copy()
            copied.url_adapter = None if copied.request.routing_exception else request.url_adapter
            _cv_request.set(copied)
        try:
            yield from within(app, call(app._way, f))
        finally:
            if request is not None and give_up(request.request, self) and request._is_over():
                request._close_late()

    async def run_on_loop(self) -> None:
        """Run as a task of an event loop."""
        from asyncio import CancelledError

        from ..protocols.driving import drive

        try:
            await drive(self.context, self.step(), self.app.threads)
        except CancelledError:
            pass  # whoever cancelled it says so
        except BaseException as error:  # noqa: BLE001  (a task must not end its thread)
            self._log(error)
        finally:
            self.done.set_result(None)

    def run_in_thread(self) -> None:
        """Run in a thread of the pool."""
        self.begun = True
        home.loop = self.loop if self.loop is not None and self.loop.is_running() else None
        try:
            finish_in(self.context, self.step())
        except BaseException as error:  # noqa: BLE001  (the same)
            self._log(error)
        finally:
            home.loop = None
            self.done.set_result(None)

    def _log(self, error: BaseException) -> None:
        self.app.logger.error("Background task %s failed", self.name, exc_info=error)


class Background:
    """The background tasks of an app in this process.

    Args:
        app: The app.
    """

    def __init__(self, app: Kolben) -> None:
        self._app = ref(app)
        self._works: set[Work] = set()
        self._pool: Pool | None = None
        self._lock = threading.Lock()

    def add(self, app: Kolben, f: Callable[[], Any], name: str, function: Any) -> None:
        """Start a task.

        Args:
            app: The app.
            f: What to call, without arguments.
            name: For the log.
            function: What tells whether it is async.
        """
        work = Work(app, f, name)
        ending.watch(app)
        with self._lock:
            self._works.add(work)
        known = ref(work)  # what it has done keeps its callbacks: no cycle
        work.done.add_done_callback(lambda _: self._works.discard(known()))
        try:
            self._start(app, work, function)
        except RuntimeError:  # the system can't start a thread
            self._works.discard(work)
            raise

    def _start(self, app: Kolben, work: Work, function: Any) -> None:
        """Give a task to an event loop or to the threads."""
        if is_async(function):
            loop = work.loop
            if loop is None:
                loop = work.loop = event_loop()
            loop.call_soon_threadsafe(_start, loop, work, context=Context())
        else:
            with self._lock:  # to the end, as threads that were let go take nothing any more
                if self._pool is None:
                    self._pool = _pool(app.config["BACKGROUND_TASK_THREADS"])
                self._pool.submit(work.run_in_thread)

    def close(self) -> None:
        """Let the idle threads go."""
        with self._lock:
            pool, self._pool = self._pool, None
            if pool is not None:
                pool.close()

    def drain(self, grace: float) -> Step[None]:
        """Wait for the tasks, at most ``grace`` seconds, then cancel them."""
        if self._works:
            yield self._drain(grace)

    async def _drain(self, grace: float) -> None:
        from asyncio import get_running_loop, sleep

        loop = get_running_loop()
        until = loop.time() + grace
        while (works := self._alive()) and (seconds := until - loop.time()) > 0:
            await _ended(works, seconds)
        works = self._alive()
        for work in works:
            if work.task is not None and work.loop is not None:
                work.loop.call_soon_threadsafe(work.task.cancel)
        if self._pool is not None:
            self._pool.clear()
        cancelled = [work for work in works if work.task is not None]
        if cancelled:
            await _ended(cancelled, CLEANUP)
        else:
            await sleep(0)
        self._tell(works, grace)

    def _alive(self) -> list[Work]:
        """List the tasks that have not ended and still can."""
        return [
            work
            for work in list(self._works)
            if work.task is None or work.loop is None or work.loop.is_running()
        ]

    def _tell(self, works: list[Work], grace: float) -> None:
        """Log which tasks did not end by themselves."""
        app = self._app()
        assert app is not None, "who drains the tasks holds their app"
        for work in works:
            self._works.discard(work)
            if work.task is not None:
                how = "was cancelled"
            else:
                how = (
                    "was left behind in its thread" if work.begun else "was dropped before it began"
                )
            app.logger.warning(
                "Background task %s %s: it did not end within BACKGROUND_TASK_GRACE (%s s)",
                work.name,
                how,
                grace,
            )


def _start(loop: AbstractEventLoop, work: Work) -> None:
    """Start a task's task; runs on the loop."""
    work.task = loop.create_task(work.run_on_loop(), name=f"kolben-background {work.name}")


async def _ended(works: list[Work], seconds: float) -> None:
    """Wait until tasks have ended, or time is up."""
    from asyncio import wait, wrap_future

    await wait([wrap_future(work.done) for work in works], timeout=seconds)


def _pool(size: int) -> Pool:
    """Make the threads for sync tasks."""
    if size < 1:
        raise ValueError(
            f"a pool needs at least one thread, got {size}; set BACKGROUND_TASK_THREADS"
        )
    return Pool(size, "kolben-background")
