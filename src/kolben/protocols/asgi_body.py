"""The body of a request over ASGI: received before the view runs, on disk where it is large."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO, RawIOBase
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, cast

from ..waiting import is_loop, wait

if TYPE_CHECKING:
    from ..app import Kolben
    from ..http import Request
    from ..http.scope import Scope
    from .asgi import Receive

_IN_MEMORY = 500 * 1000

# HTTP/1 announces each body in the headers (RFC 9112, 6); later versions need not.
ANNOUNCING = frozenset({"1.0", "1.1"})


#: What there is instead of a body whose client has left.
GONE: Any = object()

_NOT_HERE = (
    "this body comes in pieces, as the view asked for with stream_body=True, and async code has to"
    " await them: 'async for chunk in request.chunks()'; for request.form, request.files and"
    " request.get_data() leave stream_body out, or make the view a plain function"
)


def has_body(scope: Scope, fields: dict[bytes, bytes]) -> bool:
    """Tell whether a body may come.

    Args:
        scope: The scope of the request.
        fields: Its headers, by name.
    """
    if b"content-length" in fields:
        return fields[b"content-length"] != b"0"
    return b"transfer-encoding" in fields or scope.get("http_version", "1.1") not in ANNOUNCING


async def receive_body(
    app: Kolben, fields: dict[bytes, bytes], receive: Receive
) -> IO[bytes] | None:
    """Receive the body of a request that may have one, as far as it may be read.

    A body that announces more than ``MAX_CONTENT_LENGTH`` is not received, and one of unknown size
    up to that and no further: whoever reads it then gets the 413.

    Args:
        app: The app, for its limit.
        fields: Its headers, by name.
        receive: Gives the next message.

    Returns:
        The body, in a ``BytesIO`` if it came at once; ``None`` if there is none, ``GONE`` if the
        client left before it was sent.
    """
    announced = fields.get(b"content-length")
    limit = app.config["MAX_CONTENT_LENGTH"]
    if limit is not None and announced and announced.isdigit() and int(announced) > limit:
        return cast("IO[bytes]", Rest(BytesIO(), receive))
    if app._streams_bodies:  # whether this one is, matching will tell
        return cast("IO[bytes]", Rest(BytesIO(), receive, limit, due=True))
    message = await receive()
    if message["type"] == "http.disconnect":
        return GONE  # type: ignore[no-any-return]
    if not message.get("more_body"):
        data = message.get("body")
        return BytesIO(data) if data else None
    return await _receive_all(message, receive, limit)


async def _receive_all(message: Any, receive: Receive, limit: int | None) -> IO[bytes]:
    """Receive what comes in several messages; ``GONE`` if the client left before the end."""
    body = cast("IO[bytes]", SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115  (closed after use)
    size = 0
    while True:
        data = message.get("body", b"")
        size += len(data)
        body.write(data)
        if not message.get("more_body"):
            break
        if limit is not None and size > limit:
            body.seek(0)
            return cast("IO[bytes]", Rest(body, receive))
        message = await receive()
        if message["type"] == "http.disconnect":
            body.close()
            return GONE  # type: ignore[no-any-return]
    body.seek(0)
    return body


class Rest(RawIOBase):
    """A body that is received when it is read.

    For a view that asked for that, and for one that is larger than the config allows, in case that
    the view allows more.

    Args:
        begun: What was received.
        receive: Gives the next message.
        limit: How much of it is received before a view that has not asked for a stream.
        due: Whether it is received at all before such a view.

    Attributes:
        has_more: Whether there may be more to receive.
        lost: Whether the client has left before the end.
    """

    def __init__(
        self, begun: IO[bytes], receive: Receive, limit: int | None = None, *, due: bool = False
    ) -> None:
        self.due = due
        self._limit = limit
        self._begun: IO[bytes] | None = begun
        self._receive = receive
        self.has_more = True
        self.lost = False

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def close(self) -> None:
        """Drop what was received."""
        if self._begun is not None:
            self._begun.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        """Read what is there, else wait for more; for sync code, which runs in a thread."""
        while True:
            data = self._take(len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)
            if not self.has_more:
                return 0
            if is_loop():
                raise RuntimeError(_NOT_HERE)
            wait(self._receive_more())

    async def read_some(self, size: int) -> bytes:
        """Read what is there, else await more; for async code.

        Args:
            size: How many bytes at most.

        Returns:
            The bytes, none at the end.

        Raises:
            OSError: The client has left.
        """
        while not (data := self._take(size)) and self.has_more:
            await self._receive_more()
        return data

    async def receive_all(self) -> None:
        """Receive it as for a view that has asked for nothing; on disk if it is large."""
        body = cast("IO[bytes]", SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115  (closed later)
        with suppress(OSError):  # whoever reads on meets it again
            while self._limit is None or body.tell() <= self._limit:
                data = await self.read_some(_IN_MEMORY)
                if not data:
                    break
                body.write(data)
        body.seek(0)
        self._begun = body

    def _take(self, size: int) -> bytes:
        """Take what was received."""
        if self._begun is None:
            return b""
        data = self._begun.read(size)
        if not data:
            self._begun.close()
            self._begun = None
        return data

    async def _receive_more(self) -> None:
        """Receive the next message."""
        message = None if self.lost else await self._receive()
        if message is None or message["type"] == "http.disconnect":
            self.lost = True
            raise OSError("the client left before it had sent the whole body")
        self.has_more = message.get("more_body", False)
        self._begun = BytesIO(message.get("body", b""))


def wants_stream(request: Request) -> bool:
    """Tell whether a request's rule was registered with ``stream_body=True``."""
    rule = request.url_rule
    return rule is not None and getattr(rule, "stream_body", False)
