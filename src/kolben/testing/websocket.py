"""The test client's side of a WebSocket, blocking in a ``with`` block, awaited in ``async with``.

Theory of operation. The app runs as a task on an event loop: the process's own, or in an ``async
with`` block the caller's. What it sends is put into a queue for the test, what the test sends into
one for the app. The app's end is noticed as the end of the task; an error that the app raised is
raised to whoever talks to it next, or at the end of the block.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Self

from werkzeug.datastructures import Headers

from kolben.waiting import event_loop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator

    from werkzeug.test import TestResponse

    Scope = dict[str, Any]


class WebSocketClosed(Exception):
    """The app has closed the WebSocket.

    Args:
        code: Why (RFC 6455, 7.4).
        reason: The same in words.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"the app closed the WebSocket: {code}" + (reason and f" ({reason})"))
        self.code = code
        self.reason = reason


class WebSocketRefused(Exception):
    """The app has refused the handshake.

    Args:
        response: The response with which it did.
    """

    def __init__(self, response: TestResponse) -> None:
        super().__init__(f"the app refused the WebSocket: {response.status}")
        self.response = response

    @property
    def status_code(self) -> int:
        """The response's code."""
        return self.response.status_code


class WebSocketSession:
    """One WebSocket of a test; ``client.websocket("/path")`` makes one, a ``with`` block opens it.

    In an ``async with`` block ``send``, ``receive``, ``close`` and the others are awaited.

    Args:
        app: The ASGI app.
        scope: The connection's scope.
        refuse: Makes a response of what the app answered to a handshake that it refused.
        accept: Is told the headers of an accepted handshake.
        json: The app's JSON provider.
        timeout: How long to wait for the app, in seconds.

    Attributes:
        headers: The headers of the handshake's answer.
        subprotocol: The subprotocol that the app has chosen.
        close_code: The code with which the connection was closed, ``None`` while it is open.
    """

    def __init__(
        self,
        app: Callable[..., Any],
        scope: Scope,
        refuse: Callable[[int, Headers, bytes], TestResponse],
        accept: Callable[[Headers], None],
        json: Any,
        timeout: float,
    ) -> None:
        self._app = app
        self._scope = scope
        self._refuse = refuse
        self._accept = accept
        self._json = json
        self._timeout = timeout
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inside = False
        self._task: asyncio.Task[None] | None = None
        self._kept: deque[str | bytes] = deque()
        self.headers = Headers()
        self.subprotocol: str | None = None
        self.close_code: int | None = None
        self.close_reason = ""

    # -- entering and leaving ----------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._loop = event_loop()
        self._wait(self._connect())
        return self

    def __exit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        self._wait(self._leave(raising=exc_type is None))

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._inside = True
        await self._connect()
        return self

    async def __aexit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        await self._leave(raising=exc_type is None)

    # -- what a test does --------------------------------------------------------------------------

    def send(self, data: str | bytes) -> Any:
        """Send a message to the app.

        Raises:
            WebSocketClosed: The app has closed the connection.
        """
        key = "text" if isinstance(data, str) else "bytes"
        return self._wait(self._send({"type": "websocket.receive", key: data}))

    def send_json(self, data: Any) -> Any:
        """Send data as JSON, written by the app's provider."""
        return self.send(self._json.dumps(data))

    def receive(self) -> Any:
        """Wait for the app's next message.

        Returns:
            Text or bytes.

        Raises:
            WebSocketClosed: The app has closed the connection.
            TimeoutError: The app sends nothing.
        """
        return self._wait(self._receive())

    def receive_json(self) -> Any:
        """Wait for the app's next message and read it as JSON."""
        return self._wait(self._receive_json())

    def close(self, code: int = 1000, reason: str = "") -> Any:
        """Leave, as a client does; the app has ended when this returns.

        Args:
            code: Why (RFC 6455, 7.4).
            reason: The same in words.
        """
        return self._wait(self._close(code, reason))

    def __iter__(self) -> Iterator[str | bytes]:
        """Iterate over the app's messages until it closes the connection."""
        while True:
            try:
                yield self.receive()
            except WebSocketClosed:
                return

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        while True:
            try:
                yield await self._receive()
            except WebSocketClosed:
                return

    # -- how it is done ----------------------------------------------------------------------------

    def _wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Give a coroutine to be awaited in an ``async with`` block, else wait for its result."""
        if self._loop is None:
            coroutine.close()
            raise RuntimeError(
                "this WebSocket is not connected: open it with 'with client.websocket(...) as ws:',"
                " or with 'async with'"
            )
        if self._inside:
            return coroutine
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _connect(self) -> None:
        """Start the app, and take its answer to the handshake."""
        self._to_app: asyncio.Queue[Any] = asyncio.Queue()
        self._from_app: asyncio.Queue[Any] = asyncio.Queue()
        self._to_app.put_nowait({"type": "websocket.connect"})
        call: Awaitable[None] = self._app(self._scope, self._to_app.get, self._from_app.put)
        self._task = asyncio.create_task(_run(call), context=copy_context())
        self._task.add_done_callback(lambda _: self._from_app.put_nowait({"type": "end"}))
        event = await self._next()
        if event["type"] == "websocket.accept":
            self.subprotocol = event.get("subprotocol")
            self.headers.extend(_decoded(event.get("headers") or ()))
            self._accept(self.headers)
            return
        status, headers, body = 403, Headers(), b""
        if event["type"] == "websocket.http.response.start":
            status, headers = event["status"], Headers(_decoded(event["headers"]))
            body = (await self._next()).get("body", b"")
        self.close_code = 1006
        await self._finish(raising=True)
        raise WebSocketRefused(self._refuse(status, headers, body))

    async def _next(self) -> Any:
        """Take the next thing that the app says; its end is one, its error is raised."""
        try:
            event = await asyncio.wait_for(self._from_app.get(), self._timeout)
        except TimeoutError:
            raise TimeoutError(
                f"the app said nothing on the WebSocket for {self._timeout} seconds; does its"
                " handler wait for a message, or for something else?"
            ) from None
        if event["type"] == "end":
            await self._finish(raising=True)
            self._from_app.put_nowait(event)
            if self.close_code is None:
                self.close_code = 1006
        return event

    async def _send(self, event: Any) -> None:
        if self._task is not None and self._task.done():
            with suppress(WebSocketClosed):  # what it sent before can still be received
                while True:
                    self._kept.append(await self._take())
        if self.close_code is not None:
            raise WebSocketClosed(self.close_code, self.close_reason)
        self._to_app.put_nowait(event)

    async def _receive(self) -> str | bytes:
        return self._kept.popleft() if self._kept else await self._take()

    async def _take(self) -> str | bytes:
        if self.close_code is not None:
            raise WebSocketClosed(self.close_code, self.close_reason)
        event = await self._next()
        if event["type"] == "websocket.send":
            text = event.get("text")
            message: str | bytes = event["bytes"] if text is None else text
            return message
        if event["type"] == "websocket.close":
            self.close_code = event.get("code", 1000)
            self.close_reason = event.get("reason") or ""
            self._to_app.put_nowait({"type": "websocket.disconnect", "code": self.close_code})
            await self._finish(raising=True)
        assert self.close_code is not None, "the app has ended"
        raise WebSocketClosed(self.close_code, self.close_reason)

    async def _receive_json(self) -> Any:
        return self._json.loads(await self._receive())

    async def _close(self, code: int, reason: str, *, raising: bool = True) -> None:
        if self.close_code is None:
            self.close_code, self.close_reason = code, reason
            event = {"type": "websocket.disconnect", "code": code, "reason": reason}
            self._to_app.put_nowait(event)
        await self._finish(raising=raising)

    async def _leave(self, *, raising: bool) -> None:
        """Leave as a client does, if nobody has, and wait for the app's end."""
        while self.close_code is None and not self._from_app.empty():
            event = self._from_app.get_nowait()  # the app may have closed it meanwhile
            if event["type"] == "websocket.close":
                self.close_code = event.get("code", 1000)
        await self._close(1000, "", raising=raising)

    async def _finish(self, *, raising: bool) -> None:
        """Wait for the app's end, and raise the error that it raised, once."""
        task, self._task = self._task, None
        if task is None:
            return
        done, _ = await asyncio.wait([task], timeout=self._timeout)
        if not done:
            task.cancel()
            await asyncio.wait([task])
            if raising:
                raise TimeoutError(
                    f"the WebSocket's handler did not end within {self._timeout} seconds after the"
                    " connection was closed"
                )
        elif raising and not task.cancelled() and (error := task.exception()) is not None:
            raise error


async def _run(call: Awaitable[None]) -> None:
    """Make a task of whatever the app's call returned."""
    await call


def _decoded(pairs: Any) -> list[tuple[str, str]]:
    """Read headers as ASGI has them."""
    return [(name.decode("latin1"), value.decode("latin1")) for name, value in pairs]
