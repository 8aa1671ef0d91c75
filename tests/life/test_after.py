"""What runs when a response is out."""

from __future__ import annotations

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from weakref import ref

import pytest

from kolben import Blueprint, Kolben, after_this_response, g, request, stream_with_context


@pytest.fixture(params=["def", "async def"])
def make(request):
    """Make a hook of either kind from a plain function."""

    def make(function):
        async def hook(response):
            await asyncio.sleep(0)
            function(response)

        return function if request.param == "def" else hook

    return make


def test_it_runs_after_the_last_chunk_and_before_the_teardown(app, client, make):
    log = []
    app.after_response(make(lambda response: log.append((response.status_code, g.mark))))
    app.teardown_request(lambda error: log.append("teardown"))

    @app.get("/")
    def index():
        g.mark = request.path

        def body():
            yield "a"
            log.append("the last chunk")
            yield "b"

        return stream_with_context(body()), 202

    assert client.get("/", buffered=True).text == "ab"
    assert log == ["the last chunk", (202, "/"), "teardown"]


def test_plain_responses_have_it_too(app, client, make):
    log = []
    app.after_response(make(lambda response: log.append(request.path)))
    app.add_url_rule("/", "index", lambda: "text")
    assert client.get("/", buffered=True).text == "text"
    assert "Not Found" in client.get("/none", buffered=True).text
    assert log == ["/", "/none"]


def test_the_newest_runs_first_and_a_blueprints_before_the_apps(app, client):
    log = []
    blueprint = Blueprint("shop", __name__)
    app.after_response(lambda response: log.append("app"))
    app.after_response(lambda response: log.append("app, newer"))
    blueprint.after_response(lambda response: log.append("blueprint"))
    blueprint.after_app_response(lambda response: log.append("from the blueprint for the app"))

    @blueprint.get("/")
    def index():
        after_this_response(lambda response: log.append("this"))
        return ""

    app.register_blueprint(blueprint)
    app.add_url_rule("/other", "other", lambda: "")
    client.get("/", buffered=True)
    assert log == ["this", "blueprint", "from the blueprint for the app", "app, newer", "app"]
    log.clear()
    client.get("/other", buffered=True)
    assert log == ["from the blueprint for the app", "app, newer", "app"]


def test_an_error_is_logged_and_changes_nothing(app, client, make, caplog):
    log = []

    def broken(response):
        raise ValueError("no disk")

    hook = make(broken)
    app.after_response(lambda response: log.append("the other"))
    app.after_response(hook)
    app.teardown_request(lambda error: log.append(error))
    app.add_url_rule("/", "index", lambda: "text")
    assert client.get("/", buffered=True).text == "text"
    assert log == ["the other", None]
    assert f"after_response function {hook.__qualname__} failed" in caplog.text


def test_an_error_page_has_it_too(app, client, make):
    app.testing = False
    log = []
    app.after_response(make(lambda response: log.append((request.path, response.status_code))))

    @app.get("/")
    def index():
        raise ValueError

    assert "Internal Server Error" in client.get("/", buffered=True).text
    assert log == [("/", 500)]


def test_after_this_response_wants_a_request(app):
    with pytest.raises(RuntimeError, match="can only be used when a request context is active"):
        after_this_response(lambda response: None)


def test_a_response_that_was_never_sent_lets_the_teardown_run(app):
    log = []
    app.after_response(lambda response: log.append("after"))
    app.teardown_request(lambda error: log.append("teardown"))
    app.add_url_rule("/", "index", lambda: "text")
    with app.test_request_context("/"):
        app.full_dispatch_request()
    assert log == ["teardown"]


def test_the_end_does_not_wait_for_what_takes_too_long(app, caplog):
    app.config["BACKGROUND_TASK_GRACE"] = 0.01
    begun, go_on = threading.Event(), threading.Event()

    @app.after_response
    def late(response):
        begun.set()
        go_on.wait(10)

    app.add_url_rule("/", "index", lambda: "text")
    with ThreadPoolExecutor(1) as pool:
        with app.serving():
            answer = pool.submit(app.test_client().get, "/", buffered=True)
            assert begun.wait(10)
        assert "The after_response functions of 1 responses were left behind" in caplog.text
        go_on.set()
        assert answer.result().text == "text"


def test_an_app_is_not_kept_when_it_is_over():
    app = Kolben("short", static_folder=None)
    app.after_response(lambda response: None)
    app.add_url_rule("/", "index", lambda: "text")
    assert app.test_client().get("/", buffered=True).text == "text"
    known = ref(app)
    del app
    gc.collect()
    assert known() is None
