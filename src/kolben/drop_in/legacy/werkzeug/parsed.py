"""`werkzeug.urls.url_parse` and the parts of a URL that it gave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from werkzeug.urls import iri_to_uri, uri_to_iri

from kolben.drop_in.legacy.werkzeug.urls import url_decode, url_join

__all__ = ["URL", "url_parse"]


class URL(NamedTuple):
    """The five parts of a URL, and what can be read off them."""

    scheme: str
    netloc: str
    path: str
    query: str
    fragment: str

    def __str__(self) -> str:
        return self.to_url()

    def replace(self, **parts: str) -> URL:
        """Return a URL with some parts exchanged, by their names."""
        return self._replace(**parts)

    @property
    def host(self) -> str | None:
        """The host without its port and without the brackets of an IPv6 address."""
        name = self.netloc.rpartition("@")[2]
        if name.startswith("["):
            return name[1:].partition("]")[0] or None
        return name.partition(":")[0] or None

    @property
    def ascii_host(self) -> str | None:
        """The host as DNS knows it (RFC 3490)."""
        host = self.host
        return host if host is None or host.isascii() else host.encode("idna").decode("ascii")

    @property
    def port(self) -> int | None:
        """The port, None if there is none or it can be none."""
        text = self.netloc.rpartition("@")[2].rpartition("]")[2].rpartition(":")[2]
        number = int(text) if ":" in self.netloc and text.isdigit() else None
        return number if number is not None and number < 2**16 else None

    @property
    def auth(self) -> str | None:
        """What stands before the at sign."""
        before, at, _ = self.netloc.rpartition("@")
        return before if at else None

    @property
    def raw_username(self) -> str | None:
        """The user name as it stands in the URL."""
        return self.auth.partition(":")[0] if self.auth is not None else None

    @property
    def raw_password(self) -> str | None:
        """The password as it stands in the URL."""
        _, colon, password = (self.auth or "").partition(":")
        return password if colon else None

    @property
    def username(self) -> str | None:
        """The user name, its escapes resolved."""
        return None if self.raw_username is None else unquote(self.raw_username)

    @property
    def password(self) -> str | None:
        """The password, its escapes resolved."""
        return None if self.raw_password is None else unquote(self.raw_password)

    def decode_query(self, *args: Any, **kwargs: Any) -> Any:
        """Read the query string as `url_decode` does, with its arguments."""
        return url_decode(self.query, *args, **kwargs)

    def join(self, *args: Any, **kwargs: Any) -> URL:
        """Resolve another URL against this one, as `url_join` does."""
        return url_parse(url_join(self.to_url(), *args, **kwargs))

    def to_url(self) -> str:
        """Return the URL as text."""
        return urlunsplit(self)

    def to_uri_tuple(self) -> URL:
        """Return it in ASCII (RFC 3986)."""
        return url_parse(iri_to_uri(self.to_url()))

    def to_iri_tuple(self) -> URL:
        """Return it for people to read (RFC 3987)."""
        return url_parse(uri_to_iri(self.to_url()))

    def encode_netloc(self) -> str:
        """Return host, port and credentials in ASCII."""
        return self.to_uri_tuple().netloc

    def decode_netloc(self) -> str:
        """Return host, port and credentials for people to read."""
        return self.to_iri_tuple().netloc

    def encode(self, charset: str = "utf-8", errors: str = "replace") -> tuple[bytes, ...]:
        """Return the five parts as bytes."""
        return tuple(part.encode(charset, errors) for part in self)


def url_parse(
    url: str | bytes,
    scheme: str | None = None,
    allow_fragments: bool = True,
    decode: Callable[[bytes], str] = bytes.decode,
) -> URL:
    """Take a URL apart.

    Args:
        url: The URL.
        scheme: The scheme where it has none.
        allow_fragments: Whether `#` starts a fragment.
        decode: How bytes become text.

    Returns:
        Its parts.
    """
    text = decode(url) if isinstance(url, bytes) else url
    return URL(*urlsplit(text, scheme or "", allow_fragments))
