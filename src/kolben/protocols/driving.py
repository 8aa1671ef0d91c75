"""The driver for an event loop: takes steps to their end, each callable where it belongs.

Theory of operation. A step (see :mod:`kolben.dispatch`) runs inside the request's own
``contextvars.Context``, which is entered by whoever executes it and left before anything else: by
the loop, for as long as nothing has to wait; by a worker thread, from the moment the step asks for
one (it yields :data:`~kolben.waiting.AWAY`) until it meets an awaitable; by the loop again, for
that awaitable and what follows. So sync callables in a row cost one hop, and async ones none. No
task is made: what an awaitable yields to the loop is handed through, and it is resumed inside the
Context.
"""

from __future__ import annotations

from asyncio import get_running_loop
from types import CoroutineType, coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from ..loops import note
from ..waiting import AWAY

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable, Generator
    from contextvars import Context

    from ..waiting import Step
    from .threads import Job, Threads

T = TypeVar("T")


class Progress:
    """How far a request has come.

    Attributes:
        answer: What is to be sent.
        later: What has to run when the response is out.
        ending: Whether its teardown has begun, which nothing may cut short.
    """

    __slots__ = ("answer", "ending", "later")

    def __init__(self) -> None:
        self.answer: Any = None
        self.later: Any = None
        self.ending = False


def note_loop() -> AbstractEventLoop:
    """Note that the event loop of this thread answers requests, and return it.

    Raises:
        RuntimeError: It is none of asyncio's.
    """
    try:
        loop = get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "Kolben answers ASGI servers that run on asyncio (uvloop included), and none of"
            " its loops runs here; Hypercorn's trio worker is another: leave '-k trio' out"
        ) from None
    note(loop)
    return loop


@coroutine
def drive(
    context: Context, step: Step[T], threads: Threads, progress: Progress | None = None
) -> Generator[Any, Any, T]:
    """Take a step to its end inside a Context; await this on an event loop.

    When the task is cancelled while a thread is in the Context, it waits until the thread has left;
    then the step is told, so that it can clean up.

    Args:
        context: The Context; nobody may have entered it.
        step: What a step function returned.
        threads: Where sync callables run.
        progress: Where the step tells that its teardown has begun, if it does.

    Returns:
        What the step returned.
    """
    cancelled: BaseException | None = None
    resume: Callable[[Any], Any] = step.send
    value: Any = None
    try:
        while True:
            awaitable = context.run(resume, value)
            while awaitable is AWAY:
                try:
                    job = yield from threads.run(context, step.send, None)
                except RuntimeError as error:  # there is no thread; the step has not gone on
                    awaitable = context.run(step.throw, error)
                    continue
                if progress is not None and progress.ending and job.error is None:
                    cancelled, job.cancelled = cancelled or job.cancelled, None
                awaitable = _go_on(job, context, step)
            try:
                resume, value = step.send, (yield from inside(context, awaitable))
            except BaseException as error:  # noqa: BLE001  (the step decides what to do with it)
                resume, value = step.throw, error
    except StopIteration as done:
        if cancelled is not None:
            raise cancelled from None
        return done.value  # type: ignore[no-any-return]
    finally:
        value = cancelled = None  # an error's traceback holds this frame: no cycle


def _go_on(job: Job, context: Context, step: Step[Any]) -> Any:
    """Take the outcome of a step's stay in a thread: what it yielded, or how it ended."""
    error, cancelled = job.error, job.cancelled
    # What is raised here has this frame and those of the thread in its traceback, and they hold the
    # job: without this each request would wait for the garbage collector.
    job.error = job.cancelled = None
    try:
        if cancelled is None:
            if error is not None:
                raise error
            return job.result
        if error is not None:  # the step has ended, and with it the request
            raise cancelled
        if hasattr(job.result, "close"):
            context.run(job.result.close)  # a coroutine that nobody will await
        return context.run(step.throw, cancelled)
    finally:
        del error, cancelled


@coroutine
def inside(context: Context, awaitable: Awaitable[T]) -> Generator[Any, Any, T]:
    """Await something inside a Context, without a task of its own.

    What it waits for goes to the caller's task; so ``asyncio.current_task()``, timeouts and
    cancellation are those of the caller.

    Args:
        context: The Context; nobody may have entered it.
        awaitable: A coroutine, or anything else with ``__await__``.

    Returns:
        Its result.
    """
    try:
        steps: Any = awaitable
        if awaitable.__class__ is not CoroutineType:
            steps = context.run(_as_generator, awaitable)
        waits_for = context.run(steps.send, None)
        while True:
            try:
                value = yield waits_for
            except GeneratorExit:
                context.run(steps.close)
                raise
            except BaseException as error:  # noqa: BLE001  (it goes where it was meant to go)
                waits_for = context.run(steps.throw, error)
            else:
                waits_for = context.run(steps.send, value)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    finally:
        waits_for = None  # a future holds what it fails with, whose traceback holds this frame


def _as_generator(awaitable: Awaitable[T]) -> Any:
    """Make something with ``send``, ``throw`` and ``close`` of any awaitable."""
    steps: Any = awaitable.__await__()
    if hasattr(steps, "send") and hasattr(steps, "throw") and hasattr(steps, "close"):
        return steps
    return _await(awaitable)  # what __await__ returns need be no more than an iterator


async def _await(awaitable: Awaitable[T]) -> T:
    return await awaitable
