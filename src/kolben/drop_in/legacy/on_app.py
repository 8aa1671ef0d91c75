"""What the app object lost, put back on its class when `kolben.app` is loaded under the drop-in."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType
from typing import Any

from kolben.drop_in.legacy.attributes import RemovedAttribute, put_on, warning
from kolben.drop_in.legacy.coders import JSONDecoder, JSONEncoder, use_coder
from kolben.drop_in.legacy.lookups import get_env

__all__ = ["dress"]


def dress(room: ModuleType) -> None:
    """Put the attributes on the class, and let its native old methods warn.

    Args:
        room: The module `kolben.app`.
    """
    cls = room.Kolben
    # Below the class that is watched for overrides, or each request would have to look closer.
    put_on(cls.outermost, "app", {**_settings(), **_others()})
    cls.before_first_request = warning(
        cls.before_first_request,
        "app.before_first_request was removed from Flask; use `with app.app_context():` where the"
        " app is made",
    )


def _setting(key: str, convert: Any = None) -> RemovedAttribute:
    """Make an attribute that stands for a key of the configuration."""

    def read(app: Any) -> Any:
        value = app.config[key]
        return value if convert is None else convert(value)

    def write(app: Any, value: Any) -> None:
        app.config[key] = value

    return RemovedAttribute(f"app.config[{key!r}]", read, write)


def _as_duration(value: Any) -> Any:
    return timedelta(seconds=value) if isinstance(value, int) else value


def _settings() -> dict[str, RemovedAttribute]:
    return {
        "send_file_max_age_default": _setting("SEND_FILE_MAX_AGE_DEFAULT", _as_duration),
        "session_cookie_name": _setting("SESSION_COOKIE_NAME"),
        "use_x_sendfile": _setting("USE_X_SENDFILE"),
    }


def _set_config(key: str) -> Any:
    def write(app: Any, value: Any) -> None:
        dict.__setitem__(app.config, key, value)

    return write


def _others() -> dict[str, RemovedAttribute]:
    return {
        "env": RemovedAttribute(
            "app.debug",
            lambda app: dict.get(app.config, "ENV") or get_env(),
            _set_config("ENV"),
        ),
        "error_handlers": RemovedAttribute(
            "app.error_handler_spec[None]", lambda app: app.error_handler_spec[None]
        ),
        "init_jinja_globals": RemovedAttribute("app.jinja_env.globals", lambda _app: lambda: None),
        "json_decoder": RemovedAttribute(
            "app.json_provider_class",
            lambda app: vars(app).get("_json_decoder", JSONDecoder),
            lambda app, coder: use_coder(app, "decoder", coder),
        ),
        "json_encoder": RemovedAttribute(
            "app.json_provider_class or app.json.default",
            lambda app: vars(app).get("_json_encoder", JSONEncoder),
            lambda app, coder: use_coder(app, "encoder", coder),
        ),
        "logger_name": RemovedAttribute("app.logger.name", lambda app: app.logger.name),
        "make_null_session": RemovedAttribute(
            "app.session_interface.make_null_session",
            lambda app: lambda: app.session_interface.make_null_session(app),
        ),
        "open_session": RemovedAttribute(
            "app.session_interface.open_session",
            lambda app: lambda request: app.session_interface.open_session(app, request),
        ),
        "preserve_context_on_exception": RemovedAttribute(
            "nothing: a context ends with its request",
            lambda app: bool(dict.get(app.config, "PRESERVE_CONTEXT_ON_EXCEPTION")),
            _set_config("PRESERVE_CONTEXT_ON_EXCEPTION"),
        ),
        "propagate_exceptions": RemovedAttribute(
            "app.config['PROPAGATE_EXCEPTIONS'], app.testing or app.debug",
            _propagates,
            _set_config("PROPAGATE_EXCEPTIONS"),
        ),
        "request_globals_class": RemovedAttribute(
            "app.app_ctx_globals_class",
            lambda app: app.app_ctx_globals_class,
            lambda app, cls: setattr(app, "app_ctx_globals_class", cls),
        ),
        "save_session": RemovedAttribute(
            "app.session_interface.save_session",
            lambda app: (
                lambda session, response: app.session_interface.save_session(app, session, response)
            ),
        ),
        "static_path": RemovedAttribute(
            "app.static_url_path",
            lambda app: app.static_url_path,
            lambda app, path: setattr(app, "static_url_path", path),
        ),
        "templates_auto_reload": RemovedAttribute(
            "app.config['TEMPLATES_AUTO_RELOAD']", _reloads_templates, _set_reloading
        ),
        "try_trigger_before_first_request_functions": RemovedAttribute(
            "nothing: the first request runs them", lambda app: lambda: _run_before_first(app)
        ),
    }


def _propagates(app: Any) -> bool:
    chosen = app.config["PROPAGATE_EXCEPTIONS"]
    return bool(app.testing or app.debug) if chosen is None else chosen


def _reloads_templates(app: Any) -> bool:
    chosen = app.config["TEMPLATES_AUTO_RELOAD"]
    return bool(app.debug) if chosen is None else chosen


def _set_reloading(app: Any, value: bool) -> None:
    app.config["TEMPLATES_AUTO_RELOAD"] = value
    app.jinja_env.auto_reload = value


def _run_before_first(app: Any) -> None:
    from kolben.waiting import finish

    finish(app._first_request.run(app))
