"""When the hooks of a life run, in which order, and what happens when one fails."""

from __future__ import annotations

import asyncio
import contextvars
import os
import sys

import pytest

from kolben import Blueprint, Kolben, current_app, g, has_request_context
from kolben.life import ending

from .conftest import lifespan, until


def note(log, what):
    def sync():
        log.append(what)

    async def coroutine():
        await asyncio.sleep(0)
        log.append(what)

    return sync if what.endswith("sync") and not what.endswith("async") else coroutine


def around(log, name, kind):
    def sync():
        log.append(f"{name} in")
        try:
            yield
        finally:
            log.append(f"{name} out")

    async def coroutine():
        log.append(f"{name} in")
        try:
            yield
        finally:
            await asyncio.sleep(0)
            log.append(f"{name} out")

    return sync if kind == "sync" else coroutine


@pytest.fixture
def log(app):
    """An app with each kind of hook, and what they wrote."""
    log = []
    blueprint = Blueprint("shop", __name__)
    app.before_serving(note(log, "first, sync"))
    app.while_serving(around(log, "outer", "async"))
    blueprint.before_serving(note(log, "second, async"))
    blueprint.while_serving(around(log, "inner", "sync"))
    app.after_serving(note(log, "last, async"))
    blueprint.after_serving(note(log, "first after, sync"))
    app.register_blueprint(blueprint)
    app.register_blueprint(blueprint, name="again")
    return log


START = ["outer in", "inner in", "first, sync", "second, async"]
END = ["first after, sync", "last, async", "inner out", "outer out"]


def test_the_start_goes_by_registration_and_the_end_backwards(app, log):
    with app.serving():
        assert log == START
    assert log == START + END


def test_the_same_on_an_event_loop(app, log):
    async def main():
        async with app.serving():
            assert log == START

    asyncio.run(main())
    assert log == START + END


def test_the_same_by_lifespan_messages(app, log):
    assert lifespan(app) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert log == START + END


def test_the_first_request_starts_what_nobody_started(app, log, client):
    order = []
    app.before_first_request(lambda: order.append(list(log)))
    app.add_url_rule("/", "index", lambda: "")
    client.get("/")
    client.get("/")
    assert order == [START]
    assert log == START
    app._life.end_now()


def test_hooks_run_in_an_application_context_of_their_own(app):
    seen = []

    @app.before_serving
    def first():
        g.mark = "start"
        seen.append((current_app.name, has_request_context()))

    @app.before_serving
    async def second():
        seen.append(g.mark)

    app.teardown_appcontext(lambda error: seen.append("teardown"))
    app.after_serving(lambda: seen.append("mark" in g))
    with app.serving():
        assert seen == [(app.name, False), "start", "teardown"]
    assert seen[3:] == [False, "teardown"]


def test_hooks_share_context_variables(app):
    variable = contextvars.ContextVar("variable")
    seen = []
    app.before_serving(lambda: variable.set(5))

    @app.after_serving
    async def look():
        seen.append(variable.get())

    with app.serving():
        pass
    assert seen == [5]


def test_a_client_made_at_the_start_can_be_used_by_every_async_view(app, client):
    loops = []

    @app.before_serving
    async def connect():
        loops.append(asyncio.get_running_loop())

    @app.get("/")
    async def index():
        loops.append(asyncio.get_running_loop())
        return ""

    with app.serving():
        for _ in range(3):
            client.get("/")
    assert len(loops) == 4
    assert len(set(loops)) == 1


def test_what_was_entered_is_left_when_the_start_fails(app):
    seen = []

    @app.while_serving
    async def resource():
        try:
            yield
        except ValueError as error:
            seen.append(error)
            raise
        finally:
            seen.append("closed")

    @app.before_serving
    def fail():
        raise ValueError("no disk")

    app.after_serving(lambda: seen.append("after"))
    with pytest.raises(ValueError, match="no disk"), app.serving():
        pass
    assert [str(item) for item in seen] == ["no disk", "closed"]


def test_a_generator_that_a_cancelled_start_waited_for_is_closed(app):
    log = []

    @app.while_serving
    async def connect():
        try:
            log.append("connecting")
            await asyncio.Event().wait()
            yield
        finally:
            log.append("closed")

    async def main():
        start = asyncio.create_task(app.serving().__aenter__())
        while not log:  # noqa: ASYNC110  (nothing tells)
            await asyncio.sleep(0)
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    assert log == ["connecting", "closed"]


def test_a_life_is_over_also_where_its_teardown_fails(app):
    seen = []

    @app.teardown_appcontext
    def fail(error):
        seen.append("teardown")
        raise OSError("no disk")

    app.after_serving(lambda: seen.append("end"))
    app._life.started = True
    ending.watch(app)
    with pytest.raises(OSError, match="no disk"):
        app._life.end_now()
    assert seen == ["end", "teardown"]
    assert app not in ending._apps.values()


def test_a_failed_start_is_told_to_the_server(app, caplog):
    @app.before_serving
    def fail():
        raise ValueError("no disk")

    assert lifespan(app) == ["lifespan.startup.failed", "ValueError: no disk"]
    assert "failed to start" in caplog.text


def test_a_failed_end_is_told_to_the_server_after_all_hooks_ran(app, caplog):
    seen = []
    app.after_serving(lambda: seen.append("the other"))

    @app.after_serving
    def fail():
        raise ValueError("no disk")

    assert lifespan(app)[1:] == ["lifespan.shutdown.failed", "ValueError: no disk"]
    assert seen == ["the other"]
    assert "after_serving function" in caplog.text


def test_a_start_that_failed_is_tried_again_by_the_next_request(app, client):
    attempts = []

    @app.before_serving
    def connect():
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("not yet")

    app.add_url_rule("/", "index", lambda: "up")
    with pytest.raises(ValueError, match="not yet"):
        client.get("/")
    assert client.get("/").text == "up"
    assert client.get("/").text == "up"
    assert len(attempts) == 2
    app._life.end_now()


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("yields", [0, 2])
def test_a_generator_that_does_not_yield_once_is_an_error(app, kind, yields):
    def sync():
        for _ in range(yields):
            yield

    async def coroutine():
        for _ in range(yields):
            yield

    app.while_serving(sync if kind == "def" else coroutine)
    told = "ended without a yield" if yields == 0 else "yields more than once"
    with pytest.raises(RuntimeError, match=told), app.serving():
        pass


def test_what_is_no_generator_function_is_refused(app):
    app.while_serving(lambda: 5)
    with pytest.raises(TypeError, match=r"returned 'int'; it has to be a generator function"):
        app._life.start_now()


def test_a_task_group_lives_from_the_start_to_the_end(app):
    seen = []

    @app.while_serving
    async def group():
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(60):
            ticking = tasks.create_task(asyncio.sleep(60))
            yield
            ticking.cancel()
        seen.append("closed")

    async def main():
        async with app.serving():
            await asyncio.sleep(0)

    asyncio.run(main())
    with app.serving():
        pass
    assert seen == ["closed", "closed"]


def test_a_request_made_by_a_hook_does_not_wait_for_the_start(app, client):
    texts = []
    app.add_url_rule("/", "index", lambda: "up")
    app.before_serving(lambda: texts.append(client.get("/").text))
    with app.serving():
        assert texts == ["up"]


def test_a_life_can_follow_another(app, log):
    for _ in range(2):
        with app.serving():
            assert not app._life.stopping
        assert app._life.stopping
    assert log == (START + END) * 2


def test_who_waits_for_the_end_is_told_once(app):
    told = []
    app._life.when_stopping(lambda: told.append("early"))
    gone = lambda: told.append("gone")
    app._life.when_stopping(gone)
    app._life.forget_listener(gone)
    app._life.stop()
    app._life.stop()
    assert told == ["early"]
    app._life.when_stopping(lambda: told.append("late"))
    assert told == ["early", "late"]
    app._life.end_now()


@pytest.mark.parametrize("line", range(4))
def test_a_signal_may_say_so_while_it_is_told(app, line):
    life, told, lines = app._life, [], iter(range(100))

    def interrupt(frame, event, arg):
        if event == "line" and next(lines) == line:  # where a signal handler may run
            life.stop()
        return interrupt

    life.when_stopping(lambda: told.append("stopping"))
    before = sys.gettrace()
    sys.settrace(lambda frame, *_: interrupt if frame.f_code is type(life)._tell.__code__ else None)
    try:
        life.stop()
    finally:
        sys.settrace(before)
    assert told == ["stopping"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_child_has_a_life_of_its_own(app, tmp_path):
    file = tmp_path / "events"

    def write(what):
        with file.open("a") as events:
            events.write(f"{os.getpid()} {what}\n")

    app.before_serving(lambda: write("before"))
    app.after_serving(lambda: write("after"))
    app.add_url_rule("/", "index", lambda: "up")
    with app.serving():
        child = os.fork()
        if not child:
            app.test_client().get("/")
            app._life.end_now()
            os._exit(0)
        os.waitpid(child, 0)
    parent = os.getpid()
    assert file.read_text().splitlines() == [
        f"{parent} before",
        f"{child} before",
        f"{child} after",
        f"{parent} after",
    ]


def test_an_app_without_hooks_is_let_go():
    import gc
    import weakref

    app = Kolben("short", static_folder=None, root_path=".", instance_path="/nowhere")
    app.add_url_rule("/", "index", lambda: "up")
    app.test_client().get("/")
    reference = weakref.ref(app)
    del app
    gc.collect()
    until(lambda: reference() is None)


def test_what_a_wsgi_request_has_begun_ends_with_a_life_on_another_loop(app):
    log = []
    app.while_serving(around(log, "pool", "async"))

    async def mounted(scope, receive, send):
        for phase in ("startup", "shutdown"):
            await receive()
            log.append(phase)
            await send({"type": f"lifespan.{phase}.complete"})

    app.mount("/mounted", mounted)

    async def main():
        app.test_client().get("/")  # begins it on the loop of WSGI apps
        async with app.serving():
            log.append("serving")

    asyncio.run(main())
    assert log == ["pool in", "startup", "serving", "shutdown", "pool out"]
