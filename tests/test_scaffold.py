"""What an app and a blueprint share: each way to register something, and the folders."""

from __future__ import annotations

import sys

import pytest
from werkzeug.exceptions import NotFound

from kolben import Blueprint, Kolben
from kolben.scaffold import Scaffold, _endpoint_from_view_func, find_package, setupmethod


@pytest.fixture(params=["app", "blueprint"])
def scaffold(request):
    if request.param == "app":
        return Kolben("kolben_test", root_path=".", static_folder=None)
    return Blueprint("bp", "kolben_test", root_path=".")


def client_of(scaffold):
    if isinstance(scaffold, Kolben):
        return scaffold.test_client()
    app = Kolben("kolben_test", root_path=".", static_folder=None)
    app.register_blueprint(scaffold)
    return app.test_client()


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "patch"])
def test_a_method_decorator_registers_for_that_method_only(scaffold, method):
    @getattr(scaffold, method)("/")
    def view():
        return method

    client = client_of(scaffold)
    assert getattr(client, method)("/").text == method
    other = "post" if method != "post" else "put"
    assert getattr(client, other)("/").status_code == 405


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "patch"])
def test_a_method_decorator_does_not_take_methods(scaffold, method):
    with pytest.raises(TypeError, match="'route' decorator"):
        getattr(scaffold, method)("/", methods=["GET"])


def test_decorators_return_the_function_itself(scaffold):
    def f(*args):
        return {}

    scaffold.register_error_handler(404, f)
    for decorate in (
        scaffold.route("/"),
        scaffold.endpoint("x"),
        scaffold.errorhandler(404),
        scaffold.before_request,
        scaffold.after_request,
        scaffold.teardown_request,
        scaffold.context_processor,
        scaffold.url_value_preprocessor,
        scaffold.url_defaults,
    ):
        assert decorate(f) is f


def test_route_takes_several_methods_and_an_endpoint(scaffold):
    @scaffold.route("/", methods=["PUT", "post"], endpoint="named")
    def view():
        return "ok"

    client = client_of(scaffold)
    assert [client.put("/").text, client.post("/").text] == ["ok", "ok"]
    assert client.get("/").status_code == 405


def test_several_routes_lead_to_one_view(scaffold):
    @scaffold.route("/a")
    @scaffold.route("/b")
    def view():
        return "ok"

    client = client_of(scaffold)
    assert [client.get("/a").text, client.get("/b").text] == ["ok", "ok"]


def test_a_view_brings_its_methods_and_options_along(scaffold):
    def view():
        return "ok"

    view.methods = ["GET"]
    view.required_methods = ["PUT"]
    view.provide_automatic_options = False
    scaffold.add_url_rule("/", view_func=view)
    client = client_of(scaffold)
    assert client.put("/").text == "ok"
    assert client.options("/").status_code == 405


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (999, ValueError, "'999' is not a recognized HTTP error code"),
        (NotFound(), TypeError, "is an instance, not a class"),
        (KeyError("x"), TypeError, "is an instance, not a class"),
        (str, ValueError, "'str' is not a subclass of Exception"),
        ("404", ValueError, "'404' is not a subclass of Exception"),
    ],
)
def test_an_error_handler_for_no_error_is_refused(scaffold, wrong, error, text):
    with pytest.raises(error, match=text):
        scaffold.register_error_handler(wrong, lambda e: "")


def test_a_bare_scaffold_says_that_it_has_no_routes():
    class Quiet(Scaffold):
        name = "quiet"

        def _check_setup_finished(self, f_name):
            pass

    with pytest.raises(NotImplementedError, match="Quiet has no routes"):
        Quiet("x", root_path=".").add_url_rule("/")


def test_a_bare_scaffold_does_not_know_when_its_setup_ends():
    with pytest.raises(NotImplementedError, match="Scaffold does not say"):
        Scaffold("x", root_path=".").before_request(lambda: None)


def test_setupmethod_guards_methods_of_extensions_too(app, client):
    class Mine(Kolben):
        @setupmethod
        def plug(self, what):
            return what

    mine = Mine("kolben_test", root_path=".")
    assert mine.plug(1) == 1
    mine.test_client().get("/")
    with pytest.raises(AssertionError, match="'plug'"):
        mine.plug(1)


def test_setupmethod_keeps_the_name_and_the_docstring():
    assert Kolben.before_request.__name__ == "before_request"
    assert Kolben.before_request.__doc__.startswith("Run a function before each request")


def test_the_endpoint_is_the_name_of_the_view():
    def view():
        return ""

    assert _endpoint_from_view_func(view) == "view"


def test_the_template_folder_is_looked_up_at_the_root_path(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.html").write_text("from a file")
    scaffold = Blueprint("bp", "kolben_test", template_folder="pages", root_path=str(tmp_path))
    assert scaffold.jinja_loader.list_templates() == ["a.html"]
    assert Blueprint("bp", "kolben_test", root_path=".").jinja_loader is None


def test_folders_may_be_given_as_paths(tmp_path):
    scaffold = Blueprint(
        "bp",
        "kolben_test",
        static_folder=tmp_path / "files",
        template_folder=tmp_path,
        root_path=str(tmp_path),
    )
    assert scaffold.static_folder == str(tmp_path / "files")
    assert scaffold.static_url_path == "/files"
    assert scaffold.jinja_loader.searchpath == [str(tmp_path)]


def test_folders_may_be_set_and_taken_away_later(scaffold):
    scaffold.static_folder, scaffold.static_url_path = "files", "/f/"
    assert (scaffold.has_static_folder, scaffold.static_url_path) == (True, "/f")
    scaffold.static_folder = scaffold.static_url_path = None
    assert (scaffold.has_static_folder, scaffold.static_url_path) == (False, None)


# -- where a package is installed ------------------------------------------------------------------


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


@pytest.mark.parametrize(
    ("site", "prefix"),
    [
        ("lib/python3.13/site-packages", ""),
        ("Lib/site-packages", ""),
        ("elsewhere/site-packages", "elsewhere"),
        ("project", None),
    ],
)
@pytest.mark.parametrize("name", ["lonely", "package", "package.inner"])
def test_a_prefix_is_found_for_what_is_installed(tmp_path, monkeypatch, site, prefix, name):
    folder = tmp_path / site
    write(folder, "lonely.py", "package/__init__.py", "package/inner.py")
    monkeypatch.syspath_prepend(folder)
    for known in ("lonely", "package", "package.inner"):
        monkeypatch.delitem(sys.modules, known, raising=False)
    expected = None if prefix is None else str(tmp_path / prefix).rstrip("/")
    assert find_package(name) == (expected, str(folder))


def test_what_lies_under_the_interpreters_prefix_is_installed(tmp_path, monkeypatch):
    write(tmp_path / "any" / "place", "lonely_too.py")
    monkeypatch.syspath_prepend(tmp_path / "any" / "place")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert find_package("lonely_too") == (str(tmp_path), str(tmp_path / "any" / "place"))


def test_a_namespace_package_is_found_where_its_part_lies(tmp_path, monkeypatch):
    write(tmp_path / "one", "spread/first/__init__.py", "spread/module.py")
    write(tmp_path / "two", "spread/second/__init__.py")
    monkeypatch.syspath_prepend(tmp_path / "one")
    monkeypatch.syspath_prepend(tmp_path / "two")
    assert find_package("spread.first") == (None, str(tmp_path / "one"))
    assert find_package("spread.second") == (None, str(tmp_path / "two"))
    assert find_package("spread.module")[1] in {str(tmp_path / "one"), str(tmp_path / "two")}


def test_what_cannot_be_imported_belongs_to_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_package("no_such_module_anywhere") == (None, str(tmp_path))
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    assert find_package("__main__") == (None, str(tmp_path))
