"""The response: Werkzeug's, with a ``Headers`` object only for those who touch it.

Theory of operation: a response made of text or bytes remembers just these (``_body``) and its
content type (``_type``). Its headers, its body as a list and its callbacks are properties; what is
behind them (``_headers``, ``_chunks``, ``_callbacks``) is ``None`` until somebody looks or assigns.
So a response where they still are ``None`` was touched by nobody, and is sent as it is. A subclass
that overrides a part of this is answered Werkzeug's way; that is found out when the class is made.

Attributes that every request reads have no default in the class, but are set by the constructor:
CPython specialises access to an instance's attribute only if the class has none of that name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response as WerkzeugResponse

from kolben import json
from kolben.stacks import active_app

from .lazy import keeps, teach_names
from .pairs import copy_pairs, has_length, sendable_pairs, wrap_pairs
from .status import BODILESS, STATUS_LINES, content_lengths, content_type_header, content_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from http import HTTPStatus

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from werkzeug.datastructures import Headers

_INIT_HOOKS = (
    *(
        "headers",
        "status",
        "status_code",
        "default_status",
        "_clean_status",
        "response",
        "set_data",
    ),
    *("_on_close", "direct_passthrough", "automatically_set_content_length"),
    *("__setattr__", "__getattribute__"),
)
_CALL_HOOKS = (
    *("get_wsgi_response", "get_wsgi_headers", "get_app_iter", "iter_encoded", "is_sequence"),
    *("close", "call_on_close"),
)
_LATE = (
    *("_headers", "_chunks", "_callbacks", "_body", "_type"),
    *("direct_passthrough", "_status", "_status_code"),
)
_OK = STATUS_LINES[200][0]


class Response(WerkzeugResponse):
    """What is sent back: HTML unless said otherwise.

    Args:
        response: The body: text, bytes, or an iterable of either, which is streamed unless it is
            a list or a tuple.
        status: A code, or a line such as ``"404 NOT FOUND"``; 200 if left out.
        headers: Pairs, a mapping, or a ``Headers`` object, which is then used itself.
        mimetype: The content type without a charset; text gets one.
        content_type: The whole content type, instead of ``mimetype``.
        direct_passthrough: Give the iterable to the server as it is.

    Raises:
        ValueError: A header's value contains a line break, or the status is empty.

    Differs from Flask: which methods a class overrides is found out when the class is made, so one
    that is put into a class afterwards (monkeypatched) may not be called.
    """

    default_mimetype: str | None = "text/html"
    """The content type of a response that is made without one."""

    autocorrect_location_header = False
    """Whether a relative ``Location`` is sent as an absolute URL."""

    json_module: Any = json
    """What has ``loads`` for ``get_json``."""

    _body: bytes | None
    _type: Any  # the header as a pair; None if Werkzeug's constructor made the headers
    _headers: Headers | None
    _chunks: Any
    _callbacks: list[Callable[[], Any]] | None
    _lean_init = True
    _lean_call = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Find out which of the hooks the subclass changes."""
        super().__init_subclass__(**kwargs)
        cls._lean_init = keeps(cls, Response, _INIT_HOOKS)
        cls._lean_call = cls._lean_init and keeps(cls, Response, _CALL_HOOKS)
        teach_names(cls, _LATE)

    def __init__(
        self,
        response: Iterable[bytes] | bytes | Iterable[str] | str | None = None,
        status: int | str | HTTPStatus | None = None,
        headers: Mapping[str, str | Iterable[str]] | Iterable[tuple[str, str]] | None = None,
        mimetype: str | None = None,
        content_type: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        # PERF python -m bench.http_objects: made 4990 → 510, made and called 11200 → 1010 ns
        self._headers = self._chunks = self._callbacks = self._body = self._type = None
        pairs = None
        if (
            (headers is not None and (pairs := copy_pairs(headers)) is None)
            or (mimetype := self.default_mimetype if mimetype is None else mimetype) is None
            or isinstance(response, bytearray)
            or not self._lean_init
        ):
            super().__init__(response, status, headers, mimetype, content_type, direct_passthrough)
            return
        self.direct_passthrough = direct_passthrough
        if content_type is not None:
            self._type = content_type_header(content_type)
        else:
            self._type = content_types[mimetype]
        if isinstance(response, str):
            self._body = response.encode()
        elif isinstance(response, bytes):
            self._body = response
        elif response is not None:
            self.response = response
        if status is None:
            self._status, self._status_code = _OK, 200
        elif status in STATUS_LINES:
            self._status, self._status_code = STATUS_LINES[status]
        else:
            self.status = status
        if pairs:
            self._headers = wrap_pairs(pairs + self._own_pairs())

    @property
    def headers(self) -> Headers:
        """The headers; they may be changed, and replaced."""
        headers = self._headers
        if headers is None:
            headers = self._headers = wrap_pairs(self._own_pairs())
        return headers

    @headers.setter
    def headers(self, value: Headers) -> None:
        self._headers = value

    @property
    def response(self) -> Any:
        """The body: a list of bytes, or the iterable that the response was made with or given."""
        chunks = self._chunks
        if chunks is None:
            chunks = self._chunks = [] if self._body is None else [self._body]
        return chunks

    @response.setter
    def response(self, value: Any) -> None:
        if hasattr(value, "__aiter__") and not hasattr(value, "__iter__"):
            from kolben.streams import AsyncStream  # with asyncio, which most responses don't need

            value = AsyncStream(value)
        self._chunks = value

    @property
    def _on_close(self) -> list[Callable[[], Any]]:
        """What is called when the response is closed."""
        callbacks = self._callbacks
        if callbacks is None:
            callbacks = self._callbacks = []
        return callbacks

    @_on_close.setter
    def _on_close(self, value: list[Callable[[], Any]]) -> None:
        self._callbacks = value

    def _own_pairs(self) -> list[tuple[str, str]]:
        """Make the headers that follow from the content type and the body."""
        pairs = [] if self._type is None else [self._type]
        if self._body is not None:
            pairs.append(content_lengths[len(self._body)])
        return pairs

    @classmethod
    def force_type(
        cls, response: WerkzeugResponse, environ: WSGIEnvironment | None = None
    ) -> WerkzeugResponse:
        """Turn another response, or with an environ any WSGI application, into one of this class.

        Args:
            response: A response, which is changed in place, or an application, which is run.
            environ: What the application is run with.

        Returns:
            The response.

        Raises:
            TypeError: An application came without an environ.
        """
        forced = super().force_type(response, environ)
        values = forced.__dict__
        if "_headers" not in values:  # it was made by Werkzeug's class, under the properties' names
            values["_headers"] = values.pop("headers")
            values["_chunks"] = values.pop("response")
            values["_callbacks"] = values.pop("_on_close")
            values["_body"] = values["_type"] = None
        return forced

    def become_werkzeugs(self) -> None:
        """Move what this response holds to where a class of Werkzeug's looks for it.

        For a ``response_class`` that knows nothing of Kolben: call this, then its ``force_type``.
        """
        values = self.__dict__
        found = {"headers": self.headers, "response": self.response, "_on_close": self._on_close}
        for name in ("_headers", "_chunks", "_callbacks", "_body", "_type"):
            values.pop(name, None)
        values.update(found)

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]  # read only, as in Flask
        """The largest cookie, in bytes, without a warning: ``MAX_COOKIE_SIZE``; 0 for any."""
        app = active_app()
        if app is None:
            return WerkzeugResponse.max_cookie_size
        size: int = app.config["MAX_COOKIE_SIZE"]
        return size

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as a WSGI application.

        Args:
            environ: The WSGI environ of the request.
            start_response: Takes the status line and the headers.

        Returns:
            The body: the plain list of bytes where there is nothing to close, else an iterator.
        """
        if self._lean_call and environ["REQUEST_METHOD"] != "HEAD":
            body = self._body
            if (
                body is not None
                and self._chunks is None
                and not self._callbacks
                and self._status_code not in BODILESS
                and not self.direct_passthrough
            ):
                pairs: list[tuple[str, str]] | None = [self._type, content_lengths[len(body)]]
                if self._headers is not None:
                    pairs = self._plain_pairs(len(body))
                if pairs is not None:
                    start_response(self._status, pairs)
                    return [body]
            else:
                chunks = self._plain_chunks()
                if chunks is not None:
                    pairs = self._plain_pairs(len(chunks[0]))
                    if pairs is not None:
                        start_response(self._status, pairs)
                        return chunks
        return super().__call__(environ, start_response)

    def plain_parts(self) -> tuple[int, list[tuple[str, str]], list[bytes]] | None:
        """Give status, headers and body, where they are as plain as that (not for HEAD).

        Returns:
            ``None`` where the response has to be called with an environ.
        """
        if not self._lean_call:
            return None
        body = self._body
        if (
            body is not None
            and self._chunks is None
            and self._headers is None
            and not self._callbacks
            and self._status_code not in BODILESS
            and not self.direct_passthrough
        ):
            return self._status_code, [self._type, content_lengths[len(body)]], [body]
        chunks = self._plain_chunks()
        pairs = None if chunks is None else self._plain_pairs(len(chunks[0]))
        return None if chunks is None or pairs is None else (self._status_code, pairs, chunks)

    def _plain_chunks(self) -> list[bytes] | None:
        """Give the body if it is one piece of bytes, and nothing forbids to send it as it is."""
        if self._status_code in BODILESS or self.direct_passthrough or self._callbacks:
            return None
        chunks = self.response
        if type(chunks) is list and len(chunks) == 1 and type(chunks[0]) is bytes:
            return chunks
        return None

    def _plain_pairs(self, length: int) -> list[tuple[str, str]] | None:
        """Give the headers if they can be sent as they are."""
        if self._headers is None:
            pairs: list[tuple[str, str]] | None = self._own_pairs()
        else:
            pairs = sendable_pairs(self._headers, self.autocorrect_location_header)
        if pairs is not None and self.automatically_set_content_length and not has_length(pairs):
            pairs.append(content_lengths[length])
        return pairs


teach_names(Response, _LATE)
