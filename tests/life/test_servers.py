"""The hooks of a life under real servers: once per process, at its start and at its end."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from .conftest import APP, until

GUNICORN = ("gunicorn", "--bind", "127.0.0.1:{port}", "app:app")
GRANIAN = ("granian", "--host", "127.0.0.1", "--port", "{port}", "app:app")
SERVERS = {
    "gunicorn sync": (*GUNICORN, "--workers", "2"),
    "gunicorn gthread": (
        *GUNICORN,
        "--workers",
        "2",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
    ),
    "gunicorn preload": (*GUNICORN, "--workers", "2", "--preload"),
    "gunicorn gevent": (*GUNICORN, "--workers", "2", "--worker-class", "gevent"),
    "granian wsgi": (*GRANIAN, "--interface", "wsgi", "--workers", "2"),
    "granian asgi": (*GRANIAN, "--interface", "asgi", "--workers", "2"),
    "granian asginl": (*GRANIAN, "--interface", "asginl"),
    "uvicorn": ("uvicorn", "--port", "{port}", "app:app"),
    "hypercorn": ("hypercorn", "--bind", "127.0.0.1:{port}", "app:app"),
    "kolben run": ("kolben", "run", "--port", "{port}"),
}


#: What a server writes when a worker has started: one that has not does not hear a signal.
STARTED = {"gunicorn": "a worker has started", "granian": "Started worker"}


def all_started(server, argv) -> bool:
    workers = 2 if "--workers" in argv else 1
    started = STARTED.get(argv[0])
    return started is None or server.output.read_text().count(started) == workers


@pytest.mark.parametrize("argv", SERVERS.values(), ids=SERVERS.keys())
def test_hooks_run_once_in_each_process_that_serves(start, argv):
    server = start(*argv)
    until(lambda: all_started(server, argv))
    for _ in range(20):
        assert server.get()[0] == 200
    code = server.end()
    events = server.events()
    assert events, server.output.read_text()
    for happened in events.values():
        assert happened[:2] == ["in", "before"], server.output.read_text()
        assert happened[-2:] == ["after", "out"]
        assert set(happened[2:-2]) <= {"request"}
    assert code in {0, 128 + signal.SIGTERM, -signal.SIGTERM}


def test_without_a_lifespan_the_first_request_starts_the_life(start):
    server = start("uvicorn", "--port", "{port}", "--lifespan", "off", "app:app")
    server.get()
    assert server.events() == {str(server.process.pid): ["in", "before", "request", "request"]}


@pytest.mark.parametrize("argv", SERVERS.values(), ids=SERVERS.keys())
def test_background_tasks_are_drained_before_the_end(start, argv):
    server = start(*argv)
    until(lambda: all_started(server, argv))
    assert server.get("/task") == (200, "started")
    server.end()
    [happened] = [events for events in server.events().values() if "task" in events]
    assert happened[-3:] == ["task", "after", "out"]


LATE = (
    APP
    + """
@app.get("/late")
def late():
    @after_this_response
    def work(response):
        note("begun")
        time.sleep(0.3)
        note("late")
    return ""

@app.teardown_request
def teardown(error):
    if request.path == "/late":
        note("teardown")
"""
).replace("import Kolben", "import Kolben, after_this_response, request")


@pytest.mark.parametrize("argv", SERVERS.values(), ids=SERVERS.keys())
def test_what_runs_after_a_response_is_waited_for(start, argv):
    server = start(*argv, app=LATE)
    until(lambda: all_started(server, argv))
    assert server.get("/late")[0] == 200
    until(lambda: any("begun" in events for events in server.events().values()))
    server.end()
    [happened] = [events for events in server.events().values() if "begun" in events]
    assert happened[-5:] == ["begun", "late", "teardown", "after", "out"]


@pytest.mark.parametrize("name", ["uvicorn", "hypercorn", "granian asgi"])
def test_a_failing_start_ends_the_server_with_the_reason(start, name):
    app = """
from kolben import Kolben

app = Kolben(__name__)

@app.before_serving
async def connect():
    raise RuntimeError("no database at port 5")
"""
    server = start(*SERVERS[name], app=app, ready=None)
    server.process.wait(30)
    assert "no database at port 5" in server.output.read_text()


def test_async_views_answer_under_gevent_all_at_once(start):
    app = """
import asyncio
from kolben import Kolben

app = Kolben(__name__)
loops = set()

@app.before_serving
async def connect():
    loops.add(asyncio.get_running_loop())

@app.get("/")
async def index():
    loops.add(asyncio.get_running_loop())
    await asyncio.sleep(0.05)
    return str(len(loops))
"""
    server = start(*GUNICORN, "--worker-class", "gevent", app=app)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: server.get(), range(20)))
    assert answers == [(200, "1")] * 20
