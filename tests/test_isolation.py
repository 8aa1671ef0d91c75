"""Nobody sees another's values: threads, greenlets, tasks, the next request, cut streams."""

from __future__ import annotations

import asyncio
import gc
import random
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from kolben import (
    Kolben,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
    stream_with_context,
)
from kolben.local import Local, LocalStack
from kolben.stacks import _app_ctx_stack, _request_ctx_stack
from kolben.waiting import wait

stack: LocalStack[str] = LocalStack()
local = Local()


def make_app(inner: Kolben | None = None) -> Kolben:  # noqa: C901  (it is a table of views)
    """An app that writes down who asks, in every place there is, and reads it back later."""
    app = Kolben("isolated", root_path=".", static_folder=None)
    app.secret_key = "a secret for tests"

    @app.before_request
    def remember():
        stack.push(request.args["who"])
        local.who = g.who = request.args["who"]
        session["trail"] = [*session.get("trail", ()), request.args["who"]]

    def seen() -> str:
        values = (request.args["who"], g.who, session["trail"][-1], stack.top, local.who)
        return values[0] if len(set(values)) == 1 else f"mixed up: {values}"

    @app.route("/plain/<who>")
    def plain(who):
        return f"{seen()} {who}"

    @app.route("/nested/<who>")
    def nested(who):
        wrong = ask(inner, f"inner-{who}", "plain")
        return wrong or f"{seen()} {who}"

    @app.route("/async/<who>")
    async def asynchronous(who):
        before = seen()
        await asyncio.sleep(0)
        return f"{before} {seen().removeprefix(before)}{who}"

    @app.route("/stream/<who>")
    def stream(who):
        @stream_with_context
        def pieces():
            yield seen()
            yield " "
            yield request.view_args["who"]

        return pieces()

    @app.route("/fails/<who>")
    def fails(who):
        raise LookupError(f"{seen()} {who}")

    @app.errorhandler(LookupError)
    def failed(error):
        return error.args[0]

    @app.after_request
    def check(response):
        response.headers["X-Who"] = seen()
        return response

    return app  # nobody pops the stack


KINDS = ("plain", "plain", "plain", "nested", "stream", "fails", "async")


def ask(app: Kolben, who: str, kind: str) -> str:
    """Make one request; return what is wrong with the answer, or nothing."""
    environ = create_environ(f"/{kind}/{who}", query_string=f"who={who}")
    body, status, headers = run_wsgi_app(app, environ)
    answer = (b"".join(body).decode(), status, headers["X-Who"])
    body.close() if hasattr(body, "close") else None
    if answer == (f"{who} {who}", "200 OK", who):
        return ""
    return f"{kind} of {who}: {answer}"


def left_over() -> list[object]:
    """List what is still there, outside of any request."""
    found = [_app_ctx_stack.top, _request_ctx_stack.top, stack.top, getattr(local, "who", None)]
    return [value for value in found if value is not None]


def test_threads_keep_their_values_apart():
    app = make_app(make_app())
    barrier = threading.Barrier(8, timeout=10)

    def work(thread):
        kinds = random.Random(thread)
        barrier.wait()
        wrong = [ask(app, f"{thread}-{number}", kinds.choice(KINDS)) for number in range(2000)]
        return [text for text in wrong if text], left_over()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [([], [])] * 8


def test_tasks_keep_their_values_apart():
    app = make_app(make_app())

    async def work(number):
        kind = KINDS[number % 6]  # sync code on a loop cannot wait for another loop's async view
        stack.push(f"task {number}")
        await asyncio.sleep(0)
        wrong = ask(app, f"t{number}", kind)
        await asyncio.sleep(0)
        mine = (stack.top, _app_ctx_stack.top, _request_ctx_stack.top)
        return wrong or (mine != (f"task {number}", None, None) and repr(mine)) or ""

    async def run():
        return await asyncio.gather(*(asyncio.create_task(work(n)) for n in range(2000)))

    assert [text for text in asyncio.run(run()) if text] == []
    assert left_over() == []


def test_async_views_that_all_wait_for_each_other_keep_their_values_apart(app):
    together = threading.Barrier(20, timeout=10)
    arrived, everybody = [], asyncio.Event()

    @app.route("/<who>")
    async def index(who):
        g.who = session["who"] = who
        stack.push(who)
        arrived.append(who)
        if len(arrived) == 20:
            everybody.set()
        await everybody.wait()
        return [g.who, session["who"], stack.top, request.view_args["who"]]

    def work(number):
        together.wait()
        return app.test_client().get(f"/{number}").json

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(work, range(20))) == [[str(number)] * 4 for number in range(20)]


GREENLETS = """
    {patch}
    import gevent, sys
    sys.path.insert(0, {folder!r})
    from test_isolation import KINDS, ask, left_over, make_app, stack
    from kolben.stacks import _app_ctx_stack, _request_ctx_stack

    app = make_app(make_app())

    @app.before_request
    def switch():
        gevent.sleep(0)

    @app.after_request
    def switch_again(response):
        gevent.sleep(0)
        return response

    def work(number):
        stack.push(str(number))
        gevent.sleep(0)
        wrong = ask(app, f"g{{number}}", KINDS[number % {kinds}])
        gevent.sleep(0)
        mine = (stack.top, _app_ctx_stack.top, _request_ctx_stack.top)
        return wrong or (mine != (str(number), None, None) and repr(mine)) or ""

    jobs = [gevent.spawn(work, number) for number in range(2000)]
    gevent.joinall(jobs, raise_error=True)
    print(len(jobs), [job.value for job in jobs if job.value], left_over())
"""


@pytest.mark.parametrize(
    ("patch", "kinds"),
    [("from gevent import monkey; monkey.patch_all()", 7), ("", 6)],
    ids=["patched", "unpatched"],
)
def test_greenlets_keep_their_values_apart(patch, kinds):
    pytest.importorskip("gevent", reason="greenlets need gevent")
    source = textwrap.dedent(GREENLETS).format(
        patch=patch, kinds=kinds, folder=__file__.rpartition("/")[0]
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("2000 [] []\n", "")


# -- the next request on the same thread -----------------------------------------------------------


def test_what_a_request_forgets_to_pop_is_gone_for_the_next(app):
    seen = []

    @app.route("/")
    def index():
        seen.append((stack.top, getattr(local, "who", None)))
        stack.push("forgotten")
        local.who = "forgotten"
        return ""

    for _ in range(2):
        run_wsgi_app(app, create_environ("/"))
    assert seen == [(None, None)] * 2
    assert left_over() == []


def test_a_context_that_a_view_forgets_to_pop_is_gone_for_the_next(app):
    seen = []

    @app.route("/")
    def index():
        seen.append(len(_app_ctx_stack._list()))
        app.app_context().push()
        app.test_request_context("/inner").push()
        return ""

    for _ in range(2):
        with pytest.raises(AssertionError, match=r"Popped wrong .* context"):
            run_wsgi_app(app, create_environ("/"))
    assert seen == [1, 1]
    assert left_over() == []


def test_a_request_sees_what_its_caller_set_but_changes_nothing_there(app):
    seen = []
    app.add_url_rule("/", "index", lambda: seen.append(stack.top) or (stack.push("inner") and ""))

    def call():
        stack.push("outer")
        run_wsgi_app(app, create_environ("/"))
        return stack.top

    assert copy_context().run(call) == "outer"
    assert seen == ["outer"]


# -- abandoned streams -----------------------------------------------------------------------------


class Watched:
    """An app with a stream, and what has ended."""

    def __init__(self, endless: bool = True) -> None:
        self.ended: list[str] = []
        self.app = Kolben("streaming", root_path=".", static_folder=None)
        self.app.teardown_request(lambda exc: self.ended.append(f"request {request.path}"))
        self.app.teardown_appcontext(lambda exc: self.ended.append("app"))

        @self.app.route("/stream")
        def stream_forever():
            @stream_with_context
            def pieces():
                try:
                    while True:
                        stack.push(request.path)
                        yield request.path
                finally:
                    self.ended.append("generator")

            return pieces()

        @self.app.route("/")
        def index():
            return f"{stack.top}"

    def start(self):
        """Ask for the stream; return its body without a server that would close it."""
        environ = create_environ("/stream")
        environ.pop("wsgi.errors", None)
        return iter(self.app(environ, lambda status, headers, exc_info=None: None))

    def check(self) -> None:
        """Everything ended once, and the next request is served as if nothing had been."""
        assert self.ended == ["generator", "request /stream", "app"]
        assert left_over() == []
        assert self.app.test_client().get("/").text == "None"
        assert not has_request_context()
        assert not has_app_context()


def test_a_stream_closed_half_way_ends_once():
    watched = Watched()
    body = watched.start()
    assert [next(body), next(body)] == [b"/stream", b"/stream"]
    assert watched.ended == []
    body.close()
    body.close()
    watched.check()
    assert list(body) == []


def test_a_stream_dropped_half_way_ends_once():
    watched = Watched()
    body = watched.start()
    next(body)
    del body
    watched.check()


def test_a_stream_that_no_server_iterates_ends_once():
    watched = Watched()
    watched.start()
    watched.check()


def test_a_stream_collected_on_another_thread_ends_once():
    watched = Watched()
    body = watched.start()
    next(body)
    cycle = [body]
    cycle.append(cycle)
    gc.collect()
    gc.disable()
    try:
        del body, cycle
        assert watched.ended == []
        other = threading.Thread(target=gc.collect)
        other.start()
        other.join()
    finally:
        gc.enable()
    watched.check()


def test_a_stream_handed_from_thread_to_thread_sees_its_request():
    watched = Watched()
    body = watched.start()
    with ThreadPoolExecutor(2) as pool:
        pieces = [pool.submit(next, body).result() for _ in range(4)]
        assert pieces == [b"/stream"] * 4
        assert pool.submit(left_over).result() == []
        pool.submit(body.close).result()
    watched.check()


def test_a_stream_whose_client_is_gone_ends_once():
    watched = Watched()

    def start_response(status, headers, exc_info=None):
        return None

    def serve():
        """Do as servers do: write until the client is gone, and close in any case."""
        body = watched.app(create_environ("/stream"), start_response)
        try:
            for number, _ in enumerate(body):
                if number == 2:
                    raise BrokenPipeError
        finally:
            body.close()

    with pytest.raises(BrokenPipeError):
        serve()
    watched.check()


def test_a_client_that_is_gone_before_the_stream_begins_ends_it_once():
    watched = Watched()

    def start_response(status, headers, exc_info=None):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        watched.app(create_environ("/stream"), start_response)
    gc.collect()
    watched.check()


def test_a_stream_that_fails_ends_once_and_its_teardown_hears_why():
    heard = []
    app = Kolben("failing", root_path=".", static_folder=None)
    app.teardown_request(heard.append)
    error = ValueError("half-way")

    @app.route("/")
    def index():
        @stream_with_context
        def pieces():
            yield "a"
            raise error

        return pieces()

    body = app(create_environ("/"), lambda *args: None)
    assert next(body) == b"a"
    with pytest.raises(ValueError, match="half-way"):
        next(body)
    body.close()
    assert heard == [error]


def test_an_abandoned_stream_waits_for_async_teardowns_too():
    watched = Watched()

    @watched.app.teardown_request
    async def later(exc):
        await asyncio.sleep(0)
        watched.ended.append(f"async {request.path}")

    body = watched.start()
    next(body)
    del body
    assert watched.ended == ["generator", "async /stream", "request /stream", "app"]


def test_a_stream_collected_on_the_event_loop_ends_once_with_its_async_teardown():
    watched, ended = Watched(), threading.Event()

    async def last(exc):
        await asyncio.sleep(0)
        ended.set()

    watched.app.teardown_appcontext_funcs.insert(0, last)
    kept = [watched.start()]
    next(kept[0])

    async def drop():
        kept.clear()

    wait(drop())
    assert ended.wait(10)
    assert watched.ended == ["generator", "request /stream", "app"]


def test_many_abandoned_streams_leave_nothing_behind():
    watched = Watched()
    bodies = [watched.start() for _ in range(50)]
    for body in bodies:
        next(body)
    random.Random(0).shuffle(bodies)
    del body
    while bodies:
        bodies.pop()
    assert len(watched.ended) == 150
    assert watched.ended.count("app") == 50
    assert left_over() == []


@pytest.mark.parametrize("passed_through", [False, True])
def test_a_plain_stream_leaves_nothing_on_the_servers_thread(app, passed_through):
    @app.route("/")
    def index():
        def pieces():
            stack.push("from a stream")
            yield b"a"
            local.who = "from a stream"
            yield b"b"

        return app.response_class(pieces(), direct_passthrough=passed_through)

    body = iter(app(create_environ("/"), lambda *args: None))
    assert [next(body), left_over()] == [b"a", []]
    assert [next(body), left_over()] == [b"b", []]
    body.close()
