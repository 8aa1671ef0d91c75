"""The worker threads, where the system can't start one."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import contextmanager

import pytest

from kolben import request
from tests.protocols.scopes import call, scope_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="others may grant such stacks")


@contextmanager
def no_more_threads():
    """Have the system refuse to start a thread: no memory is large enough for its stack."""
    threading.stack_size(1 << 50)
    try:
        yield
    finally:
        threading.stack_size(0)


async def answer(app, path="/"):
    """Make a request; return the status and the body."""
    start, body = await asyncio.wait_for(call(app, scope_of(path)), 5)
    return start["status"], body["body"].decode()


def test_a_request_fails_where_no_thread_can_be_started_and_the_next_one_has_one(app, caplog):
    app.add_url_rule("/", "index", lambda: "here")

    async def main():
        with no_more_threads(), pytest.raises(RuntimeError, match="can't start new thread"):
            await answer(app)
        assert (app.threads.started, app.threads.busy) == (0, 0)
        assert await answer(app) == (200, "here")

    asyncio.run(main())
    assert "The system starts no more threads (can't start new thread); there are 0" in caplog.text


def test_an_error_handler_hears_that_no_thread_can_be_started(app):
    ends = []
    app.add_url_rule("/", "index", lambda: "here")

    @app.before_request
    async def before():
        await asyncio.sleep(0)

    @app.errorhandler(RuntimeError)
    async def refuse(error):
        return f"{request.path}: {error}", 503

    @app.teardown_request
    async def teardown(error):
        ends.append(error)

    async def main():
        with no_more_threads():
            return await answer(app)

    assert asyncio.run(main()) == (503, "/: can't start new thread")
    assert ends == [None]


def test_requests_wait_for_the_threads_that_there_are(app):
    gate, entered = threading.Event(), threading.Event()

    @app.get("/slow")
    def slow():
        entered.set()
        return str(gate.wait(5))

    @app.get("/")
    def index():
        return "here"

    async def main():
        first = asyncio.ensure_future(answer(app, "/slow"))
        assert await asyncio.to_thread(entered.wait, 5)
        with no_more_threads():
            second = asyncio.ensure_future(answer(app))
            async with asyncio.timeout(5):
                while app.threads.busy < 2:  # noqa: ASYNC110  # nothing tells
                    await asyncio.sleep(0)
        gate.set()
        assert await first == (200, "True")
        assert await second == (200, "here")
        assert (app.threads.started, app.threads.busy) == (1, 0)

    asyncio.run(main())


def test_a_background_task_for_which_there_is_no_thread_is_refused_and_forgotten(app):
    app.config["BACKGROUND_TASK_GRACE"] = 60
    done = []
    with no_more_threads(), pytest.raises(RuntimeError, match="can't start new thread"):
        app.add_background_task(done.append, 1)
    with app.serving():
        app.add_background_task(done.append, 2)
    assert done == [2]


def test_a_websocket_is_refused_where_no_thread_can_be_started(app):
    @app.websocket("/")
    def handle():
        raise AssertionError("it never began")

    sent = []
    messages = [{"type": "websocket.connect"}]

    async def receive():
        return messages.pop() if messages else await asyncio.sleep(60)

    async def send(message):
        sent.append(message["type"])

    async def main():
        scope = {**scope_of("/"), "type": "websocket", "scheme": "ws"}
        await asyncio.wait_for(app(scope, receive, send), 5)

    with no_more_threads(), pytest.raises(RuntimeError, match="can't start new thread"):
        asyncio.run(main())
    assert sent == ["websocket.close"]
