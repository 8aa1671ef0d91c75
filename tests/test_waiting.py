"""The process's event loop: one loop for all requests, whatever is raised, cancelled or forked."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial, wraps

import pytest

from kolben import loops
from kolben.waiting import event_loop, finish, inline, is_async, wait

variable: ContextVar[str] = ContextVar("variable", default="unset")


def run_script(source: str) -> str:
    """Run a program in a process of its own and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


async def give(value):
    await asyncio.sleep(0)
    return value


async def fail(error):
    await asyncio.sleep(0)
    raise error


# -- the loop --------------------------------------------------------------------------------------


def test_three_requests_to_async_views_see_one_running_loop(app, client):
    loops = []

    @app.route("/")
    async def index():
        loops.append(asyncio.get_running_loop())
        return ""

    for _ in range(3):
        client.get("/")
    assert len(set(loops)) == 1
    assert loops[0].is_running()


def test_threads_that_need_the_loop_at_once_get_the_same():
    barrier = threading.Barrier(8, timeout=10)

    def get(_):
        barrier.wait()
        return event_loop()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(get, range(8)))) == 1


def test_a_task_that_a_view_starts_outlives_its_request(app, client):
    done = threading.Event()

    @app.route("/")
    async def index():
        async def background():
            await asyncio.sleep(0)
            done.set()

        index.task = asyncio.create_task(background())
        return "answered"

    assert client.get("/").text == "answered"
    assert done.wait(10)


def test_what_one_request_makes_on_the_loop_the_next_can_use(app, client):
    shared = {}

    @app.route("/")
    async def index():
        if not shared:
            shared["queue"] = asyncio.Queue()
            await shared["queue"].put("from the first request")
            return "put"
        return await shared["queue"].get()

    assert [client.get("/").text, client.get("/").text] == ["put", "from the first request"]


@pytest.mark.parametrize("harm", ["stop", "SystemExit", "KeyboardInterrupt"])
def test_the_loop_survives_what_a_view_does_to_it(app, client, harm):
    @app.route("/harm")
    async def harmful():
        loop = asyncio.get_running_loop()
        if harm == "stop":
            loop.stop()
        else:
            loop.call_soon(raise_it, {"SystemExit": SystemExit}.get(harm, KeyboardInterrupt))
        return "harmed"

    @app.route("/")
    async def index():
        await asyncio.sleep(0)
        return "still there"

    assert client.get("/harm").text == "harmed"
    assert client.get("/").text == "still there"


def raise_it(error):
    raise error


def test_a_closed_loop_is_replaced(monkeypatch):
    closed = asyncio.new_event_loop()
    closed.close()
    old = event_loop()
    monkeypatch.setattr(loops.main, "_loop", closed)
    monkeypatch.setattr(loops.main, "_thread_id", None)
    new = event_loop()
    assert new not in {old, closed}
    assert wait(give(1)) == 1
    new.call_soon_threadsafe(new.stop)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_gets_a_loop_of_its_own():
    out = run_script("""
        import os, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from kolben.waiting import event_loop, wait

        async def give(value):
            return value

        assert wait(give(1)) == 1
        loop = event_loop()
        child = os.fork()
        if child == 0:
            print(wait(give("from the child")), event_loop() is not loop, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        print(wait(give("from the parent")), event_loop() is loop)
    """)
    assert out.splitlines() == ["from the child True", "from the parent True"]


def test_an_app_without_async_functions_starts_no_loop():
    out = run_script("""
        import sys, threading
        from kolben import Kolben
        from werkzeug.test import create_environ
        app = Kolben("quiet", root_path=".")
        app.add_url_rule("/", "index", lambda: "x")
        app(create_environ("/"), lambda *args: None)
        print("asyncio" in sys.modules, threading.active_count())
    """)
    assert out == "False 1\n"


# -- waiting ---------------------------------------------------------------------------------------


def test_any_awaitable_can_be_waited_for():
    class Awaitable:
        def __await__(self):
            yield from asyncio.sleep(0).__await__()
            return "awaited"

    assert [wait(give(1)), wait(Awaitable())] == [1, "awaited"]


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        asyncio.CancelledError("x"),
        KeyboardInterrupt("x"),
        SystemExit("x"),
        GeneratorExit("x"),
        StopAsyncIteration("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_is_raised_arrives_as_it_is(error):
    with pytest.raises(type(error)) as caught:
        wait(fail(error))
    assert caught.value is error
    assert wait(give("next")) == "next"


def test_a_task_that_cancels_itself_raises_that():
    async def cancel():
        asyncio.current_task().cancel()
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        wait(cancel())


def test_what_cannot_be_awaited_is_an_error_of_the_caller():
    with pytest.raises(TypeError, match="int"):
        wait(42)


def test_waiting_sees_a_copy_of_the_context_variables():
    async def change():
        seen = variable.get()
        variable.set("changed")
        return seen

    token = variable.set("set outside")
    assert [wait(change()), variable.get()] == ["set outside", "set outside"]
    variable.reset(token)


def test_waiting_in_a_context_changes_that_one():
    async def change():
        variable.set("changed")

    context = copy_context()
    wait(change(), context)
    assert (context[variable], variable.get()) == ("changed", "unset")


def test_waiting_on_the_loop_itself_is_refused_with_the_cure():
    async def outer():
        with pytest.raises(RuntimeError, match="make the caller 'async def' and await it"):
            wait(give(1))
        with pytest.raises(RuntimeError, match="event loop"):
            wait(asyncio.get_running_loop().create_future())
        return "refused"

    assert wait(outer()) == "refused"


def test_an_error_leaves_no_cycle_behind():
    import gc
    import weakref

    class Known(Exception):
        pass

    async def fail_once():
        raise Known

    def attempt():
        try:
            wait(fail_once())
        except Known as error:
            return weakref.ref(error)

    gc.collect()
    gc.disable()
    try:
        gone = attempt()
        wait(give(1))  # the task that failed has left the loop by now
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals cannot be sent to threads")
def test_ctrl_c_while_waiting_cancels_the_task_and_runs_the_teardown():
    out = run_script("""
        import asyncio, signal, threading
        from kolben import Kolben
        from werkzeug.test import create_environ

        signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
        app = Kolben("interrupted", root_path=".")
        cancelled = threading.Event()

        @app.route("/")
        async def index():
            asyncio.get_running_loop().call_soon(
                signal.pthread_kill, threading.main_thread().ident, signal.SIGINT
            )
            try:
                await asyncio.sleep(60)
            finally:
                cancelled.set()

        @app.teardown_request
        def teardown(exc):
            print("teardown", type(exc).__name__)

        try:
            app(create_environ("/"), lambda *args: None)
        except KeyboardInterrupt:
            print("interrupted", cancelled.wait(10))
    """)
    assert out.splitlines() == ["teardown KeyboardInterrupt", "interrupted True"]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals cannot be sent to threads")
def test_ctrl_c_before_the_task_has_begun_ends_the_wait_too():
    out = run_script("""
        import signal, threading
        from kolben.waiting import event_loop, wait

        async def begin():
            print("begun")

        def until_asked(name):
            while not any(name in repr(handle) for handle in list(loop._ready)):
                pass

        def interrupt():
            until_asked("_start")
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            until_asked("_give_up")  # the end of the task, which has not begun

        signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
        loop = event_loop()
        loop.call_soon_threadsafe(interrupt)
        try:
            wait(begin())
        except KeyboardInterrupt:
            print("interrupted")
    """)
    assert out == "interrupted\n"


class LoopInterrupted:
    """The process's loop; a signal comes when it is given its first callback.

    Args:
        begun: Set once the callback has begun what it was given for; ``None`` to lose the callback.
    """

    def __init__(self, begun=None):
        self._begun = begun
        self._interrupts = True

    def __getattr__(self, name):
        return getattr(event_loop(), name)

    def call_soon_threadsafe(self, *args, **kwargs):
        if not self._interrupts or self._begun is not None:
            event_loop().call_soon_threadsafe(*args, **kwargs)
        if self._interrupts:
            self._interrupts = False
            assert self._begun is None or self._begun.wait(10)
            raise KeyboardInterrupt


def test_ctrl_c_just_after_the_task_was_handed_over_cancels_it():
    begun = threading.Event()
    events = []

    async def work():
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            events.append("ended")

    context = copy_context()
    with pytest.raises(KeyboardInterrupt):
        wait(work(), context, LoopInterrupted(begun))
    assert (events, context.run(lambda: "entered")) == (["ended"], "entered")


def test_ctrl_c_just_before_the_task_is_handed_over_closes_what_was_to_be_awaited():
    coroutine = give("never")
    with pytest.raises(KeyboardInterrupt):
        wait(coroutine, loop=LoopInterrupted())
    assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED


def test_a_context_may_be_entered_as_soon_as_the_wait_is_over():
    async def nothing():
        return None

    context = copy_context()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(1000):
            wait(nothing(), context)
            context.run(int)
    finally:
        sys.setswitchinterval(interval)


# -- steps -----------------------------------------------------------------------------------------


def test_a_step_is_sent_results_and_thrown_errors():
    def step():
        first = yield give(1)
        try:
            yield fail(ValueError("second"))
        except ValueError as error:
            return f"{first} {error}"

    assert finish(step()) == "1 second"


def test_an_error_that_a_step_does_not_catch_leaves_it():
    def step():
        yield fail(ValueError("uncaught"))

    with pytest.raises(ValueError, match="uncaught"):
        finish(step())


def test_async_to_sync_and_ensure_sync_make_blocking_functions(app):
    def plain():
        return "plain"

    assert app.ensure_sync(plain) is plain
    blocking = app.ensure_sync(give)
    assert (blocking("x"), blocking.__name__) == ("x", "give")
    assert app.async_to_sync(give)("y") == "y"


def test_an_app_may_wait_in_a_way_of_its_own(app, client):
    waited = []

    def async_to_sync(function):
        def run(*args, **kwargs):
            waited.append(function.__name__)
            return asyncio.run(function(*args, **kwargs))

        return run

    @app.before_request
    async def before():
        pass

    @app.route("/")
    async def index():
        return "ok"

    app.async_to_sync = async_to_sync
    assert client.get("/").text == "ok"
    assert waited == ["before", "index"]


def test_async_views_work_under_gevent_twenty_at_once():
    pytest.importorskip("gevent", reason="greenlets need gevent")
    out = run_script("""
        from gevent import monkey; monkey.patch_all()
        import asyncio, gevent
        from kolben import Kolben, request
        from werkzeug.test import create_environ
        app = Kolben("patched", root_path=".", static_folder=None)

        @app.get("/<int:number>")
        async def view(number):
            await asyncio.sleep(0.01)
            return request.path

        def ask(number):
            return b"".join(app(create_environ(f"/{number}"), lambda *args: None)).decode()

        jobs = [gevent.spawn(ask, number) for number in range(20)]
        gevent.joinall(jobs, raise_error=True, timeout=20)
        print([job.value for job in jobs] == [f"/{number}" for number in range(20)])
    """)
    assert out == "True\n"


def test_whoever_has_only_async_code_to_wait_for_is_not_given_up_by_gevent():
    pytest.importorskip("gevent", reason="greenlets need gevent")
    out = run_script("""
        from gevent import monkey; monkey.patch_all()
        import asyncio
        from kolben.waiting import wait
        print(wait(asyncio.sleep(0.01, "waited")))
    """)
    assert out == "waited\n"


def test_async_views_may_use_threads_under_gevent():
    pytest.importorskip("gevent", reason="greenlets need gevent")
    out = run_script("""
        from gevent import monkey; monkey.patch_all()
        import asyncio, gevent
        from kolben.waiting import wait

        async def look_up():
            async with asyncio.timeout(10):
                found = await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)
                return found[0][4], await asyncio.to_thread(lambda: "from a thread")

        job = gevent.spawn(lambda: wait(look_up()))
        gevent.joinall([job], raise_error=True, timeout=20)
        print(job.value)
    """)
    assert out == "(('127.0.0.1', 80), 'from a thread')\n"


def test_threads_of_many_async_views_are_waited_for_under_gevent():
    pytest.importorskip("gevent", reason="greenlets need gevent")
    out = run_script("""
        from gevent import monkey; monkey.patch_all()
        import asyncio, gevent
        from kolben.waiting import wait

        async def ask():
            return await asyncio.gather(*(asyncio.to_thread(int, text) for text in "0123" * 10))

        jobs = [gevent.spawn(lambda: wait(ask())) for _ in range(50)]
        gevent.joinall(jobs, raise_error=True, timeout=20)
        print(all(job.value == [0, 1, 2, 3] * 10 for job in jobs))
    """)
    assert out == "True\n"


class Called:
    """An object that is called like a function."""

    async def __call__(self):
        """Do nothing."""


def plain():
    """Do nothing."""


async def asynchronous():
    """Do nothing."""


@wraps(plain)
def wrapped():
    """Do nothing, with what the wrapped one has."""


@inline
def marked():
    """Do nothing, soon."""


@wraps(marked)
def around_a_marked_one():
    """Perhaps block."""


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (plain, False),
        (wrapped, False),
        (around_a_marked_one, False),
        (partial(plain), False),
        (asynchronous, True),
        (partial(asynchronous), True),
        (marked, True),
        (Called(), True),
    ],
)
def test_what_only_makes_an_awaitable_is_told_from_what_may_block(function, answer):
    assert is_async(function) is answer


@pytest.mark.skipif(sys.version_info < (3, 12), reason="inspect marks from 3.12 on")
def test_a_function_that_inspect_has_marked_is_taken_for_async():
    assert is_async(inspect.markcoroutinefunction(lambda: asynchronous()))
