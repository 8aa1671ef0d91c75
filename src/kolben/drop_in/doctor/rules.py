"""What to look for: the tables of the drop-in, and what only sources can show."""

from __future__ import annotations

from kolben.drop_in.legacy.elsewhere import NAMES as LOST_ELSEWHERE
from kolben.drop_in.legacy.elsewhere import ROOMS as ROOMS_ELSEWHERE
from kolben.drop_in.legacy.names import REMOVED
from kolben.drop_in.legacy.on_config import SETTINGS
from kolben.drop_in.modules import REMOVED_ROOMS

__all__ = [
    "APP_ATTRIBUTES",
    "ATTRIBUTES",
    "HOOKS",
    "OVERRIDES",
    "PRIVATE",
    "REMOVED_MODULES",
    "REMOVED_NAMES",
    "REMOVED_SETTINGS",
    "REQUEST_ATTRIBUTES",
    "is_about_us",
]

#: `module.name` → what to write instead.
REMOVED_NAMES: dict[str, str] = {
    f"{module}.{name}": removed.instead
    for table in (REMOVED, LOST_ELSEWHERE)
    for module, names in table.items()
    for name, removed in names.items()
}

#: Module → what to write instead.
REMOVED_MODULES: dict[str, str] = {
    **{name: removed.instead for name, removed in REMOVED_ROOMS.items()},
    **{name: removed.instead for name, removed in ROOMS_ELSEWHERE.items() if removed.target},
}

#: Setting → what to use instead.
REMOVED_SETTINGS = {name: instead for name, (instead, _) in SETTINGS.items()}

_AT_START = "`with app.app_context():` where the app is made"

#: Attributes whose name alone tells what they are of.
ATTRIBUTES: dict[str, str] = {
    "before_app_first_request": _AT_START,
    "before_first_request": _AT_START,
    "before_first_request_funcs": _AT_START,
    "is_xhr": "a header or a query argument of your own",
    "json_decoder": "app.json_provider_class",
    "json_encoder": "app.json_provider_class or app.json.default",
    "preserve_context_on_exception": "nothing: a context ends with its request",
    "propagate_exceptions": "app.config['PROPAGATE_EXCEPTIONS'], app.testing or app.debug",
    "request_globals_class": "app.app_ctx_globals_class",
    "send_file_max_age_default": "app.config['SEND_FILE_MAX_AGE_DEFAULT']",
    "session_cookie_name": "app.config['SESSION_COOKIE_NAME']",
    "templates_auto_reload": "app.config['TEMPLATES_AUTO_RELOAD']",
    "try_trigger_before_first_request_functions": "nothing: the first request runs them",
    "use_x_sendfile": "app.config['USE_X_SENDFILE']",
}

#: Attributes that count only on something that is called like an app.
APP_ATTRIBUTES: dict[str, str] = {
    "env": "app.debug",
    "error_handlers": "app.error_handler_spec[None]",
    "init_jinja_globals": "app.jinja_env.globals",
    "logger_name": "app.logger.name",
    "make_null_session": "app.session_interface.make_null_session",
    "open_session": "app.session_interface.open_session",
    "save_session": "app.session_interface.save_session",
    "static_path": "app.static_url_path",
}

#: Attributes that count only on something that is called like a request.
REQUEST_ATTRIBUTES: dict[str, str] = {
    "charset": "nothing: it is UTF-8",
    "encoding_errors": "nothing: it is UTF-8",
    "module": "request.blueprint",
    "url_charset": "nothing: it is UTF-8",
}

#: Attributes that Flask's objects have for themselves.
PRIVATE: dict[str, str] = {
    "_before_request_lock": "a lock of your own",
    "_cached_data": "request.get_data()",
    "_cached_json": "request.get_json()",
    "_check_setup_finished": "nothing: the set-up methods check",
    "_find_error_handler": "app.handle_user_exception",
    "_get_exc_class_and_code": "app.register_error_handler",
    "_got_first_request": "nothing: set the app up before it serves",
    "_got_registered_once": "blueprint.record_once",
    "_implicit_app_ctx_stack": "flask.globals.app_ctx",
    "_is_setup_finished": "nothing: the set-up methods check",
    "_load_form_data": "request.form",
    "_preserved_exc": "nothing: a context ends with its request",
    "_static_folder": "app.static_folder",
    "_static_url_path": "app.static_url_path",
}

#: Methods that take a request through; overriding one makes its app leave the straight lane.
OVERRIDES: dict[str, str] = {
    "create_url_adapter": "url_map, subdomain_matching or a middleware",
    "dispatch_request": "before_request, or a decorator of the views",
    "do_teardown_appcontext": "teardown_appcontext",
    "do_teardown_request": "teardown_request",
    "ensure_sync": "nothing: async functions are awaited",
    "finalize_request": "after_request",
    "full_dispatch_request": "before_request and after_request",
    "handle_exception": "errorhandler(500), or the signal got_request_exception",
    "handle_http_exception": "errorhandler(HTTPException)",
    "handle_user_exception": "errorhandler(Exception)",
    "make_response": "response_class, or after_request",
    "preprocess_request": "before_request",
    "process_response": "after_request",
    "request_context": "before_request",
}

#: Decorators that register what runs around each request.
HOOKS = frozenset(
    {
        "after_app_request",
        "after_request",
        "before_app_request",
        "before_request",
        "teardown_app_request",
        "teardown_appcontext",
        "teardown_request",
    }
)

_PACKAGES = (
    *("collections", "flask", "flaskext", "inspect", "itsdangerous", "jinja2", "kolben"),
    *("markupsafe", "werkzeug"),
)


def is_about_us(module: str) -> bool:
    """Tell whether a module is one that the tables speak of.

    Args:
        module: Its full name.

    Returns:
        Whether its package is Flask or one whose names were removed.
    """
    return module.partition(".")[0] in _PACKAGES
