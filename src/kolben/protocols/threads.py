"""The worker threads in which an event loop runs what would block it.

Theory of operation. A job goes to whichever thread is free (one queue for all), and a thread is
started only when none is, up to the pool's size; after that jobs wait in the queue. The thread puts
the outcome into the job and wakes the task that waits for it; nothing else passes between the two,
so a hop costs about two switches of threads. What the task waits for is no future of the loop's but
a `Waiter`, which cannot be cancelled: a cancellation arrives when the thread is done. While a
thread works it knows the loop that waits for it (:data:`kolben.waiting.home`): async code that its
sync code has to wait for runs there.
"""

from __future__ import annotations

import logging
import os
import threading
from asyncio import CancelledError, get_running_loop
from queue import Empty, SimpleQueue
from types import coroutine
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from ..waiting import home
from .driving import drive

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable, Generator
    from contextvars import Context

    from ..waiting import Step

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Job:
    """One call in a worker thread, and what came of it.

    Attributes:
        result: What the call returned; once ``finished``.
        error: What it raised instead.
        cancelled: The cancellation that arrived meanwhile, for whoever waits.
    """

    __slots__ = ("argument", "cancelled", "context", "error", "function", "result", "waiter")

    waiter: Waiter

    def __init__(self, context: Context, function: Callable[[Any], Any], argument: Any) -> None:
        self.context = context
        self.function = function
        self.argument = argument
        self.result: Any = None
        self.error: BaseException | None = None
        self.cancelled: CancelledError | None = None


def outcome_of(job: Job) -> Any:
    """Return what the call of a job returned, or raise what it raised."""
    error, job.error = job.error, None
    if error is None:
        return job.result
    try:
        raise error
    finally:
        del error  # its traceback holds this frame, and those of the job: no cycle


class Waiter:
    """What a task waits for while a thread is at work; to asyncio it looks like a future.

    The job begins when the task has begun to wait, so that it has left the job's Context.

    Args:
        loop: The task's loop.
        job: The job.
        threads: Who does it.
    """

    # PERF bench hop: 12 % less than with a future of the loop's, which takes it a round more

    __slots__ = (
        "_asyncio_future_blocking",
        "_caller",
        "_job",
        "_loop",
        "_refused",
        "_threads",
        "_wake",
    )

    def __init__(self, loop: AbstractEventLoop, job: Job, threads: Threads) -> None:
        self._asyncio_future_blocking = True
        self._loop = loop
        self._job: Job | None = job
        self._threads = threads
        self._refused: BaseException | None = None

    def get_loop(self) -> AbstractEventLoop:
        """Return the loop that the task runs on."""
        return self._loop

    def add_done_callback(
        self, callback: Callable[[Any], object], *, context: Context | None = None
    ) -> None:
        """Begin the job, now that the task waits; ``callback`` resumes the task."""
        self._wake, self._caller = callback, context
        job, self._job = self._job, None
        assert job is not None, "one task waits for a job, once"
        self._threads._submit(job)

    def remove_done_callback(self, callback: object) -> int:
        """Nobody is taken off the list."""
        return 0

    def cancel(self, msg: object = None) -> bool:
        """Refuse: the task will hear of its cancellation when the thread is done."""
        self._threads.cancelled()
        return False

    def done(self) -> bool:
        """Tell asyncio's debugging that it is not."""
        return False

    def result(self) -> None:
        """Give nothing, as the job has it; raise why there was no thread for it."""
        error, self._refused = self._refused, None
        if error is not None:
            try:
                raise error
            finally:
                del error  # its traceback holds this frame: no cycle

    def refuse(self, error: BaseException) -> None:
        """Resume the task with an error: the job is not done."""
        self._refused = error
        self.wake()

    def wake(self) -> None:
        """Resume the task, once; from the thread."""
        wake = self._wake
        del self._wake  # the task may end with what the job has raised, which leads here: no cycle
        self._loop.call_soon_threadsafe(wake, self, context=self._caller)


_pools: WeakSet[Threads] = WeakSet()


class Threads:
    """A pool of worker threads for the sync code of an app that is served by an event loop.

    Args:
        size: How many threads there are at most.

    Attributes:
        size: As given.
        started: How many threads there are.
        waited: How many jobs had to wait for a thread since the process began, for metrics.
    """

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError(f"a pool needs at least one thread, got {size}; set ASGI_THREADS")
        self.size = size
        self.forget()
        _pools.add(self)

    def forget(self) -> None:
        """Begin anew, in a forked child: the parent's threads do not exist there."""
        self.waited = 0
        self._queue: SimpleQueue[Job] = SimpleQueue()
        self._lock = threading.Lock()
        self.started = 0
        self._busy = 0  # jobs that were given and have not ended

    @property
    def busy(self) -> int:
        """How many jobs are at work or wait for a thread now."""
        return self._busy

    @coroutine
    def run(
        self, context: Context, function: Callable[[Any], Any], argument: Any
    ) -> Generator[Any, None, Job]:
        """Call a function in a thread, inside a Context that nobody has entered.

        A cancellation waits until the thread has left the Context: until then nobody else may enter
        it.

        Args:
            context: The Context.
            function: What to call.
            argument: Its one argument.

        Returns:
            The job, with the outcome; it is for the caller to raise what went wrong.

        Raises:
            RuntimeError: The system can't start a thread, and there is none; nothing was called.
        """
        job = Job(context, function, argument)
        job.waiter = Waiter(get_running_loop(), job, self)
        try:
            yield job.waiter
        except CancelledError as error:
            job.cancelled = error
        return job

    def cancelled(self) -> None:
        """Hear that somebody who waits for a job was cancelled; the job goes on."""

    def drive(self, context: Context, step: Step[T]) -> Awaitable[T]:
        """Take a step to its end inside a Context, with these threads; await this on a loop."""
        return drive(context, step, self)

    def _submit(self, job: Job) -> None:
        """Give a job to the threads; start one more where all are at work."""
        with self._lock:
            self._busy += 1
            busy = self._busy
            more = busy > self.started and self.started < self.size
            if more:
                self.started += 1
            elif busy > self.size:
                self.waited += 1
            self._queue.put(job)
        if more:
            try:
                threading.Thread(target=self._work, name="kolben-worker", daemon=True).start()
            except RuntimeError as error:
                self._do_without(error)
        elif busy == self.size + 1:  # not again until there was a free thread
            _log.warning(
                "All %d threads for sync code are at work, so requests wait for one."
                " Raise ASGI_THREADS, make slow views 'async def', or start more processes.",
                self.size,
            )

    def _do_without(self, error: RuntimeError) -> None:
        """Leave the jobs to the threads that there are; refuse them where there is none."""
        with self._lock:
            self.started -= 1
            refused = [] if self.started else list(iter(self._take, None))
            self._busy -= len(refused)
        _log.error("The system starts no more threads (%s); there are %d.", error, self.started)
        for job in refused:
            job.waiter.refuse(error)

    def _take(self) -> Job | None:
        """Take a job back that no thread has begun with."""
        try:
            return self._queue.get_nowait()
        except Empty:
            return None

    def _work(self) -> None:
        """Do one job after the other for as long as the process lives."""
        get = self._queue.get
        while True:
            self._do(get())

    def _do(self, job: Job) -> None:
        """Do one job, and wake the one who waits for it."""
        home.loop = job.waiter.get_loop()
        try:
            job.result = job.context.run(job.function, job.argument)
        except BaseException as error:  # noqa: BLE001  (the one who waits decides)
            job.error = error
        home.loop = None
        with self._lock:
            self._busy -= 1
        try:
            job.waiter.wake()
        except RuntimeError:  # the loop was closed: nobody waits any more
            _log.debug("a loop was closed before its thread had ended")


class OwnThreads(Threads):
    """A thread for each job, for what may stay for long: it takes none away from requests.

    Args:
        cancelled: Called when somebody who waits for a job was cancelled.
    """

    def __init__(self, cancelled: Callable[[], None]) -> None:
        super().__init__(1)
        self._tell = cancelled

    def cancelled(self) -> None:
        """Tell of a cancellation, so that the job can be asked to end."""
        self._tell()

    def _submit(self, job: Job) -> None:
        """Start a thread for a job."""
        with self._lock:
            self._busy += 1
        thread = threading.Thread(target=self._do, args=(job,), name="kolben-socket", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            with self._lock:
                self._busy -= 1
            job.waiter.refuse(error)


def _forget_parent() -> None:
    """Have no pool of a forked child wait for threads of its parent's."""
    for pool in [*_pools]:
        pool.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)
