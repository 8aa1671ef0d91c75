"""Which names each module of Flask lost, where the thing is now, and what to write instead."""

from __future__ import annotations

from kolben.drop_in.legacy.removed import Removed

__all__ = ["REMOVED"]

_APP_STACK = Removed("kolben.stacks:_app_ctx_stack", "flask.globals.app_ctx, flask.g")
_REQUEST_STACK = Removed(
    "kolben.stacks:_request_ctx_stack",
    "flask.globals.request_ctx, flask.request",
)
_SAFE_JOIN = Removed(
    "kolben.drop_in.legacy.lookups:safe_join", "werkzeug.utils.safe_join, which may return None"
)
_SIGNALS = Removed("kolben.drop_in.legacy.compat:signals_available", "nothing: there are signals")
_MARKUP = Removed("markupsafe:Markup", "markupsafe.Markup")
_ESCAPE = Removed("markupsafe:escape", "markupsafe.escape")
_LOCKED = Removed(
    "kolben.drop_in.legacy.lookups:locked_cached_property",
    "werkzeug.utils.cached_property",
)
_TOTAL_SECONDS = Removed("kolben.drop_in.legacy.lookups:total_seconds", "timedelta.total_seconds")
_BOUND = Removed("kolben.folders:Folders", "flask.sansio.scaffold.Scaffold")
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
        "integer_types": Removed("kolben.drop_in.legacy.compat:integer_types", "int"),
        "locked_cached_property": _LOCKED,
        "reraise": Removed("kolben.drop_in.legacy.compat:reraise", "raise error.with_traceback"),
        "text_type": Removed("builtins:str", "str"),
        "_endpoint_from_view_func": _ENDPOINT,
        "_app_ctx_stack": _APP_STACK,
        "_request_ctx_stack": _REQUEST_STACK,
    },
    "flask.globals": {
        "_app_ctx_err_msg": Removed("kolben.drop_in.legacy.lookups:APP_MESSAGE", "the error"),
        "_request_ctx_err_msg": Removed(
            "kolben.drop_in.legacy.lookups:REQUEST_MESSAGE", "the error"
        ),
        "LocalStack": Removed("kolben.local:LocalStack", "werkzeug.local.LocalStack"),
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
        "_PackageBoundObject": _BOUND,
        "_tojson_filter": Removed(
            "kolben.drop_in.legacy.lookups:htmlsafe_dumps", "the filter tojson that Jinja has"
        ),
        "find_package": Removed(
            "kolben.scaffold:find_package", "flask.sansio.scaffold.find_package"
        ),
        "get_env": Removed("kolben.drop_in.legacy.lookups:get_env", "flask.helpers.get_debug_flag"),
        "json_available": Removed(
            "kolben.drop_in.legacy.compat:json_available",
            "nothing: JSON is always there",
        ),
        "locked_cached_property": _LOCKED,
        "safe_join": _SAFE_JOIN,
        "total_seconds": _TOTAL_SECONDS,
        "url_quote": Removed("kolben.drop_in.legacy.werkzeug.urls:url_quote", "urllib.parse.quote"),
    },
    "flask.json": {
        "JSONDecoder": Removed(
            "kolben.drop_in.legacy.coders:JSONDecoder", "flask.json.provider.JSONProvider"
        ),
        "JSONEncoder": Removed(
            "kolben.drop_in.legacy.coders:JSONEncoder", "flask.json.provider.JSONProvider"
        ),
        "htmlsafe_dump": Removed(
            "kolben.drop_in.legacy.lookups:htmlsafe_dump", "jinja2.utils.htmlsafe_json_dumps"
        ),
        "htmlsafe_dumps": Removed(
            "kolben.drop_in.legacy.lookups:htmlsafe_dumps", "jinja2.utils.htmlsafe_json_dumps"
        ),
        "tojson_filter": Removed(
            "kolben.drop_in.legacy.lookups:htmlsafe_dumps", "the filter tojson that Jinja has"
        ),
    },
    "flask.cli": {
        "get_env": Removed("kolben.drop_in.legacy.lookups:get_env", "flask.helpers.get_debug_flag"),
    },
    "flask.blueprints": {
        "_PackageBoundObject": _BOUND,
    },
    "flask.config": {
        "iteritems": Removed("kolben.drop_in.legacy.compat:iteritems", "dict.items"),
    },
    "flask.ctx": {
        "_app_ctx_stack": _APP_STACK,
        "_request_ctx_stack": _REQUEST_STACK,
        "reraise": Removed("kolben.drop_in.legacy.compat:reraise", "raise error.with_traceback"),
    },
    "flask.sessions": {"total_seconds": _TOTAL_SECONDS},
    "flask.signals": {"signals_available": _SIGNALS},
    "flask.templating": {
        "_app_ctx_stack": _APP_STACK,
        "_request_ctx_stack": _REQUEST_STACK,
    },
    "flask.testing": {
        "make_test_environ_builder": Removed(
            "kolben.drop_in.legacy.lookups:make_test_environ_builder",
            "flask.testing.EnvironBuilder",
        ),
    },
    "flask.views": {
        "MethodViewType": Removed("builtins:type", "flask.views.MethodView, which needs none"),
        "with_metaclass": Removed("kolben.drop_in.legacy.compat:with_metaclass", "metaclass="),
    },
    "flask.wrappers": {
        "JSONMixin": Removed("kolben.drop_in.legacy.werkzeug.mixins:JSONMixin", "flask.Request"),
    },
}
