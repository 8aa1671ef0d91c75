"""Status lines and content types that are made once."""

from __future__ import annotations

from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.utils import get_content_type

from .memory import Memory

STATUS_LINES: dict[object, tuple[str, int]] = {
    code: (f"{code} {phrase.upper()}", code) for code, phrase in HTTP_STATUS_CODES.items()
}
"""The status line and the plain number of every code that has a name."""

BODILESS = frozenset({204, 304, *range(100, 200)})
"""Codes of responses that have no body (RFC 9110, 6.4.1)."""


def content_type_header(value: str) -> tuple[str, str]:
    """Make a ``Content-Type`` header.

    Args:
        value: The whole value.

    Returns:
        The header's name and value.

    Raises:
        ValueError: The value contains a line break, which could smuggle in further headers.
    """
    text = value if isinstance(value, str) else str(value)
    if "\n" in text or "\r" in text:
        raise ValueError("Header values must not contain newline characters.")
    return "Content-Type", text


def _header_of_mimetype(mimetype: str) -> tuple[str, str]:
    """Make the ``Content-Type`` header of a mimetype, with a charset where one belongs."""
    return content_type_header(get_content_type(mimetype, "utf-8"))


def _header_of_length(length: int) -> tuple[str, str]:
    """Make the ``Content-Length`` header of a number of bytes."""
    return "Content-Length", str(length)


content_types = Memory(_header_of_mimetype, limit=256)
"""The ``Content-Type`` header, as a pair, of each mimetype."""

# PERF python -m bench.http_objects: 105 → 49 ns each
content_lengths = Memory(_header_of_length, limit=4096)
"""The ``Content-Length`` header, as a pair, of each number of bytes."""
