"""`werkzeug.urls` as it was until Werkzeug 3: quoting, query strings, joining."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any
from urllib.parse import quote, quote_from_bytes, urljoin, urlsplit, urlunsplit

from werkzeug.datastructures import MultiDict, iter_multi_items

__all__ = [
    "Href",
    "url_decode",
    "url_decode_stream",
    "url_encode",
    "url_encode_stream",
    "url_fix",
    "url_join",
    "url_quote",
    "url_quote_plus",
    "url_unparse",
    "url_unquote",
    "url_unquote_plus",
]

Text = str | bytes
Pairs = Mapping[Any, Any] | Iterable[tuple[Any, Any]]

_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")


def _as_text(value: object, charset: str) -> str:
    return value.decode(charset) if isinstance(value, bytes) else str(value)


def url_quote(
    string: object,
    charset: str = "utf-8",
    errors: str = "strict",
    safe: Text = "/:",
    unsafe: Text = "",
) -> str:
    """Escape a text for a URL (RFC 3986, 2.1).

    Args:
        string: The text, bytes, or anything that has a text.
        charset: How it is encoded.
        errors: What to do with characters that the charset lacks.
        safe: Further characters that stay as they are.
        unsafe: Characters that are escaped nevertheless.

    Returns:
        ASCII text.
    """
    data = string if isinstance(string, bytes) else str(string).encode(charset, errors)
    kept = set(_as_text(safe, charset)) - set(_as_text(unsafe, charset))
    quoted = quote_from_bytes(data, safe="".join(sorted(kept)))
    for character in _as_text(unsafe, charset):  # quote() never escapes letters, digits and _.-~
        quoted = quoted if character == "%" else quoted.replace(character, f"%{ord(character):02X}")
    return quoted


def url_quote_plus(
    string: object, charset: str = "utf-8", errors: str = "strict", safe: Text = ""
) -> str:
    """Escape a text for a query string, with a plus for a space.

    Args:
        string: The text, bytes, or anything that has a text.
        charset: How it is encoded.
        errors: What to do with characters that the charset lacks.
        safe: Further characters that stay as they are.

    Returns:
        ASCII text.
    """
    kept = f"{_as_text(safe, charset)} "
    return url_quote(string, charset, errors, kept, "+").replace(" ", "+")


def url_unquote(
    s: Text, charset: str | None = "utf-8", errors: str = "replace", unsafe: Text = ""
) -> Any:
    """Resolve the escapes of a URL.

    Args:
        s: The escaped text.
        charset: How the bytes are to be read; None gives the bytes.
        errors: What to do with bytes that the charset can't read.
        unsafe: Characters that stay escaped.

    Returns:
        Text, or bytes without a charset.
    """
    data = s if isinstance(s, bytes) else s.encode(charset or "utf-8", errors)
    stay = unsafe if isinstance(unsafe, bytes) else unsafe.encode(charset or "utf-8")

    def resolved(match: re.Match[bytes]) -> bytes:
        byte = bytes([int(match[1], 16)])
        return match[0] if byte in stay else byte

    plain = _ESCAPED.sub(resolved, data)
    return plain if charset is None else plain.decode(charset, errors)


def url_unquote_plus(s: Text, charset: str | None = "utf-8", errors: str = "replace") -> Any:
    """Resolve the escapes of a query string, where a plus is a space.

    Args:
        s: The escaped text.
        charset: How the bytes are to be read; None gives the bytes.
        errors: What to do with bytes that the charset can't read.

    Returns:
        Text, or bytes without a charset.
    """
    spaced = s.replace(b"+", b" ") if isinstance(s, bytes) else s.replace("+", " ")
    return url_unquote(spaced, charset, errors)


def _encoded_pairs(obj: Pairs, charset: str, sort: bool, key: Any) -> Iterator[str]:
    pairs: Iterable[tuple[Any, Any]] = iter_multi_items(obj)
    for name, value in sorted(pairs, key=key) if sort else pairs:
        if value is not None:
            text = value if isinstance(value, bytes) else str(value)
            yield f"{url_quote_plus(name, charset)}={url_quote_plus(text, charset)}"


def url_encode(
    obj: Pairs,
    charset: str = "utf-8",
    sort: bool = False,
    key: Callable[[tuple[Any, Any]], Any] | None = None,
    separator: str = "&",
) -> str:
    """Make a query string; a value that is None is left out.

    Args:
        obj: A mapping, whose values may be lists, a `MultiDict`, or pairs.
        charset: How text is encoded.
        sort: Whether the pairs are sorted.
        key: By what they are sorted.
        separator: What stands between them.

    Returns:
        ASCII text.
    """
    return _as_text(separator, "ascii").join(_encoded_pairs(obj, charset, sort, key))


def url_encode_stream(
    obj: Pairs,
    stream: IO[str] | None = None,
    charset: str = "utf-8",
    sort: bool = False,
    key: Callable[[tuple[Any, Any]], Any] | None = None,
    separator: str = "&",
) -> Iterator[str] | None:
    """Write a query string to a file, or yield its pairs.

    Args:
        obj: As for `url_encode`.
        stream: Where to; None to get an iterator.
        charset: As for `url_encode`.
        sort: As for `url_encode`.
        key: As for `url_encode`.
        separator: As for `url_encode`.

    Returns:
        An iterator of the encoded pairs where no file was given.
    """
    pairs = _encoded_pairs(obj, charset, sort, key)
    if stream is None:
        return pairs
    stream.write(separator.join(pairs))
    return None


def _decoded_pairs(
    parts: Iterable[Text], charset: str, include_empty: bool, errors: str
) -> Iterator[tuple[Any, Any]]:
    for part in parts:
        text = part.decode("latin-1") if isinstance(part, bytes) else part
        name, equals, value = text.partition("=")
        if text and (equals or include_empty):
            yield url_unquote_plus(name, charset, errors), url_unquote_plus(value, charset, errors)


def url_decode(
    s: Text,
    charset: str = "utf-8",
    include_empty: bool = True,
    errors: str = "replace",
    separator: Text = "&",
    cls: Callable[[Iterable[tuple[Any, Any]]], Any] | None = None,
    decode_keys: bool | None = None,
) -> Any:
    """Read a query string.

    Args:
        s: The query string.
        charset: How its bytes are to be read.
        include_empty: Whether a name without an equals sign counts, with an empty value.
        errors: What to do with bytes that the charset can't read.
        separator: What stands between the pairs.
        cls: What to put the pairs into; a `MultiDict` by default.
        decode_keys: Without a meaning since Python 3.

    Returns:
        The pairs, in `cls`.
    """
    del decode_keys
    parts = _as_text(s, "latin-1").split(_as_text(separator, "ascii"))
    return (cls or MultiDict)(_decoded_pairs(parts, charset, include_empty, errors))


def url_decode_stream(
    stream: IO[bytes],
    charset: str = "utf-8",
    include_empty: bool = True,
    errors: str = "replace",
    separator: bytes = b"&",
    cls: Callable[[Iterable[tuple[Any, Any]]], Any] | None = None,
    limit: int | None = None,
) -> Any:
    """Read a query string from a file.

    Args:
        stream: Where from.
        charset: As for `url_decode`.
        include_empty: As for `url_decode`.
        errors: As for `url_decode`.
        separator: As for `url_decode`.
        cls: As for `url_decode`.
        limit: How many bytes to read at most.

    Returns:
        The pairs, in `cls`.
    """
    data = stream.read() if limit is None else stream.read(limit)
    return url_decode(data, charset, include_empty, errors, separator, cls)


def url_join(base: Text, url: Text, allow_fragments: bool = True) -> str:
    """Resolve a URL that may be relative (RFC 3986, 5).

    Args:
        base: Against what.
        url: The URL.
        allow_fragments: Whether `#` starts a fragment.

    Returns:
        An absolute URL, as far as the base is one.
    """
    return urljoin(_as_text(base, "utf-8"), _as_text(url, "utf-8"), allow_fragments)


def url_unparse(components: Iterable[str]) -> str:
    """Put the five parts of a URL together.

    Args:
        components: Scheme, host with port, path, query string, fragment.

    Returns:
        The URL.
    """
    return urlunsplit(list(components))


def url_fix(s: str, charset: str = "utf-8") -> str:
    """Escape what somebody typed as a URL and forgot to escape.

    Args:
        s: The text.
        charset: How it is encoded.

    Returns:
        A URL.
    """
    scheme, host, path, query, fragment = urlsplit(_as_text(s, charset).replace("\\", "/"))
    return urlunsplit(
        (
            scheme,
            host.encode("idna").decode("ascii") if not host.isascii() else host,
            quote(path, "/%+$!*'(),", charset),
            quote(query, ":&%=+$!*'(),", charset),
            quote(fragment, ":&%=+$!*'(),", charset),
        )
    )


class Href:
    """Build URLs below a base: `href("a", "b", page=2)`, `href.a("b")`.

    Args:
        base: The URL that all start with.
        charset: How text is encoded.
        sort: Whether query strings are sorted.
        key: By what they are sorted.
    """

    def __init__(
        self,
        base: str = "./",
        charset: str = "utf-8",
        sort: bool = False,
        key: Callable[[tuple[Any, Any]], Any] | None = None,
    ) -> None:
        self.base = base or "./"
        self.charset = charset
        self.sort = sort
        self.key = key

    def __getattr__(self, name: str) -> Href:
        if name.startswith("__"):
            raise AttributeError(name)
        base = f"{self.base.rstrip('/')}/{name}"
        return Href(base, self.charset, self.sort, self.key)

    def __call__(self, *path: object, **query: Any) -> str:
        """Build a URL.

        Args:
            *path: Segments; a mapping as the last one is the query.
            **query: The query; a name that Python has reserved may end in an underscore.

        Returns:
            The URL.
        """
        if path and isinstance(path[-1], Mapping):
            segments: list[object] = list(path[:-1])
            last: Mapping[str, Any] = path[-1]
            query = {**last, **query}
        else:
            segments = list(path)
        quoted = [url_quote(each, self.charset) for each in segments if each is not None]
        url = self.base
        if quoted:
            url = url_join(f"{url.rstrip('/')}/", f"./{'/'.join(quoted).lstrip('/')}")
        named = {name.removesuffix("_"): value for name, value in query.items()}
        return f"{url}?{url_encode(named, self.charset, self.sort, self.key)}" if named else url
