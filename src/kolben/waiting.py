"""Running steps to their end where nobody can await: WSGI, scripts, the shell.

Theory of operation. A step (see :mod:`kolben.dispatch`) is a generator that yields what has to be
awaited and is sent the result. ``finish`` drives one to its end here and now. Awaitables run on one
event loop per process, in a thread of its own that is started at first need (again in a child after
a fork), so a client made once, with its connections, serves every request. A new loop per call
costs 350 µs; a task on a running one about 60.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from concurrent.futures import Future
    from contextvars import Context

T = TypeVar("T")
Step: TypeAlias = Generator[Awaitable[Any], Any, T]


def finish(step: Step[T]) -> T:
    """Run a step to its end in this thread, blocking where it has to wait.

    Args:
        step: The generator that a step function returned.

    Returns:
        What the step returned.
    """
    try:
        awaitable = next(step)
        while True:
            try:
                result = wait(awaitable)
            except BaseException as error:  # noqa: BLE001  (the step decides what to do with it)
                awaitable = step.throw(error)
            else:
                awaitable = step.send(result)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]


def wait(awaitable: Awaitable[T], context: Context | None = None) -> T:
    """Block until an awaitable is done on the process's event loop.

    Args:
        awaitable: A coroutine, or anything else with ``__await__``.
        context: The ``contextvars.Context`` to run in, which nobody may have entered; a copy of the
            current one by default.

    Returns:
        Its result.

    Raises:
        RuntimeError: Called on that loop itself, which would wait for itself forever.
    """
    from concurrent.futures import Future
    from contextvars import copy_context

    loop = event_loop()
    if threading.get_ident() == _thread_id:
        if hasattr(awaitable, "close"):
            awaitable.close()
        raise RuntimeError(
            "sync code that runs on the event loop cannot wait for async code there;"
            " make the caller 'async def' and await it"
        )
    outcome: Future[T] = Future()
    tasks: list[Any] = []
    if context is None:
        context = copy_context()

    loop.call_soon_threadsafe(_start, loop, awaitable, outcome, context, tasks)
    try:
        return outcome.result()
    except BaseException:
        if not outcome.done():  # this thread was interrupted: nobody wants the result any more
            loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])
            outcome.exception()  # until the task has left the Context, nobody else may enter it
        raise
    finally:
        del outcome  # an error refers to this frame by its traceback: cut the cycle


def _start(
    loop: AbstractEventLoop,
    awaitable: Awaitable[T],
    outcome: Future[T],
    context: Context,
    tasks: list[Any],
) -> None:
    """Start the task on the loop, and see to it that the one who waits hears of its end."""
    task = loop.create_task(_carry(awaitable, outcome), context=context)
    task.add_done_callback(lambda _: _end(awaitable, outcome))
    tasks.append(task)


def _end(awaitable: Awaitable[Any], outcome: Future[Any]) -> None:
    """Give the outcome of a task that was cancelled before it began."""
    if not outcome.done():
        from asyncio import CancelledError

        if hasattr(awaitable, "close"):
            awaitable.close()
        outcome.set_exception(CancelledError())


def run_off_loop(function: Callable[[], object]) -> None:
    """Call what may have to wait: here, or in a thread of its own if this is the loop's.

    For finalizers, which run wherever the garbage collector happens to be at work.

    Args:
        function: What to call; its result is dropped.
    """
    if threading.get_ident() == _thread_id:
        threading.Thread(target=function, name="kolben-end").start()
    else:
        function()


async def _carry(awaitable: Awaitable[T], outcome: Future[T]) -> None:
    """Await, and carry whatever comes of it over to the thread that waits.

    Nothing is left for the loop to raise: a ``SystemExit`` or a ``KeyboardInterrupt`` would end its
    thread.
    """
    try:
        result = await awaitable
    except BaseException as error:  # noqa: BLE001  (raised again in the other thread)
        outcome.set_exception(error)
    else:
        outcome.set_result(result)
    finally:
        del outcome  # as above


_lock = threading.Lock()
_loop: AbstractEventLoop | None = None
_thread_id: int | None = None


def event_loop() -> AbstractEventLoop:
    """Return the process's event loop, starting it in a thread of its own at first need."""
    global _loop, _thread_id  # one loop per process is the point
    if _loop is None or _loop.is_closed():
        with _lock:
            if _loop is None or _loop.is_closed():
                import asyncio

                loop = asyncio.new_event_loop()
                thread = threading.Thread(
                    target=_serve, args=(loop,), name="kolben-loop", daemon=True
                )
                thread.start()
                _loop, _thread_id = loop, thread.ident
    return _loop


def _serve(loop: AbstractEventLoop) -> None:
    """Run the loop for as long as the process lives, whatever a task of the user's does to it."""
    import asyncio

    asyncio.set_event_loop(loop)
    while not loop.is_closed():
        # The loop lets these two through from tasks that nobody waits for; requests still need it.
        with suppress(KeyboardInterrupt, SystemExit):
            loop.run_forever()


def _forget() -> None:
    """Drop the parent's loop in a forked child: its thread does not exist there."""
    global _lock, _loop, _thread_id
    _lock = threading.Lock()
    _loop = _thread_id = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
