"""Forms with files (``multipart/form-data``, RFC 7578) that are small and as browsers send them.

Theory of operation: Werkzeug's parser reads a stream piece by piece and forgives much. A body that
is in memory already, and in which every delimiter and every header looks exactly as browsers and
HTTP libraries write them, can be cut with one ``split`` instead, and means the same to both. At
anything unusual nothing is decided here: the caller asks Werkzeug with the same bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from werkzeug.datastructures import FileStorage
from werkzeug.formparser import default_stream_factory

from .fields import ImmutableMultiDict, make_fields
from .pairs import wrap_pairs

if TYPE_CHECKING:
    from re import Match

    Parsed = tuple[ImmutableMultiDict, ImmutableMultiDict]

# RFC 2046, 5.1.1 allows more characters, and quotes, which nobody needs.
_content_type = re.compile(r"multipart/form-data; boundary=([\w-]{1,70})", re.ASCII).fullmatch

# One part's headers in the form of https://html.spec.whatwg.org/#multipart-form-data. Backslashes
# and percent signs may be escapes, and whether they are depends on who wrote them.
_part_headers = re.compile(
    rb'\r\nContent-Disposition: (form-data; name="([^"\\%\r\n]*)")\r\n\r\n'
    rb'|\r\nContent-Disposition: (form-data; name="([^"\\%\r\n]*)"'
    rb'; filename="([^"\\%\r\n]*)")'
    rb"\r\nContent-Type: ([\w.+-]+/[\w.+-]+)\r\n\r\n"
).match

_ENDS = frozenset({b"--\r\n", b"--"})


def boundary_of(content_type: str | None) -> bytes | None:
    """Read the boundary from a request's content type.

    Args:
        content_type: The header's value.

    Returns:
        The boundary; ``None`` if it is another type, or written in an unusual way.
    """
    found = None if content_type is None else _content_type(content_type)
    return None if found is None else found[1].encode()


def parse_multipart(
    body: bytes, boundary: bytes, max_size: int | None, max_parts: int | None
) -> Parsed | None:
    """Cut a body into its fields and files.

    Args:
        body: The whole body.
        boundary: What the content type says.
        max_size: The most bytes that a field may have; ``None`` for any.
        max_parts: The most parts; ``None`` for any.

    Returns:
        The fields and the files; ``None`` if Werkzeug has to look at it: something is unusual, or
        there may be more than is allowed.
    """
    # PERF bench upload: 1.7 → 8 times as fast as Flask
    if max_size is not None and len(body) > max_size:
        return None
    first, *parts = body.split(b"--" + boundary)
    if first or not parts or parts.pop() not in _ENDS:
        return None
    if max_parts is not None and len(parts) > max_parts:
        return None
    found = list(map(_part_headers, parts))
    fields: dict[str, list[str]] = {}
    files: dict[str, list[FileStorage]] = {}
    for part, headers in zip(parts, found, strict=True):
        if headers is None or not part.endswith(b"\r\n", headers.end()) or not _is_text(headers):
            return None
    for part, headers in zip(parts, cast("list[Match[bytes]]", found), strict=True):
        if headers[1] is not None:
            value = part[headers.end() : -2].decode("utf-8", "replace")
            fields.setdefault(headers[2].decode(), []).append(value)
        else:
            files.setdefault(headers[4].decode(), []).append(_file_of(headers, part, len(body)))
    return make_fields(fields), make_fields(files)


def _is_text(headers: Match[bytes]) -> bool:
    """Tell whether the names in a part's headers are UTF-8."""
    text = headers[0]
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _file_of(headers: Match[bytes], part: bytes, total: int) -> FileStorage:
    """Make the file of a part: kept in memory, or on disk once more is written to it."""
    name, filename, kind = headers[4].decode(), headers[5].decode(), headers[6].decode()
    stream = default_stream_factory(total, kind, filename)
    stream.write(part[headers.end() : -2])
    stream.seek(0)
    pairs = [("Content-Disposition", headers[3].decode()), ("Content-Type", kind)]
    return FileStorage(stream, filename, name, headers=wrap_pairs(pairs))
