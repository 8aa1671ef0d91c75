"""Every hook: on the app, on a blueprint, from a blueprint for the app; both kinds of functions."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kolben import Blueprint, Kolben, g, render_template_string, request, session, url_for

KINDS = pytest.mark.parametrize("kind", ["def", "async def"])


def of_kind(kind, function):
    """Make an ``async def`` of a function, or leave it as it is."""
    if kind == "def":
        return function

    async def asynchronous(*args, **kwargs):
        return function(*args, **kwargs)

    return asynchronous


def index(app):
    app.add_url_rule("/", "index", lambda: "view")


# -- before and after ------------------------------------------------------------------------------


@KINDS
def test_before_request_runs_first_and_sees_the_request(app, client, kind):
    app.before_request(of_kind(kind, lambda: setattr(g, "path", request.path)))
    app.add_url_rule("/", "index", lambda: g.path)
    assert client.get("/").text == "/"


@KINDS
def test_what_before_request_returns_is_the_answer(app, client, kind):
    order = []
    app.before_request(of_kind(kind, lambda: ("instead", 418)))
    app.before_request(lambda: order.append("second"))
    app.after_request(lambda response: order.append("after") or response)
    app.add_url_rule("/", "index", lambda: order.append("view") or "")
    response = client.get("/")
    assert (response.text, response.status_code, order) == ("instead", 418, ["after"])


def test_an_empty_answer_of_before_request_is_an_answer(app, client):
    app.before_request(lambda: "")
    index(app)
    assert client.get("/").text == ""


@KINDS
def test_after_request_may_change_or_replace_the_response(app, client, kind):
    def change(response):
        response.headers["X-Changed"] = "1"
        return response

    def replace(response):
        return app.make_response(f"{response.get_data(as_text=True)} replaced")

    app.after_request(of_kind(kind, change))
    app.after_request(of_kind(kind, replace))
    index(app)
    response = client.get("/")
    assert (response.text, response.headers["X-Changed"]) == ("view replaced", "1")


@KINDS
def test_before_hooks_run_in_order_and_after_hooks_backwards(app, client, kind):
    order = []
    for number in (1, 2):
        app.before_request(of_kind(kind, lambda n=number: order.append(f"before {n}")))
        app.after_request(of_kind(kind, lambda r, n=number: order.append(f"after {n}") or r))
        app.teardown_request(of_kind(kind, lambda e, n=number: order.append(f"request {n}")))
        app.teardown_appcontext(of_kind(kind, lambda e, n=number: order.append(f"app {n}")))
    app.add_url_rule("/", "index", lambda: order.append("view") or "")
    client.get("/")
    assert order == [
        *("before 1", "before 2", "view", "after 2", "after 1"),
        *("request 2", "request 1", "app 2", "app 1"),
    ]


def test_after_request_runs_for_handled_errors_too(app, client):
    seen = []
    app.after_request(lambda response: seen.append(response.status_code) or response)
    assert client.get("/missing").status_code == 404
    assert seen == [404]


def test_an_error_in_before_request_skips_the_view_and_is_handled(app, client):
    def fail():
        raise ValueError

    app.before_request(fail)
    app.register_error_handler(ValueError, lambda error: "handled")
    index(app)
    assert client.get("/").text == "handled"


def test_the_session_can_still_be_changed_in_after_request(app, client):
    def count(response):
        session["count"] = session.get("count", 0) + 1
        return response

    app.after_request(count)
    app.add_url_rule("/", "index", lambda: str(session.get("count", 0)))
    assert [client.get("/").text, client.get("/").text] == ["0", "1"]


@KINDS
def test_teardown_hears_none_or_the_unhandled_error(app, client, kind):
    heard = []
    app.testing = False
    app.teardown_request(of_kind(kind, heard.append))
    app.teardown_appcontext(of_kind(kind, heard.append))
    error = ValueError("bad")

    def fail():
        raise error

    index(app)
    app.add_url_rule("/bad", "bad", fail)
    client.get("/")
    assert heard == [None, None]
    heard.clear()
    assert client.get("/bad").status_code == 500
    assert heard == [error, error]


def test_teardown_hears_nothing_of_a_handled_error(app, client):
    heard = []
    app.teardown_request(heard.append)
    app.register_error_handler(ZeroDivisionError, lambda error: "handled")
    app.add_url_rule("/", "index", lambda: 1 // 0)
    client.get("/")
    assert heard == [None]


def test_teardown_still_sees_the_request_and_g(app, client):
    seen = []
    app.teardown_request(lambda exc: seen.append((request.path, g.mark)))
    app.teardown_appcontext(lambda exc: seen.append(g.mark))
    app.add_url_rule("/", "index", lambda: setattr(g, "mark", "x") or "")
    client.get("/")
    assert seen == [("/", "x"), "x"]


@pytest.mark.parametrize("where", ["before", "view", "after", "handler", "response"])
def test_teardown_runs_wherever_a_request_fails(app, client, where):
    ended = []

    def fail(*args):
        raise ValueError(where)

    app.teardown_request(lambda exc: ended.append("request"))
    app.teardown_appcontext(lambda exc: ended.append("app"))
    if where == "before":
        app.before_request(fail)
    if where == "after":
        app.after_request(fail)
    if where == "handler":
        app.register_error_handler(404, fail)
    views = {"view": fail, "response": lambda: 42}
    if where != "handler":
        app.add_url_rule("/", "index", views.get(where, lambda: ""))
    with pytest.raises((ValueError, TypeError)):
        client.get("/")
    assert ended == ["request", "app"]


# -- URL values ------------------------------------------------------------------------------------


@KINDS
def test_url_value_preprocessors_run_before_before_request(app, client, kind):
    def take(endpoint, values):
        g.lang = values.pop("lang")

    app.url_value_preprocessor(of_kind(kind, take))
    app.before_request(lambda: setattr(g, "seen", g.lang))
    app.add_url_rule("/<lang>/", "index", lambda: f"{g.lang} {g.seen}")
    assert client.get("/de/").text == "de de"


def test_url_value_preprocessors_hear_of_unmatched_urls(app, client):
    heard = []
    app.url_value_preprocessor(lambda endpoint, values: heard.append((endpoint, values)))
    client.get("/missing")
    assert heard == [(None, None)]


def test_url_defaults_run_for_each_built_url(app):
    @app.url_defaults
    def add(endpoint, values):
        values.setdefault("lang", "de")

    app.add_url_rule("/<lang>/", "index", lambda lang: "")
    with app.test_request_context():
        assert [url_for("index"), url_for("index", lang="fr")] == ["/de/", "/fr/"]


# -- templates -------------------------------------------------------------------------------------


def test_context_processors_add_variables_and_the_views_own_win(app):
    app.context_processor(lambda: {"a": "processor", "b": "processor"})
    with app.test_request_context():
        assert render_template_string("{{ a }} {{ b }}", b="view") == "processor view"


def test_template_filters_tests_and_globals_of_the_app(app):
    app.template_filter()(_shout)
    app.template_filter("reverse_it")(lambda text: text[::-1])
    app.template_test()(_even)
    app.template_test("odd_number")(lambda number: number % 2)
    app.template_global()(_answer)
    app.template_global("double")(lambda number: 2 * number)
    app.add_template_filter(str.title, "title_case")
    app.add_template_test(str.islower, "quiet")
    app.add_template_global(len, "length_of")
    text = (
        "{{ 'a'|_shout }} {{ 'ab'|reverse_it }} {{ 2 is _even }} {{ 3 is odd_number }}"
        " {{ _answer() }} {{ double(4) }} {{ 'a b'|title_case }} {{ 'a' is quiet }}"
        " {{ length_of('abc') }}"
    )
    with app.app_context():
        assert render_template_string(text) == "A ba True 1 42 8 A B True 3"


def _shout(text):
    return text.upper()


def _even(number):
    return number % 2 == 0


def _answer():
    return 42


# -- from a blueprint ------------------------------------------------------------------------------

# the hook for the blueprint, the one for the app, what it is given
LEVELS = [
    ("before_request", "before_app_request", 0),
    ("after_request", "after_app_request", 1),
    ("teardown_request", "teardown_app_request", 1),
    ("url_value_preprocessor", "app_url_value_preprocessor", 2),
]


@KINDS
@pytest.mark.parametrize(("own", "apps", "arguments"), LEVELS)
def test_a_hook_of_a_blueprint_is_for_its_views_unless_it_is_for_the_app(
    app, client, own, apps, arguments, kind
):
    calls = []
    bp = Blueprint("bp", __name__, url_prefix="/bp", root_path=".")

    def note(name):
        def hook(*args):
            assert len(args) == arguments
            calls.append(name)
            return args[0] if own == "after_request" else None

        return of_kind(kind, hook)

    getattr(bp, own)(note("own"))
    getattr(bp, apps)(note("app's"))
    index(bp)
    app.register_blueprint(bp)
    index(app)
    client.get("/")
    assert calls == ["app's"]
    calls.clear()
    client.get("/bp/")
    assert sorted(calls) == ["app's", "own"]


def test_url_defaults_of_a_blueprint_are_for_its_endpoints_unless_they_are_for_the_app(app):
    bp = Blueprint("bp", __name__, url_prefix="/bp", root_path=".")
    bp.url_defaults(lambda endpoint, values: values.setdefault("own", 1))
    bp.app_url_defaults(lambda endpoint, values: values.setdefault("all", 1))
    index(bp)
    app.register_blueprint(bp)
    index(app)
    with app.test_request_context():
        assert [url_for("index"), url_for("bp.index")] == ["/?all=1", "/bp/?all=1&own=1"]


@KINDS
def test_a_blueprint_registers_for_the_first_request_of_the_app(app, client, kind):
    calls = []
    bp = Blueprint("bp", __name__, root_path=".")
    bp.before_app_first_request(of_kind(kind, lambda: calls.append("first")))
    app.register_blueprint(bp)
    client.get("/")
    client.get("/")
    assert calls == ["first"]


# -- before the first request ----------------------------------------------------------------------


@KINDS
def test_before_first_request_runs_once_in_order_before_everything_else(app, client, kind):
    order = []
    app.before_first_request(of_kind(kind, lambda: order.append("one")))
    app.before_first_request(of_kind(kind, lambda: order.append("two")))
    app.before_request(lambda: order.append("before"))
    index(app)
    client.get("/")
    client.get("/")
    assert order == ["one", "two", "before", "before"]


@KINDS
def test_before_first_request_sees_the_request(app, client, kind):
    seen = []
    app.before_first_request(of_kind(kind, lambda: seen.append(request.path)))
    client.get("/path")
    assert seen == ["/path"]


@KINDS
def test_concurrent_first_requests_wait_until_it_has_run_once(app, kind):
    entered, release, calls, seen = threading.Event(), threading.Event(), [], []

    def slow():
        entered.set()
        assert release.wait(10)
        calls.append("first")

    app.before_first_request(of_kind(kind, slow))
    app.add_url_rule("/", "index", lambda: seen.append(list(calls)) or "")
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(app.test_client().get, "/") for _ in range(8)]
        assert entered.wait(10)
        assert seen == []
        release.set()
        assert {future.result().status_code for future in futures} == {200}
    assert (calls, seen) == (["first"], [["first"]] * 8)


@KINDS
def test_a_failing_one_is_tried_again_and_those_before_it_are_not(app, client, kind):
    calls = []

    def flaky():
        calls.append("flaky")
        if calls.count("flaky") == 1:
            raise ConnectionError("database is starting")

    app.before_first_request(of_kind(kind, lambda: calls.append("good")))
    app.before_first_request(of_kind(kind, flaky))
    index(app)
    with pytest.raises(ConnectionError):
        client.get("/")
    assert not app.got_first_request
    assert client.get("/").text == "view"
    client.get("/")
    assert calls == ["good", "flaky", "flaky"]


def test_when_the_first_fails_a_waiting_request_tries_in_its_turn(app):
    entered, release, calls = threading.Event(), threading.Event(), []

    def flaky():
        calls.append("try")
        if len(calls) == 1:
            entered.set()
            assert release.wait(10)
            raise ConnectionError

    app.testing = False
    app.before_first_request(flaky)
    index(app)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(app.test_client().get, "/")
        assert entered.wait(10)
        second = pool.submit(app.test_client().get, "/")
        release.set()
        answers = [first.result().status_code, second.result().status_code]
    assert (answers, len(calls)) == ([500, 200], 2)


@KINDS
def test_it_may_make_a_request_of_the_app_itself(app, client, kind):
    texts = []
    app.before_first_request(of_kind(kind, lambda: texts.append(app.test_client().get("/").text)))
    index(app)
    assert client.get("/").text == "view"
    assert texts == ["view"]


def test_setup_is_still_possible_in_it(app, client):
    @app.before_first_request
    def make():
        app.add_url_rule("/late", "late", lambda: "late")

    client.get("/")
    assert client.get("/late").text == "late"


def test_an_app_context_alone_is_no_first_request(app):
    calls = []
    app.before_first_request(lambda: calls.append(1))
    with app.app_context():
        pass
    with app.test_request_context():
        pass
    assert (calls, app.got_first_request) == ([], False)


# -- kinds of functions ----------------------------------------------------------------------------


def test_a_hook_behind_a_plain_decorator_may_answer_with_an_awaitable(app, client):
    async def later():
        g.mark = "awaited"

    app.before_request(lambda: later())
    app.add_url_rule("/", "index", lambda: g.mark)
    assert client.get("/").text == "awaited"


def test_async_and_plain_hooks_share_context_variables(app, client):
    from contextvars import ContextVar

    variable: ContextVar[str] = ContextVar("variable")

    @app.before_request
    async def set_it():
        variable.set("set in async def")

    @app.after_request
    async def show(response):
        response.headers["X-Seen"] = variable.get()
        return response

    app.add_url_rule("/", "index", lambda: variable.get())
    response = client.get("/")
    assert (response.text, response.headers["X-Seen"]) == ("set in async def",) * 2


def test_hooks_may_be_bound_methods_and_callable_objects(app, client):
    class Hooks:
        def before(self):
            g.marks = ["method"]

        def __call__(self):
            g.marks.append("object")

    hooks = Hooks()
    app.before_request(hooks.before)
    app.before_request(hooks)
    app.add_url_rule("/", "index", lambda: " ".join(g.marks))
    assert client.get("/").text == "method object"


def test_hooks_of_two_apps_do_not_meet(app):
    other = Kolben("other", root_path=".", static_folder=None)
    app.before_request(lambda: "of the first")
    index(other)
    assert other.test_client().get("/").text == "view"
