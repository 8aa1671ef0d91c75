"""A streamed body with two faces: iterated by a thread, or asynchronously by a loop.

Theory of operation. The items come from a source (:mod:`kolben.streams.sources`). A stream may hold
a request's context: then that request's teardown waits for the stream, and runs exactly once, at
its end, its failure, its closing or its collection. Each face ends the stream in its own way,
since only a thread may block: ``close`` is a thread's, ``aclose`` a loop's.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Self
from weakref import ref

from kolben.loops import serving_here
from kolben.stacks import _cv_app, _cv_request
from kolben.waiting import event_loop, home, run_off_loop

from .sources import EndOfSource, source_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kolben.contexts import RequestContext
    from kolben.waiting import Step

_NOTHING: Any = object()
_SLICE = 0.25  # seconds between two looks whether the server shuts down


class AsyncStream:
    """A body that is made by an async iterable, or by anything that has to be waited for.

    Args:
        body: What to iterate.
        held: The request whose context is there while the body runs, and whose teardown waits for
            its end; ``None`` for neither.
    """

    #: Whether it has no end of its own, so that it ends when the server begins to shut down.
    endless = False

    #: After how many seconds without an item ``idle`` is sent; ``None`` for never.
    ping: float | None = None

    _held: RequestContext | None = None

    def __init__(self, body: Any, held: RequestContext | None = None) -> None:
        self._context = copy_context()
        if held is None:
            self._context.run(_forget_contexts)
        self._source = source_of(body, self._context)
        self._pending: Future[Any] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._first: Any = _NOTHING
        self._started = False
        self._over = False
        self._stopping = False
        self._listener: Callable[[], None] | None = None
        if held is not None:
            held.hold()
            self._held = held

    def translate(self, item: Any) -> Any:
        """Make a chunk of an item."""
        return item

    def idle(self) -> Any:
        """Make the chunk that is sent when no item has come for a while."""
        raise NotImplementedError(f"{type(self).__name__} has nothing to say while it waits")

    def start(self) -> Step[None]:
        """Make the first chunk now, so that what it does to the session still counts."""
        try:
            self._first = next(self) if serving_here() is None else (yield self.__anext__())
        except (StopIteration, StopAsyncIteration):
            return
        self._started = False  # nothing was sent yet

    # -- a thread's face ---------------------------------------------------------------------------

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        if self._first is not _NOTHING:
            return self._take_first()
        if self._over:
            raise StopIteration
        pending = self._pending
        if pending is None:
            self._listen()
            pending = self._pending = self._source.ask(home.loop or event_loop())
        if not self._wait_for(pending):
            if not self._stopping and not self._has_left():
                return self.idle()
            self.close()
            raise StopIteration
        chunk, error = self._outcome(pending)
        if error is None:
            return chunk
        del pending  # it holds the error
        try:
            if isinstance(error, EndOfSource):
                self._finish(GeneratorExit() if self._stopping else None)
                raise StopIteration
            self._finish(error)
            raise error
        finally:
            del error  # its traceback holds this frame: no cycle

    def _wait_for(self, pending: Future[Any]) -> bool:
        """Wait until an item has come; not when it is time for a ping, or the server shuts down."""
        until = None if self.ping is None else time.monotonic() + self.ping
        while not self._stopping:
            left = _SLICE if until is None else min(_SLICE, until - time.monotonic())
            if left <= 0:
                return False
            with suppress(TimeoutError):
                pending.exception(left)
            if pending.done():
                return True
        return pending.done()

    def _has_left(self) -> bool:
        """Tell whether the client has left; a server would notice at the next ping but one."""
        return self._held is not None and self._held.request.is_disconnected()

    def _listen(self) -> None:
        """Have a stream without an end told when the server shuts down."""
        if not self.endless or self._listener is not None or self._held is None:
            return
        this, source = ref(self), self._source

        def stop() -> None:
            stream = this()
            if stream is not None:
                stream._stopping = True
                source.end()

        self._listener = stop
        self._held.app._life.when_stopping(stop)

    def close(self) -> None:
        """End the stream now, in a thread that may block; a second call does nothing."""
        if not self._over:
            self._finish(GeneratorExit() if self._started else None)

    def __del__(self) -> None:
        if not getattr(self, "_over", True):
            run_off_loop(self.close)

    def _finish(self, error: BaseException | None) -> None:
        """End the source, then let the request's teardown run."""
        ended, patience = self._end_source()
        try:
            failure = ended.exception(patience)
        except TimeoutError:
            self._leave_to_thread(ended, error)
            return
        del ended  # it holds the failure
        try:
            self._release(failure or error)
            if failure is not None:
                raise failure
        finally:
            del failure  # its traceback holds this frame: no cycle

    def _end_source(self) -> tuple[Future[None], float | None]:
        """End the source, and let go of it: it keeps what it fails with, which leads back here.

        Returns:
            What is done when it has ended, and how long to wait for that.
        """
        self._over = True
        source = self._source
        del self._source
        return source.end(), source.patience

    def _release(self, error: BaseException | None) -> None:
        """Give the request back, in a thread that may block."""
        held, self._held = self._held, None
        if held is not None:
            if self._listener is not None:
                held.app._life.forget_listener(self._listener)
                self._listener = None  # it holds the source
            self._context.run(held.release, error)

    def _leave_to_thread(self, ended: Future[None], error: BaseException | None) -> None:
        """Let the thread that is still busy with the next item end it all when it gets to it."""
        ended.add_done_callback(lambda _: self._release(error))

    # -- a loop's face -----------------------------------------------------------------------------

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        if self._first is not _NOTHING:
            return self._take_first()
        if self._over:
            raise StopAsyncIteration
        pending = self._pending
        if pending is None:
            pending = self._pending = self._source.ask(asyncio.get_running_loop())
            self._waiter = _waiter_for(pending)
        assert self._waiter is not None, "it comes with what it waits for"
        await asyncio.wait([self._waiter], timeout=self.ping)
        if not pending.done():
            return self.idle()
        chunk, error = self._outcome(pending)
        if error is None:
            return chunk
        del pending  # it holds the error
        try:
            if isinstance(error, EndOfSource):
                await self._afinish(None)
                raise StopAsyncIteration
            await self._afinish(error)
            raise error
        finally:
            del error  # its traceback holds this frame: no cycle

    async def aclose(self) -> None:
        """End the stream now, on the loop; a second call does nothing."""
        if not self._over:
            await self._afinish(GeneratorExit() if self._started else None)

    async def _afinish(self, error: BaseException | None) -> None:
        """End the source, then let the request's teardown run."""
        ended, patience = self._end_source()
        await asyncio.wait([_waiter_for(ended)], timeout=patience)
        if not ended.done():
            self._leave_to_thread(ended, error)
            return
        failure = ended.exception()
        del ended  # as above
        held, self._held = self._held, None
        try:
            if held is not None:
                await held.app.threads.drive(self._context, held.leave_hold(failure or error))
            if failure is not None:
                raise failure
        finally:
            del failure

    def _outcome(self, pending: Future[Any]) -> tuple[Any, BaseException | None]:
        """Make a chunk of the item that has come; or give the error that came, or that it makes."""
        self._pending = self._waiter = None
        error = pending.exception()
        if error is None:
            self._started = True
            try:
                return self.translate(pending.result()), None
            except Exception as bad:  # noqa: BLE001  (the caller raises it)
                return None, bad
        return None, error

    def _take_first(self) -> Any:
        """Give the chunk that was made before the headers."""
        first, self._first = self._first, _NOTHING
        self._started = True
        return first


def _forget_contexts() -> None:
    """Leave the contexts behind: who has not asked for them must not see a request that is over."""
    _cv_app.set(None)  # type: ignore[arg-type]  # get(None) answers the same
    _cv_request.set(None)  # type: ignore[arg-type]


def _waiter_for(pending: Future[Any]) -> asyncio.Future[None]:
    """Make a future of the running loop that is done when another one, of any thread, is."""
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()

    def tell() -> None:
        if not waiter.done():
            waiter.set_result(None)

    def told(_: Future[Any]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell)

    pending.add_done_callback(told)
    return waiter
