"""The app object: what it is made of, what it refuses, what may be replaced on it."""

from __future__ import annotations

import gc
import sys
import weakref
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.exceptions import Aborter, NotFound
from werkzeug.routing import Map, Rule

from kolben import Config, Kolben, Request, Response, current_app, g, request
from kolben.json.provider import DefaultJSONProvider


def bare(cls: type[Kolben] = Kolben, **options) -> Kolben:
    return cls("kolben_test", **{"root_path": ".", "static_folder": None, **options})


def test_an_app_is_named_after_its_import_name():
    assert bare().name == "kolben_test"


def test_an_app_made_in_main_is_named_after_the_file(monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "/some/shop.py", raising=False)
    assert Kolben("__main__", root_path=".").name == "shop"


def test_an_app_made_in_a_main_without_a_file_keeps_its_name(monkeypatch):
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    assert Kolben("__main__", root_path=".").name == "__main__"


def test_repr_names_class_and_app():
    assert repr(bare(type("Shop", (Kolben,), {}))) == "<Shop 'kolben_test'>"


def test_a_relative_instance_path_is_refused():
    with pytest.raises(ValueError, match=r"must be absolute, not 'here'"):
        bare(instance_path="here")


def test_the_instance_folder_lies_beside_an_uninstalled_module(tmp_path, monkeypatch):
    (tmp_path / "lonely_module.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert Kolben("lonely_module").instance_path == str(tmp_path / "instance")


def test_the_instance_folder_of_an_installed_package_lies_under_its_prefix(tmp_path, monkeypatch):
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    (site / "installed_package").mkdir(parents=True)
    (site / "installed_package" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(site)
    expected = tmp_path / "var" / "installed_package-instance"
    assert Kolben("installed_package").instance_path == str(expected)


def test_instance_relative_config_looks_in_the_instance_folder(tmp_path):
    (tmp_path / "settings.py").write_text("COLOUR = 'red'")
    app = bare(instance_path=str(tmp_path), instance_relative_config=True)
    app.config.from_pyfile("settings.py")
    assert app.config["COLOUR"] == "red"


@pytest.mark.parametrize(("mode", "expected"), [("r", "é"), ("rb", "é".encode())])
def test_instance_resources_are_opened_as_text_or_bytes(tmp_path, mode, expected):
    (tmp_path / "file").write_text("é", encoding="utf-8")
    with bare(instance_path=str(tmp_path)).open_instance_resource("file", mode) as file:
        assert file.read() == expected


def test_instance_resources_may_be_written(tmp_path):
    app = bare(instance_path=str(tmp_path))
    with app.open_instance_resource("file", "w") as file:
        file.write("é")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "é"


def test_a_view_missing_for_an_endpoint_is_a_clear_error(app):
    with pytest.raises(AssertionError, match="view func"):
        app.add_url_rule("/")


def test_methods_given_as_one_string_are_refused(app):
    with pytest.raises(TypeError, match=r"list of strings.*methods="):
        app.route("/", methods="GET")(lambda: "")


def test_a_rule_without_leading_slash_is_refused(app):
    with pytest.raises(ValueError, match="slash"):
        app.add_url_rule("path", "index", lambda: "")


def test_setup_after_the_first_request_is_refused_and_the_method_named(app, client):
    client.get("/")
    assert app.got_first_request
    with pytest.raises(AssertionError, match="'before_request' can no longer be called"):
        app.before_request(lambda: None)


SETUP = [
    *("get", "post", "put", "delete", "patch", "route", "endpoint", "errorhandler"),
    *("before_request", "after_request", "teardown_request", "teardown_appcontext"),
    *("context_processor", "url_value_preprocessor", "url_defaults", "before_first_request"),
    *("shell_context_processor", "template_filter", "template_test", "template_global"),
    *("add_template_filter", "add_template_test", "add_template_global"),
    *("register_blueprint", "add_url_rule", "register_error_handler"),
]


@pytest.mark.parametrize("name", SETUP)
def test_every_setup_method_is_refused_once_the_app_serves(app, client, name):
    client.get("/")
    with pytest.raises(AssertionError, match=f"'{name}'"):
        getattr(app, name)("/", lambda: "")


@pytest.mark.parametrize(
    ("attribute", "kind", "made"),
    [
        ("request_class", Request, lambda app: request._get_current_object()),
        ("response_class", Response, lambda app: app.make_response("")),
        ("config_class", Config, lambda app: app.config),
        ("json_provider_class", DefaultJSONProvider, lambda app: app.json),
        ("aborter_class", Aborter, lambda app: app.aborter),
        ("url_map_class", Kolben.url_map_class, lambda app: app.url_map),
        ("url_rule_class", Rule, lambda app: next(app.url_map.iter_rules())),
        (
            "app_ctx_globals_class",
            Kolben.app_ctx_globals_class,
            lambda app: g._get_current_object(),
        ),
    ],
)
def test_a_subclass_replaces_the_classes_an_app_is_made_of(attribute, kind, made):
    mine = type("Mine", (kind,), {})
    app = bare(type("App", (Kolben,), {attribute: mine}))
    app.add_url_rule("/", "index", lambda: "")
    with app.test_request_context():
        assert type(made(app)) is mine


def test_a_plain_werkzeug_map_serves_too():
    app = bare(type("App", (Kolben,), {"url_map_class": Map}))
    app.add_url_rule("/user/<int:number>", "user", lambda number: f"{number + 1}")
    assert app.test_client().get("/user/3").text == "4"


def test_a_url_map_set_on_the_app_is_used(app, client):
    app.view_functions["index"] = lambda: "from the other map"
    app.url_map = Map([Rule("/other", endpoint="index")])
    assert client.get("/other").text == "from the other map"


@pytest.mark.parametrize(
    ("attribute", "key", "value"),
    [("testing", "TESTING", True), ("debug", "DEBUG", True), ("secret_key", "SECRET_KEY", b"s")],
)
def test_attributes_stand_for_config_keys(attribute, key, value):
    app = bare()
    setattr(app, attribute, value)
    assert app.config[key] == value
    app.config[key] = None
    assert getattr(app, attribute) is None


def test_the_session_lifetime_may_be_given_in_seconds():
    app = bare()
    app.config["PERMANENT_SESSION_LIFETIME"] = 90
    assert app.permanent_session_lifetime == timedelta(seconds=90)


def test_debug_reloads_templates_that_are_loaded_already():
    app = bare()
    assert not app.jinja_env.auto_reload
    app.debug = True
    assert app.jinja_env.auto_reload


def test_debug_leaves_an_explicit_reload_setting_alone():
    app = bare()
    app.config["TEMPLATES_AUTO_RELOAD"] = False
    assert not app.jinja_env.auto_reload
    app.debug = True
    assert not app.jinja_env.auto_reload


def test_default_config_of_a_subclass_is_the_start():
    cls = type("App", (Kolben,), {"default_config": {**Kolben.default_config, "COLOUR": "red"}})
    assert bare(cls).config["COLOUR"] == "red"


def test_an_app_that_nobody_holds_is_freed_at_once():
    gc.collect()
    gc.disable()
    try:
        gone = weakref.ref(bare(static_folder="static"))
        assert gone() is None
    finally:
        gc.enable()


def test_static_files_are_served(tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "style.css").write_text("body {}")
    client = Kolben("kolben_test", root_path=str(tmp_path)).test_client()
    with client.get("/static/style.css") as response:
        assert (response.text, response.mimetype) == ("body {}", "text/css")


@pytest.mark.parametrize("path", ["../secret", "%2e%2e/secret", "..%2fsecret", "/etc/passwd", ""])
def test_static_files_outside_the_folder_are_not_found(tmp_path, path):
    (tmp_path / "static").mkdir()
    (tmp_path / "secret").write_text("secret")
    client = Kolben("kolben_test", root_path=str(tmp_path)).test_client()
    assert client.get(f"/static/{path}", follow_redirects=True).status_code == 404


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"static_folder": "static"}, "/static/file"),
        ({"static_folder": "static", "static_url_path": ""}, "/file"),
        ({"static_folder": "static/", "static_url_path": "/assets/"}, "/assets/file"),
        ({"static_folder": "a/b"}, "/b/file"),
    ],
)
def test_the_static_url_path_comes_from_the_folder_or_from_its_option(options, path):
    app = bare(**options)
    with app.test_request_context():
        assert app.url_for("static", filename="file") == path


def test_without_static_folder_there_is_no_static_route():
    assert not bare().has_static_folder
    assert bare().static_url_path is None
    with pytest.raises(RuntimeError, match="static_folder"):
        bare().send_static_file("file")


@pytest.mark.parametrize("options", [{"static_host": "h"}, {"host_matching": True}])
def test_a_static_host_without_host_matching_is_refused_and_the_reverse(options):
    with pytest.raises(AssertionError, match="static_host/host_matching"):
        Kolben("kolben_test", root_path=".", **options)


@pytest.mark.parametrize(("value", "age"), [(None, None), (60, 60), (timedelta(hours=1), 3600)])
def test_the_age_of_static_files_comes_from_the_config(app, value, age):
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = value
    with app.app_context():
        assert app.get_send_file_max_age("style.css") == age


def test_the_age_of_static_files_is_asked_of_an_override(tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.js").write_text("")

    class App(Kolben):
        def get_send_file_max_age(self, filename):
            return 7 if filename == "a.js" else None

    client = App("kolben_test", root_path=str(tmp_path)).test_client()
    with client.get("/static/a.js") as response:
        assert response.cache_control.max_age == 7


def test_the_age_of_static_files_outside_a_context_says_what_is_missing(app):
    with pytest.raises(RuntimeError, match="application context"):
        app.get_send_file_max_age("style.css")


def test_resources_beside_the_code_are_opened_for_reading(tmp_path):
    (tmp_path / "schema.sql").write_text("é", encoding="utf-8")
    app = bare(root_path=str(tmp_path))
    with app.open_resource("schema.sql") as file:
        assert file.read() == "é".encode()
    with app.open_resource("schema.sql", "r", encoding="utf-8") as file:
        assert file.read() == "é"


def test_resources_beside_the_code_are_not_opened_for_writing(app):
    with pytest.raises(ValueError, match="reading"):
        app.open_resource("schema.sql", "w")


def test_an_import_name_without_a_file_needs_a_root_path():
    with pytest.raises(RuntimeError, match="root_path"):
        Kolben("sys")


def test_root_path_is_the_folder_of_the_module():
    assert Kolben("kolben").root_path == str(Path(sys.modules["kolben"].__file__).parent)


def test_shell_context_has_app_g_and_what_processors_add(app):
    app.shell_context_processor(lambda: {"answer": 42})
    with app.app_context():
        names = app.make_shell_context()
    assert (names["app"], names["answer"]) == (app, 42)
    assert names["g"] is g


def test_redirect_uses_the_response_class_of_the_app():
    app = bare(type("App", (Kolben,), {"response_class": type("Mine", (Response,), {})}))
    response = app.redirect("/there", 303)
    assert isinstance(response, app.response_class)
    assert (response.status_code, response.location) == (303, "/there")


def test_the_aborter_of_the_app_is_what_abort_uses(app, client):
    from kolben import abort

    class Teapot(NotFound):
        code = 777
        description = "no coffee"

    app.aborter.mapping[777] = Teapot
    app.add_url_rule("/", "index", lambda: abort(777))
    assert client.get("/").status_code == 777


@pytest.mark.parametrize("use", ["test_client", "test_cli_runner"])
def test_test_tools_may_be_of_another_class(app, use):
    from kolben.testing import KolbenClient, KolbenCliRunner

    kind = {"test_client": KolbenClient, "test_cli_runner": KolbenCliRunner}[use]
    mine = type("Mine", (kind,), {})
    setattr(app, f"{use}_class", mine)
    assert type(getattr(app, use)()) is mine


def test_test_request_context_takes_what_the_environ_builder_takes(app):
    with app.test_request_context("/p?q=1", method="POST", json={"a": 1}, base_url="https://h/x"):
        assert (request.method, request.url) == ("POST", "https://h/x/p?q=1")
        assert request.json == {"a": 1}
        assert request.script_root == "/x"


def test_the_cli_group_is_made_once_and_named_after_the_app(app):
    assert app.cli is app.cli
    assert app.cli.name == "kolben_test"


def test_the_logger_is_named_after_the_app_and_made_once(app):
    assert app.logger is app.logger
    assert app.logger.name == "kolben_test"


def test_blueprints_are_iterated_in_order_of_registration(app):
    from kolben import Blueprint

    names = ["z", "a", "m"]
    for name in names:
        app.register_blueprint(Blueprint(name, __name__, root_path="."))
    assert [blueprint.name for blueprint in app.iter_blueprints()] == names


def test_one_app_serves_wsgi_without_a_client(app):
    from werkzeug.test import create_environ, run_wsgi_app

    app.add_url_rule("/", "index", lambda: current_app.name)
    body, status, _ = run_wsgi_app(app, create_environ("/"))
    assert (b"".join(body), status) == (b"kolben_test", "200 OK")


def test_default_options_outside_a_request_say_what_is_missing(app):
    with pytest.raises(RuntimeError, match="request context"):
        app.make_default_options_response()


def test_logging_an_exception_outside_a_request_says_what_is_missing(app):
    with pytest.raises(RuntimeError, match="request context"):
        app.log_exception((None, None, None))


def test_old_code_appends_to_the_list_of_functions_before_the_first_request(app, client):
    calls = []
    app.before_first_request_funcs.append(lambda: calls.append(1))
    client.get("/")
    assert (calls, app.before_first_request_funcs) == ([1], [])
