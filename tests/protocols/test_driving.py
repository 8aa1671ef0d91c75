"""Which thread runs what on ASGI, in one Context, and what a cancellation does."""

from __future__ import annotations

import asyncio
import functools
import gc
import os
import threading
import weakref
from contextvars import ContextVar

import pytest

from kolben import (
    Response,
    after_this_request,
    after_this_response,
    g,
    inline,
    render_template_string,
    request,
    request_finished,
    stream_with_context,
)
from kolben.local import LocalStack
from kolben.views import MethodView
from tests.protocols.scopes import call, scope_of
from tests.test_waiting import run_script

variable: ContextVar[str] = ContextVar("variable", default="unset")
stack: LocalStack[str] = LocalStack()


@pytest.fixture
def threads():
    """The threads in which something happened, by name of what it was: L for loop, W for worker."""
    return []


def note(threads, what):
    """Remember that something happened, and in which kind of thread."""
    here = "W" if threading.current_thread().name == "kolben-worker" else "L"
    threads.append(f"{what}:{here}")


def get(app, path="/"):
    """Make a request in a loop of its own; return the body."""
    return asyncio.run(call(app, scope_of(path)))[1]["body"].decode()


def hook(threads, name, result=None, is_async=False):
    """Make a hook that notes its thread; it passes on what it is given, if it is to."""

    def sync_hook(*args):
        note(threads, name)
        return args[0] if result == "given" else result

    async def async_hook(*args):
        await asyncio.sleep(0)
        return sync_hook(*args)

    return async_hook if is_async else sync_hook


def equip(app, threads, is_async):
    """Put a hook of each kind around a view."""
    app.url_value_preprocessor(hook(threads, "values", is_async=is_async))
    app.before_request(hook(threads, "before", is_async=is_async))
    app.after_request(hook(threads, "after", "given", is_async=is_async))
    app.teardown_request(hook(threads, "teardown", is_async=is_async))
    app.teardown_appcontext(hook(threads, "end", is_async=is_async))


@pytest.mark.parametrize("async_view", [False, True], ids=["def view", "async def view"])
@pytest.mark.parametrize("async_hooks", [False, True], ids=["def hooks", "async def hooks"])
def test_what_is_sync_runs_in_a_worker_and_what_is_async_on_the_loop(
    app, threads, async_hooks, async_view
):
    equip(app, threads, async_hooks)
    app.add_url_rule("/", "index", hook(threads, "view", "", async_view))
    get(app)
    where, view = "WL"[async_hooks], "WL"[async_view]
    before = [f"values:{where}", f"before:{where}"]
    after = [f"after:{where}", f"teardown:{where}", f"end:{where}"]
    assert threads == [*before, f"view:{view}", *after]
    assert (app.threads.started == 0) == (async_hooks and async_view)


def test_all_that_is_sync_runs_in_one_worker_thread(app):
    names = []

    def note_name(*args):
        names.append(threading.get_ident())
        return args[0] if args else None

    @app.get("/")
    def index():
        note_name()
        after_this_request(note_name)
        return ""

    app.before_request(note_name)
    app.after_request(note_name)
    app.teardown_request(note_name)
    get(app)
    assert len(names) == 5
    assert len(set(names)) == 1


def test_a_receiver_runs_in_a_thread_also_after_an_async_hook(app, threads):
    app.after_request(hook(threads, "after", "given", is_async=True))
    app.add_url_rule("/", "index", lambda: "")
    get(app)  # the next one takes the straight lane
    threads.clear()

    def receive(*_, **data):
        note(threads, *data)

    with request_finished.connected_to(receive, app):
        get(app)
    assert threads == ["after:L", "response:W"]


@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async def"])
def test_an_error_handler_runs_where_it_belongs(app, threads, is_async):
    app.register_error_handler(404, hook(threads, "handler", ("gone", 404), is_async))
    assert get(app, "/nowhere") == "gone"
    assert threads == ["handler:L" if is_async else "handler:W"]


def test_what_a_sync_hook_sets_the_async_view_sees_and_the_reverse(app):
    seen = []

    @app.before_request
    def before():
        variable.set("from the hook")
        stack.push("from the hook")
        g.name = "from the hook"

    @app.get("/")
    async def index():
        await asyncio.sleep(0)
        seen.extend([variable.get(), stack.top, g.name])
        variable.set("from the view")
        stack.push("from the view")
        return ""

    @app.teardown_request
    def teardown(error):
        seen.extend([variable.get(), stack.top, request.path])

    get(app)
    assert seen == ["from the hook"] * 3 + ["from the view"] * 2 + ["/"]
    assert (variable.get(), stack.top) == ("unset", None)


def test_a_plain_decorator_may_be_put_around_an_async_view(app, threads):
    def decorated(view):
        @functools.wraps(view)
        def wrapper(*args, **kwargs):
            note(threads, "wrapper")
            return view(*args, **kwargs)

        return wrapper

    @app.get("/")
    @decorated
    async def index():
        note(threads, "view")
        return request.path

    assert get(app) == "/"
    assert threads == ["wrapper:W", "view:L"]


def test_a_decorator_that_calls_ensure_sync_waits_for_the_servers_loop(app, threads):
    loops = []

    def login_required(view):
        @functools.wraps(view)
        def wrapper(*args, **kwargs):
            return app.ensure_sync(view)(*args, **kwargs)

        return wrapper

    @app.get("/")
    @login_required
    async def index():
        loops.append(asyncio.get_running_loop())
        return request.path

    async def main():
        loops.append(asyncio.get_running_loop())
        return (await call(app, scope_of()))[1]["body"]

    assert asyncio.run(main()) == b"/"
    assert loops[0] is loops[1]


def test_a_view_may_be_marked_to_run_on_the_loop(app, threads):
    @app.get("/")
    @inline
    def index():
        note(threads, "view")
        return "quick"

    assert get(app) == "quick"
    assert threads == ["view:L"]


def test_the_mark_is_not_handed_on_to_a_wrapper(app, threads):
    def decorated(view):
        @functools.wraps(view)
        def wrapper():
            note(threads, "wrapper")
            return view()

        return wrapper

    app.add_url_rule("/", "index", decorated(inline(lambda: "")))
    get(app)
    assert threads == ["wrapper:W"]


def test_a_method_view_whose_methods_are_async_stays_on_the_loop(app, threads):
    class Both(MethodView):
        async def get(self):
            note(threads, "get")
            return "got"

        async def post(self):
            return "posted"

    app.add_url_rule("/", view_func=Both.as_view("both"))
    assert get(app) == "got"
    assert threads == ["get:L"]


def test_a_method_view_with_one_sync_method_leaves_the_loop(app, threads):
    class Mixed(MethodView):
        async def get(self):
            note(threads, "get")
            return "got"

        def post(self):
            return "posted"

    app.add_url_rule("/", view_func=Mixed.as_view("mixed"))
    assert get(app) == "got"
    assert asyncio.run(call(app, scope_of("/", "POST")))[1]["body"] == b"posted"


def test_an_overridden_dispatch_method_is_called_in_a_thread(app, threads):
    def dispatch():
        note(threads, "dispatch")
        return app.view_functions["index"]()

    async def index():
        note(threads, "view")
        return "answered"

    app.add_url_rule("/", "index", index)
    app.dispatch_request = dispatch
    assert get(app) == "answered"
    assert threads == ["dispatch:W", "view:L"]


@pytest.mark.parametrize("waits", [False, True])
def test_an_async_context_processor_serves_a_template_of_an_async_view(app, client, waits):
    @app.context_processor
    async def names():
        if waits:
            await asyncio.sleep(0)
        return {"name": f"Jane at {request.path}"}

    @app.get("/")
    async def index():
        return render_template_string("{{ name }}")

    assert client.get("/").text == "Jane at /"


def test_a_full_pool_is_logged_once_and_counted(app, caplog):
    app.config["ASGI_THREADS"] = 2
    arrived, go_on = threading.Semaphore(0), threading.Event()

    @app.get("/")
    def index():
        arrived.release()
        assert go_on.wait(10)
        return ""

    async def main():
        tasks = [asyncio.create_task(call(app, scope_of())) for _ in range(5)]
        while app.threads.busy < 5:  # noqa: ASYNC110  (nothing tells)
            await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())
    assert app.threads.waited == 3
    assert [record.message[:24] for record in caplog.records] == ["All 2 threads for sync co"[:24]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_gets_threads_of_its_own():
    out = run_script("""
        import os, signal, warnings
        from kolben import Kolben
        warnings.simplefilter("ignore", DeprecationWarning)
        app = Kolben("forking", root_path=".", static_folder=None, instance_path="/nowhere")
        app.add_url_rule("/", "index", lambda: "served")
        get = app.test_client(protocol="asgi").get
        print(get("/").text, flush=True)
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            print(get("/").text, "in the child", flush=True)
            os._exit(0)
        os.waitpid(child, 0)
    """)
    assert out.splitlines() == ["served", "served in the child"]


def test_a_pool_without_threads_is_refused(app):
    app.config["ASGI_THREADS"] = 0
    with pytest.raises(ValueError, match="set ASGI_THREADS"):
        _ = app.threads


def _stream():
    return stream_with_context(iter("ab"))


def _works_on():
    after_this_response(lambda _: None)
    return "text"


@pytest.mark.parametrize("body", [str, _stream, _works_on], ids=["text", "stream", "after"])
def test_a_request_in_a_thread_dies_by_reference_count(app, body):
    alive = weakref.WeakSet()

    @app.get("/")
    def index():
        alive.add(request._get_current_object())
        return body()

    async def main():
        for _ in range(3):
            await call(app, scope_of())
        gc.collect()
        gc.disable()
        for _ in range(5):
            await call(app, scope_of())
        assert len(alive) <= 1  # the thread may still hold the last one

    try:
        asyncio.run(main())
    finally:
        gc.enable()


# -- cancellation ----------------------------------------------------------------------------------


def record_teardowns(app):
    """Register a sync and an async teardown; return what they hear."""
    heard = []
    app.teardown_request(lambda error: heard.append(("request", type(error))))

    @app.teardown_appcontext
    async def end(error):
        heard.append(("app", type(error)))

    return heard


async def start(app, begun):
    """Start a request and wait until its view has begun."""
    task = asyncio.create_task(call(app, scope_of()))
    while not begun:  # noqa: ASYNC110  (another thread may set it)
        await asyncio.sleep(0.001)
    return task


async def cancel(task):
    """Cancel a request, and wait for its end."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


TORN_DOWN = [("request", asyncio.CancelledError), ("app", asyncio.CancelledError)]


def test_a_cancelled_async_view_is_torn_down_once(app):
    heard, begun = record_teardowns(app), []

    @app.get("/")
    async def index():
        begun.append(1)
        await asyncio.Event().wait()

    async def main():
        await cancel(await start(app, begun))

    asyncio.run(main())
    assert heard == TORN_DOWN


def test_a_cancelled_request_waits_until_its_thread_is_done(app):
    heard, begun, go_on = record_teardowns(app), [], threading.Event()

    @app.before_request
    def before():
        begun.append(1)
        assert go_on.wait(10)
        begun.append("left")

    @app.get("/")
    async def index():
        begun.append("view")
        return ""

    async def main():
        task = await start(app, begun)
        task.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()  # somebody who is in a hurry
        assert not task.done()
        assert heard == []
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert begun == [1, "left"]
    assert heard == TORN_DOWN


def test_a_request_cancelled_in_an_all_sync_view_is_torn_down_once(app):
    heard, begun, go_on = record_teardowns(app), [], threading.Event()

    @app.get("/")
    def index():
        begun.append(1)
        assert go_on.wait(10)
        return ""

    async def main():
        task = await start(app, begun)
        task.cancel()
        asyncio.get_running_loop().call_later(0.01, go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert [name for name, _ in heard] == ["request", "app"]


def test_timeouts_of_the_view_are_its_own(app):
    @app.get("/")
    async def index():
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            return f"timed out in {asyncio.current_task() is not None}"

    assert get(app) == "timed out in True"


def test_what_is_awaited_need_be_no_coroutine(app):
    class Plain:
        """Its ``__await__`` gives an iterator without ``send``."""

        def __await__(self):
            return iter([None])

    app.before_request(Plain)
    app.add_url_rule("/", "index", lambda: "answered")
    assert get(app) == "answered"


@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async"])
def test_a_stream_is_closed_where_its_request_is_cancelled_before_it_is_sent(app, is_async):
    heard, begun, closed = record_teardowns(app), [], []

    def pieces():
        try:
            yield "first"
        finally:
            closed.append(1)

    async def async_pieces():
        try:
            yield "first"
        finally:
            closed.append(1)

    app.add_url_rule(
        "/", "index", lambda: stream_with_context((async_pieces if is_async else pieces)())
    )

    @app.after_request
    async def wait_for_ever(response):
        begun.append(1)
        await asyncio.Event().wait()

    async def main():
        await cancel(await start(app, begun))
        assert closed == [1]

    asyncio.run(main())
    assert heard == TORN_DOWN


def test_a_response_is_closed_where_its_request_is_cancelled_in_the_teardown(app):
    begun, go_on, closed = [], threading.Event(), []

    @app.get("/")
    def index():
        response = Response("text")
        response.call_on_close(lambda: closed.append(1))
        return response

    @app.teardown_request
    def wait(error):
        begun.append(1)
        go_on.wait(5)

    async def main():
        task = await start(app, begun)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert closed == [1]


def test_a_view_that_runs_on_the_loop_may_answer_with_any_awaitable(app):
    @app.get("/")
    @inline
    def index():
        after_this_request(lambda response: response)
        answer = asyncio.get_running_loop().create_future()
        answer.set_result("given")
        return answer

    assert get(app) == "given"
    assert get(app) == "given"  # along the straight lane
