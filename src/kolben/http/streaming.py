"""What a request has for those who stream: its body in pieces, and whether the client listens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wrappers import Request as WerkzeugRequest

from kolben.native import call_in_hub

PIECE = 64 * 1024


class Chunks:
    """The body of a request in pieces, for a ``for`` loop or an ``async for`` loop.

    Args:
        request: The request.
        size: The largest piece, in bytes.
    """

    def __init__(self, request: StreamingRequest, size: int) -> None:
        self._request = request
        self._size = size

    def __iter__(self) -> Iterator[bytes]:
        stream = self._request.stream
        while piece := _read(stream, self._size):
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        request = self._request
        body: Any = getattr(request, "received", None)
        if body is None:
            body = request.environ.get("wsgi.input")
        if not hasattr(body, "read_some"):  # it is there already, or a WSGI server's to read
            stream, hub = request.stream, _hub_of(request)
            while piece := await _read_elsewhere(hub, stream, self._size):
                yield piece
            return
        limit = request.max_content_length
        if limit is not None and (request.content_length or 0) > limit:
            raise RequestEntityTooLarge
        size = 0
        while piece := await _read_some(body, self._size):
            size += len(piece)
            if limit is not None and size > limit:
                raise RequestEntityTooLarge
            yield piece


def _read(stream: Any, size: int) -> bytes:
    """Read a piece of a stream."""
    try:
        piece: bytes = stream.read(size)
    except OSError as error:
        raise ClientDisconnected from error
    return piece


def _hub_of(request: Any) -> Any:
    """Return gevent's hub, where the request came by a socket of gevent's."""
    environ = request.environ
    server_socket = environ.get("gunicorn.socket")
    if server_socket is None:  # gevent's own server
        server_socket = getattr(environ.get("wsgi.input"), "socket", None)
    return getattr(server_socket, "hub", None)


async def _read_elsewhere(hub: Any, stream: Any, size: int) -> bytes:
    """Read a piece where that may block; under gevent where its hub is, which wakes the reader."""
    import asyncio

    if hub is None:
        return await asyncio.to_thread(_read, stream, size)
    return await asyncio.wrap_future(call_in_hub(hub, lambda: _read(stream, size)))


async def _read_some(body: Any, size: int) -> bytes:
    """Read a piece of a body that is still being received."""
    try:
        piece: bytes = await body.read_some(size)
    except OSError as error:
        raise ClientDisconnected from error
    return piece


class StreamingRequest(WerkzeugRequest):
    """The part of a request for long bodies and long answers."""

    def chunks(self, size: int = PIECE) -> Chunks:
        """Iterate over the body in pieces, with ``for`` or with ``async for``.

        ::

            @app.post("/upload", stream_body=True)
            async def upload():
                async for chunk in request.chunks():
                    await store(chunk)

        On ASGI the body is received before the view runs, unless the rule was registered with
        ``stream_body=True``: then each piece is received when it is asked for, and the client
        has to wait meanwhile. In an ``async def`` view use ``async for``; on WSGI the server is
        read in a thread then, under gevent in a greenlet.

        Args:
            size: The largest piece, in bytes; pieces may be smaller.

        Returns:
            What can be iterated once: the body is not kept.

        Raises:
            RequestEntityTooLarge: While iterating: the body is larger than
                ``max_content_length`` (413).
            ClientDisconnected: While iterating: the client left before the end (400).
        """
        return Chunks(self, size)

    def is_disconnected(self) -> bool:
        """Tell whether the client is known to have left.

        A server notices when it sends or receives, so this may come late; and only where the body
        was read to its end. On ASGI every server tells; the first call in an ``async def`` view
        begins to listen, so it needs another turn of the loop to know. On WSGI the servers tell
        that put their socket into the environ (Gunicorn, the development server; without TLS);
        elsewhere the answer is always ``False``.
        """
        from .client import has_left

        scope = getattr(self, "scope", None)
        if scope is None:
            scope = self.environ.get("asgi.scope")
        return has_left(scope, None if scope is not None else self.environ)

    @property
    def last_event_id(self) -> str | None:
        """The ``id`` of the last server-sent event that a browser got before it connected again.

        From the ``Last-Event-ID`` header, in UTF-8 as the WHATWG's HTML standard has it (9.2.3).
        """
        sent: str | None = self.headers.get("Last-Event-ID")
        return None if sent is None else sent.encode("latin1").decode(errors="replace")
