"""The test client's side of a stream of server-sent events, for either kind of loop."""

from __future__ import annotations

import asyncio
import codecs
from typing import TYPE_CHECKING, Any, Self

from kolben.events import parse_events

from .asgi import aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.test import TestResponse

    from kolben.events import ServerSentEvent


class EventSource:
    """A stream of events; ``client.sse("/path")`` makes one.

    The request is made when the first event is asked for, or a ``with`` block is entered. Whoever
    stops in the middle closes it, as a browser does that leaves: with ``close``, or by the block.

    Args:
        request: Makes the request.
        json: The app's JSON provider.
        comments: Whether events that are no more than a comment, such as pings, are given, too.
    """

    def __init__(self, request: Callable[[], TestResponse], json: Any, *, comments: bool) -> None:
        self._request = request
        self._json = json
        self._comments = comments
        self._response: TestResponse | None = None
        self._events: Iterator[ServerSentEvent] | None = None

    @property
    def response(self) -> TestResponse:
        """The response whose body the events are.

        Raises:
            AssertionError: It is not one of events; the message has the body's beginning.
        """
        if self._response is None:
            response = self._response = self._request()
            if response.mimetype != "text/event-stream":
                text = response.get_data(as_text=True)
                raise AssertionError(
                    f"the app answered {response.status} with {response.content_type!r}, not with"
                    f" server-sent events: {text[:200]!r}"
                )
        return self._response

    def close(self) -> None:
        """Leave, and wait until the app is done with that."""
        if self._response is not None:
            self._response.close()
        self._events = iter(())

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ServerSentEvent:
        if self._events is None:
            self._events = parse_events(_texts(self.response))
        for event in self._events:
            if self._comments or (event.data, event.id, event.retry) != (None, None, None):
                return event
        raise StopIteration

    def __enter__(self) -> Self:
        _ = self.response
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- the awaitable twins -----------------------------------------------------------------------

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ServerSentEvent:
        event = await self._aside(lambda: next(self, None))
        if event is None:
            raise StopAsyncIteration
        return event  # type: ignore[no-any-return]

    async def aclose(self) -> None:
        """Leave, and wait until the app is done with that."""
        await self._aside(self.close)

    async def __aenter__(self) -> Self:
        await self._aside(self.__enter__)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _aside(self, function: Callable[[], Any]) -> Any:
        """Call what blocks in a thread, while the app runs on this loop."""
        with aside():
            return await asyncio.to_thread(function)


def _texts(response: TestResponse) -> Iterator[str]:
    """Decode a body piece by piece; the standard has it in UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    for chunk in response.response:
        yield decoder.decode(chunk)  # type: ignore[arg-type]  # a test's response has bytes
