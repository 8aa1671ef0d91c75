"""The object behind the ``websocket`` proxy: the request of the handshake, and the connection."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import AsyncIterator, Coroutine, Iterator
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from werkzeug.datastructures import Headers

from kolben.http import Request
from kolben.stacks import _cv_request

from .channel import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from _typeshed.wsgi import WSGIEnvironment

    from kolben.http import Response

    from .channel import Channel

    HeaderPairs = Mapping[str, str | Iterable[str]] | Iterable[tuple[str, str]]

T = TypeVar("T")
Waiting: TypeAlias = Coroutine[Any, Any, T]

_RESERVED = frozenset({1004, 1005, 1006, 1015})  # never sent in a frame (RFC 6455, 7.4.1)
_LONGEST_REASON = 123


class WebSocket(Request):
    """A WebSocket, as its handler sees it: what the client sent to connect, and the messages.

    It is the handshake's request too, so ``headers``, ``args``, ``cookies``, ``path``, ``url``,
    ``host``, ``remote_addr``, ``view_args``, ``endpoint`` and ``blueprint`` are those of a
    :class:`~kolben.Request`. It has no body.

    ``receive``, ``send``, ``accept`` and ``close`` are awaited in an ``async def`` handler. In a
    ``def`` handler, which runs in a thread of its own, the same calls block until they are done:
    ``message = websocket.receive()``. The thread decides: away from the event loop a call blocks.

    The first ``receive`` or ``send`` accepts the connection where the handler has not done so.

    Args:
        environ: The handshake as a WSGI environ.
        channel: The connection.
    """

    def __init__(self, environ: WSGIEnvironment, channel: Channel) -> None:
        super().__init__(environ)
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._loop_thread = get_ident()
        self._handshake = asyncio.Lock()  # several tasks may send or receive at first
        #: Makes the headers of the handshake's answer; the context knows what belongs there.
        self._finish_handshake: Callable[[], Any] | None = None

    # -- what the client offers --------------------------------------------------------------------

    @property
    def scope(self) -> Any:
        """The connection's scope, as the ASGI server gave it."""
        return self._channel.scope

    @property
    def subprotocols(self) -> list[str]:
        """The subprotocols that the client offers, the preferred one first."""
        return list(self.scope.get("subprotocols") or ())

    @property
    def requested_subprotocols(self) -> list[str]:
        """The same as ``subprotocols``, under Quart's name."""
        return self.subprotocols

    # -- where the connection is -------------------------------------------------------------------

    @property
    def accepted(self) -> bool:
        """Whether the handshake is done, and the connection still open."""
        return self._channel.state is State.OPEN

    @property
    def closed(self) -> bool:
        """Whether either side has closed the connection, or it was lost or refused."""
        return self._channel.state is State.CLOSED

    @property
    def close_code(self) -> int | None:
        """The code with which it was closed (RFC 6455, 7.4): 1000, 1001 …; 1006 if it was lost."""
        return self._channel.close_code

    @property
    def close_reason(self) -> str:
        """What was said when it was closed, if anything."""
        return self._channel.close_reason

    # -- what a handler does -----------------------------------------------------------------------

    def accept(
        self, headers: HeaderPairs | None = None, subprotocol: str | None = None
    ) -> Waiting[None]:
        """Finish the handshake; what the session holds by now is sent with it.

        Args:
            headers: More headers for the answer.
            subprotocol: One of ``subprotocols``, to be spoken from here on.

        Raises:
            RuntimeError: It was accepted or closed already.
            ValueError: The client has not offered the subprotocol.
        """
        self._refuse_to_accept_twice()
        if subprotocol is not None and subprotocol not in self.subprotocols:
            raise ValueError(
                f"the client has not offered the subprotocol {subprotocol!r}, only"
                f" {self.subprotocols!r}; choose one of these, or none"
            )
        return self._wait(self._accept(Headers(headers), subprotocol))

    def receive(self) -> Waiting[str | bytes]:
        """Wait for the next message.

        Returns:
            Text or bytes, as it was sent.

        Raises:
            asyncio.CancelledError: The client has left: the handler ends, its ``finally`` clauses
                and the teardown run.
            RuntimeError: This side has closed the connection.
        """
        return self._wait(self._receive())

    def receive_json(self) -> Waiting[Any]:
        """Wait for the next message and read it as JSON, with the app's provider.

        Raises:
            ValueError: It is not JSON.
        """
        return self._wait(self._receive_json())

    def send(self, data: str | bytes) -> Waiting[None]:
        """Send a message.

        Args:
            data: Text or bytes; for anything else there is ``send_json``.

        Raises:
            TypeError: It is neither.
            asyncio.CancelledError: The client has left.
            ConnectionError: It has left, and this is not its own handler.
            RuntimeError: This side has closed the connection.
        """
        if isinstance(data, bytearray | memoryview):
            data = bytes(data)
        if not isinstance(data, str | bytes):
            raise TypeError(
                f"a WebSocket sends text or bytes, not {type(data).__name__!r};"
                " use send_json() for data"
            )
        return self._wait(self._send(data))

    def send_json(self, *args: Any, **kwargs: Any) -> Waiting[None]:
        """Send data as JSON, written by the app's provider.

        Args:
            *args: One value; several become a list and none is ``null``, as with ``jsonify``.
            **kwargs: The items of an object, instead.
        """
        if args and kwargs:
            raise TypeError("send_json() takes either values or keywords, not both at once")
        data = kwargs or (args if len(args) > 1 else args[0] if args else None)
        return self.send(self.json_module.dumps(data))

    def close(  # type: ignore[override]  # a request's closes its uploads, of which there are none
        self, code: int = 1000, reason: str = ""
    ) -> Waiting[None]:
        """Close the connection; before the handshake is done that refuses it.

        Args:
            code: Why (RFC 6455, 7.4): 1000 to 1014 as listed there, or 3000 to 4999 for what
                libraries and apps agree on.
            reason: The same in words, at most 123 bytes.

        Raises:
            ValueError: The code can't be sent, or the reason is too long.
        """
        if code in _RESERVED or not (1000 <= code < 1015 or 3000 <= code < 5000):
            raise ValueError(
                f"a WebSocket can't be closed with code {code}; take 1000 (done), 1001 (going"
                " away), 1008 (refused), 1011 (failed) … or one of your own from 4000 to 4999"
            )
        if (size := len(reason.encode())) > _LONGEST_REASON:
            raise ValueError(
                f"the reason has {size} bytes, a WebSocket's close frame holds {_LONGEST_REASON}"
            )
        return self._wait(self._channel.close(code, reason))

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Iterate over the messages until the connection is closed."""
        return self

    async def __anext__(self) -> str | bytes:
        return await self._receive(looping=True)

    def __iter__(self) -> Iterator[str | bytes]:
        """Iterate over the messages, in a ``def`` handler."""
        while True:
            try:
                message: Any = self._wait(self._receive(looping=True))
            except StopAsyncIteration:
                return
            yield message

    # -- how it is done ----------------------------------------------------------------------------

    async def _accept(self, headers: Headers, subprotocol: str | None) -> None:
        """Accept, with the headers of the session and of ``after_this_request`` added."""
        async with self._handshake:
            self._refuse_to_accept_twice()
            await self._finish(headers, subprotocol)

    async def _open(self) -> None:
        """Accept the connection if nobody has; where somebody is about to, wait for that."""
        if self._channel.state is State.CONNECTING:
            async with self._handshake:
                if self._channel.state is State.CONNECTING:
                    await self._finish(Headers(), None)

    async def _finish(self, headers: Headers, subprotocol: str | None) -> None:
        if self._finish_handshake is not None:
            response: Response = await self._finish_handshake()
            headers.extend(
                (name, value)
                for name, value in response.headers
                if name.lower() not in _NOT_OF_A_HANDSHAKE
            )
        await self._channel.accept(headers, subprotocol)

    def _refuse_to_accept_twice(self) -> None:
        if self._channel.state is not State.CONNECTING:
            raise RuntimeError(
                f"this WebSocket is {self._channel.state.value} already; call accept() once, before"
                " the first receive() or send()"
            )

    async def _receive(self, looping: bool = False) -> str | bytes:
        await self._open()
        return await self._channel.receive(looping, own=self._is_own())

    async def _receive_json(self) -> Any:
        message = await self._receive()
        try:
            return self.json_module.loads(message)
        except ValueError as error:
            raise ValueError(
                f"the message is not JSON: {error}; it begins {message[:40]!r}"
            ) from error

    async def _send(self, data: str | bytes) -> None:
        await self._open()
        await self._channel.send(data, own=self._is_own())

    def _is_own(self) -> bool:
        """Tell whether this is code of this connection's handler, or of a task that it has made."""
        return getattr(_cv_request.get(None), "websocket", None) is self

    def _wait(self, coroutine: Waiting[T]) -> Waiting[T]:
        """Give a coroutine to be awaited; away from the event loop, wait for its result."""
        if get_ident() == self._loop_thread:
            return coroutine
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()  # type: ignore[return-value]  # where nobody can await
        except concurrent.futures.CancelledError:
            # As in an async handler: no error that ``except Exception`` would swallow.
            raise asyncio.CancelledError from None


# What describes the body that an answer to a handshake has not.
_NOT_OF_A_HANDSHAKE = frozenset({"content-type", "content-length", "vary"})
