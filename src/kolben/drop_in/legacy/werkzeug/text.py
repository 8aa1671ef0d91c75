"""The module `werkzeug._compat`: text and bytes, for code that ran on Python 2 and 3 at once."""

from __future__ import annotations

from typing import Any, TypeVar

from kolben.drop_in.legacy.compat import (
    PY2,
    BytesIO,
    StringIO,
    implements_to_string,
    integer_types,
    iteritems,
    iterkeys,
    itervalues,
    reraise,
    string_types,
    text_type,
)

__all__ = [
    "PY2",
    "BytesIO",
    "NativeStringIO",
    "StringIO",
    "ifilter",
    "imap",
    "implements_bool",
    "implements_iterator",
    "implements_to_string",
    "int_to_byte",
    "integer_types",
    "iter_bytes",
    "iteritems",
    "iterkeys",
    "iterlists",
    "itervalues",
    "izip",
    "range_type",
    "reraise",
    "string_types",
    "text_type",
    "to_bytes",
    "to_native",
    "to_unicode",
    "try_coerce_native",
    "unichr",
    "wsgi_decoding_dance",
    "wsgi_encoding_dance",
    "wsgi_get_bytes",
]

T = TypeVar("T")

NativeStringIO = StringIO
range_type = range
unichr = chr
ifilter, imap, izip = filter, map, zip


def implements_bool(cls: T) -> T:
    """Return the class: `__bool__` is looked at already."""
    return cls


def implements_iterator(cls: T) -> T:
    """Return the class: `__next__` is looked at already."""
    return cls


def try_coerce_native(s: T) -> T:
    """Return the text: it is native already."""
    return s


def iterlists(mapping: Any) -> Any:
    """Iterate over the names and all values of a `MultiDict`."""
    return mapping.lists()


def int_to_byte(number: int) -> bytes:
    """Return one byte."""
    return bytes((number,))


def iter_bytes(data: bytes) -> Any:
    """Iterate over bytes, each of them bytes."""
    return (bytes((number,)) for number in data)


def to_bytes(x: Any, charset: str = "utf-8", errors: str = "strict") -> bytes | None:
    """Return bytes of bytes or text; None of None."""
    if x is None:
        return None
    return x.encode(charset, errors) if isinstance(x, str) else bytes(x)


def to_unicode(
    x: Any,
    charset: str | None = "utf-8",
    errors: str = "strict",
    allow_none_charset: bool = False,
) -> Any:
    """Return text of bytes, or of anything that has one; None of None."""
    if x is None or not isinstance(x, bytes):
        return x if x is None else str(x)
    return x if charset is None and allow_none_charset else x.decode(charset or "utf-8", errors)


_to_bytes, _to_str = to_bytes, to_unicode


def to_native(x: Any, charset: str = "utf-8", errors: str = "strict") -> str | None:
    """Return text of bytes or text; None of None."""
    return x.decode(charset, errors) if isinstance(x, bytes) else x


def wsgi_get_bytes(s: str) -> bytes:
    """Return the bytes that an environ carries as Latin-1 (PEP 3333)."""
    return s.encode("latin-1")


def wsgi_decoding_dance(s: str, charset: str = "utf-8", errors: str = "replace") -> str:
    """Return the text that an environ carries as Latin-1 (PEP 3333)."""
    return s.encode("latin-1").decode(charset, errors)


def wsgi_encoding_dance(s: str | bytes, charset: str = "utf-8", errors: str = "replace") -> str:
    """Return text as an environ carries it, in Latin-1 (PEP 3333)."""
    return (s if isinstance(s, bytes) else s.encode(charset, errors)).decode("latin-1")
