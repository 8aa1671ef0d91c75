"""The straight lane does what the steps do: the same apps on both, with the same events."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import Counter

import pytest
from werkzeug.test import create_environ

from kolben import (
    Blueprint,
    Kolben,
    Response,
    abort,
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    jsonify,
    redirect,
    request,
    session,
    signals,
    stream_with_context,
)
from kolben.globals import _app_ctx_stack, app_ctx, request_ctx
from kolben.json.provider import DefaultJSONProvider
from kolben.sessions import SecureCookieSessionInterface
from kolben.stacks import _cv_app

SCENARIOS = {}


def scenario(function):
    """Register what an app is made of; it may return the requests, by default a GET of /."""
    SCENARIOS[function.__name__] = function
    return function


class StepByStep(Kolben):
    """An app whose requests never take the lane: it makes its contexts by itself."""

    def request_context(self, environ):
        return super().request_context(environ)


#: The protocol, and whether views are called in a thread, on the loop, or wait there.
WAYS = {
    "wsgi": ("wsgi", None),
    "asgi": ("asgi", None),
    "asgi, async views": ("asgi", 0),
    "asgi, views that wait": ("asgi", 2),
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def on_loop(view, waits):
    """Make an async view of any, which waits so many times before and after it."""

    async def run(**values):
        for _ in range(waits):
            await asyncio.sleep(0)
        rv = view(**values)
        if hasattr(rv, "__await__"):
            rv = await rv
        for _ in range(waits):
            await asyncio.sleep(0)
        return rv

    return run


def make(cls, build, way=WAYS["wsgi"]):
    protocol, waits = way
    app, log = cls("lanes", static_folder=None), []
    app.secret_key = "a secret for tests"
    app.logger.disabled = True
    app.add_url_rule("/warm", "warm", lambda: "warm")
    requests = build(app, log) or [("GET", "/")]
    if waits is not None:
        for endpoint, view in app.view_functions.items():
            app.view_functions[endpoint] = on_loop(view, waits)
    # The first request takes the steps in any case.
    ask(app.test_client(protocol=protocol), "GET", "/warm")
    log.clear()
    return app, log, requests


def hook(log, name, result=None):
    def run(*args):
        log.append((name, has_request_context(), has_app_context()))
        return args[0] if result == "response" else result

    return run


def async_hook(log, name, result=None):
    async def run(*args):
        log.append((name, has_request_context(), has_app_context()))
        return args[0] if result == "response" else result

    return run


def ask(client, method, path, **options):
    try:
        response = client.open(path, method=method, **options)
    except Exception as error:
        return type(error), str(error)
    headers = [(k, v) for k, v in response.headers if k.lower() != "set-cookie"]
    cookies = [without_time(v) for v in response.headers.getlist("Set-Cookie")]
    return response.status, headers, cookies, response.data


def without_time(cookie):
    """Cut what differs from second to second: a session's time and signature, and the expiry."""
    value, *attributes = cookie.split("; ")
    kept = [each for each in attributes if not each.startswith("Expires=")]
    return value.partition(".")[0], kept, len(attributes)


def outcome(cls, build, way=WAYS["wsgi"]):
    app, log, requests = make(cls, build, way)
    client = app.test_client(protocol=way[0])
    answers = [ask(client, *asked[:2], **dict(*asked[2:])) for asked in requests]
    return answers, log


# -- what a view may return ------------------------------------------------------------------------

RESULTS = {
    "text": lambda: "text",
    "unicode": lambda: "täxt",
    "bytes": lambda: b"bytes",
    "dict": lambda: {"a": 1},
    "list": lambda: [1, 2],
    "pair": lambda: ("made", 201),
    "triple": lambda: ("made", 201, {"X-A": "b"}),
    "response": lambda: Response("own", 404, {"X-Own": "1"}),
    "empty": lambda: ("", 204),
    "none": lambda: None,
    "number": lambda: 3,
    "unserializable": lambda: {"a": object()},
    "generator": lambda: (piece for piece in "abc"),
    "stream": lambda: stream_with_context(f"{request.path}{n}" for n in range(3)),
    "text and code": lambda: ("täxt", 404),
    "data and code": lambda: ({"a": [1]}, 201),
    "list and code": lambda: ([1], 422),
    "data without content": lambda: ({"a": 1}, 204),
    "data and headers": lambda: ({"a": 1}, {"X-A": "b"}),
    "data and a line": lambda: ({"a": 1}, "299 FINE"),
    "data and a flag": lambda: ({"a": 1}, True),
    "unserializable and code": lambda: ({"a": object()}, 201),
    "nothing and code": lambda: (None, 201),
    "a code too much": lambda: ("a", 200, {}, 1),
    "one alone": lambda: ("a",),
    "surrogates": lambda: "\ud800",
    "surrogates and code": lambda: ("\ud800", 201),
    "subclass of dict": lambda: Counter("ab"),
    "json response": lambda: jsonify(a=1),
    "redirect": lambda: redirect("/elsewhere"),
    "header beyond Latin-1": lambda: Response("own", headers={"X-Own": "\u4e2d"}),
    "to be closed": lambda: closing(Response("own")),
    "abort": lambda: abort(418),
    "error": lambda: 1 // 0,
}


def closing(response):
    response.call_on_close(lambda: None)
    return response


async def _waits():
    return "waited"


async def _fails():
    raise ValueError("failed")


RESULTS |= {"async": _waits, "async failing": _fails, "awaitable": lambda: _waits()}


def build_view(view, **settings):
    def build(app, log):
        app.config.update(settings)
        app.add_url_rule("/", "index", view, methods=["GET", "POST"])
        app.teardown_request(hook(log, "teardown"))
        app.teardown_appcontext(lambda error: log.append(repr(error)))
        return [(method, "/") for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS")]

    return build


@ways
@pytest.mark.parametrize("testing", [False, True])
@pytest.mark.parametrize("view", RESULTS.values(), ids=RESULTS)
def test_every_result_of_a_view_is_answered_alike(view, testing, way):
    build = build_view(view, TESTING=testing)
    assert outcome(Kolben, build, way) == outcome(StepByStep, build, way)


# -- what may happen on the way --------------------------------------------------------------------


@scenario
def hooks_of_nested_blueprints(app, log):
    outer, inner = Blueprint("outer", __name__), Blueprint("inner", __name__)
    for where, name in ((app, "app"), (outer, "outer"), (inner, "inner")):
        where.before_request(hook(log, f"before {name}"))
        where.after_request(hook(log, f"after {name}", "response"))
        where.after_request(hook(log, f"second after {name}", "response"))
        where.teardown_request(hook(log, f"teardown {name}"))
    app.teardown_appcontext(hook(log, "teardown_appcontext"))
    inner.add_url_rule("/in", "in", lambda: f"{request.endpoint} {request.blueprints}")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    app.add_url_rule("/", "index", lambda: "outside")
    return [("GET", "/in"), ("GET", "/"), ("GET", "/missing")]


@scenario
def hooks_of_another_blueprint(app, log):
    shop = Blueprint("shop", __name__)
    shop.before_request(hook(log, "before"))
    shop.after_request(hook(log, "after", "response"))
    shop.teardown_request(hook(log, "teardown"))
    app.register_blueprint(shop)
    app.add_url_rule("/", "index", lambda: "outside")


@scenario
def before_hook_with_a_result(app, log):
    app.before_request(hook(log, "first"))
    app.before_request(hook(log, "second", "instead"))
    app.before_request(hook(log, "third"))
    app.add_url_rule("/", "index", hook(log, "view", "view"))


@scenario
def async_hooks_among_others(app, log):
    app.before_request(hook(log, "before"))
    app.before_request(async_hook(log, "async before"))
    app.before_request(hook(log, "last before"))
    app.after_request(hook(log, "after", "response"))
    app.after_request(async_hook(log, "async after", "response"))
    app.after_request(hook(log, "first after", "response"))
    app.teardown_request(hook(log, "teardown"))
    app.teardown_request(async_hook(log, "async teardown"))
    app.teardown_request(hook(log, "first teardown"))
    app.teardown_appcontext(hook(log, "app teardown"))
    app.teardown_appcontext(async_hook(log, "async app teardown"))
    app.add_url_rule("/", "index", hook(log, "view", "view"))


@scenario
def async_before_hook_with_a_result(app, log):
    app.before_request(async_hook(log, "before", "instead"))
    app.before_request(hook(log, "not this"))
    app.add_url_rule("/", "index", hook(log, "view", "view"))


@scenario
def failing_hooks(app, log):
    def fail(*_):
        log.append("fails")
        raise ValueError("hook")

    for path, register in (
        ("/before", "before_request"),
        ("/after", "after_request"),
        ("/teardown", "teardown_request"),
    ):
        shop = Blueprint(path[1:], __name__)
        getattr(shop, register)(fail)
        shop.add_url_rule(path, "view", hook(log, "view", "view"))
        app.register_blueprint(shop)
    app.teardown_request(hook(log, "teardown"))
    app.teardown_appcontext(hook(log, "app teardown"))
    return [("GET", "/before"), ("GET", "/after"), ("GET", "/teardown")]


@scenario
def several_teardowns_fail(app, log):
    for name in ("one", "two", "three"):

        def fail(error, name=name):
            log.append(name)
            if name != "two":
                raise ValueError(name)

        app.teardown_request(fail)
        app.teardown_appcontext(fail)
    app.add_url_rule("/", "index", lambda: "view")


@scenario
def only_the_last_teardown_of_the_app_context_fails(app, log):
    @app.teardown_appcontext
    def fail(error):
        log.append(has_request_context())
        raise ValueError("end")

    app.teardown_appcontext(hook(log, "before that"))
    app.add_url_rule("/", "index", lambda: "view")


@scenario
def error_handlers(app, log):
    @app.errorhandler(404)
    def missing(error):
        log.append(type(error).__name__)
        return "nothing here", 404

    @app.errorhandler(ZeroDivisionError)
    def divided(error):
        import sys

        log.append(sys.exc_info()[0])
        return "by zero", 400

    @app.errorhandler(500)
    def failed(error):
        return f"{error.original_exception!r}", 500

    app.after_request(hook(log, "after", "response"))
    app.teardown_request(hook(log, "teardown"))
    app.add_url_rule("/zero", "zero", lambda: 1 // 0)
    app.add_url_rule("/key", "key", lambda: {}["key"])
    app.add_url_rule("/form", "form", lambda: request.form["key"], methods=["POST"])
    return [("GET", "/zero"), ("GET", "/key"), ("GET", "/missing"), ("POST", "/form")]


@scenario
def trapped_errors(app, log):
    app.config["TRAP_HTTP_EXCEPTIONS"] = True
    app.add_url_rule("/", "index", lambda: "view")
    return [("GET", "/missing"), ("POST", "/")]


@scenario
def paths_that_werkzeug_decides(app, log):
    app.add_url_rule("/slash/", "slash", lambda: "slash")
    app.add_url_rule("/all/<path:rest>", "all", lambda rest: f"{rest} {request.path}")
    app.add_url_rule("/day/<int:day>", "day", lambda day: f"{day} {request.view_args}")
    app.add_url_rule("/ö", "umlaut", lambda: request.path)
    paths = ["/slash", "/slash/", "//slash/", "/all/a//b", "/day/3", "/day/x", "/%C3%B6", "/%FF"]
    return [(method, path) for path in paths for method in ("GET", "POST", "HEAD")]


@scenario
def values_preprocessed(app, log):
    @app.url_value_preprocessor
    def read(endpoint, values):
        if values:
            g.language = values.pop("language")

    app.add_url_rule("/<language>/hello", "hello", lambda: g.language)
    return [("GET", "/de/hello")]


@scenario
def arguments_changed_by_a_hook(app, log):
    @app.before_request
    def change():
        if request.view_args:
            request.view_args["name"] = request.view_args["name"].upper()

    app.add_url_rule("/<name>", "name", lambda name: name)
    return [("GET", "/ada")]


@scenario
def hooks_and_views_added_while_it_serves(app, log):
    def view():
        app.after_request_funcs.setdefault(None, []).append(hook(log, "after", "response"))
        app.teardown_request_funcs.setdefault(None, []).append(hook(log, "teardown"))
        app.teardown_appcontext_funcs.append(hook(log, "app teardown"))
        app.before_request_funcs.setdefault(None, []).insert(0, hook(log, "before"))
        app.before_request_funcs["bp"] = [hook(log, "never")]
        app.view_functions["index"] = hook(log, "another", "another")
        return "view"

    app.add_url_rule("/", "index", view)
    return [("GET", "/"), ("GET", "/")]


@scenario
def handler_put_into_the_table_while_it_serves(app, log):
    def view():
        app.error_handler_spec[None][404][type(error)] = lambda e: ("handled", 404)
        return "view"

    from werkzeug.exceptions import NotFound

    error = NotFound()
    app.add_url_rule("/", "index", view)
    return [("GET", "/missing"), ("GET", "/"), ("GET", "/missing")]


@scenario
def a_step_overridden_by_the_view(app, log):
    def view():
        mine = app.process_response

        def process_response(response):
            log.append("mine")
            return mine(response)

        app.process_response = process_response
        return "view"

    app.add_url_rule("/", "index", view)
    return [("GET", "/"), ("GET", "/")]


@scenario
def after_this_request_and_holding(app, log):
    def view():
        after_this_request(hook(log, "after this", "response"))
        return stream_with_context(g.setdefault("piece", "abc") for _ in range(2))

    app.teardown_request(hook(log, "teardown"))
    app.add_url_rule("/", "index", view)


@scenario
def sessions_written_and_read(app, log):
    def write():
        session["name"] = "ada"
        return "written"

    app.add_url_rule("/write", "write", write)
    app.add_url_rule("/read", "read", lambda: session.get("name", "nobody"))
    app.add_url_rule("/", "index", lambda: "no session")
    return [("GET", "/read"), ("GET", "/write"), ("GET", "/"), ("GET", "/read")]


@scenario
def permanent_sessions_are_refreshed(app, log):
    def write():
        session.permanent = True
        return "written"

    app.add_url_rule("/write", "write", write)
    app.add_url_rule("/", "index", lambda: "no session")
    return [("GET", "/write"), ("GET", "/")]


FILES = (
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\ncontent\r\n'
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'
)


@scenario
def bodies(app, log):
    views = {
        "json": lambda: request.get_json(),
        "silent": lambda: [request.get_json(silent=True)],
        "form": lambda: request.form.to_dict(flat=False),
        "files": lambda: {name: file.read().decode() for name, file in request.files.items()},
        "data": lambda: request.get_data(),
        "stream": lambda: request.stream.read(3),
        "unread": lambda: "unread",
        "environ": lambda: request.environ["wsgi.input"].read(),
    }

    def small():
        request.max_content_length = 3
        return request.get_data()

    views["small"] = small
    for name, view in views.items():
        app.add_url_rule(f"/{name}", name, view, methods=["POST", "PUT", "GET"])
    sent = [
        {"json": {"a": [1, None]}},
        {"data": {"a": ["1", "2"], "b": "ä"}},
        {"data": FILES, "content_type": "multipart/form-data; boundary=b"},
        {"data": b"raw", "content_type": "text/plain"},
        {"data": b"{broken", "content_type": "application/json"},
        {"data": b"x" * 70_000},
        {"data": b""},
        {"headers": {"Transfer-Encoding": "chunked"}, "data": b"chunk"},
    ]

    asked = [("POST", f"/{name}", options) for name in views for options in sent]
    asked += [("PUT", "/json", sent[0]), ("GET", "/json", sent[0]), ("POST", "/none", sent[0])]
    return asked


def with_a_cookie(app, needs_refresh):
    """Have an interface asked about requests that carry a cookie."""

    def write():
        response = Response("written")
        response.set_cookie("theme", "dark")
        return response

    app.session_interface = SecureCookieSessionInterface()
    app.session_interface.needs_refresh = needs_refresh
    app.add_url_rule("/write", "write", write)
    app.add_url_rule("/", "index", lambda: "no session")
    app.add_url_rule("/data", "data", lambda: {"a": 1})
    return [("GET", "/write"), ("GET", "/"), ("GET", "/data")]


@scenario
def interfaces_see_the_contexts_when_they_are_asked(app, log):
    def needs_refresh(app, request):
        log.append((current_app.name, request_ctx.request is request, request.cookies["theme"]))
        return False

    return with_a_cookie(app, needs_refresh)


@scenario
def interfaces_fail_when_they_are_asked(app, log):
    def needs_refresh(app, request):
        raise LookupError("no session")

    app.register_error_handler(LookupError, lambda error: (str(error), 418))
    return with_a_cookie(app, needs_refresh)


@scenario
def contexts_within_contexts(app, log):
    other = Kolben("other")

    def view():
        log.append(len(_app_ctx_stack._list()))
        with other.app_context():
            log.append((current_app.name, len(_app_ctx_stack._list())))
        g.own = "own"
        with app.test_request_context("/inner"):
            log.append((request.path, g.get("own"), app_ctx.app is app))
        log.append(
            (current_app.name, request.path, g.own, _cv_app.get() is app_ctx._get_current_object())
        )
        log.append(app.test_client().get("/within").text)
        return "view"

    app.teardown_appcontext(hook(log, "app teardown"))
    app.add_url_rule("/", "index", view)
    app.add_url_rule("/within", "within", lambda: g.get("own", "a g of its own"))


@scenario
def writes_json_in_its_own_way(app, log):
    class Provider(DefaultJSONProvider):
        mimetype = "application/vnd.own+json"

        def response(self, *args, **kwargs):
            log.append("asked")
            return super().response(*args, **kwargs)

    app.json = Provider(app)
    app.add_url_rule("/", "index", lambda: {"b": 1, "a": 2})


@scenario
def writes_json_by_a_function_on_the_provider(app, log):
    app.json.response = lambda data: Response(f"own {data}")
    app.add_url_rule("/", "index", lambda: ({"a": 1}, 201))


@scenario
def writes_json_with_settings_of_its_own(app, log):
    class Provider(DefaultJSONProvider):
        mimetype = "application/vnd.own+json"
        sort_keys = False
        compact = False

        def default(self, o):
            session["seen"] = request.path
            after_this_request(lambda response: log.append("after") or response)
            return f"own {current_app.name}"

    app.json = Provider(app)
    app.add_url_rule("/", "index", lambda: {"b": object(), "a": 2})
    app.add_url_rule("/plain", "plain", lambda: {"b": 1, "a": 2})
    return [("GET", "/"), ("GET", "/plain")]


@scenario
def pops_its_own_context(app, log):
    def view():
        context = request_ctx._get_current_object()
        context.pop()
        log.append((has_request_context(), has_app_context()))
        context.push()
        return "view"

    app.teardown_appcontext(hook(log, "app teardown"))
    app.teardown_request(hook(log, "teardown"))
    app.add_url_rule("/", "index", view)


@scenario
def looks_at_g_in_another_thread_first(app, log):
    def view():
        @copy_current_request_context
        def work():
            log.append((current_app.name, request.path, has_app_context()))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        g.name = "here"
        return g.name

    app.teardown_appcontext(hook(log, "app teardown"))
    app.add_url_rule("/", "index", view)


@ways
@pytest.mark.parametrize("build", SCENARIOS.values(), ids=SCENARIOS)
def test_the_lane_and_the_steps_do_the_same(build, way):
    assert outcome(Kolben, build, way) == outcome(StepByStep, build, way)


SIGNALS = [name for name in signals.__all__ if name.startswith(("request", "appcontext", "got"))]


@ways
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("path", ["/", "/bad", "/missing"])
def test_whoever_listens_to_one_signal_hears_the_same(name, path, way):
    def build(app, log):
        def heard(sender, **extra):
            log.append((name, sorted(extra), has_request_context(), has_app_context()))

        app.add_url_rule("/", "index", lambda: "view")
        app.add_url_rule("/bad", "bad", lambda: 1 // 0)
        app.teardown_request(hook(log, "teardown"))
        getattr(signals, name).connect(heard, app)
        app.extensions["heard"] = heard  # the signal itself holds it weakly
        return [("GET", path)]

    assert outcome(Kolben, build, way) == outcome(StepByStep, build, way)


# -- and it is the lane ----------------------------------------------------------------------------


def took_the_lane():
    return request_ctx._found is not None


@pytest.fixture
def app():
    app = Kolben("lanes", static_folder=None)
    app.add_url_rule("/", "index", lambda: str(took_the_lane()))
    return app


def test_the_first_request_takes_the_steps_and_the_next_one_the_lane(app):
    client = app.test_client()
    assert [client.get("/").text for _ in range(3)] == ["False", "True", "True"]


def test_a_plain_subclass_takes_the_lane_too():
    class Mine(Kolben):
        def helper(self):
            return 1

    app = Mine("lanes", static_folder=None)
    app.add_url_rule("/", "index", lambda: str(took_the_lane()))
    client = app.test_client()
    assert [client.get("/").text for _ in range(2)] == ["False", "True"]


def test_an_app_with_an_override_takes_the_steps():
    app = StepByStep("lanes", static_folder=None)
    app.add_url_rule("/", "index", lambda: str(took_the_lane()))
    client = app.test_client()
    assert [client.get("/").text for _ in range(2)] == ["False", "False"]


def test_a_classes_response_class_set_later_is_used(app, monkeypatch):
    class Loud(Response):
        default_mimetype = "text/loud"

    client = app.test_client()
    client.get("/")
    monkeypatch.setattr(Kolben, "response_class", Loud)
    assert client.get("/").mimetype == "text/loud"
    monkeypatch.undo()
    assert client.get("/").mimetype == "text/html"


def test_another_default_mimetype_is_used(app, monkeypatch):
    client = app.test_client()
    client.get("/")
    monkeypatch.setattr(Response, "default_mimetype", "text/plain")
    assert client.get("/").mimetype == "text/plain"


@pytest.mark.parametrize("cls", [Kolben, StepByStep])
def test_the_teardown_runs_where_the_server_refuses_the_answer(cls):
    def build(app, log):
        app.teardown_request(log.append)
        app.add_url_rule("/", "index", lambda: "view")

    app, log, _ = make(cls, build)

    def refuse(*_):
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        app(create_environ("/"), refuse)
    assert log == [None]


@pytest.mark.parametrize(
    "path", ["/", "/g", "/bad", "/missing", "/aborts", "/async", "/async-bad", "/look"]
)
def test_a_request_dies_by_reference_count(path):
    app = Kolben("lanes", static_folder=None)
    app.logger.disabled = True

    def used():
        g.name = "g"
        return current_app.name

    app.add_url_rule("/", "index", lambda: "view")
    app.add_url_rule("/g", "g", used)
    app.add_url_rule("/bad", "bad", lambda: 1 // 0)
    app.add_url_rule("/aborts", "aborts", lambda: abort(404))
    app.add_url_rule("/async", "async", _waits)
    app.add_url_rule("/async-bad", "async-bad", _fails)
    app.add_url_rule("/look", "look", lambda: request.headers["Host"] + str(request.environ.keys()))

    def drive():
        for _ in app(create_environ(path), lambda *_: None):
            pass

    for _ in range(5):
        drive()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(50):
            drive()
        # The loop's thread may still be leaving the last task.
        deadline = time.monotonic() + 5
        while len(gc.get_objects()) - before >= 40 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(gc.get_objects()) - before < 40
    finally:
        gc.enable()


def test_an_environ_may_leave_out_an_empty_path():
    app = Kolben("lanes", static_folder=None)
    app.add_url_rule("/", "root", lambda: request.path)
    assert app.test_client().get("/").text == "/"
    environ = create_environ("/")
    del environ["PATH_INFO"]  # PEP 3333: "unless their value would be an empty string"
    assert b"".join(app(environ, lambda *_: None)) == b"/"
