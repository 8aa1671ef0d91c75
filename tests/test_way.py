"""Every step that Flask documents can be overridden: on a subclass, on an app, at any time."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import NotFound

from kolben import Kolben, g, request


def make_app(cls: type[Kolben] = Kolben) -> Kolben:
    app = cls("kolben_test", root_path=".", static_folder=None)
    app.secret_key = "a secret for tests"

    @app.before_request
    def before():
        g.before = True

    @app.after_request
    def after(response):
        return response

    @app.route("/")
    def index():
        return "index"

    @app.route("/bad")
    def bad():
        raise ValueError("bad")

    return app


# method, path that leads through it
STEPS = [
    ("full_dispatch_request", "/"),
    ("preprocess_request", "/"),
    ("dispatch_request", "/"),
    ("make_response", "/"),
    ("finalize_request", "/"),
    ("process_response", "/"),
    ("handle_user_exception", "/bad"),
    ("handle_http_exception", "/missing"),
    ("handle_exception", "/bad"),
    ("log_exception", "/bad"),
    ("raise_routing_exception", "/missing"),
    ("trap_http_exception", "/missing"),
    ("should_ignore_error", "/bad"),
    ("do_teardown_request", "/"),
    ("do_teardown_appcontext", "/"),
    ("ensure_sync", "/"),
    ("create_url_adapter", "/"),
    ("request_context", "/"),
    ("app_context", "/"),
    ("wsgi_app", "/"),
]


def recording(method, calls):
    def override(*args, **kwargs):
        calls.append(method.__name__)
        return method(*args, **kwargs)

    return override


@pytest.mark.parametrize(("name", "path"), STEPS)
def test_a_subclass_overrides_the_step_and_may_call_super(name, path):
    calls = []
    cls = type("Mine", (Kolben,), {name: recording(getattr(Kolben, name), calls)})
    status = make_app(cls).test_client().get(path).status_code
    assert calls
    assert status == make_app().test_client().get(path).status_code


@pytest.mark.parametrize(("name", "path"), STEPS)
def test_an_extension_replaces_the_step_on_the_object_after_the_first_request(name, path):
    app, calls = make_app(), []
    before = app.test_client().get(path).status_code
    setattr(app, name, recording(getattr(app, name), calls))
    assert app.test_client().get(path).status_code == before
    assert calls


@pytest.mark.parametrize(("name", "path"), STEPS)
def test_a_step_replaced_on_the_class_later_is_noticed_and_so_is_its_return(
    name, path, monkeypatch
):
    app, calls = make_app(), []
    app.test_client().get(path)
    with monkeypatch.context() as patch:
        patch.setattr(Kolben, name, recording(getattr(Kolben, name), calls))
        app.test_client().get(path)
        assert calls
    calls.clear()
    app.test_client().get(path)
    assert calls == []


@pytest.mark.parametrize(("name", "path"), STEPS)
def test_a_step_put_back_on_the_object_is_no_longer_called(name, path):
    app, calls = make_app(), []
    setattr(app, name, recording(getattr(app, name), calls))
    delattr(app, name)
    app.test_client().get(path)
    assert calls == []


def test_one_patch_of_a_class_after_another_is_noticed(monkeypatch):
    app, calls = make_app(), []
    for name in ("url_for", "dispatch_request", "preprocess_request"):
        with monkeypatch.context() as patch:
            patch.setattr(Kolben, name, recording(getattr(Kolben, name), calls))
            app.test_client().get("/")
    assert calls == ["dispatch_request", "preprocess_request"]


def test_a_method_taken_off_a_subclass_as_another_is_put_on_is_noticed():
    class Mine(Kolben):
        def process_response(self, response):
            return super().process_response(response)

    app = make_app(Mine)
    app.test_client().get("/")
    del Mine.process_response
    Mine.dispatch_request = lambda self: "put on"
    assert app.test_client().get("/").text == "put on"


def test_dispatch_request_may_answer_in_the_views_place():
    app = make_app()
    app.dispatch_request = lambda: f"instead of {request.path}"
    assert app.test_client().get("/").text == "instead of /"


def test_handle_exception_may_answer_for_every_error():
    app = make_app()
    app.handle_exception = lambda error: app.make_response((f"caught {error}", 503))
    response = app.test_client().get("/bad")
    assert (response.status_code, response.text) == (503, "caught bad")


def test_raise_routing_exception_may_raise_something_else():
    class Mine(Kolben):
        def raise_routing_exception(self, request):
            raise NotFound(f"nothing at {request.path}")

    assert "nothing at /missing" in make_app(Mine).test_client().get("/missing").text


def test_should_ignore_error_hides_it_from_teardown():
    app, heard = make_app(), []
    app.teardown_request(heard.append)
    app.should_ignore_error = lambda error: True
    app.test_client().get("/bad")
    assert heard == [None]


def test_a_hook_appended_in_mid_request_counts_at_once():
    app = make_app()

    @app.route("/cached")
    def cached():
        def stamp(response):
            response.headers["X-Stamp"] = "1"
            return response

        app.after_request_funcs[None].append(stamp)
        return ""

    assert app.test_client().get("/cached").headers["X-Stamp"] == "1"


def test_a_view_replaced_in_view_functions_is_called():
    app = make_app()
    client = app.test_client()
    assert client.get("/").text == "index"
    app.view_functions["index"] = lambda: "another"
    assert client.get("/").text == "another"


def test_the_public_steps_work_inside_a_context_without_a_server():
    app = make_app()
    with app.test_request_context("/"):
        assert app.preprocess_request() is None
        assert app.dispatch_request() == "index"
        assert app.full_dispatch_request().get_data(as_text=True) == "index"


def test_wsgi_app_can_be_wrapped_in_middleware():
    app = make_app()
    inner = app.wsgi_app

    def middleware(environ, start_response):
        environ["PATH_INFO"] = "/"
        return inner(environ, start_response)

    app.wsgi_app = middleware
    assert app.test_client().get("/elsewhere").text == "index"
