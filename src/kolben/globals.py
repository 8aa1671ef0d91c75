"""The names every view knows: ``current_app``, ``g``, ``request``, ``session``, ``websocket``.

Each is a proxy that looks up the context on top of its stack at every use, so that one module-level
name serves every thread, greenlet and task at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from .local import LocalProxy
from .stacks import _app_ctx_stack, _cv_app, _cv_request, _request_ctx_stack, top_of

if TYPE_CHECKING:
    from .app import Kolben
    from .app_globals import _AppCtxGlobals
    from .contexts import AppContext, RequestContext
    from .http import Request
    from .sessions import SessionMixin
    from .sockets.websocket import WebSocket

__all__ = [
    "_app_ctx_stack",
    "_cv_app",
    "_cv_request",
    "_request_ctx_stack",
    "app_ctx",
    "current_app",
    "g",
    "has_websocket_context",
    "request",
    "request_ctx",
    "session",
    "websocket",
]

_no_app_message = """\
Working outside of application context.

What you used ('current_app', 'g', or something that reads them) belongs to an application, and none
is active here. In a script or a test, enter one: with app.app_context(): ..."""

_no_request_message = """\
Working outside of request context.

What you used ('request', 'session', or something that reads them) belongs to an HTTP request, and
none is active here. In a script or a test, make one: with app.test_request_context("/path"): ...
In a thread or task that a view started, wrap the function with copy_current_request_context."""

_no_websocket_message = """\
Working outside of a WebSocket.

'websocket' belongs to a WebSocket's handler and its hooks (@app.websocket, @app.before_websocket
…), and none is active here; a view has 'request'. In a test, connect one:
with app.test_client().websocket("/path") as ws: ..."""


def _current_websocket() -> WebSocket:
    """Return the WebSocket that the context on top belongs to."""
    websocket: WebSocket | None = getattr(_cv_request.get(None), "websocket", None)
    if websocket is None:
        raise RuntimeError(_no_websocket_message)
    return websocket


def has_websocket_context() -> bool:
    """Tell whether a WebSocket's context is active, so that ``websocket`` can be used."""
    return getattr(_cv_request.get(None), "websocket", None) is not None


app_ctx = cast("AppContext", LocalProxy(top_of(_cv_app, _no_app_message)))
current_app = cast("Kolben", LocalProxy(_cv_app, "app", unbound_message=_no_app_message))
g = cast("_AppCtxGlobals", LocalProxy(_cv_app, "g", unbound_message=_no_app_message))

request_ctx = cast("RequestContext", LocalProxy(top_of(_cv_request, _no_request_message)))
request = cast("Request", LocalProxy(_cv_request, "request", unbound_message=_no_request_message))
session = cast(
    "SessionMixin", LocalProxy(_cv_request, "session", unbound_message=_no_request_message)
)
websocket = cast("WebSocket", LocalProxy(_current_websocket))
