"""Server-sent events: how they are written, and read again.

The format is the WHATWG's, https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

# Of the many breaks that str.splitlines knows, the format knows three.
_LINE = re.compile("\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event of a stream that a browser's ``EventSource`` reads.

    Args:
        data: What is said: text as it is, anything else as JSON. ``None``: nothing, and then a
            browser only notes ``id`` and ``retry``.
        id: What a browser sends as ``Last-Event-ID`` when it connects again.
        event: The kind of event, for ``addEventListener``; ``"message"`` where it is left out.
        retry: After how many milliseconds a browser connects again.
        comment: What browsers ignore.

    Raises:
        TypeError: ``data`` is bytes, or ``id``, ``event`` or ``comment`` is no text.
        ValueError: ``id`` or ``event`` has a line break or a NULL, or ``retry`` is no whole number.
    """

    data: Any = None
    id: str | None = None
    event: str | None = None
    retry: int | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.data, bytes | bytearray | memoryview):
            raise TypeError("an event's data is text or JSON data, not bytes; decode them first")
        for name in ("id", "event"):
            value = getattr(self, name)
            if value is not None:
                _check_line(name, value)
        if self.comment is not None and not isinstance(self.comment, str):
            raise TypeError(f"an event's comment is text, not {type(self.comment).__name__!r}")
        retry = self.retry
        if retry is not None and (type(retry) is not int or retry < 0):
            raise ValueError(f"an event's retry is a number of milliseconds, not {retry!r}")

    def encode(self, dumps: Callable[[Any], str]) -> str:
        """Write the event.

        Args:
            dumps: Writes data that is no text as JSON.

        Returns:
            Its lines, with the empty one that ends it.
        """
        lines = []
        if self.comment is not None:
            lines += [f": {line}" for line in _LINE.split(self.comment)]
        if self.id is not None:
            lines.append(f"id: {self.id}")
        if self.event is not None:
            lines.append(f"event: {self.event}")
        if self.retry is not None:
            lines.append(f"retry: {self.retry}")
        if self.data is not None:
            text = self.data if isinstance(self.data, str) else dumps(self.data)
            lines += [f"data: {line}" for line in _LINE.split(text)]
        return "".join(f"{line}\n" for line in lines) + "\n"


def _check_line(name: str, value: Any) -> None:
    """Refuse what would break a line, or be ignored by browsers."""
    if not isinstance(value, str):
        raise TypeError(f"an event's {name} is text, not {type(value).__name__!r}: {value!r}")
    if _LINE.search(value) or "\0" in value:
        raise ValueError(
            f"an event's {name} has no line break and no NULL, this one has: {value!r}"
        )


def encode_event(item: Any, dumps: Callable[[Any], str]) -> str:
    """Write what a generator of events has yielded.

    Args:
        item: A ``ServerSentEvent``, or the data of one: text, or what becomes JSON.
        dumps: Writes JSON.
    """
    event = item if isinstance(item, ServerSentEvent) else ServerSentEvent(item)
    return event.encode(dumps)


def parse_events(chunks: Iterable[str]) -> Iterator[ServerSentEvent]:
    """Read events as a browser does, comments included.

    Args:
        chunks: The stream's text, cut anywhere.

    Yields:
        Each event with data, id of its own, retry or comment; an unfinished one at the end is lost.
    """
    lines: list[str] = []
    rest = ""
    for chunk in chunks:
        rest += chunk
        half = rest.endswith("\r")  # it may be the first half of a break
        *complete, rest = _LINE.split(rest[:-1] if half else rest)
        rest += "\r" if half else ""
        for line in complete:
            if line:
                lines.append(line)
            elif lines:
                yield _read(lines)
                lines = []


def _read(lines: list[str]) -> ServerSentEvent:
    """Read one event's lines."""
    data, comments = [], []
    found: dict[str, Any] = {}
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not field:
            comments.append(value)
        elif field == "data":
            data.append(value)
        elif field == "event" or (field == "id" and "\0" not in value):
            found[field] = value
        elif field == "retry" and value.isascii() and value.isdigit():
            found[field] = int(value)
    if data:
        found["data"] = "\n".join(data)
    if comments:
        found["comment"] = "\n".join(comments)
    return ServerSentEvent(**found)
