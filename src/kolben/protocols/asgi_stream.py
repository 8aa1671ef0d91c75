"""A streamed body over ASGI: sent piece by piece, and cut when the client or the server leaves.

Theory of operation. The sender awaits one piece, sends it, and awaits the next: a slow client slows
the body down. It is cut by cancelling the task in which it waits, whatever it waits for; then the
body is closed, so that its ``finally`` clauses and the request's teardown run.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from .driving import inside
from .threads import outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

    from ..http.client import Client
    from .asgi import Send
    from .threads import Threads

_log = logging.getLogger(__name__)

_END: Any = object()
_PATIENCE = 1.0  # seconds that a thread is waited for which is busy with the next piece


class AsyncBody:
    """A body that is awaited, inside the request's Context.

    Args:
        body: The async iterable.
        close: Called at the end, in a thread, as it may block.
        context: The Context.
        threads: Where that thread comes from.
    """

    def __init__(
        self, body: Any, close: Callable[[], Any] | None, context: Context, threads: Threads
    ) -> None:
        self._steps = body.__aiter__()
        self._close = close
        self._context = context
        self._threads = threads

    async def next(self) -> Any:
        """Give the next piece, ``_END`` at the end."""
        try:
            return await inside(self._context, self._steps.__anext__())
        except StopAsyncIteration:
            return _END

    async def close(self) -> None:
        """Close the body."""
        if hasattr(self._steps, "aclose"):
            await inside(self._context, self._steps.aclose())
        await _call_in_thread(self._close, self._context, self._threads)


class ThreadedBody:
    """A body that may block, each piece of which is made in a worker thread.

    Args:
        body: The iterable.
        close: Called at the end.
        context: The request's Context.
        threads: The worker threads.
    """

    def __init__(
        self, body: Any, close: Callable[[], Any] | None, context: Context, threads: Threads
    ) -> None:
        self._steps = iter(body)
        self._close = close
        self._context = context
        self._threads = threads
        self._pending: asyncio.Task[Any] | None = None

    async def next(self) -> Any:
        """Give the next piece, ``_END`` at the end."""
        pending = self._pending = asyncio.ensure_future(self._step())
        try:
            return await asyncio.shield(pending)  # a thread can't be taken from what it does
        finally:
            if pending.done():
                self._pending = None
            del pending  # it holds the error, whose traceback holds this frame: no cycle

    async def _step(self) -> Any:
        return outcome_of(
            await self._threads.run(self._context, lambda _: next(self._steps, _END), None)
        )

    async def close(self) -> None:
        """Close the body; once the thread that makes the next piece has ended."""
        pending = self._pending
        if pending is not None:
            await asyncio.wait([pending], timeout=_PATIENCE)
            if not pending.done():
                _log.warning(
                    "A stream is being closed, but the next piece of it takes longer than"
                    " %s seconds; it is closed when that has come. Async generators can be"
                    " closed at once.",
                    _PATIENCE,
                )
                pending.add_done_callback(lambda _: _leave(self._close_now()))
                return
        await self._close_now()

    async def _close_now(self) -> None:
        await _call_in_thread(self._close, self._context, self._threads)


_left: set[asyncio.Task[None]] = set()


def _leave(coroutine: Any) -> None:
    """Let a coroutine run though nobody waits for it."""
    task = asyncio.ensure_future(coroutine)
    _left.add(task)
    task.add_done_callback(_left.discard)


async def _call_in_thread(
    function: Callable[[], Any] | None, context: Context, threads: Threads
) -> None:
    """Call something in a worker thread, inside the request's Context."""
    if function is not None:
        outcome_of(await threads.run(context, lambda _: function(), None))


class Sender:
    """Sends one streamed response.

    Args:
        body: Its body.
        send: The server's ``send``.
        endless: Whether it has no end of its own: such a stream ends when the server shuts down as
            if it had, and others look cut.
    """

    def __init__(self, body: AsyncBody | ThreadedBody, send: Send, *, endless: bool) -> None:
        self.endless = endless
        self._body = body
        self._send = send
        self._task: asyncio.Task[Any] | None = None
        self._cut = False
        self._left = False

    def end(self) -> None:
        """Cut the stream, since the server shuts down."""
        if self._task is not None and not self._cut:
            self._cut = True
            self._task.cancel()

    def _leave(self) -> None:
        """Cut the stream, since the client has left."""
        self._left = True
        self.end()

    async def run(self, start: Any, client: Client | None) -> None:
        """Send the response, and close its body in any case.

        Args:
            start: The message that begins it.
            client: The client, which may leave.
        """
        task = self._task = asyncio.current_task()
        assert task is not None, "a server runs an app in a task"
        complete = False
        try:
            await self._send(start)
            if client is not None:
                client.watch(self._leave)
            while (piece := await self._body.next()) is not _END:
                data = piece.encode() if isinstance(piece, str) else bytes(piece)
                await self._send({"type": "http.response.body", "body": data, "more_body": True})
            complete = True
        except asyncio.CancelledError:
            if not self._cut:
                raise
            complete = self.endless
        except OSError:
            # Servers say so that the client has left; but it may be the body's own error.
            if client is None or not await client.look():
                raise
            self._left = True
        finally:
            self._task = None
            if self._cut:
                task.uncancel()
            del task  # it may end with what fails here, whose traceback holds this frame: no cycle
            await self._body.close()
        if complete and not self._left:
            await self._send({"type": "http.response.body", "body": b""})
