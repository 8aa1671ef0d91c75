"""Kolben: a micro web framework with Flask's public API, written anew.

The names below are loaded when they are first used (PEP 562), so that ``import kolben`` stays
cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import json as json
    from .app import Kolben as Kolben
    from .blueprints import Blueprint as Blueprint
    from .config import Config as Config
    from .contexts import after_this_request as after_this_request
    from .contexts import copy_current_request_context as copy_current_request_context
    from .contexts import has_app_context as has_app_context
    from .contexts import has_request_context as has_request_context
    from .events import ServerSentEvent as ServerSentEvent
    from .globals import current_app as current_app
    from .globals import g as g
    from .globals import has_websocket_context as has_websocket_context
    from .globals import request as request
    from .globals import session as session
    from .globals import websocket as websocket
    from .helpers import abort as abort
    from .helpers import flash as flash
    from .helpers import get_flashed_messages as get_flashed_messages
    from .helpers import get_template_attribute as get_template_attribute
    from .helpers import make_response as make_response
    from .helpers import redirect as redirect
    from .helpers import send_file as send_file
    from .helpers import send_from_directory as send_from_directory
    from .helpers import stream_with_context as stream_with_context
    from .helpers import url_for as url_for
    from .helpers.events import sse as sse
    from .http import Request as Request
    from .http import Response as Response
    from .json import jsonify as jsonify
    from .life_hooks import after_this_response as after_this_response
    from .signals import appcontext_popped as appcontext_popped
    from .signals import appcontext_pushed as appcontext_pushed
    from .signals import appcontext_tearing_down as appcontext_tearing_down
    from .signals import before_render_template as before_render_template
    from .signals import got_request_exception as got_request_exception
    from .signals import got_websocket_exception as got_websocket_exception
    from .signals import message_flashed as message_flashed
    from .signals import request_finished as request_finished
    from .signals import request_started as request_started
    from .signals import request_tearing_down as request_tearing_down
    from .signals import template_rendered as template_rendered
    from .signals import websocket_finished as websocket_finished
    from .signals import websocket_started as websocket_started
    from .signals import websocket_tearing_down as websocket_tearing_down
    from .sockets.websocket import WebSocket as WebSocket
    from .stacks import _app_ctx_stack as _app_ctx_stack
    from .stacks import _request_ctx_stack as _request_ctx_stack
    from .templating import render_block as render_block
    from .templating import render_template as render_template
    from .templating import render_template_string as render_template_string
    from .templating import stream_template as stream_template
    from .templating import stream_template_string as stream_template_string
    from .waiting import inline as inline

__version__ = "0.1.0"

_ROOMS = {
    "app": "Kolben",
    "blueprints": "Blueprint",
    "config": "Config",
    "contexts": (
        "after_this_request copy_current_request_context has_app_context has_request_context"
    ),
    "events": "ServerSentEvent",
    "globals": "current_app g has_websocket_context request session websocket",
    "helpers": (
        "abort flash get_flashed_messages get_template_attribute make_response redirect send_file"
        " send_from_directory stream_with_context url_for"
    ),
    "helpers.events": "sse",
    "http": "Request Response",
    "json": "jsonify",
    "life_hooks": "after_this_response",
    "signals": (
        "appcontext_popped appcontext_pushed appcontext_tearing_down before_render_template"
        " got_request_exception message_flashed request_finished request_started"
        " request_tearing_down template_rendered got_websocket_exception websocket_finished"
        " websocket_started websocket_tearing_down"
    ),
    "sockets.websocket": "WebSocket",
    "stacks": "_app_ctx_stack _request_ctx_stack",
    "templating": (
        "render_block render_template render_template_string stream_template stream_template_string"
    ),
    "waiting": "inline",
}
_here = globals()  # kept, since the room kolben.globals takes the name once it is loaded
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}

__all__ = ["json", *(name for name in _ROOM_OF if not name.startswith("_"))]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """Load a public name, or a room such as ``kolben.json``, when it is first used."""
    room = _ROOM_OF.get(name)
    if room is not None:
        value = getattr(import_module(f"{__name__}.{room}"), name)
    elif name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    else:
        try:
            value = import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    _here[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*_here, *_ROOM_OF, *__all__})
