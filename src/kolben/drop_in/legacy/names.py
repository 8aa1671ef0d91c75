"""Which names each module of Flask lost, where the thing is now, and what to write instead."""

from __future__ import annotations

from kolben.drop_in.legacy.removed import Removed

__all__ = ["REMOVED"]

_APP_STACK = Removed("kolben.stacks:_app_ctx_stack", "flask.globals.app_ctx, flask.g")
_REQUEST_STACK = Removed(
    "kolben.stacks:_request_ctx_stack",
    "flask.globals.request_ctx, flask.request",
)
_SAFE_JOIN = Removed("werkzeug.utils:safe_join", "werkzeug.utils.safe_join")
_SIGNALS = Removed("kolben.drop_in.legacy.compat:signals_available", "nothing: there are signals")
_MARKUP = Removed("markupsafe:Markup", "markupsafe.Markup")
_ESCAPE = Removed("markupsafe:escape", "markupsafe.escape")
_ENDPOINT = Removed(
    "kolben.scaffold:_endpoint_from_view_func",
    "flask.sansio.scaffold._endpoint_from_view_func",
)

#: By module of Flask, then by name.
REMOVED: dict[str, dict[str, Removed]] = {
    "flask": {
        "Markup": _MARKUP,
        "_app_ctx_stack": _APP_STACK,
        "_request_ctx_stack": _REQUEST_STACK,
        "escape": _ESCAPE,
        "json_available": Removed(
            "kolben.drop_in.legacy.compat:json_available",
            "nothing: JSON is always there",
        ),
        "safe_join": _SAFE_JOIN,
        "signals_available": _SIGNALS,
    },
    "flask.app": {
        "_endpoint_from_view_func": _ENDPOINT,
        "_app_ctx_stack": _APP_STACK,
        "_request_ctx_stack": _REQUEST_STACK,
    },
    "flask.ctx": {
        "_app_ctx_stack": _APP_STACK,
        "_request_ctx_stack": _REQUEST_STACK,
    },
    "flask.globals": {
        "_find_app": Removed("kolben.drop_in.legacy.lookups:find_app", "flask.current_app"),
        "_lookup_app_object": Removed(
            "kolben.drop_in.legacy.lookups:lookup_app_object",
            "flask.globals.app_ctx",
        ),
        "_lookup_req_object": Removed(
            "kolben.drop_in.legacy.lookups:lookup_request_object",
            "flask.globals.request_ctx",
        ),
    },
    "flask.helpers": {
        "_endpoint_from_view_func": _ENDPOINT,
        "get_env": Removed("kolben.drop_in.legacy.lookups:get_env", "flask.helpers.get_debug_flag"),
        "json_available": Removed(
            "kolben.drop_in.legacy.compat:json_available",
            "nothing: JSON is always there",
        ),
        "locked_cached_property": Removed(
            "kolben.drop_in.legacy.lookups:locked_cached_property",
            "werkzeug.utils.cached_property",
        ),
        "safe_join": _SAFE_JOIN,
        "total_seconds": Removed(
            "kolben.drop_in.legacy.lookups:total_seconds",
            "timedelta.total_seconds",
        ),
    },
    "flask.json": {
        "JSONDecoder": Removed("kolben.drop_in.legacy.coders:JSONDecoder", "flask.json.provider"),
        "JSONEncoder": Removed("kolben.drop_in.legacy.coders:JSONEncoder", "flask.json.provider"),
        "htmlsafe_dumps": Removed("jinja2.utils:htmlsafe_json_dumps", "jinja2.utils"),
    },
    "flask.signals": {"signals_available": _SIGNALS},
}
