"""The types of what users hand to Kolben: return values of views, hooks, error handlers.

Nothing here exists for the running program; the names follow Flask's ``flask.typing`` so that
annotations written for Flask keep their meaning.
"""

from __future__ import annotations

from collections.abc import (
    AsyncIterable,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from typing import TYPE_CHECKING, Any, TypeVar, Union

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication  # named by a forward reference
    from werkzeug.datastructures import Headers  # named by a forward reference
    from werkzeug.sansio.response import Response  # named by a forward reference

# `str | "Name"` is a TypeError at run time, hence Union where a type is named by a string.

ResponseValue = Union[
    "Response",
    str,
    bytes,
    list[Any],
    Mapping[str, Any],  # Only a dict is turned into JSON; Mapping lets a TypedDict pass.
    Iterator[str],
    Iterator[bytes],
    AsyncIterable[str],
    AsyncIterable[bytes],
]
"""What can become a response by itself: text, bytes, JSON data, an iterator, or a response."""

HeaderValue = str | list[str] | tuple[str, ...]
"""One header's value, or several values of a header that is sent more than once."""

HeadersValue = Union[
    "Headers",
    Mapping[str, HeaderValue],
    Sequence[tuple[str, HeaderValue]],
]
"""The headers in a view's return tuple."""

ResponseReturnValue = Union[
    ResponseValue,
    tuple[ResponseValue, HeadersValue],
    tuple[ResponseValue, int],
    tuple[ResponseValue, int, HeadersValue],
    "WSGIApplication",
]
"""All that a view may return."""

ResponseClass = TypeVar("ResponseClass", bound="Response")
"""Any response class, so that a hook annotated with a subclass still type-checks."""

AppOrBlueprintKey = str | None
"""Whose hooks: ``None`` for the app's, otherwise a blueprint's name."""

AfterRequestCallable = (
    Callable[[ResponseClass], ResponseClass] | Callable[[ResponseClass], Awaitable[ResponseClass]]
)
"""``after_request`` and ``after_this_request``: takes the response, returns a response."""

BeforeFirstRequestCallable = Callable[[], None] | Callable[[], Awaitable[None]]
"""``before_first_request``: runs once, before the first request is handled."""

BeforeRequestCallable = (
    Callable[[], ResponseReturnValue | None] | Callable[[], Awaitable[ResponseReturnValue | None]]
)
"""``before_request``: a value that is not ``None`` is the response, and the view is skipped."""

ShellContextProcessorCallable = Callable[[], dict[str, Any]]
"""``shell_context_processor``: names for the interactive shell."""

TeardownCallable = (
    Callable[[BaseException | None], None] | Callable[[BaseException | None], Awaitable[None]]
)
"""``teardown_request`` and ``teardown_appcontext``: takes the exception that ended it, or None."""

BeforeWebSocketCallable = BeforeRequestCallable
"""``before_websocket``: a value that is not ``None`` refuses the handshake, as its response."""

AfterWebSocketCallable = (
    Callable[[ResponseClass | None], ResponseClass | None]
    | Callable[[ResponseClass | None], Awaitable[ResponseClass | None]]
)
"""``after_websocket``: takes the response of a refused handshake, or None; returns the same."""

TemplateContextProcessorCallable = (
    Callable[[], dict[str, Any]] | Callable[[], Awaitable[dict[str, Any]]]
)
"""``context_processor``: names for every template."""

TemplateFilterCallable = Callable[..., Any]
"""``template_filter``: takes the value and the filter's arguments."""

TemplateGlobalCallable = Callable[..., Any]
"""``template_global``: any function a template may call."""

TemplateTestCallable = Callable[..., bool]
"""``template_test``: takes the value and the test's arguments."""

URLDefaultCallable = Callable[[str, dict[str, Any]], None]
"""``url_defaults``: takes the endpoint and the values, which it may add to."""

URLValuePreprocessorCallable = Callable[[str | None, dict[str, Any] | None], None]
"""``url_value_preprocessor``: takes the endpoint and the values, both None when nothing matched."""

# The argument is Any because a handler of one exception class is not a handler of Exception.
ErrorHandlerCallable = (
    Callable[[Any], ResponseReturnValue] | Callable[[Any], Awaitable[ResponseReturnValue]]
)
"""``errorhandler``: takes the exception, returns what a view may return."""

RouteCallable = Callable[..., ResponseReturnValue] | Callable[..., Awaitable[ResponseReturnValue]]
"""A view function: takes the URL's variables as keywords."""

WebSocketCallable = (
    Callable[..., ResponseReturnValue | None] | Callable[..., Awaitable[ResponseReturnValue | None]]
)
"""A WebSocket's handler: takes the URL's variables as keywords; a value refuses the handshake."""
