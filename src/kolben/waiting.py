"""Running steps to their end where nobody can await: WSGI, scripts, the shell.

Theory of operation. A step (see :mod:`kolben.dispatch`) is a generator that yields what has to be
awaited and is sent the result. ``finish`` drives one to its end here and now. Awaitables run on one
event loop per process, in a thread of its own that is started at first need (again in a child after
a fork), so a client made once, with its connections, serves every request. A new loop per call
costs 350 µs; a task on a running one about 60.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Generator
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from . import loops, native
from .loops import serving, serving_here

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from contextvars import Context

T = TypeVar("T")
F = TypeVar("F", bound="Callable[..., Any]")
Step: TypeAlias = Generator[Awaitable[Any], Any, T]


class _Away:
    """See :data:`AWAY`."""

    def __await__(self) -> Generator[Any, None, None]:
        """Do nothing: whoever awaits this has no thread to offer."""
        return
        yield

    def __repr__(self) -> str:
        return "AWAY"


AWAY = _Away()
"""What a step yields on an event loop to be resumed in a worker thread: sync code comes next."""


class _Home(threading.local):
    """What a thread knows of the event loop that it works for.

    Attributes:
        loop: In a worker thread, the loop that waits for it.
    """

    loop: AbstractEventLoop | None = None


home = _Home()


def must_leave(function: Callable[..., Any]) -> bool:
    """Tell whether a step should go to another thread before it calls a function.

    Args:
        function: What is to be called next.

    Returns:
        ``True`` for a sync function in the thread of an event loop that answers requests, which it
        might block.
    """
    return serving_here() is not None and not is_async(function)


def is_async(function: Callable[..., Any]) -> bool:
    """Tell whether calling a function only makes an awaitable or an async generator.

    Args:
        function: Any callable. One that was marked with :func:`inline` counts, too.
    """
    code = getattr(function, "__code__", None)
    if code is not None and code.co_flags & ASYNC:
        return True
    # PERF bench hops: 4 µs less than to ask inspect; a mark is an attribute, and here is none
    if function.__class__ is FunctionType and function.__dict__.keys() <= _NO_MARKS:
        return False
    return _is_marked(function)


ASYNC = 0x280  # CO_COROUTINE | COASYNC_GENERATOR
_NO_MARKS = frozenset({"__wrapped__"})


def _is_marked(function: Any) -> bool:
    """Look at what is no plain function: partial objects, callable objects, marked functions."""
    from functools import partial
    from inspect import isasyncgenfunction, iscoroutinefunction

    if is_inline(function):
        return True
    while isinstance(function, partial):
        function = function.func
    if iscoroutinefunction(function) or isasyncgenfunction(function):
        return True
    call = getattr(type(function), "__call__", None)  # noqa: B004  (the method itself is wanted)
    return iscoroutinefunction(call)


def is_inline(function: Any) -> bool:
    """Tell whether a function was marked with :func:`inline`; it may be a sync one all the same."""
    # The mark is the function itself, as functools.wraps() copies marks to functions that differ.
    return getattr(function, "_kolben_inline", None) is function


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


def finish_in(context: Context, step: Step[T]) -> T:
    """Run a step to its end inside a Context, in this thread, which waits outside of it.

    Args:
        context: The Context; nobody may have entered it.
        step: The step; what it has to wait for runs on the event loop, in the same Context.

    Returns:
        What the step returned.
    """
    resume: Callable[[Any], Any] = step.send
    value: Any = None
    try:
        while True:
            awaitable = context.run(resume, value)
            try:
                resume, value = step.send, wait(awaitable, context)
            except BaseException as error:  # noqa: BLE001  (the step decides what to do with it)
                resume, value = step.throw, error
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    finally:
        value = None  # an error's traceback holds this frame: no cycle


def wait(
    awaitable: Awaitable[T],
    context: Context | None = None,
    loop: AbstractEventLoop | None = None,
) -> T:
    """Block until an awaitable is done on the process's event loop.

    Args:
        awaitable: A coroutine, or anything else with ``__await__``.
        context: The ``contextvars.Context`` to run in, which nobody may have entered; a copy of the
            current one by default.
        loop: Where it runs: in a worker thread by default on the loop that the thread works for,
            elsewhere on the process's own.

    Returns:
        Its result.

    Raises:
        RuntimeError: Called on that loop itself, which would wait for itself forever.
    """
    if isinstance(awaitable, _Away):  # this is a thread where sync code may block
        return None
    from asyncio import _get_running_loop
    from contextvars import copy_context

    running = _get_running_loop()
    loop = loop or home.loop
    if loop is None:
        loop = running if running in serving else event_loop()
    if loop is running:
        if hasattr(awaitable, "close"):
            awaitable.close()
        raise RuntimeError(
            "sync code that runs on the event loop cannot wait for async code there;"
            " make the caller 'async def' and await it"
        )
    outcome: Outcome = Outcome()
    tasks: list[Any] = []
    if context is None:
        context = copy_context()

    try:  # a signal may come as soon as the loop has it
        loop.call_soon_threadsafe(_start, loop, awaitable, outcome, context, tasks)
        return outcome.result()  # type: ignore[no-any-return]
    except BaseException:
        if not outcome.done:  # this thread was interrupted: nobody wants the result any more
            loop.call_soon_threadsafe(_give_up, awaitable, outcome, tasks)
            outcome.settled()  # until the task has left the Context, nobody else may enter it
        raise
    finally:
        del outcome  # an error refers to this frame by its traceback: cut the cycle


_TURN = 1.0  # seconds; the lock wakes who waits for it at once


class Outcome:
    """What comes of an awaitable, for a thread that waits; a future that costs less.

    What came of it is known inside the task; the thread goes on once the task is over, and has left
    the ``contextvars.Context`` that the thread may enter next.

    Attributes:
        known: Whether it is known.
        done: Whether the thread may go on.
    """

    # PERF bench hops: 20 µs less than concurrent.futures.Future

    __slots__ = ("_error", "_lock", "_value", "done", "known")

    def __init__(self) -> None:
        self.known = self.done = False
        self._value: Any = None
        self._error: BaseException | None = None
        self._lock = threading.Lock()
        self._lock.acquire()

    def set_result(self, value: Any) -> None:
        """Keep the result."""
        self._value, self.known = value, True

    def set_exception(self, error: BaseException) -> None:
        """Keep the error."""
        self._error, self.known = error, True

    def end(self) -> None:
        """Let the thread go on."""
        self.done = True
        self._lock.release()

    def settled(self) -> None:
        """Block until there is one."""
        if native.has_hub():  # a hub gives up where all that it has to wait for is another thread
            while not self._lock.acquire(timeout=_TURN):
                pass
        else:
            self._lock.acquire()
        self._lock.release()

    def result(self) -> Any:
        """Block until there is one; return the result or raise the error."""
        self.settled()
        if self._error is not None:
            try:
                raise self._error
            finally:
                self = None  # type: ignore[assignment]  # noqa: PLW0642  # no cycle
        return self._value


def wait_aside(awaitable: Awaitable[T]) -> T:
    """Block until an awaitable is done on a loop beside all others, even in a loop's thread.

    For async code in the middle of sync code that async code has called; the loop of this thread
    stands still meanwhile.

    Args:
        awaitable: A coroutine, or anything else with ``__await__``.

    Returns:
        Its result.
    """
    return wait(awaitable, loop=loops.aside.get())


def is_loop() -> bool:
    """Tell whether this thread runs an event loop that requests depend on."""
    return loops.main.is_here() or serving_here() is not None


def _start(
    loop: AbstractEventLoop,
    awaitable: Awaitable[T],
    outcome: Outcome,
    context: Context,
    tasks: list[Any],
) -> None:
    """Start the task on the loop, and see to it that the one who waits hears of its end."""
    task = loop.create_task(_carry(awaitable, outcome), context=context)
    task.add_done_callback(lambda _: _end(awaitable, outcome))
    tasks.append(task)


def _give_up(awaitable: Awaitable[Any], outcome: Outcome, tasks: list[Any]) -> None:
    """Cancel the task, or end what has none: the signal came before the loop was given it."""
    for task in tasks:
        task.cancel()
    if not tasks:
        _end(awaitable, outcome)


def _end(awaitable: Awaitable[Any], outcome: Outcome) -> None:
    """Let the thread go on, also where the task was cancelled before it began."""
    if not outcome.known:
        from asyncio import CancelledError

        if hasattr(awaitable, "close"):
            awaitable.close()
        outcome.set_exception(CancelledError())
    outcome.end()


def run_off_loop(function: Callable[[], object]) -> None:
    """Call what may have to wait: here, or in a thread of its own if this is the loop's.

    For finalizers, which run wherever the garbage collector happens to be at work.

    Args:
        function: What to call; its result is dropped.
    """
    if is_loop():
        threading.Thread(target=function, name="kolben-end").start()
    else:
        function()


async def _carry(awaitable: Awaitable[T], outcome: Outcome) -> None:
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


def event_loop() -> AbstractEventLoop:
    """Return the process's event loop, starting it in a thread of its own at first need."""
    return loops.main.get()


def inline(function: F) -> F:
    """Let a sync view or hook run on the event loop itself: one that never waits and is soon done.

    On ASGI sync functions run in worker threads, since one that waits would stop every other
    request. That costs more than a function that only computes a little. Mark it, innermost::

        @app.get("/healthz")
        @inline
        def healthz():
            return "ok"

    On WSGI it changes nothing.

    Args:
        function: The view or hook.

    Returns:
        The same function.
    """
    function._kolben_inline = function  # type: ignore[attr-defined]
    return function
