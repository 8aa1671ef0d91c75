"""Tests of kolben.helpers.streaming: bodies that see the request, and its one teardown."""

from __future__ import annotations

import gc
import threading
from contextvars import ContextVar

import pytest
from werkzeug.test import create_environ

from kolben import (
    Response,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
    stream_with_context,
)

tone = ContextVar("tone", default="none")


def call(app, path="/", method="GET"):
    """Call the app as a server does; return its body, which nobody has iterated yet."""
    return app(create_environ(path, method=method), lambda _status, _headers, _exc_info=None: None)


@pytest.fixture
def ended(app):
    """What the teardown functions were given, in order; each notes that it saw its request."""
    seen = []

    @app.teardown_request
    def note_request(exc):
        seen.append(("request", type(exc).__name__, request.path))

    @app.teardown_appcontext
    def note_app(exc):
        seen.append(("app", type(exc).__name__, current_app.name))

    return seen


ONCE = [("request", "NoneType", "/"), ("app", "NoneType", "kolben_test")]


def failed_with(name):
    return [("request", name, "/"), ("app", name, "kolben_test")]


@pytest.fixture
def streaming(app, ended):
    """A view that streams three chunks; what its generator's ``finally`` saw."""
    last_words = []

    @app.get("/")
    def index():
        g.color = "red"

        def generate():
            try:
                yield "one "
                yield f"{request.path} "
                yield g.color
            finally:
                last_words.append((has_request_context(), list(ended)))

        return Response(stream_with_context(generate()))

    return last_words


def test_the_body_sees_request_session_and_g(app, client):
    @app.get("/")
    def index():
        session["who"] = "Ann"
        g.color = "red"

        def generate():
            yield request.args["greeting"]
            yield f" {session['who']} {g.color} {current_app.name}"

        return stream_with_context(generate())

    assert client.get("/?greeting=Hello").text == "Hello Ann red kolben_test"


def test_a_function_can_be_decorated(app, client):
    @app.get("/")
    def index():
        @stream_with_context
        def generate(greeting, *, mark):
            """Greet."""
            yield greeting
            yield request.args["name"] + mark

        assert (generate.__name__, generate.__doc__) == ("generate", "Greet.")
        return generate("Hello ", mark="!")

    assert client.get("/?name=World").text == "Hello World!"


def test_an_async_view_can_stream(app, client, ended):
    @app.get("/")
    async def index():
        session["who"] = "Ann"

        @stream_with_context
        def generate():
            yield session["who"]

        return generate()

    with client.get("/") as response:
        assert response.text == "Ann"
    assert ended == ONCE


def test_anything_iterable_will_do(app):
    with app.test_request_context():
        assert list(stream_with_context("abc")) == ["a", "b", "c"]


def test_teardown_waits_for_the_end_and_runs_once(app, ended, streaming):
    body = iter(call(app))
    assert next(body) == b"one "
    assert ended == []
    assert list(body) == [b"/ ", b"red"]
    assert ended == ONCE
    assert streaming == [(True, [])]


def test_between_chunks_no_context_is_active(app, streaming):
    body = iter(call(app))
    next(body)
    assert not has_request_context()
    assert not has_app_context()
    list(body)


def test_context_variables_of_the_view_are_there_and_do_not_leak(app, client):
    @app.get("/")
    def index():
        tone.set("view")

        def generate():
            yield tone.get()
            tone.set("stream")
            yield tone.get()

        return [*stream_with_context(generate()), tone.get()]

    assert client.get("/").json == ["view", "stream", "view"]
    assert tone.get() == "none"


def test_closing_half_way_tears_down_once(app, ended, streaming):
    body = call(app)
    next(iter(body))
    body.close()
    body.close()
    assert ended == failed_with("GeneratorExit")
    assert streaming == [(True, [])]


def test_closing_before_the_first_chunk_tears_down_without_an_error(app, ended, streaming):
    call(app).close()
    assert ended == ONCE
    assert streaming == [(True, [])]  # its first chunk was made before the headers


def test_a_head_request_tears_down_once(client, ended, streaming):
    client.head("/").close()
    assert ended == ONCE


def test_dropping_the_body_half_way_tears_down_once(app, ended, streaming):
    body = call(app)
    chunks = iter(body)
    next(chunks)
    del body, chunks
    gc.collect()
    assert ended == failed_with("GeneratorExit")
    assert streaming == [(True, [])]


def test_dropping_the_body_on_another_thread_leaves_both_threads_clean(app, ended, streaming):
    held = [call(app)]
    next(iter(held[0]))
    after = []

    def drop():
        held.clear()
        gc.collect()
        after.append((has_app_context(), has_request_context()))

    thread = threading.Thread(target=drop)
    thread.start()
    thread.join()
    assert ended == failed_with("GeneratorExit")
    assert after == [(False, False)]
    assert not has_request_context()


def test_a_body_in_a_reference_cycle_is_torn_down_when_collected(app, ended):
    @app.get("/")
    def index():
        @stream_with_context
        def generate():
            yield "one"
            yield "two"

        body = generate()
        holder = {"body": body}
        holder["self"] = holder
        next(body)
        return ""

    gc.disable()
    try:
        app.test_client().get("/")
        assert ended == []
        gc.collect()
    finally:
        gc.enable()
    assert ended == failed_with("GeneratorExit")


def test_each_chunk_may_be_asked_for_by_another_thread(app, ended, streaming):
    body = iter(call(app))
    chunks = []
    for _ in range(4):
        thread = threading.Thread(target=lambda: chunks.append(next(body, None)))
        thread.start()
        thread.join()
    assert chunks == [b"one ", b"/ ", b"red", None]
    assert ended == ONCE


def test_an_error_in_mid_stream_is_given_to_the_teardown(app, ended):
    @app.get("/")
    def index():
        def generate():
            yield "one"
            raise ValueError("broken pipe organ")

        return stream_with_context(generate())

    body = iter(call(app))
    assert next(body) == b"one"
    with pytest.raises(ValueError, match="broken pipe organ"):
        next(body)
    assert ended == failed_with("ValueError")
    assert list(body) == []


def test_an_error_while_closing_is_given_to_the_teardown(app, ended):
    @app.get("/")
    def index():
        def generate():
            try:
                yield "one"
            finally:
                raise ValueError("will not close")

        return stream_with_context(generate())

    body = call(app)
    next(iter(body))
    with pytest.raises(ValueError, match="will not close"):
        body.close()
    assert ended == failed_with("ValueError")


def test_a_body_with_a_close_method_of_its_own_is_closed_at_the_end(app, client):
    closed = []

    class Body:
        def __init__(self):
            self.left = ["b", "a"]

        def __iter__(self):
            return self

        def __next__(self):
            if not self.left:
                raise StopIteration
            return self.left.pop()

        def close(self):
            closed.append(request.path)

    app.add_url_rule("/", "index", lambda: stream_with_context(Body()))
    assert client.get("/").text == "ab"
    assert closed == ["/"]


def test_a_view_that_makes_a_stream_and_returns_something_else_tears_down_at_once(
    app, client, ended
):
    @app.get("/")
    def index():
        stream_with_context("abc")
        return str(len(ended))

    with client.get("/") as response:
        assert response.text == "0"
    assert ended == ONCE


def test_a_view_that_makes_a_stream_and_fails_tears_down_with_its_error(app, client, ended):
    app.testing = False

    @app.get("/")
    def index():
        body = stream_with_context("abc")
        raise ValueError(body)

    gc.disable()
    try:
        assert client.get("/").status_code == 500
        assert ended == failed_with("ValueError")
    finally:
        gc.enable()


def test_two_streams_of_one_request_share_its_one_teardown(app, client, ended):
    @app.get("/")
    def index():
        first = stream_with_context(iter(["one "]))
        second = stream_with_context(iter([request.path]))
        return stream_with_context(chunk for part in (first, second) for chunk in part)

    with client.get("/") as response:
        assert response.text == "one /"
    assert ended == ONCE


def test_the_next_request_on_the_thread_is_whole(app, client, ended, streaming):
    abandoned = call(app)
    next(iter(abandoned))
    assert client.get("/").text == "one / red"
    assert ended == ONCE
    abandoned.close()
    assert len(ended) == 4


def test_a_preserving_client_still_gets_the_teardown_once(app, client, ended, streaming):
    with client:
        response = client.get("/")
        assert response.text == "one / red"
        assert request.path == "/"
        response.close()
    assert ended == ONCE


def test_without_a_request_it_says_so_at_once(app):
    with app.app_context(), pytest.raises(RuntimeError, match="'stream_with_context' can only"):
        stream_with_context(iter(()))


def test_a_decorated_function_needs_the_request_when_it_is_called():
    @stream_with_context
    def generate():
        yield ""

    with pytest.raises(RuntimeError, match="when a request context is active"):
        generate()


@pytest.mark.parametrize("value", [None, 5], ids=["None", "number"])
def test_what_is_neither_iterable_nor_callable_is_named(value):
    with pytest.raises(TypeError, match=f"not '{type(value).__name__}'"):
        stream_with_context(value)


def test_a_stream_that_has_ended_stays_ended(app):
    with app.test_request_context():
        body = stream_with_context("a")
        assert [*body, *body] == ["a"]
        body.close()
        assert next(body, "nothing") == "nothing"
