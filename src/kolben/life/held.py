"""The generators of ``while_serving``: entered at the start, left at the end.

Theory of operation. An async generator is run by one task from its start to its end, since what it
holds open (a task group, a cancel scope) may only be closed by the task that opened it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from ..loops import end_where_begun

# asyncio is imported late: apps without async functions do without it.
if TYPE_CHECKING:
    from asyncio import Future, Task
    from collections.abc import AsyncGenerator, Callable, Generator


#: Seconds between the cancellation of a loop's tasks and the end of a life on it.
PATIENCE = 10.0


class Held(Protocol):
    """What was entered and has to be left."""

    @property
    def enter(self) -> Callable[[], Any]:
        """Run it up to its yield."""

    @property
    def leave(self) -> Callable[[BaseException | None], Any]:
        """Run the rest of it; with an error, that is raised at the yield."""


def hold(f: Callable[[], Any]) -> Held:
    """Make what can be entered and left of a ``while_serving`` function.

    Args:
        f: A generator function or an async one.

    Raises:
        TypeError: It is neither.
    """
    made = f()
    if hasattr(made, "__anext__"):
        return AsyncHeld(made, f)
    if hasattr(made, "__next__"):
        return SyncHeld(made, f)
    if hasattr(made, "close"):
        made.close()
    raise TypeError(
        f"while_serving function {f.__qualname__!r} returned {type(made).__name__!r};"
        " it has to be a generator function: let it yield once, between start and end"
    )


def _no_yield(f: Callable[[], Any]) -> RuntimeError:
    return RuntimeError(f"while_serving function {f.__qualname__!r} ended without a yield")


def _two_yields(f: Callable[[], Any]) -> RuntimeError:
    return RuntimeError(f"while_serving function {f.__qualname__!r} yields more than once")


async def _patiently(end: Future[BaseException | None]) -> BaseException | None:
    """Wait for the end; a first cancellation announces it, as ``asyncio.run`` cancels all tasks."""
    from asyncio import CancelledError, shield, wait_for

    with suppress(CancelledError):
        return await shield(end)
    try:
        return await wait_for(shield(end), PATIENCE)
    except (CancelledError, TimeoutError) as error:
        return error


class SyncHeld:
    """A generator that was entered."""

    def __init__(self, made: Generator[Any, None, None], f: Callable[[], Any]) -> None:
        self._made = made
        self._f = f

    def enter(self) -> None:
        """Run it up to its yield."""
        try:
            next(self._made)
        except StopIteration:
            raise _no_yield(self._f) from None

    def leave(self, error: BaseException | None) -> None:
        """Run the rest of it."""
        try:
            if error is None:
                next(self._made)
            else:
                self._made.throw(error)
        except StopIteration:
            return
        except BaseException as raised:
            if raised is error:
                return
            raise
        self._made.close()
        raise _two_yields(self._f)


class AsyncHeld:
    """An async generator that a task of its own has entered."""

    def __init__(self, made: AsyncGenerator[Any, None], f: Callable[[], Any]) -> None:
        self._made = made
        self._f = f
        self._task: Task[None] | None = None
        self._end: Future[BaseException | None] | None = None

    async def enter(self) -> None:
        """Let the task run it up to its yield."""
        from asyncio import get_running_loop, wait

        loop = get_running_loop()
        self._end = loop.create_future()
        entered: Future[None] = loop.create_future()
        task = self._task = loop.create_task(self._run(entered, self._end))
        try:
            await entered
        finally:
            if entered.cancelled():  # nobody will leave what was not entered
                task.cancel()
                await wait([task])

    async def leave(self, error: BaseException | None) -> None:
        """Let the task run the rest of it, and wait for that."""
        task, end = self._task, self._end
        if task is None or end is None:
            return

        async def let_go() -> None:
            if not end.done():
                end.set_result(error)
            await task

        await end_where_begun(task.get_loop(), let_go)  # a loop that is gone has closed it

    async def _run(self, entered: Future[None], end: Future[BaseException | None]) -> None:
        """Take the generator from its start to its end."""
        try:
            await anext(self._made)
        except BaseException as raised:  # noqa: BLE001  (raised again by whoever waits)
            if not entered.done():
                over = isinstance(raised, StopAsyncIteration)
                entered.set_exception(_no_yield(self._f) if over else raised)
            return
        if entered.done():  # it has gone on although the start was cancelled
            await self._made.aclose()
            return
        entered.set_result(None)
        error = await _patiently(end)
        try:
            if error is None:
                await anext(self._made)
            else:
                await self._made.athrow(error)
        except StopAsyncIteration:
            return
        except BaseException as raised:
            if raised is error:
                return
            raise
        await self._made.aclose()
        raise _two_yields(self._f)
