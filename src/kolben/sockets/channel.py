"""One WebSocket connection on the event loop: what came, what may be sent, and who has to end.

Theory of operation. A channel is *connecting* until ``accept`` or ``deny``, then *open*, then
*closed*, by either side. From ``accept`` on, ``read`` takes the server's events as they come, so
that a client that leaves is noticed whatever the handler is doing. It keeps at most a few messages
ahead of the handler, and stops to ask the server for more until these were taken: that is how a
client that sends faster than the handler reads is slowed down.

The task that runs the handler is cancelled when the client leaves. It is not where messages are
left to be read: then it may read them first, within ``LAST_WORDS`` seconds, for a client may send
something and leave at once. Nor is it where the handler waits in a loop over the messages: that
loop just ends.
"""

from __future__ import annotations

import asyncio
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    Message = str | bytes
    Pairs = Iterable[tuple[str, str]]

#: How long a handler may go on reading what a client sent before it left, in seconds.
LAST_WORDS = 1.0

_AHEAD = 32  # messages that are kept for the handler; while there are more, nothing is read
_LONGEST_REASON = 123  # bytes: a control frame has 125, the code takes two (RFC 6455, 5.5)


class State(Enum):
    """Where a connection is in its life."""

    CONNECTING = "connecting"
    OPEN = "open"
    CLOSED = "closed"


class Channel:
    """One connection, between the server's two callables and the handler.

    Args:
        receive: The server's ``receive`` (ASGI 3.0); it gave ``websocket.connect`` already.
        send: The server's ``send``.
        scope: The connection's scope.
        limit: The largest message that is taken, in bytes; ``None`` for any.
    """

    #: When the server shuts down there is nothing to wait for: a client connects again.
    endless = True

    def __init__(
        self,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
        scope: Any,
        limit: int | None = None,
    ) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self.scope = scope
        self.state = State.CONNECTING
        #: The code and the reason with which the connection was closed, by either side.
        self.close_code: int | None = None
        self.close_reason = ""
        #: Whether it was the client, or the loss of the connection, that closed it.
        self.left = False
        #: Whether the app's end was put in train: the server shuts down.
        self.ending = False
        self._messages: deque[Message] = deque()
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._room = asyncio.Event()
        self._handler: asyncio.Task[Any] | None = None
        self._cancelled = False
        self._looping = False
        self._reader: asyncio.Task[None] | None = None

    # -- the handshake -----------------------------------------------------------------------------

    async def accept(self, headers: Pairs = (), subprotocol: str | None = None) -> None:
        """Finish the handshake.

        Args:
            headers: More headers for the server's answer.
            subprotocol: The one that is chosen among those the client offered.
        """
        event = {
            "type": "websocket.accept",
            "subprotocol": subprotocol,
            "headers": _encoded(headers),
        }
        self.state = State.OPEN
        await self._put(event)
        self._reader = asyncio.create_task(self._read())

    async def deny(self, status: int, headers: Pairs, body: bytes) -> None:
        """Refuse the handshake: with a response where the server can send one, else with its 403.

        Args:
            status: The response's code.
            headers: The response's headers.
            body: The response's body.
        """
        self.state = State.CLOSED
        if "websocket.http.response" not in (self.scope.get("extensions") or {}):
            await self._put({"type": "websocket.close"})
            return
        start = {"type": "websocket.http.response.start", "status": status}
        await self._put({**start, "headers": _encoded(headers)})
        await self._put({"type": "websocket.http.response.body", "body": body})

    # -- messages ----------------------------------------------------------------------------------

    async def receive(self, looping: bool = False, *, own: bool = True) -> Message:
        """Wait for the next message.

        Args:
            looping: Whether the end of the connection is the end of a loop over the messages.
            own: Whether the connection's own handler asks, or a task of its.

        Raises:
            asyncio.CancelledError: The client has left.
            ConnectionError: The same, for somebody else's code.
            StopAsyncIteration: The same, in a loop; or this side has closed the connection.
            RuntimeError: This side has closed the connection.
        """
        while not self._messages:
            if self.state is State.CLOSED or self.ending:
                self._refuse_to_receive(looping, own)
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            self._looping = looping and asyncio.current_task() is self._handler
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter.done() and self._messages:
                    self._wake()  # somebody else may have the message
                raise
            finally:
                self._looping = False
        message = self._messages.popleft()
        self._room.set()
        return message

    def _refuse_to_receive(self, looping: bool, own: bool) -> None:
        """Say that there will be no more messages."""
        if looping and not self.ending:
            raise StopAsyncIteration
        if self.has_cancelled:
            self._give_up(own)
        raise RuntimeError(
            f"this WebSocket is closed (code {self.close_code}), so nothing can be received any"
            " more; return from the handler after close()"
        )

    def _give_up(self, own: bool) -> None:
        """End whoever uses a connection that is gone; code of another one must live on."""
        if not own:
            raise ConnectionError("the client of this WebSocket has left")
        self._cancel()
        raise asyncio.CancelledError

    async def send(self, data: Message, *, own: bool = True) -> None:
        """Send a message.

        Args:
            data: Text or bytes.
            own: Whether the connection's own handler sends, or a task of its.

        Raises:
            asyncio.CancelledError: The client has left.
            ConnectionError: The same, for somebody else's code.
            RuntimeError: This side has closed the connection.
        """
        if self.state is State.CLOSED or self.ending:
            if self.has_cancelled:
                self._give_up(own)
            raise RuntimeError(
                f"this WebSocket is closed (code {self.close_code}), so nothing can be sent any"
                " more; return from the handler after close()"
            )
        key = "text" if isinstance(data, str) else "bytes"
        await self._put({"type": "websocket.send", key: data})

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; nothing happens if it is closed already.

        Args:
            code: Why (RFC 6455, 7.4).
            reason: The same in words.
        """
        if self.state is State.CLOSED:
            return
        accepted = self.state is State.OPEN
        self._note_end(code, reason)
        event: dict[str, Any] = {"type": "websocket.close"}
        if accepted:
            event.update(code=code, reason=_cut(reason))
        await self.stop()  # a server may not close what somebody still receives from
        await self._put(event)

    # -- the handler's task ------------------------------------------------------------------------

    async def run(self, handler: Awaitable[Any]) -> Any:
        """Await a handler in this task, which is cancelled when the client leaves.

        Args:
            handler: What the handler returned.

        Returns:
            Its result.
        """
        task = self._handler = asyncio.current_task()
        assert task is not None, "a handler runs in a task"
        try:
            if self.ending or (self.left and not self._messages):
                raise asyncio.CancelledError
            return await handler
        finally:
            self._handler = None
            if self._cancelled:
                task.uncancel()
            del task  # it may end with what fails here, whose traceback holds this frame: no cycle

    def end(self) -> None:
        """Cancel the handler, as the server shuts down; it is told by code 1001 (going away)."""
        self.ending = True
        self._messages.clear()
        self._cancel()
        self._wake_all()

    @property
    def has_cancelled(self) -> bool:
        """Whether the handler's end was this connection's, rather than the server's wish."""
        return self.left or self.ending

    def _cancel(self) -> None:
        """Cancel the handler's task, once, unless it is the one that runs now."""
        task = self._handler
        if task is None or self._cancelled or task is asyncio.current_task():
            return
        self._cancelled = task.cancel()

    # -- the server's events -----------------------------------------------------------------------

    async def _read(self) -> None:
        """Take the server's events until the connection ends."""
        while self.state is State.OPEN:
            while len(self._messages) >= _AHEAD:
                self._room.clear()
                await self._room.wait()
            try:
                event = await self._receive()
            except OSError:  # a server may tell so that the connection is lost
                event = {"type": "websocket.disconnect"}
            if event["type"] == "websocket.disconnect":
                self._note_left(event.get("code") or 1005, event.get("reason") or "")
                return
            if event["type"] == "websocket.receive":
                await self._take(event)

    async def _take(self, event: Any) -> None:
        """Keep a message for the handler, unless it is too large."""
        text = event.get("text")
        message: Message = event["bytes"] if text is None else text
        if self._limit is not None and (size := _size(message, self._limit)) > self._limit:
            reason = f"message of {size} bytes, at most {self._limit} are taken"
            self._note_left(1009, reason)
            await self._put({"type": "websocket.close", "code": 1009, "reason": reason})
            return
        self._messages.append(message)
        self._wake()

    def _note_left(self, code: int, reason: str) -> None:
        """Note that the client has left, and see to it that the handler ends."""
        if self.state is State.CLOSED:
            return  # this side has closed, and the server says that it is done
        self._note_end(code, reason)
        self.left = True
        if self._messages:
            asyncio.get_running_loop().call_later(LAST_WORDS, self._cancel)
        elif not self._looping:
            self._cancel()
        self._wake_all()

    def _note_end(self, code: int, reason: str) -> None:
        """Note the end of the connection."""
        self.state = State.CLOSED
        self.close_code, self.close_reason = code, reason

    def _wake(self) -> bool:
        """Wake the first who waits for a message, if anybody does."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return True
        return False

    def _wake_all(self) -> None:
        """Wake all who wait for a message: there will be no more."""
        while self._wake():
            pass

    async def _put(self, event: Any) -> None:
        """Give the server an event; a connection that is lost is one that the client has left."""
        try:
            await self._send(event)
        except OSError:
            self._note_left(1006, "")

    async def stop(self) -> None:
        """Stop reading: the handler is done."""
        reader, self._reader = self._reader, None
        if reader is not None and reader is not asyncio.current_task():
            reader.cancel()
            await asyncio.wait([reader])


def _encoded(headers: Pairs) -> list[tuple[bytes, bytes]]:
    """Write headers as ASGI wants them."""
    return [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]


def _size(message: Message, limit: int) -> int:
    """Return how many bytes a message has; of a text only if it might be too large."""
    if isinstance(message, bytes):
        return len(message)
    count = len(message)
    return count if count > limit or count * 4 <= limit else len(message.encode())


def _cut(reason: str) -> str:
    """Cut a reason to what a close frame can hold."""
    return reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
