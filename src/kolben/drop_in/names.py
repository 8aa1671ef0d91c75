"""Names that a module of Flask has and the room of Kolben hasn't, or spells differently.

Most are things that a module of Flask has only because it imports them. Programs import them from
there all the same (`from flask.app import Rule`, `from flask.testing import EnvironBuilder`).
"""

from __future__ import annotations

__all__ = ["NAMES"]

#: Kolben's classes under Flask's names, and what is called or kept otherwise: "module:name".
_RENAMED: dict[str, dict[str, str]] = {
    "flask.app": {
        "App": "kolben.app:Kolben",
        "BaseResponse": "werkzeug.wrappers:Response",
        "Flask": "kolben.app:Kolben",
        "_make_timedelta": "kolben.app:_as_timedelta",
        "_sentinel": "kolben.scaffold:_sentinel",
    },
    "flask.blueprints": {"SansioBlueprint": "kolben.blueprints:Blueprint"},
    "flask.debughelpers": {"App": "kolben.app:Kolben", "Blueprint": "kolben.blueprints:Blueprint"},
    "flask.helpers": {
        "BaseResponse": "werkzeug.wrappers:Response",
        "_wz_abort": "werkzeug.exceptions:abort",
        "_wz_redirect": "werkzeug.utils:redirect",
    },
    "flask.sansio.app": {"App": "kolben.app:Kolben"},
    "flask.sansio.blueprints": {"AppGroup": "kolben.cli:AppGroup"},
    "flask.templating": {"BaseEnvironment": "jinja2:Environment"},
    "flask.testing": {
        "BaseRequest": "werkzeug.wrappers:Request",
        "SessionMixin": "kolben.sessions:SessionMixin",
    },
    "flask.wrappers": {
        "RequestBase": "werkzeug.wrappers:Request",
        "ResponseBase": "werkzeug.wrappers:Response",
        "_split_blueprint_path": "kolben.helpers:_split_blueprint_path",
    },
}

#: What modules of Flask import under its own name, by where it comes from.
_IMPORTED: dict[str, dict[str, tuple[str, ...]]] = {
    "flask.app": {
        "jinja2": ("BaseLoader",),
        "kolben.config": ("Config", "ConfigAttribute"),
        "kolben.contexts": ("AppContext", "RequestContext", "_AppCtxGlobals"),
        "kolben.globals": (
            "_cv_app",
            "_cv_request",
            "current_app",
            "g",
            "request",
            "request_ctx",
            "session",
        ),
        "kolben.helpers": (
            "_split_blueprint_path",
            "get_debug_flag",
            "get_flashed_messages",
            "get_load_dotenv",
            "send_from_directory",
        ),
        "kolben.http": ("Request", "Response"),
        "kolben.json.provider": ("DefaultJSONProvider", "JSONProvider"),
        "kolben.logging": ("create_logger",),
        "kolben.scaffold": ("Scaffold", "_endpoint_from_view_func", "find_package", "setupmethod"),
        "kolben.sessions": ("SecureCookieSessionInterface", "SessionInterface"),
        "kolben.signals": (
            "appcontext_tearing_down",
            "got_request_exception",
            "request_finished",
            "request_started",
            "request_tearing_down",
        ),
        "kolben.templating": (
            "DispatchingJinjaLoader",
            "Environment",
            "_default_template_ctx_processor",
        ),
        "werkzeug.datastructures": ("Headers", "ImmutableDict"),
        "werkzeug.exceptions": (
            "Aborter",
            "BadRequest",
            "BadRequestKeyError",
            "HTTPException",
            "InternalServerError",
        ),
        "werkzeug.routing": (
            "BuildError",
            "Map",
            "MapAdapter",
            "RequestRedirect",
            "RoutingException",
            "Rule",
        ),
        "werkzeug.serving": ("is_running_from_reloader",),
        "werkzeug.utils": ("cached_property", "redirect"),
        "werkzeug.wsgi": ("get_host",),
    },
    "flask.blueprints": {
        "kolben.cli": ("AppGroup",),
        "kolben.globals": ("current_app",),
        "kolben.helpers": ("send_from_directory",),
        "kolben.scaffold": ("Scaffold", "_endpoint_from_view_func", "_sentinel", "setupmethod"),
    },
    "flask.cli": {
        "click.core": ("ParameterSource",),
    },
    "flask.config": {"werkzeug.utils": ("import_string",)},
    "flask.ctx": {
        "kolben.globals": ("_cv_app", "_cv_request"),
        "kolben.signals": ("appcontext_popped", "appcontext_pushed"),
        "werkzeug.exceptions": ("HTTPException",),
    },
    "flask.debughelpers": {
        "jinja2.loaders": ("BaseLoader",),
        "kolben.globals": ("request_ctx",),
        "werkzeug.routing": ("RequestRedirect",),
    },
    "flask.globals": {"werkzeug.local": ("LocalProxy",)},
    "flask.helpers": {
        "kolben.globals": (
            "_cv_app",
            "_cv_request",
            "current_app",
            "request",
            "request_ctx",
            "session",
        ),
        "kolben.signals": ("message_flashed",),
    },
    "flask.json": {"kolben.globals": ("current_app",), "kolben.json.provider": ("_default",)},
    "flask.json.provider": {"werkzeug.http": ("http_date",)},
    "flask.json.tag": {
        "kolben.json": ("dumps", "loads"),
        "markupsafe": ("Markup",),
        "werkzeug.http": ("http_date", "parse_date"),
    },
    "flask.logging": {"kolben.globals": ("request",), "werkzeug.local": ("LocalProxy",)},
    "flask.sessions": {
        "itsdangerous": ("BadSignature", "URLSafeTimedSerializer"),
        "kolben.json.tag": ("TaggedJSONSerializer",),
        "werkzeug.datastructures": ("CallbackDict",),
    },
    "flask.signals": {"blinker": ("Namespace",)},
    "flask.templating": {
        "jinja2": ("BaseLoader", "Template", "TemplateNotFound"),
        "kolben.globals": ("_cv_app", "_cv_request", "current_app", "request"),
        "kolben.helpers": ("stream_with_context",),
        "kolben.signals": ("before_render_template", "template_rendered"),
    },
    "flask.testing": {
        "click.testing": ("CliRunner", "Result"),
        "kolben.cli": ("ScriptInfo",),
        "werkzeug.test": ("Client",),
        "werkzeug.wrappers": ("Request",),
    },
    "flask.views": {"kolben.globals": ("current_app", "request")},
    "flask.wrappers": {
        "kolben.globals": ("current_app",),
        "werkzeug.exceptions": ("BadRequest", "HTTPException"),
    },
}


def _joined() -> dict[str, dict[str, str]]:
    """Bring both tables into one: by module of Flask, then by name, `module:name`."""
    joined = {module: dict(names) for module, names in _RENAMED.items()}
    for module, sources in _IMPORTED.items():
        known = joined.setdefault(module, {})
        for source, names in sources.items():
            known.update({name: f"{source}:{name}" for name in names})
    return joined


#: By module of Flask, then by name: `module:name` of what it stands for.
NAMES = _joined()
