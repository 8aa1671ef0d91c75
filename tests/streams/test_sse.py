"""Server-sent events from a view: on both protocols, from sync and async generators."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time

import pytest

from kolben import Response, ServerSentEvent, current_app, g, request, session, sse


@pytest.fixture
def ended(app):
    """What the teardown functions were given, in order."""
    seen = []
    app.teardown_request(lambda exc: seen.append(type(exc).__name__))
    return seen


KINDS = pytest.mark.parametrize("kind", ["def", "async def"])


def make(kind, items, closed=None):
    """Make a generator function of a kind, over the items; functions among them are called."""
    closed = [] if closed is None else closed

    def generate():
        try:
            for item in items:
                yield item() if callable(item) else item
        finally:
            closed.append(True)

    async def generate_async():
        try:
            for item in items:
                value = item() if callable(item) else item
                yield (await value) if asyncio.iscoroutine(value) else value
        finally:
            closed.append(True)

    return generate if kind == "def" else generate_async


@KINDS
@pytest.mark.parametrize("view", ["def", "async def"])
def test_a_view_answers_with_events(app, client, kind, view):
    items = ["text", {"data": 1}, ServerSentEvent("x", id="7", event="add", retry=5)]
    generate = make(kind, items)

    async def index_async():
        return sse(generate())

    app.add_url_rule("/", "index", index_async if view != "def" else lambda: sse(generate()))
    response = client.get("/")
    assert response.text == (
        'data: text\n\ndata: {"data": 1}\n\nid: 7\nevent: add\nretry: 5\ndata: x\n\n'
    )
    assert response.content_type == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["X-Accel-Buffering"] == "no"


@KINDS
def test_the_generator_sees_the_request_and_the_teardown_waits_for_it(app, client, kind, ended):
    def look():
        return [request.path, g.color, current_app.name, session.get("a", 0), len(ended)]

    @app.get("/")
    def index():
        g.color = "red"
        return sse(make(kind, [look, look])())

    assert [event.data for event in client.sse("/")] == ['["/", "red", "kolben_test", 0, 0]'] * 2
    assert ended == ["NoneType"]


@KINDS
def test_silence_is_filled_with_comments(app, client, kind):
    go_on = threading.Event()

    async def wait():
        await asyncio.to_thread(go_on.wait)
        return "second"

    def wait_sync():
        go_on.wait()
        return "second"

    app.add_url_rule(
        "/",
        "index",
        lambda: sse(make(kind, ["first", wait_sync if kind == "def" else wait])(), ping=0.02),
    )
    with client.sse("/", comments=True) as events:
        assert next(events).data == "first"
        assert next(events) == ServerSentEvent(comment="")
        assert next(events) == ServerSentEvent(comment="")
        go_on.set()
        assert "second" in [event.data for event in events]


def test_the_interval_of_the_comments_is_configured(app, client):
    app.config["SSE_PING_INTERVAL"] = 0.02
    app.add_url_rule("/", "index", lambda: sse(make("async def", [asyncio.Event().wait])()))
    with client.sse("/", comments=True) as events:
        assert next(events).comment == ""


@KINDS
def test_a_client_that_leaves_closes_the_generator(app, client, kind, ended):
    closed = []
    app.add_url_rule("/", "index", lambda: sse(make(kind, itertools.repeat("x"), closed)()))
    events = client.sse("/")
    assert next(events).data == "x"
    events.close()
    assert closed == [True]
    assert ended == ["GeneratorExit"]


def test_a_client_that_leaves_cancels_what_an_async_generator_waits_for(app, client, ended):
    seen = []

    async def generate():
        yield "first"
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    app.add_url_rule("/", "index", lambda: sse(generate(), ping=0.02))
    with client.sse("/", comments=True) as events:
        next(events)
        next(events)
    assert seen == ["cancelled"]
    assert ended == ["GeneratorExit"]


def test_async_code_of_a_sync_generator_runs_on_the_loop_of_the_request(app):
    seen = []

    @app.ensure_sync
    async def note_loop():
        seen.append(asyncio.get_running_loop())

    def generate():
        note_loop()
        yield "event"

    app.add_url_rule("/", "index", lambda: sse(generate()))

    async def get():
        await app.test_client(protocol="asgi").aget("/")
        return asyncio.get_running_loop()

    assert [asyncio.run(get())] == seen


def test_an_async_generator_that_ignores_its_cancellation_is_closed(app, client, ended):
    closed = []

    async def generate():
        try:
            yield "first"
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            yield "never sent"
        finally:
            closed.append(True)

    app.add_url_rule("/", "index", lambda: sse(generate(), ping=0.02))
    with client.sse("/", comments=True) as events:
        next(events)
        next(events)
    assert closed == [True]
    assert ended == ["GeneratorExit"]


def test_a_thread_that_is_busy_ends_the_stream_when_it_is_done(app, client, ended):
    closed, go_on = [], threading.Event()

    def generate():
        try:
            yield "first"
            go_on.wait()
            yield "never sent"
        finally:
            closed.append(len(ended))

    app.add_url_rule("/", "index", lambda: sse(generate(), ping=0.02))
    with client.sse("/", comments=True) as events:
        next(events)
        next(events)
    assert (closed, ended) == ([], [])
    go_on.set()
    deadline = time.monotonic() + 5
    while not ended and time.monotonic() < deadline:
        time.sleep(0.001)
    assert (closed, ended) == ([0], ["GeneratorExit"])


@KINDS
def test_an_error_in_the_generator_is_given_to_the_teardown(app, client, kind, ended):
    def fail():
        raise ZeroDivisionError

    app.add_url_rule("/", "index", lambda: sse(make(kind, ["first", fail])()))
    events = client.sse("/")
    assert next(events).data == "first"
    with pytest.raises(ZeroDivisionError):
        next(events)
    assert ended == ["ZeroDivisionError"]


@KINDS
def test_what_cannot_be_an_event_is_named(app, client, kind, ended):
    app.add_url_rule("/", "index", lambda: sse(make(kind, [b"bytes"])()))
    with pytest.raises(TypeError, match="not bytes; decode them first"):
        list(client.sse("/"))
    assert ended == ["TypeError"]


def test_headers_may_be_added(app, client):
    @app.get("/")
    def index():
        response = sse(["x"])
        response.headers["X-Name"] = "x"
        return response, 203

    response = client.get("/")
    assert (response.status_code, response.headers["X-Name"]) == (203, "x")
    assert isinstance(response, Response)


def test_the_last_event_id_is_read_as_utf_8(app, client):
    app.add_url_rule("/", "index", lambda: sse([request.last_event_id]))
    sent = "möve".encode().decode("latin1")
    assert [event.data for event in client.sse("/", headers={"Last-Event-ID": sent})] == ["möve"]


def test_without_a_last_event_id_there_is_none(app, client):
    app.add_url_rule("/", "index", lambda: {"id": request.last_event_id})
    assert client.get("/").json == {"id": None}


@pytest.mark.parametrize("events", ["text", b"bytes", {"a": 1}, 7, None])
def test_what_is_no_generator_is_refused(app, events):
    with app.test_request_context(), pytest.raises(TypeError, match="takes a generator"):
        sse(events)


@pytest.mark.parametrize("method", ["__iter__", "__aiter__"])
def test_what_cannot_be_iterated_after_all_fails_the_stream(app, client, ended, method):
    def refuse(self):
        raise OSError("no cursor")

    events = type("Events", (), {method: refuse})
    app.add_url_rule("/", "index", lambda: sse(events()))
    with pytest.raises(OSError, match="no cursor"):
        client.get("/", buffered=True)
    assert ended == ["OSError"]


def test_a_generator_function_is_to_be_called(app):
    def generate():
        yield

    with app.test_request_context(), pytest.raises(TypeError, match="call it, with parentheses"):
        sse(generate)


def test_a_negative_interval_is_refused(app):
    with app.test_request_context(), pytest.raises(ValueError, match="number of seconds"):
        sse([], ping=-1)


def test_outside_of_a_request_it_says_so():
    with pytest.raises(RuntimeError, match="'sse' can only be used when a request context"):
        sse([])


def test_the_client_can_be_awaited(app, client):
    app.add_url_rule("/", "index", lambda: sse(make("async def", ["a", "b"])()))

    async def listen():
        async with client.sse("/") as events:
            first = await anext(events)
            return [first.data, *[event.data async for event in events]]

    assert asyncio.run(listen()) == ["a", "b"]


def test_the_client_says_what_came_instead_of_events(app, client):
    app.add_url_rule("/", "index", lambda: ("sorry", 503))
    with pytest.raises(AssertionError, match=r"answered 503 SERVICE UNAVAILABLE .* 'sorry'"):
        next(client.sse("/"))


def test_a_head_request_closes_the_generator_unused(app, client, ended):
    closed = []
    app.add_url_rule("/", "index", lambda: sse(make("async def", ["x"], closed)()))
    client.head("/").close()
    assert (closed, ended) == ([], ["NoneType"])
