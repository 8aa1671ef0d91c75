"""The two contexts: what is bound when, what runs at their end, what errors say without them."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from kolben import (
    Kolben,
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
)
from kolben.globals import app_ctx, request_ctx
from kolben.stacks import _app_ctx_stack, _request_ctx_stack


def test_app_context_binds_current_app_and_g(app):
    with app.app_context():
        g.number = 42
        assert (current_app._get_current_object(), g.number) == (app, 42)
    assert not current_app


def test_request_context_binds_all_four(app):
    with app.test_request_context("/a?b=c"):
        session["key"] = "value"
        assert request.args["b"] == "c"
        assert current_app == app
        assert session["key"] == "value"
        assert not list(g)


def test_push_and_pop_without_with(app):
    context = app.test_request_context("/x")
    context.push()
    assert request.path == "/x"
    context.pop()
    assert not has_request_context()
    assert not has_app_context()


def test_each_app_context_has_a_g_of_its_own(app):
    with app.app_context():
        g.number = 1
        with app.app_context():
            assert "number" not in g
        assert g.number == 1


def test_a_request_makes_an_app_context_only_where_there_is_none_of_its_app(app):
    with app.app_context() as outer, app.test_request_context():
        assert app_ctx._get_current_object() is outer
    with app.test_request_context():
        assert app_ctx._get_current_object() is not outer


def test_several_requests_in_one_app_context_share_its_g(app, client):
    @app.route("/")
    def index():
        g.count = g.get("count", 0) + 1
        return str(g.count)

    with app.app_context():
        assert [client.get("/").text, client.get("/").text] == ["1", "2"]
    assert client.get("/").text == "1"


def test_requests_of_two_apps_nest(app):
    other = Kolben("other", root_path=".", static_folder=None)

    @other.route("/inner")
    def inner():
        return f"{current_app.name}{request.path}"

    @app.route("/outer")
    def outer():
        text = other.test_client().get("/inner").text
        return f"{text} in {current_app.name}{request.path}"

    assert app.test_client().get("/outer").text == "other/inner in kolben_test/outer"


def test_two_apps_live_behind_one_dispatcher(app):
    other = Kolben("other", root_path=".", static_folder=None)
    for one in (app, other):
        one.add_url_rule("/", "index", lambda: f"{current_app.name} {request.root_path}")
    client = Client(DispatcherMiddleware(app, {"/other": other}))
    assert client.get("/").text == "kolben_test "
    assert client.get("/other/").text == "other /other"


@pytest.mark.parametrize(
    ("use", "names"),
    [
        (lambda: current_app.name, ("application context", "app.app_context()")),
        (lambda: g.user, ("application context", "app.app_context()")),
        (lambda: request.path, ("request context", "app.test_request_context(")),
        (lambda: session["user"], ("request context", "app.test_request_context(")),
    ],
    ids=["current_app", "g", "request", "session"],
)
def test_outside_a_context_the_error_names_it_and_the_way_to_get_one(use, names):
    with pytest.raises(RuntimeError) as error:
        use()
    assert all(name in str(error.value) for name in names)


def test_after_this_request_outside_a_request_says_what_is_missing():
    with pytest.raises(RuntimeError, match="request context"):
        after_this_request(lambda response: response)


def test_popping_a_context_that_was_not_pushed_says_so(app):
    with pytest.raises(RuntimeError, match="not pushed"):
        app.app_context().pop()


def test_popping_below_the_top_is_an_error(app):
    outer, inner = app.app_context(), app.app_context()
    outer.push()
    inner.push()
    with pytest.raises(AssertionError, match="wrong app context"):
        outer.pop()
    inner._pushed and inner._unbind()
    while _app_ctx_stack.pop():
        pass


def test_a_context_pushed_twice_is_torn_down_once(app):
    ended = []
    app.teardown_appcontext(ended.append)
    context = app.app_context()
    with context:
        with context:
            pass
        assert ended == []
    assert ended == [None]


def test_teardown_hears_of_the_error_that_ends_the_block(app):
    heard = []
    app.teardown_request(heard.append)
    app.teardown_appcontext(heard.append)
    error = ValueError("x")
    with pytest.raises(ValueError, match="x"), app.test_request_context():
        raise error
    assert heard == [error, error]


def test_all_teardown_functions_run_even_if_one_raises(app):
    ran = []

    @app.teardown_request
    def first(exc):
        ran.append("request 1")

    @app.teardown_request
    def second(exc):
        raise ValueError("broken teardown")

    @app.teardown_appcontext
    def last(exc):
        ran.append("app")

    with pytest.raises(ValueError, match="broken teardown"), app.test_request_context():
        pass
    assert ran == ["request 1", "app"]


def test_several_failing_teardowns_are_raised_as_a_group(app):
    def fail(exc):
        raise ValueError("broken")

    app.teardown_appcontext(fail)
    app.teardown_appcontext(fail)
    with pytest.raises(ExceptionGroup) as error, app.app_context():
        pass
    assert len(error.value.exceptions) == 2


def test_old_stacks_show_the_contexts(app):
    assert _app_ctx_stack.top is None
    assert _request_ctx_stack.pop() is None
    with app.test_request_context() as context:
        assert _request_ctx_stack.top is context
        assert _app_ctx_stack.top.app is app
        assert _request_ctx_stack("request")._get_current_object() is context.request
        assert _app_ctx_stack().app is app


def test_old_stacks_push_and_pop_without_teardown(app):
    ended = []
    app.teardown_appcontext(ended.append)
    context = app.app_context()
    assert _app_ctx_stack.push(context) == [context]
    assert current_app == app
    assert _app_ctx_stack.pop() is context
    assert (ended, has_app_context()) == ([], False)


def test_old_stacks_refuse_what_is_no_context():
    with pytest.raises(TypeError, match=r"'int'.*LocalStack"):
        _app_ctx_stack.push(1)


def test_a_context_popped_in_another_contextvars_context_leaves_the_proxies_unbound(app):
    context = app.test_request_context()
    copy_context().run(context.push)
    with pytest.raises(AssertionError, match="wrong app context"):
        context.pop()
    assert not app_ctx
    assert not request_ctx
    assert not _request_ctx_stack()


def test_extensions_may_keep_attributes_on_the_contexts(app):
    with app.test_request_context() as context:
        _app_ctx_stack.top.sqlite_db = "connection"
        request_ctx.limiter_state = "state"
        assert (app_ctx.sqlite_db, context.limiter_state) == ("connection", "state")


def test_the_app_context_is_one_object_for_as_long_as_it_is_pushed(app, client):
    seen = []
    app.before_request(lambda: seen.append(id(app_ctx._get_current_object())))
    app.teardown_appcontext(lambda exc: seen.append(id(_app_ctx_stack.top)))
    app.add_url_rule("/", "index", lambda: seen.append(id(app_ctx._get_current_object())) or "")
    client.get("/")
    assert len(seen) == 3
    assert len(set(seen)) == 1


def test_copied_request_context_is_seen_in_a_thread_after_the_request_ended(app, client):
    later = []

    @app.route("/path")
    def index():
        session["user"] = "ada"

        @copy_current_request_context
        def work(number):
            return request.path, session["user"], current_app.name, number

        later.append(work)
        return ""

    client.get("/path")
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(later[0], 7).result() == ("/path", "ada", "kolben_test", 7)


def test_a_copied_request_context_runs_in_ten_threads_at_once(app, client):
    barrier = threading.Barrier(10, timeout=10)
    results = []

    @app.route("/")
    def index():
        @copy_current_request_context
        def work(number):
            barrier.wait()
            g.number = number
            barrier.wait()
            return request.args["q"], g.number

        with ThreadPoolExecutor(10) as pool:
            results.extend(pool.map(work, range(10)))
        return ""

    client.get("/?q=x")
    assert results == [("x", number) for number in range(10)]


def test_a_copied_request_context_runs_no_request_teardown_of_its_own(app, client):
    ended = []
    app.teardown_request(lambda exc: ended.append("request"))
    app.teardown_appcontext(lambda exc: ended.append("app"))

    @app.route("/")
    def index():
        work = copy_current_request_context(lambda: None)
        work()
        work()
        return ""

    client.get("/")
    assert ended == ["app", "app", "request", "app"]


def test_a_copied_request_context_takes_the_application_context_entered_for_it(app, client):
    @app.route("/")
    def index():
        work = copy_current_request_context(lambda: (request.path, g.get("given", "nothing")))

        def in_a_thread():
            with app.app_context():
                g.given = "something"
                return work()

        with ThreadPoolExecutor(1) as pool:
            return [pool.submit(each).result()[1] for each in (in_a_thread, work)]

    assert client.get("/").json == ["something", "nothing"]


def test_a_copied_request_context_takes_no_other_applications_context(app, client):
    other = Kolben("other")

    @app.route("/")
    def index():
        work = copy_current_request_context(lambda: current_app.name)
        with other.app_context():
            return work()

    assert client.get("/").text == app.name


def test_an_async_function_with_a_copied_request_context_is_a_task_of_the_view(app, client):
    ended = []
    app.teardown_appcontext(lambda exc: ended.append(type(exc)))

    @app.route("/")
    async def index():
        g.name = "the view's"

        @copy_current_request_context
        async def work(number):
            g.setdefault("name", number)
            await asyncio.sleep(0)
            return [request.args["q"], current_app.name, g.name]

        return await asyncio.gather(*(asyncio.create_task(work(number)) for number in range(3)))

    assert client.get("/?q=x").json == [["x", "kolben_test", number] for number in range(3)]
    assert ended == [type(None)] * 4


def test_what_an_async_function_with_a_copied_request_context_raises_is_raised(app, client):
    ended = []
    app.teardown_appcontext(lambda exc: ended.append(type(exc)))

    @app.route("/")
    async def index():
        @copy_current_request_context
        async def work():
            await asyncio.sleep(0)
            raise LookupError("lost")

        with pytest.raises(LookupError, match="lost"):
            await work()
        return "raised"

    assert client.get("/").text == "raised"
    assert ended == [LookupError, type(None)]


def test_an_async_function_with_a_copied_request_context_can_be_cancelled(app, client):
    ended = []
    app.teardown_appcontext(lambda exc: ended.append(type(exc)))

    @app.route("/")
    async def index():
        begun = asyncio.Event()

        @copy_current_request_context
        async def work():
            begun.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return "cancelled"

    assert client.get("/").text == "cancelled"
    assert ended == [asyncio.CancelledError, type(None)]


def test_in_a_thread_an_async_function_with_a_copied_request_context_is_waited_for(app, client):
    @app.route("/")
    def index():
        @copy_current_request_context
        async def work():
            await asyncio.sleep(0)
            return request.args["q"]

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work).result()

    assert client.get("/?q=x").text == "x"


def test_copying_outside_a_request_says_what_is_missing():
    with pytest.raises(RuntimeError, match="request context"):
        copy_current_request_context(lambda: None)


def test_after_this_request_changes_only_this_response(app, client):
    @app.route("/")
    def index():
        if "mark" in request.args:

            @after_this_request
            def mark(response):
                response.headers["X-Mark"] = "1"
                return response

        return ""

    assert client.get("/?mark").headers["X-Mark"] == "1"
    assert "X-Mark" not in client.get("/").headers


def test_the_url_adapter_is_there_for_extensions(app):
    app.add_url_rule("/user/<int:number>", "user", lambda number: "")
    with app.test_request_context("/user/3") as context:
        assert context.url_adapter.match() == ("user", {"number": 3})


def test_a_request_is_freed_by_reference_count(app, client):
    kept = []

    @app.route("/")
    def index():
        kept.append(weakref.ref(request._get_current_object()))
        kept.append(weakref.ref(request_ctx._get_current_object()))
        kept.append(weakref.ref(app_ctx._get_current_object()))
        return "x"

    gc.disable()
    try:
        app({**_environ("/")}, lambda *args: None)
        assert [reference() for reference in kept] == [None, None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize("path", ["/missing", "/broken"])
def test_a_failing_request_leaves_nothing_to_the_collector(app, path):
    app.testing = False
    app.logger.disabled = True
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)
    app(_environ(path), lambda *args: None)
    found = []
    gc.disable()
    try:
        for _ in range(3):  # other tests' threads may end now, and leave something, but not always
            gc.collect()
            for _ in range(20):
                app(_environ(path), lambda *args: None)
            found.append(gc.collect())
        assert min(found) == 0
    finally:
        gc.enable()
        app.logger.disabled = False


def _environ(path):
    from werkzeug.test import EnvironBuilder

    return EnvironBuilder(path).get_environ()


def test_a_session_can_be_read_after_the_request(app):
    kept = []
    app.add_url_rule("/login", "login", lambda: session.update(user="ada") or "in")
    app.add_url_rule("/", "root", lambda: kept.append(copy_context()) or "kept")
    client = app.test_client()
    client.get("/login")
    client.get("/")
    assert kept[0].run(lambda: session["user"]) == "ada"


def test_a_session_can_be_read_from_a_context_that_was_popped(app):
    app.before_request(lambda: None)
    with app.test_request_context("/") as context:
        pass
    assert not context.session
