"""What a request has changed in a session, and how that gets into the store beside others' changes.

Theory of operation. The store holds a session as a *record*: each key with its value serialized by
itself. The record that a request has read is compared, text with text, with the one it leaves
behind, so a change deep inside a value is noticed, and writing the same value again is none. Only
the keys that differ are carried over, onto the record that the store holds by then: requests that
run at the same time and change different keys lose nothing; of two that change the same key, the
later one wins.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

Record: TypeAlias = dict[str, str]


class Serializer(Protocol):
    """What writes and reads the values: tagged JSON by default."""

    def dumps(self, value: Any) -> str:
        """Write a value."""
        ...

    def loads(self, value: str) -> Any:
        """Read a value."""
        ...


class Changes(NamedTuple):
    """The difference between two records.

    Attributes:
        changed: The keys that are new or have another value, with the value.
        deleted: The keys that are gone.
    """

    changed: Record
    deleted: frozenset[str]

    def apply(self, record: Record) -> Record:
        """Make the same changes to another record.

        Args:
            record: A record; it stays as it is.

        Returns:
            The changed record.
        """
        kept = {key: text for key, text in record.items() if key not in self.deleted}
        return kept | self.changed


def difference(then: Record, now: Record) -> Changes:
    """Find what has changed between two records.

    Args:
        then: The older record.
        now: The newer record.

    Returns:
        The changes that turn the one into the other.
    """
    return Changes(
        {key: text for key, text in now.items() if then.get(key) != text},
        frozenset(then.keys() - now.keys()),
    )


def write_record(session: Mapping[Any, Any], serializer: Serializer) -> Record:
    """Serialize each value of a session by itself.

    Args:
        session: The session; keys that are no text become text, as JSON has no others.
        serializer: What writes the values.

    Returns:
        The record.

    Raises:
        TypeError: A value can't be serialized; the message names its key.
    """
    record = {}
    for key, value in session.items():
        try:
            record[str(key)] = serializer.dumps(value)
        except TypeError as error:
            raise TypeError(
                f"session[{key!r}] can't be saved, it holds a {type(value).__name__}: {error};"
                " keep JSON data in the session, or register a tag for the type"
            ) from error
    return record


def read_record(record: Record, serializer: Serializer) -> dict[str, Any]:
    """Read the values back.

    Args:
        record: The record.
        serializer: What reads the values.

    Returns:
        The session's content.

    Raises:
        ValueError: A value can't be read.
    """
    return {key: serializer.loads(text) for key, text in record.items()}


def pack(record: Record) -> str:
    """Turn a record into the one text that a store holds."""
    return json.dumps(record, separators=(",", ":"))


def unpack(text: str | None) -> Record | None:
    """Turn a store's text back into the record.

    Args:
        text: What the store holds.

    Returns:
        The record; None if there was none, or if somebody else has put something there.
    """
    try:
        record = json.loads(text or "null")
    except ValueError:
        return None
    if isinstance(record, dict) and all(isinstance(item, str) for item in record.values()):
        return record
    return None
