"""What the lanes keep for a path, no longer than it holds; and what closes the one over ASGI."""

from __future__ import annotations

import asyncio
import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import ClassVar

import pytest
from werkzeug.routing import Map
from werkzeug.routing import Rule as PlainRule

from kolben import (
    Config,
    Kolben,
    Response,
    after_this_request,
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    current_app,
    g,
    has_request_context,
    lane,
    request,
    request_finished,
    request_started,
    request_tearing_down,
    stream_with_context,
)
from kolben.globals import _request_ctx_stack
from kolben.http.scope import build_environ
from kolben.protocols import asgi_plans
from kolben.routing import RouteRule as Rule
from kolben.sessions import SecureCookieSessionInterface
from tests.protocols.scopes import call, scope_of

HEARD = [
    appcontext_pushed,
    request_started,
    request_finished,
    request_tearing_down,
    appcontext_tearing_down,
    appcontext_popped,
]


class Deep(Kolben):
    """An app whose class is not Kolben's own."""


@pytest.fixture(
    params=[(cls, protocol) for protocol in ("asgi", "wsgi") for cls in (Kolben, Deep)],
    ids=lambda param: f"{param[0].__name__}-{param[1]}",
)
def app(request):
    """An app with one async view, that has answered twice: the second time by a plan."""
    cls, protocol = request.param
    made = cls("plans", static_folder=None)
    made.extensions["protocol"] = protocol

    @made.get("/")
    async def index():
        return "index"

    assert [ask(made), ask(made)] == [(200, "index")] * 2
    assert kept(made) == {"/"}
    return made


def kept(app):
    """Give the paths that there are plans for."""
    plans = app._plans
    by_method = plans.by_environ if app.extensions["protocol"] == "wsgi" else plans.by_scope
    return {path for of_method in by_method.values() for path in of_method}


def ask(app, path="/", method="GET", host=b"shop.example", headers=(), **more):
    """Make a request; give the status and the text."""
    if app.extensions["protocol"] == "asgi":
        return asyncio.run(ask_here(app, path, method, host, headers, **more))
    started = []
    environ = build_environ(make_scope(path, method, host, headers, **more), BytesIO())
    del environ["asgi.scope"]
    body = app(environ, lambda *start: started.append(start))
    text = b"".join(body).decode()
    if hasattr(body, "close"):
        body.close()
    return int(started[0][0][:3]), text


def make_scope(path, method, host, headers, **more):
    """Make the scope of a request to a host."""
    scope = scope_of(path, method, headers, **more)
    scope["headers"][0] = (b"host", host)
    return scope


async def ask_here(app, path="/", method="GET", host=b"shop.example", headers=(), **more):
    """Make a request over ASGI on this loop."""
    scope = make_scope(path, method, host, headers, **more)
    start, *bodies = await call(app, scope)
    return start["status"], b"".join(message["body"] for message in bodies).decode()


async def other():
    return "other"


def test_a_rule_that_is_added_counts(app):
    assert ask(app, method="POST")[0] == 405
    app.view_functions["other"] = other
    app.url_map.add(Rule("/", endpoint="other", methods=["POST"]))
    assert ask(app, method="POST") == (200, "other")
    assert ask(app) == (200, "index")


def test_a_rule_that_now_comes_first_counts(app):
    app.view_functions["other"] = other
    [rule] = app.url_map.iter_rules("index")
    app.url_map._rules.clear()
    app.url_map._rules_by_endpoint.clear()
    app.url_map._matcher = type(app.url_map._matcher)(app.url_map.merge_slashes)
    app.url_map.add(Rule("/", endpoint="other", methods=["GET"]))
    app.url_map.add(rule.empty())
    assert ask(app) == (200, "other")


def test_two_rules_of_one_path_take_turns(app):
    app.view_functions["other"] = other
    app.url_map.add(Rule("/", endpoint="other", methods=["POST"]))
    answers = [ask(app, method=method)[1] for method in ("GET", "POST", "POST", "GET", "GET")]
    assert answers == ["index", "other", "other", "index", "index"]


def test_of_two_rules_for_one_method_the_first_answers(app):
    app.view_functions["other"] = other
    app.url_map.add(Rule("/", endpoint="other", methods=["GET", "POST"]))
    methods = ["GET", "GET", "POST", "GET", "GET", "POST", "GET"]
    texts = [ask(app, method=method)[1] for method in methods]
    assert texts == ["index", "index", "other", "index", "index", "other", "index"]


def test_a_method_that_a_rule_gains_is_taken_from_the_rule_behind_it(app):
    app.view_functions["other"] = other
    app.url_map.add(Rule("/", endpoint="other", methods=["POST"]))
    assert [ask(app, method="POST")[1] for _ in range(2)] == ["other", "other"]
    [rule] = app.url_map.iter_rules("index")
    rule.methods.add("POST")
    assert ask(app, method="POST") == (200, "index")


def test_a_rule_that_comes_to_answer_to_all_methods_does(app):
    [rule] = app.url_map.iter_rules("index")
    rule.methods = None
    assert [ask(app), ask(app, method="PUT")] == [(200, "index")] * 2


def test_a_plan_is_not_kept_if_a_rule_was_added_while_it_was_made(app, monkeypatch):
    match = type(app.url_map).match_raw
    app.view_functions["other"] = other

    def match_and_add(url_map, path, method):
        found = match(url_map, path, method)
        url_map.add(Rule(f"/{len(list(url_map.iter_rules()))}", endpoint="other", methods=["GET"]))
        return found

    app._find_way()
    with monkeypatch.context() as patch:
        patch.setattr(type(app.url_map), "match_raw", match_and_add)
        assert [ask(app), ask(app)] == [(200, "index")] * 2
    assert kept(app) == set()
    assert [ask(app, "/1"), ask(app, "/2")] == [(200, "other")] * 2


def test_a_method_that_a_rule_loses_is_not_allowed_any_more(app):
    [rule] = app.url_map.iter_rules("index")
    rule.methods.discard("GET")
    assert ask(app)[0] == 405


def test_a_rule_of_werkzeugs_may_lose_a_method_too(app):
    app.view_functions["other"] = other
    rule = PlainRule("/plain", endpoint="other", methods=["GET"])
    app.url_map.add(rule)
    assert [ask(app, "/plain"), ask(app, "/plain")] == [(200, "other")] * 2
    rule.methods.discard("GET")
    assert ask(app, "/plain")[0] == 405


def test_other_methods_of_a_rule_count_and_may_change_again(app):
    [rule] = app.url_map.iter_rules("index")
    rule.methods = {"POST", "PUT"}
    assert [ask(app)[0], ask(app, method="POST")[0], ask(app, method="POST")[0]] == [405, 200, 200]
    rule.methods.discard("POST")
    assert ask(app, method="POST")[0] == 405


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_a_method_that_the_rule_answers_beside_its_own_is_left_to_the_steps(app, method):
    status, text = ask(app, method=method)
    assert (status, text) == (200, "")


def test_another_map_counts(app):
    app.url_map = Map([Rule("/there", endpoint="index")])
    assert [ask(app)[0], ask(app, "/there")[0]] == [404, 200]


def test_another_view_counts(app):
    app.view_functions["index"] = other
    assert ask(app) == (200, "other")
    app.view_functions["index"] = lambda: "sync"
    assert ask(app) == (200, "sync")


def test_another_table_of_views_counts(app):
    app.view_functions = {"index": other}
    assert ask(app) == (200, "other")


def test_a_view_that_is_gone_is_an_error(app):
    del app.view_functions["index"]
    assert ask(app)[0] == 500


@pytest.mark.parametrize(
    "table",
    [
        "url_value_preprocessors",
        "before_request_funcs",
        "after_request_funcs",
        "teardown_request_funcs",
    ],
)
def test_a_hook_that_is_put_into_a_table_is_run(app, table):
    heard = []

    def hook(*args):
        heard.append(table)
        return args[0] if table == "after_request_funcs" else None

    getattr(app, table)[None].append(hook)
    assert ask(app) == (200, "index")
    assert heard == [table]


def test_a_teardown_function_that_is_put_into_the_list_is_run(app):
    heard = []
    app.teardown_appcontext_funcs.append(heard.append)
    assert ask(app) == (200, "index")
    assert heard == [None]


class Elsewhere(Config):
    """A config that finds its values somewhere else, as those of some extensions do."""

    values: ClassVar[dict[str, object]] = {}

    def __getitem__(self, key):
        return self.values[key] if key in self.values else super().__getitem__(key)


@pytest.mark.parametrize(
    "trust",
    [
        lambda app, hosts: app.config.__setitem__("TRUSTED_HOSTS", hosts),
        lambda app, hosts: app.config.update(TRUSTED_HOSTS=hosts),
        lambda app, hosts: setattr(app, "config", {**app.config, "TRUSTED_HOSTS": hosts}),
        lambda app, hosts: setattr(
            app, "config", Config(".", {**app.config, "TRUSTED_HOSTS": hosts})
        ),
    ],
    ids=["set", "updated", "replaced by a dict", "replaced"],
)
def test_hosts_that_are_trusted_from_now_on_count(app, trust):
    assert ask(app, host=b"evil.example")[0] == 200
    trust(app, ["shop.example"])
    assert [ask(app)[0], ask(app, host=b"evil.example")[0]] == [200, 400]


def test_a_config_that_finds_its_values_elsewhere_is_asked_each_time(app, monkeypatch):
    app.config = Elsewhere(".", dict(app.config))
    app._plans.heed(app.config)
    assert [ask(app, host=b"evil.example")[0] for _ in range(2)] == [200, 200]
    monkeypatch.setitem(Elsewhere.values, "TRUSTED_HOSTS", ["shop.example"])
    assert [ask(app)[0], ask(app, host=b"evil.example")[0]] == [200, 400]


class Quiet(Config):
    """A config that writes past the methods that tell of it."""

    def __setitem__(self, key, value):
        dict.__setitem__(self, key, value)


def test_a_config_that_writes_in_its_own_way_is_asked_each_time(app):
    app.config = app._plans.heed(Quiet(".", dict(app.config)))
    assert [ask(app, host=b"evil.example")[0] for _ in range(2)] == [200, 200]
    app.config["TRUSTED_HOSTS"] = ["shop.example"]
    assert [ask(app)[0], ask(app, host=b"evil.example")[0]] == [200, 400]


def test_a_rule_of_a_class_of_ones_own_has_a_plan_too(app):
    class Own(Rule):
        pass

    app.view_functions["other"] = other
    app.url_map.add(Own("/own", endpoint="other", methods=["GET"]))
    assert [ask(app, "/own"), ask(app, "/own")] == [(200, "other")] * 2
    plans = app._plans
    by_method = plans.by_environ if app.extensions["protocol"] == "wsgi" else plans.by_scope
    assert by_method["GET"]["/own"] is not None


def test_a_rule_whose_class_is_changed_back_counts(app):
    [rule] = app.url_map.iter_rules("index")
    rule.__class__ = Rule
    rule.endpoint = "other"
    app.view_functions["other"] = other
    assert [ask(app)[1], ask(app)[1]] == ["other", "other"]


POPS = {
    "the context's pop": lambda: _request_ctx_stack.top.pop(),
    "the stack's pop": _request_ctx_stack.pop,
    "the context's own way": lambda: _request_ctx_stack.top._unbind(),
}


@pytest.mark.parametrize("pop", POPS)
def test_a_view_that_pops_its_own_context_is_an_error(app, pop):
    async def pops():
        POPS[pop]()
        return "text"

    app.view_functions["index"] = pops
    for _ in range(3):
        with pytest.raises(RuntimeError, match="it is not pushed"):
            ask(app)


def test_another_endpoint_of_a_rule_counts(app):
    app.view_functions["other"] = other
    assert [ask(app), ask(app)] == [(200, "index")] * 2
    [rule] = app.url_map.iter_rules("index")
    rule.endpoint = "other"
    assert [ask(app), ask(app)] == [(200, "other")] * 2


def test_a_set_of_methods_that_two_apps_share_counts_for_both(app):
    second = Kolben("second", static_folder=None)
    second.extensions["protocol"] = app.extensions["protocol"]
    second.add_url_rule("/", "index", other)
    [one], [two] = app.url_map.iter_rules("index"), second.url_map.iter_rules("index")
    two.methods = one.methods
    assert [ask(app)[0], ask(second)[0], ask(second)[0], ask(app)[0]] == [200] * 4
    one.methods.discard("GET")
    assert [ask(app)[0], ask(second)[0]] == [405, 405]


def test_a_copy_of_an_app_has_plans_of_its_own(app):
    copied = copy.copy(app)
    copied.view_functions = {**app.view_functions, "index": other}
    assert [ask(app), ask(copied), ask(app), ask(copied)] == [(200, "index"), (200, "other")] * 2


def test_a_method_that_is_overridden_while_a_plan_is_made_counts(app, monkeypatch):
    class Meanwhile(dict):
        def __contains__(self, method):
            app.dispatch_request = lambda: "own"
            return super().__contains__(method)

    app._find_way()
    with monkeypatch.context() as patch:
        patch.setattr(asgi_plans, "METHODS", Meanwhile(asgi_plans.METHODS))
        asyncio.run(ask_here(app))
    assert "dispatch_request" in vars(app)
    assert asyncio.run(ask_here(app)) == (200, "own")


def test_a_table_that_another_was_put_in_the_place_of_counts(app):
    heard = []
    for table in ("before_request_funcs", "teardown_request_funcs"):
        setattr(app, table, {})
    assert ask(app) == (200, "index")
    app.before_request_funcs[None] = [lambda: heard.append("before")]
    app.teardown_request_funcs[None] = [lambda _: heard.append("teardown")]
    assert ask(app) == (200, "index")
    assert heard == ["before", "teardown"]


def test_a_hook_that_is_put_into_an_empty_list_counts(app):
    heard = []
    hooks = app.before_request_funcs[None]
    assert [ask(app), ask(app)] == [(200, "index")] * 2
    hooks.append(lambda: heard.append("before"))
    assert ask(app) == (200, "index")
    assert heard == ["before"]


def test_what_changes_while_a_body_is_received_counts(app):
    app.view_functions["other"] = other
    app.url_map.add(Rule("/post", endpoint="other", methods=["POST"]))
    heard = []

    async def post(meanwhile):
        parts = [b"first", b"second"]

        async def receive():
            if len(parts) == 1:
                meanwhile()
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        sent = []

        async def send(message):
            sent.append(message)

        await app(scope_of("/post", "POST", [(b"content-length", b"11")]), receive, send)
        return sent[-1]["body"]

    assert asyncio.run(post(lambda: None)) == asyncio.run(post(lambda: None)) == b"other"
    hooks = app.before_request_funcs
    asyncio.run(post(lambda: hooks[None].append(lambda: heard.append("before"))))
    assert heard == ["before"]


def test_another_version_of_http_is_answered_alike_and_its_body_is_read(app):
    async def length():
        return str(len(request.data))

    app.view_functions["length"] = length
    app.url_map.add(Rule("/length", endpoint="length", methods=["POST"]))
    scope = scope_of("/length", "POST", [(b"content-length", b"2")])
    assert asyncio.run(call(app, scope, b"ab"))[1]["body"] == b"2"
    unannounced = scope_of("/length", "POST", http_version="2")
    assert asyncio.run(call(app, unannounced, b"abc"))[1]["body"] == b"3"
    for version in ("1.0", "2"):
        assert asyncio.run(call(app, scope_of(http_version=version), b""))[1]["body"] == b"index"


@pytest.mark.parametrize("key", ["root_path", "http_version"])
def test_a_scope_without_what_need_not_be_there_is_answered(app, key):
    scope = scope_of()
    del scope[key]
    assert asyncio.run(call(app, scope, b""))[1]["body"] == b"index"


def test_a_host_that_cannot_be_one_is_refused(app):
    assert ask(app, host=b"shop example")[0] == 400


@pytest.mark.parametrize("signal", HEARD, ids=[signal.name for signal in HEARD])
def test_a_signal_that_somebody_hears_of_from_now_on_is_sent(app, signal):
    heard = []
    with signal.connected_to(lambda *_, **__: heard.append(signal.name), app):
        assert ask(app) == (200, "index")
    assert heard == [signal.name]


def test_a_method_that_is_put_on_a_class_of_the_app_is_called(app, monkeypatch):
    for cls in type(app).__mro__[: type(app).__mro__.index(Kolben) + 1]:
        with monkeypatch.context() as patch:
            patch.setattr(cls, "dispatch_request", lambda self, n=cls.__name__: n, raising=False)
            assert ask(app) == (200, cls.__name__)
        assert ask(app) == (200, "index")


def test_what_a_view_does_to_its_arguments_is_not_left_to_the_next_request(app):
    async def greedy():
        found = dict(request.view_args)
        request.view_args["left"] = "over"
        return found

    app.view_functions["index"] = greedy
    assert [ask(app), ask(app)] == [(200, "{}\n")] * 2


def test_paths_with_variables_are_not_kept(app):
    async def of(name):
        return name

    app.view_functions["of"] = of
    app.url_map.add(Rule("/of/<name>", endpoint="of"))
    assert [ask(app, f"/of/{name}")[1] for name in "abc"] == ["a", "b", "c"]
    assert not any("/of" in path for path in kept(app))


def test_methods_that_somebody_invents_are_not_kept(app):
    app.view_functions["other"] = other
    app.url_map.add(Rule("/all", endpoint="other"))
    for number in range(20):
        assert ask(app, "/all", method=f"M{number}") == (200, "other")
        ask(app, method=f"M{number}")
    assert kept(app) <= {"/"}


def test_that_a_plan_cannot_be_kept_is_found_out_once(app, monkeypatch):
    app.view_functions["other"] = other
    for method in ("POST", "GET"):
        app.url_map.add(Rule("/two", endpoint="other", methods=[method]))
    assert [ask(app, "/two"), ask(app, "/two")] == [(200, "other")] * 2
    assert kept(app) == {"/two"}
    for module in (lane, asgi_plans):
        monkeypatch.delattr(module, "keep")
    assert ask(app, "/two") == (200, "other")


def test_what_was_compiled_before_a_rule_was_added_is_not_kept(app):
    app.view_functions["other"] = other
    paths = [f"/page-{number}" for number in range(5)]
    for path in paths:
        app.url_map.add(Rule(path, endpoint="other", methods=["GET"]))
        assert [ask(app, path), ask(app, path)] == [(200, "other")] * 2
        assert kept(app) == {path}
    assert ask(app) == (200, "index")
    assert kept(app) == {"/", paths[-1]}


def test_a_context_that_a_view_pushes_and_leaves_there_is_an_error(app):
    async def careless():
        app.test_request_context("/elsewhere").push()
        return "careless"

    app.view_functions["index"] = careless
    with pytest.raises(AssertionError, match="Popped wrong request context"):
        ask(app)
    assert not has_request_context()


@pytest.mark.parametrize("pushes", [False, True], ids=["nothing", "another"])
def test_a_view_that_takes_its_own_context_off_the_stack_is_an_error(app, pushes):
    async def careless():
        _request_ctx_stack.pop()
        if pushes:
            app.test_request_context("/elsewhere").push()
        return "careless"

    app.view_functions["index"] = careless
    with pytest.raises(RuntimeError, match="not pushed"):
        ask(app)


def test_a_context_that_a_view_pushes_and_pops_is_none(app):
    async def careful():
        with app.test_request_context("/elsewhere"):
            there = request.path
        return f"{there} {request.path}"

    app.view_functions["index"] = careful
    assert ask(app) == (200, "/elsewhere /")


def test_a_request_that_wants_another_protocol_is_left_to_the_steps(app):
    wishes = [(b"connection", b"upgrade"), (b"upgrade", b"websocket")]
    assert ask(app, headers=wishes)[0] == 400


def test_the_path_under_which_the_app_is_mounted_is_none_of_its_own(app):
    app.view_functions["other"] = other
    app.url_map.add(Rule("/app/", endpoint="other", methods=["GET"]))
    assert [ask(app, "/app/"), ask(app, "/app/")] == [(200, "other")] * 2
    assert ask(app, "/app/", root_path="/app") == (200, "index")


def test_a_header_that_came_twice_is_read_as_one(app):
    async def index():
        return request.headers["X-Twice"]

    app.view_functions["index"] = index
    assert ask(app, headers=[(b"x-twice", b"1"), (b"x-twice", b"2")]) == (200, "1,2")


def test_a_context_around_the_server_gives_its_g(app):
    async def index():
        return g.get("name", "nobody")

    app.view_functions["index"] = index
    with app.app_context():
        g.name = "somebody"
        assert ask(app) == (200, "somebody")
    assert ask(app) == (200, "nobody")


def test_the_context_of_another_app_around_the_server_is_not_the_requests(app):
    async def index():
        return current_app.name

    app.view_functions["index"] = index
    with Kolben("another").app_context():
        assert ask(app) == (200, "plans")


@pytest.mark.parametrize("touched", [True, False])
def test_a_request_made_by_a_view_shares_its_g(app, touched):
    async def outer():
        if touched:
            g.outer = True
        await ask_here(app, "/inner")
        return f"{request.path} {g.inner}"

    async def inner():
        g.inner = request.path
        return ""

    app.view_functions |= {"index": outer, "inner": inner}
    app.url_map.add(Rule("/inner", endpoint="inner", methods=["GET"]))
    assert ask(app) == (200, "/ /inner")


def test_a_request_that_is_held_is_torn_down_when_it_is_released(app):
    events = []

    def chunks():
        events.append("chunk")
        yield "chunk"

    async def holding():
        app.teardown_request_funcs[None] = [lambda _: events.append("teardown")]
        held.append(stream_with_context(chunks()))
        return "text"

    held = []
    app.view_functions["index"] = holding
    assert ask(app) == (200, "text")
    assert events == []
    held.pop().close()
    assert events == ["teardown"]


def test_whether_a_session_has_to_be_saved_is_asked_once(app):
    asked = []

    class Interface(SecureCookieSessionInterface):
        def needs_refresh(self, app, request):
            asked.append(request.path)
            return super().needs_refresh(app, request)

    async def index():
        return b"index"

    app.session_interface = Interface()
    app.view_functions["index"] = index
    assert ask(app, headers=[(b"cookie", b"a=1")]) == (200, "index")
    assert asked == ["/"]


def test_what_a_view_leaves_to_be_done_to_its_response_is_done(app):
    async def index():
        after_this_request(lambda response: Response(response.get_data() + b" and more"))
        return "index"

    app.view_functions["index"] = index
    assert ask(app) == (200, "index and more")


def test_what_is_put_among_the_functions_for_after_the_response_is_run(app):
    heard = []
    app.after_response_funcs[None].append(heard.append)
    assert ask(app) == (200, "index")
    assert [each.status for each in heard] == ["200 OK"]


def test_a_new_default_mimetype_of_all_responses_counts(app, monkeypatch):
    monkeypatch.setattr(Response, "default_mimetype", "text/x-new")
    start, _ = asyncio.run(call(app, scope_of()))
    assert dict(start["headers"])[b"content-type"] == b"text/x-new; charset=utf-8"


def test_a_loop_that_runs_again_after_another_in_its_thread_is_not_blocked():
    threads = []

    def make(name):
        app = Kolben(name, static_folder=None)
        app.before_request(lambda: threads.append(threading.get_ident()))
        app.after_serving(lambda: None)
        app.add_url_rule("/", "index", other)
        return app

    first, second = make("first"), make("second")
    one, two = asyncio.Runner(), asyncio.Runner()
    with one:
        with two:
            for runner, app in ((one, first), (two, second), (one, first)):
                assert runner.run(ask_here(app)) == (200, "other")
        assert one.run(ask_here(first)) == (200, "other")
    assert threading.get_ident() not in threads


def test_a_loop_that_goes_on_in_another_thread_is_not_blocked(app):
    threads = []
    app.before_request_funcs[None].append(lambda: threads.append(threading.get_ident()))
    loop = asyncio.new_event_loop()
    assert loop.run_until_complete(ask_here(app)) == (200, "index")
    main = threading.get_ident()
    with ThreadPoolExecutor(1) as pool:
        here = pool.submit(threading.get_ident).result()
        answer = pool.submit(loop.run_until_complete, ask_here(app)).result()
    loop.close()
    assert answer == (200, "index")
    assert not {main, here} & set(threads)
