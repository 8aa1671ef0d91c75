"""`werkzeug.contrib.securecookie`: a dict in a signed cookie, readable and not changeable.

Old cookies stay good. The values are JSON, as the documentation asked for; the default of that time
was pickle, which runs code that a stolen key can put into it.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import sha1
from time import mktime, time
from typing import Any, ClassVar

from werkzeug.datastructures import CallbackDict

from kolben.drop_in.legacy.werkzeug.urls import url_quote_plus, url_unquote_plus

__all__ = ["SecureCookie", "UnquoteError"]


class UnquoteError(Exception):
    """A value of the cookie can't be read."""


class _TextJSON:
    """JSON whose text is bytes."""

    @staticmethod
    def dumps(value: Any) -> bytes:
        return json.dumps(value).encode()

    loads = staticmethod(json.loads)


class SecureCookie(CallbackDict[str, Any]):
    """A dict that knows whether it changed, and can sign itself.

    Args:
        data: What it holds.
        secret_key: The key.
        new: Whether it came from no cookie.
    """

    hash_method: ClassVar[Callable[..., Any]] = staticmethod(sha1)
    serialization_method: ClassVar[Any] = _TextJSON
    quote_base64 = True

    def __init__(
        self,
        data: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        secret_key: str | bytes | None = None,
        new: bool = True,
    ) -> None:
        def changed(cookie: Any) -> None:
            cookie.modified = True

        self.modified = False
        super().__init__(data or (), changed)
        self.modified = False
        self.secret_key = secret_key.encode() if isinstance(secret_key, str) else secret_key
        self.new = new

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict(self)!r}{'*' if self.should_save else ''}>"

    @property
    def should_save(self) -> bool:
        """Whether it was changed since it was read."""
        return self.modified

    @classmethod
    def quote(cls, value: Any) -> bytes:
        """Return a value as it stands in the cookie."""
        data: bytes = cls.serialization_method.dumps(value)
        return b"".join(b64encode(data).splitlines()).strip() if cls.quote_base64 else data

    @classmethod
    def unquote(cls, value: bytes) -> Any:
        """Return the value of what stands in the cookie.

        Raises:
            UnquoteError: It can't be read.
        """
        try:
            return cls.serialization_method.loads(b64decode(value) if cls.quote_base64 else value)
        except Exception as error:
            raise UnquoteError(str(error)) from error

    def _signature(self, parts: Iterable[bytes]) -> bytes:
        assert self.secret_key is not None, "checked by who signs"
        mac = hmac.new(self.secret_key, digestmod=type(self).hash_method)
        for part in parts:
            mac.update(b"|" + part)
        return mac.digest()

    def serialize(self, expires: float | datetime | None = None) -> bytes:
        """Return the content of the cookie.

        Args:
            expires: When it ends, in seconds since 1970 or as local time.

        Returns:
            ASCII bytes.

        Raises:
            RuntimeError: There is no key.
        """
        if self.secret_key is None:
            raise RuntimeError("no secret key defined; give SecureCookie one")
        values = dict(self)
        if expires is not None:
            moment = mktime(expires.timetuple()) if isinstance(expires, datetime) else expires
            values["_expires"] = int(moment)
        parts = [
            url_quote_plus(name).encode() + b"=" + self.quote(value)
            for name, value in sorted(values.items())
        ]
        return b64encode(self._signature(parts)).strip() + b"?" + b"&".join(parts)

    @classmethod
    def unserialize(cls, string: str | bytes, secret_key: str | bytes) -> SecureCookie:
        """Read the content of a cookie.

        Args:
            string: The content.
            secret_key: The key.

        Returns:
            The dict; an empty one where the signature is wrong, or the time is over.
        """
        raw = string.encode() if isinstance(string, str) else string
        cookie = cls((), secret_key, False)
        signature, _, rest = raw.partition(b"?")
        parts = rest.split(b"&") if rest else []
        try:
            good = hmac.compare_digest(b64decode(signature), cookie._signature(parts))
            values = {}
            for part in parts if good else []:
                name, _, value = part.partition(b"=")
                values[str(url_unquote_plus(name))] = cls.unquote(value)
        except (UnquoteError, ValueError):
            return cookie
        if time() <= values.pop("_expires", time()):
            dict.update(cookie, values)
        return cookie

    @classmethod
    def load_cookie(
        cls, request: Any, key: str = "session", secret_key: str | bytes | None = None
    ) -> SecureCookie:
        """Read it from a request; it is empty where there is none."""
        data = request.cookies.get(key)
        if not data:
            return cls(secret_key=secret_key)
        return cls.unserialize(data, secret_key or b"")

    def save_cookie(
        self,
        response: Any,
        key: str = "session",
        expires: float | datetime | None = None,
        session_expires: float | datetime | None = None,
        max_age: int | None = None,
        path: str = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        force: bool = False,
    ) -> None:
        """Put it on a response, if it was changed or `force` says so; the rest is the cookie's."""
        if force or self.should_save:
            data = self.serialize(session_expires or expires).decode()
            response.set_cookie(
                key,
                data,
                expires=expires,
                max_age=max_age,
                path=path,
                domain=domain,
                secure=secure,
                httponly=httponly,
            )
