"""Server-sent events: from a generator to a response that stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kolben.events import encode_event
from kolben.stacks import _cv_request
from kolben.streams import AsyncStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable

    from kolben.contexts import RequestContext
    from kolben.http import Response

_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",  # nginx would wait for more before it passes an event on
}


class EventStream(AsyncStream):
    """The body of a response of server-sent events.

    Args:
        events: What to send, from a sync or an async iterable.
        held: The request.
        ping: After how many seconds of silence a comment is sent.
    """

    def __init__(self, events: Any, held: RequestContext, ping: float | None) -> None:
        super().__init__(events, held)
        self.ping = ping
        self._dumps = held.app.json.dumps

    #: Its first event may be long in coming, so the headers don't wait for it.
    start = None  # type: ignore[assignment]  # what has no ``start`` is not started early

    #: When the server shuts down it ends at once: a browser connects again by itself.
    endless = True

    def translate(self, item: Any) -> str:
        """Write an event."""
        return encode_event(item, self._dumps)

    def idle(self) -> str:
        """Write a comment, which shows whether the client is still there."""
        return ":\n\n"


def sse(
    events: Iterable[Any] | AsyncIterable[Any],
    *,
    ping: float | None = None,
) -> Response:
    """Answer with server-sent events, which a browser's ``EventSource`` reads.

    ::

        @app.get("/ticks")
        def ticks():
            async def generate():
                for number in itertools.count():
                    yield ServerSentEvent({"number": number}, id=str(number))
                    await asyncio.sleep(1)

            return sse(generate())

    ``request``, ``session``, ``g`` and ``current_app`` are there in the generator, and the
    request's teardown runs when it has ended. When the client leaves, or the server shuts down, an
    async generator is cancelled where it waits and closed; a sync one, which runs in a thread of
    its own, is closed when it gives its next event.

    Args:
        events: A generator, ``async def`` or not, or another iterable. It yields text, data that
            becomes JSON, or a ``ServerSentEvent``.
        ping: After how many seconds without an event a comment is sent, which keeps proxies from
            closing the connection and shows whether the client has left. The setting
            ``SSE_PING_INTERVAL`` if it is left out; 0 for none.

    Returns:
        The response; headers may be added to it.

    Raises:
        RuntimeError: No request context is active.
        TypeError: ``events`` can't be iterated, or is itself a text or a dictionary.
        ValueError: ``ping`` is negative.
    """
    context = _cv_request.get(None)
    if context is None:
        raise RuntimeError(
            "'sse' can only be used when a request context is active, such as in a view function."
        )
    iterable = hasattr(events, "__aiter__") or hasattr(events, "__iter__")
    if not iterable or isinstance(events, str | bytes | dict):
        cure = "; call it, with parentheses" if callable(events) else ""
        raise TypeError(
            f"sse() takes a generator of events, or another iterable, not"
            f" {type(events).__name__!r}{cure}"
        )
    interval = context.app.config["SSE_PING_INTERVAL"] if ping is None else ping
    if interval is not None and interval < 0:
        raise ValueError(f"ping is a number of seconds, or 0 for no pings, not {interval!r}")
    body: Any = EventStream(events, context, interval or None)
    return context.app.response_class(body, headers=_HEADERS, mimetype="text/event-stream")
