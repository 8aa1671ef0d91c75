"""`werkzeug.wsgi` as it was: the path of an environ by segments, bodies by line and by chunk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.wsgi import LimitedStream, get_current_url

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = [
    "extract_path_info",
    "get_query_string",
    "get_script_name",
    "make_chunk_iter",
    "make_line_iter",
    "peek_path_info",
    "pop_path_info",
]

Body = IO[bytes] | Iterable[bytes]


def _decoded(raw: str, charset: str | None, errors: str) -> Any:
    """Read text of an environ, which carries bytes as Latin-1 (PEP 3333)."""
    data = raw.encode("latin-1")
    return data if charset is None else data.decode(charset, errors)


def get_query_string(environ: WSGIEnvironment) -> str:
    """Return the query string, escaped so that it is ASCII."""
    raw = environ.get("QUERY_STRING", "").encode("latin-1")
    return quote(raw, safe="!$&'()*+,/:;=?@%")


def get_script_name(
    environ: WSGIEnvironment, charset: str | None = "utf-8", errors: str = "replace"
) -> Any:
    """Return the path that leads to the app; bytes where `charset` is None."""
    return _decoded(environ.get("SCRIPT_NAME", ""), charset, errors)


def peek_path_info(
    environ: WSGIEnvironment, charset: str | None = "utf-8", errors: str = "replace"
) -> Any:
    """Return the first segment of the path, None where there is none; change nothing."""
    segments = environ.get("PATH_INFO", "").lstrip("/").split("/", 1)
    return _decoded(segments[0], charset, errors) if segments[0] else None


def pop_path_info(
    environ: WSGIEnvironment, charset: str | None = "utf-8", errors: str = "replace"
) -> Any:
    """Move the first segment of the path over to the path that leads to the app.

    Args:
        environ: The WSGI environ; it is changed.
        charset: How the segment is to be read; None gives bytes.
        errors: What to do with bytes that the charset can't read.

    Returns:
        The segment, or None where there is none.
    """
    path = environ.get("PATH_INFO", "")
    if not path:
        return None
    segment, slash, rest = path.lstrip("/").partition("/")
    slashes = "/" * (len(path) - len(path.lstrip("/")))
    environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{slashes}{segment}"
    environ["PATH_INFO"] = f"{slash}{rest}"
    return _decoded(segment, charset, errors)


def extract_path_info(
    environ_or_baseurl: WSGIEnvironment | str,
    path_or_url: str,
    charset: str = "utf-8",
    errors: str = "replace",
    collapse_http_schemes: bool = True,
) -> str | None:
    """Return the path of a URL below an app.

    Args:
        environ_or_baseurl: The app's URL, or an environ to take it from.
        path_or_url: An absolute URL, or a path.
        charset: How the path's bytes are to be read.
        errors: What to do with bytes that the charset can't read.
        collapse_http_schemes: Whether http and https are the same.

    Returns:
        The path, or None where the URL is not the app's.
    """
    from kolben.drop_in.legacy.werkzeug.parsed import url_parse
    from kolben.drop_in.legacy.werkzeug.urls import url_join, url_unquote

    base_url = (
        environ_or_baseurl
        if isinstance(environ_or_baseurl, str)
        else get_current_url(environ_or_baseurl, root_only=True)
    )
    base = url_parse(f"{base_url.rstrip('/')}/")
    found = url_parse(url_join(base.to_url(), path_or_url))
    schemes = {base.scheme, found.scheme}
    same_scheme = len(schemes) == 1 or (collapse_http_schemes and schemes <= {"http", "https"})
    if not same_scheme or base.netloc != found.netloc or not found.path.startswith(base.path):
        return None
    path: str = url_unquote(found.path[len(base.path) - 1 :], charset, errors)
    return path


def _pieces(body: Body, limit: int | None, size: int) -> Iterator[bytes]:
    """Read a body piece by piece, not beyond the limit."""
    if not hasattr(body, "read"):
        yield from body
        return
    file: Any = body
    stream = file if limit is None else LimitedStream(file, limit)
    while data := stream.read(size):
        yield data


def make_chunk_iter(
    stream: Body,
    separator: bytes,
    limit: int | None = None,
    buffer_size: int = 10_240,
    cap_at_buffer: bool = False,
) -> Iterator[bytes]:
    """Split a body at a separator while reading it.

    Args:
        stream: A file, or an iterable of bytes.
        separator: What to split at; it is in none of the chunks.
        limit: How many bytes to read of a file at most.
        buffer_size: How many to read at once.
        cap_at_buffer: Whether a chunk ends at that size, separator or not.

    Yields:
        The chunks.
    """
    rest = b""
    for data in _pieces(stream, limit, buffer_size):
        *chunks, rest = (rest + data).split(separator)
        yield from chunks
        while cap_at_buffer and len(rest) >= buffer_size:
            yield rest[:buffer_size]
            rest = rest[buffer_size:]
    if rest:
        yield rest


def make_line_iter(
    stream: Body,
    limit: int | None = None,
    buffer_size: int = 10_240,
    cap_at_buffer: bool = False,
) -> Iterator[bytes]:
    """Split a body into lines while reading it; a line keeps its end.

    Args:
        stream: A file, or an iterable of bytes.
        limit: How many bytes to read of a file at most.
        buffer_size: How many to read at once.
        cap_at_buffer: Whether a line ends at that size in any case.

    Yields:
        The lines.
    """
    rest = b""
    for data in _pieces(stream, limit, buffer_size):
        lines = (rest + data).splitlines(keepends=True)
        # The last one may go on, and a "\r" at its end may be half of a line's end.
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        yield from lines
        while cap_at_buffer and len(rest) >= buffer_size:
            yield rest[:buffer_size]
            rest = rest[buffer_size:]
    if rest:
        yield rest
