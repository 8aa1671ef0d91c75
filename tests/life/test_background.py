"""Background tasks: what they see, how they fail, and how they end."""

from __future__ import annotations

import asyncio
import sys
import threading

import pytest

from kolben import g, request, session
from tests.protocols.scopes import call, scope_of

from .conftest import until


@pytest.fixture(params=["def", "async def"])
def make(request):
    """Make a task of either kind from a plain function."""

    def make(function):
        async def task(*args, **kwargs):
            await asyncio.sleep(0)
            function(*args, **kwargs)

        return function if request.param == "def" else task

    return make


def test_a_task_sees_the_request_and_has_a_g_of_its_own(app, client, make):
    seen = []
    app.teardown_appcontext(lambda error: seen.append("teardown") if "own" in g else None)

    def look(name, *, greeting):
        g.own = True
        seen.append((name, greeting, request.path, "mark" in g, session["user"]))

    @app.get("/")
    def index():
        g.mark = 1
        session["user"] = "Ada"
        app.add_background_task(make(look), "x", greeting="hi")
        return "sent"

    with app.serving():
        assert client.get("/").text == "sent"
    assert seen == [("x", "hi", "/", False, "Ada"), "teardown"]


def test_a_task_that_begins_after_its_request_can_read_the_session(app, client):
    app.config["BACKGROUND_TASK_THREADS"] = 1
    go_on, seen, opened = threading.Event(), [], []
    open_session = app.session_interface.open_session
    app.add_url_rule("/in", "login", lambda: session.update(user="Ada") or "in")

    @app.get("/")
    def index():
        app.add_background_task(go_on.wait, 5)  # the one thread is busy
        app.add_background_task(lambda: seen.append(opened[:]))
        app.add_background_task(lambda: seen.append(session["user"]))
        return "sent"

    def count(*args):
        opened.append(1)
        return open_session(*args)

    client.get("/in")
    with app.serving():
        client.get("/")
        app.session_interface = type(app.session_interface)()
        vars(app.session_interface)["open_session"] = count
        go_on.set()
    assert seen == [[], "Ada"]  # and it is opened for who reads it


def test_a_task_without_a_request(app, make):
    seen = []
    with app.serving():
        app.add_background_task(make(lambda: seen.append(bool(request))))
    assert seen == [False]


def test_a_task_that_was_called_already_is_refused(app):
    async def send():
        """Do nothing."""

    called = send()
    with pytest.raises(TypeError, match=r"a background task is a function, not <coroutine .*send"):
        app.add_background_task(called)
    called.close()


def test_what_a_task_raises_is_logged_with_its_name(app, make, caplog):
    def broken():
        raise ValueError("no disk")

    task = make(broken)
    with app.serving():
        app.add_background_task(task)
    assert f"Background task {task.__qualname__} failed" in caplog.text
    assert "no disk" in caplog.text


def test_sync_tasks_run_in_a_bounded_number_of_threads(app):
    app.config["BACKGROUND_TASK_THREADS"] = 2
    running, most = [], []
    lock = threading.Lock()
    gate = threading.Event()

    def work():
        with lock:
            running.append(1)
            most.append(len(running))
        gate.wait(5)
        with lock:
            running.pop()

    with app.serving():
        for _ in range(6):
            app.add_background_task(work)
        until(lambda: len(running) == 2)
        gate.set()
    assert len(most) == 6
    assert max(most) == 2


def test_a_task_that_takes_too_long_is_cancelled(app, caplog):
    app.config["BACKGROUND_TASK_GRACE"] = 0.1
    ends = []

    async def endless():
        try:
            await asyncio.sleep(60)
        finally:
            ends.append("cleaned up")

    with app.serving():
        app.add_background_task(endless)
    assert ends == ["cleaned up"]
    assert "endless was cancelled: it did not end within BACKGROUND_TASK_GRACE (0.1 s)" in (
        caplog.text
    )


def test_a_task_that_has_not_begun_is_dropped(app, caplog):
    app.config.update(BACKGROUND_TASK_GRACE=0.1, BACKGROUND_TASK_THREADS=1)
    gate = threading.Event()

    def waits():
        raise AssertionError("it was dropped")

    with app.serving():
        app.add_background_task(gate.wait, 10)
        app.add_background_task(waits)
    gate.set()
    assert "waits was dropped before it began" in caplog.text
    assert "Event.wait was left behind in its thread" in caplog.text


def test_a_thread_that_takes_too_long_is_left_behind(app, caplog):
    app.config["BACKGROUND_TASK_GRACE"] = 0.1
    gate = threading.Event()

    def endless():
        gate.wait(10)

    with app.serving():
        app.add_background_task(endless)
    gate.set()
    assert "endless was left behind in its thread" in caplog.text


def test_an_async_task_runs_on_the_loop_that_serves(app):
    loops = []

    async def work():
        loops.append(asyncio.get_running_loop())

    def start():
        app.add_background_task(work)  # in a worker thread

    app.before_serving(start)

    async def main():
        async with app.serving():
            app.add_background_task(work)
            loops.append(asyncio.get_running_loop())

    asyncio.run(main())
    assert len(loops) == 3
    assert len(set(loops)) == 1


def test_a_task_may_add_another(app, make):
    seen = []

    def first():
        app.add_background_task(make(lambda: seen.append("second")))

    with app.serving():
        app.add_background_task(make(first))
    assert seen == ["second"]


def test_a_task_added_while_idle_threads_are_let_go_runs(app):
    done, interval = [], sys.getswitchinterval()
    over = threading.Event()

    def close():
        while not over.is_set():
            app._life.background.close()

    closing = threading.Thread(target=close)
    sys.setswitchinterval(1e-6)
    try:
        closing.start()
        for _ in range(1000):
            app.add_background_task(done.append, 1)
    finally:
        over.set()
        closing.join()
        sys.setswitchinterval(interval)
    until(lambda: len(done) == 1000)
    app._life.end_now()


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("size", [10, 600_000], ids=["in memory", "on disk"])
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_task_may_read_the_form_when_its_request_has_ended(app, kind, size, streams):
    app.config["BACKGROUND_TASK_THREADS"] = 1
    form = b"name=Ada&text=" + b"x" * size
    headers = [
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"content-length", b"%d" % len(form)),
    ]
    over, seen, files = threading.Event(), [], []
    app.add_url_rule("/stream", "stream", lambda: "", stream_body=streams)

    @app.post("/")
    def index():
        for _ in range(2):
            app.add_background_task(wait_and_look if kind == "def" else wait_and_look_async)
        return "sent"

    def wait_and_look():
        over.wait(5)
        look()

    async def wait_and_look_async():
        await asyncio.to_thread(over.wait, 5)
        look()

    def look():
        files.append(request.environ["wsgi.input"])
        seen.append((request.form["name"], len(request.form["text"])))

    async def main():
        async with app.serving():
            scope = scope_of("/", "POST", headers)
            sent = await call(app, scope, form[:100], form[100:])
            over.set()
        return sent[0]["status"]

    assert asyncio.run(main()) == 200
    assert seen == [("Ada", size)] * 2
    assert [file.closed for file in files] == [True, True]


def test_a_request_without_tasks_closes_its_body_at_its_end(app):
    files = []

    @app.post("/")
    def index():
        files.append(request.received)
        return "read"

    scope = scope_of("/", "POST", [(b"content-length", b"2")])
    asyncio.run(call(app, scope, b"1", b"2"))
    assert [file.closed for file in files] == [True]
