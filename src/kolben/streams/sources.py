"""Where the items of a stream come from: an async iterable in a task, a sync one in a thread.

Theory of operation. A source makes one item each time it is asked, never ahead; so whoever sends
the items slows the source down to the pace of the client. The answer is a
``concurrent.futures.Future``, for which a thread can wait as well as a loop, and for as long as it
likes: a source that takes its time does not keep anybody from doing something else meanwhile. The
whole iteration happens in one task, or in one thread, and in one ``contextvars.Context``: timeouts,
task groups and locks that span several items work.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

from kolben.loops import serving_here
from kolben.waiting import home

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncIterable, Iterable, Iterator
    from contextvars import Context


class EndOfSource(Exception):
    """The source has no more items, or was ended."""


class Source(Protocol):
    """What gives items when it is asked."""

    #: How long to wait for the end, in seconds; ``None`` for as long as it takes.
    patience: float | None

    def ask(self, loop: AbstractEventLoop) -> Future[Any]:
        """Ask for the next item; only after the one before has come.

        Args:
            loop: Where async code runs; the first call settles it.

        Returns:
            The item, or ``EndOfSource``, or what the source raised, to come.
        """
        ...

    def end(self) -> Future[None]:
        """End the source: its ``finally`` clauses run.

        Returns:
            Nothing, or what those raised, once they have run.
        """
        ...


def source_of(body: Any, context: Context) -> Source:
    """Make the source that fits an iterable.

    Args:
        body: An async iterable, or an iterable.
        context: The Context to iterate it in, which nobody else may enter.
    """
    if hasattr(body, "__aiter__"):
        return AsyncSource(body, context)
    return ThreadSource(body, context)


# A loop holds its tasks weakly; one that is collected half-way could not run its ``finally``.
_running: set[asyncio.Task[None]] = set()


class AsyncSource:
    """An async iterable, in a task of its own.

    Ending it cancels what it is waiting for.

    Args:
        body: The async iterable; its ``aclose()``, where it has one, is called at the end.
        context: The Context of the task.
    """

    patience: float | None = None

    def __init__(self, body: AsyncIterable[Any], context: Context) -> None:
        self._body = body
        self._context = context
        self._loop: AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._wanted: Future[Any] | None = None
        self._ended: Future[None] = Future()
        self._ending = False
        self._failure: BaseException | None = None

    def ask(self, loop: AbstractEventLoop) -> Future[Any]:
        """Ask for the next item."""
        wanted: Future[Any] = Future()
        if self._loop is None:
            self._loop = loop
        self._loop.call_soon_threadsafe(self._want, wanted)
        return wanted

    def end(self) -> Future[None]:
        """End the source."""
        if self._loop is None or self._loop.is_closed():  # never asked: there is nothing to end
            _settle(self._ended, None)
        else:
            self._loop.call_soon_threadsafe(self._stop)
        return self._ended

    # -- on the loop -------------------------------------------------------------------------------

    def _want(self, wanted: Future[Any]) -> None:
        """Let the task go on."""
        if self._ended.done() or self._ending:
            wanted.set_exception(EndOfSource())
            return
        self._wanted = wanted
        if self._task is None:
            self._resume = asyncio.Event()
            self._task = asyncio.get_running_loop().create_task(self._run(), context=self._context)
            _running.add(self._task)
            self._task.add_done_callback(_running.discard)
            # Only then the Context is free for others.
            self._task.add_done_callback(lambda _: _settle(self._ended, None, self._failure))
        self._resume.set()

    def _stop(self) -> None:
        """Cancel the task."""
        self._ending = True
        if self._task is None:
            _settle(self._ended, None)
        else:
            self._task.cancel()

    async def _run(self) -> None:
        """Iterate, an item each time somebody wants one."""
        failure: BaseException | None = None
        steps: Any = None
        try:
            steps = self._body.__aiter__()
            await self._resume.wait()
            async for item in steps:
                self._resume.clear()
                self._answer(item)
                if self._ending:
                    break  # it has gone on although it was cancelled
                await self._resume.wait()
        except asyncio.CancelledError as error:
            # Cancelled from within, it failed; from without, it ends.
            failure = None if self._ending else error
        except BaseException as error:  # noqa: BLE001  (raised where the item was wanted)
            failure = error
        try:
            if hasattr(steps, "aclose"):
                await steps.aclose()
        except BaseException as error:  # noqa: BLE001  (raised where the end was wanted)
            failure = error
        self._finish(failure)
        del failure, self  # the frames of an error lead back to those that caught it: no cycle

    def _answer(self, item: Any) -> None:
        """Give an item to whoever wanted it."""
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            _settle(wanted, item)

    def _finish(self, failure: BaseException | None) -> None:
        """Tell of the end, to whoever wanted an item if somebody did."""
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            _settle(wanted, None, failure or EndOfSource())
            failure = None
        self._failure = failure


class ThreadSource:
    """An iterable that may block, in a thread of its own.

    Nobody can take a thread from what it is waiting for: ending it is done when the next item has
    come, or the iterable has failed.

    Args:
        body: The iterable; its ``close()``, where it has one, is called at the end.
        context: The Context that the thread iterates in.
    """

    patience: float | None = 1.0

    def __init__(self, body: Iterable[Any], context: Context) -> None:
        self._body = body
        self._context = context
        self._wishes: SimpleQueue[Future[Any] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        #: The loop that answers the request, for async code that the iterable has to wait for.
        self._loop: AbstractEventLoop | None = None
        self._ended: Future[None] = Future()
        self._ending = False

    def ask(self, loop: AbstractEventLoop) -> Future[Any]:
        """Ask for the next item."""
        wanted: Future[Any] = Future()
        if self._ended.done() or self._ending:
            wanted.set_exception(EndOfSource())
            return wanted
        if self._thread is None:
            self._loop = home.loop or serving_here()
        self._wishes.put(wanted)
        self._start()
        return wanted

    def end(self) -> Future[None]:
        """End the source."""
        if not self._ending:
            self._ending = True
            self._wishes.put(None)
            if not self._ended.done():
                self._start()
        return self._ended

    def _start(self) -> None:
        """Start the thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="kolben-stream", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        """Iterate, an item each time somebody wants one, until the end."""
        failure: BaseException | None = None
        home.loop = self._loop
        try:
            steps: Iterator[Any] | None = None
            while (wanted := self._wishes.get()) is not None:
                try:
                    if steps is None:
                        steps = self._context.run(iter, self._body)
                    item = self._context.run(next, steps)
                except BaseException as error:  # noqa: BLE001  (raised where it was wanted)
                    over = isinstance(error, StopIteration)
                    _settle(wanted, None, EndOfSource() if over else error)
                    del wanted
                    break
                _settle(wanted, item)
            if hasattr(self._body, "close"):
                self._context.run(self._body.close)
        except BaseException as error:  # noqa: BLE001  (raised where the end is wanted)
            failure = error
        self._ending = True
        if self._loop is not None and not self._loop.is_running():
            home.loop = None  # what follows the end has to run elsewhere
        _settle(self._ended, None, failure)
        del failure, self  # as above


def _settle(future: Future[Any], result: Any, error: BaseException | None = None) -> None:
    """Set an outcome, unless nobody waits for it any more or it is there already."""
    if future.done() or not future.set_running_or_notify_cancel():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
