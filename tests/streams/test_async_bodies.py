"""Bodies that are made by async generators, on both protocols."""

from __future__ import annotations

import asyncio
import contextvars
import gc

import pytest
from werkzeug.test import create_environ

from kolben import (
    Response,
    g,
    has_app_context,
    has_request_context,
    render_template_string,
    request,
    session,
    stream_template_string,
    stream_with_context,
)

tone = contextvars.ContextVar("tone", default="none")


@pytest.fixture
def ended(app):
    seen = []
    app.teardown_request(lambda exc: seen.append(type(exc).__name__))
    return seen


def call(app, path="/"):
    """Call the app over WSGI as a server does; return its body."""
    return app(create_environ(path), lambda _status, _headers, _exc_info=None: None)


async def letters():
    for letter in ("a", b"b", "ü"):
        await asyncio.sleep(0)
        yield letter


@pytest.mark.parametrize("view", ["def", "async def"])
@pytest.mark.parametrize(
    "wrap", [lambda body: body, Response, lambda body: (body, 200, {"X": "y"})]
)
def test_an_async_generator_is_a_body(app, client, view, wrap):
    async def index():
        return wrap(letters())

    app.add_url_rule("/", "index", index if view == "async def" else lambda: wrap(letters()))
    assert client.get("/").text == "abü"


def test_an_async_iterable_of_ones_own_is_a_body(app, client):
    class Body:
        async def __aiter__(self):
            yield "x"

    app.add_url_rule("/", "index", lambda: Body())
    assert client.get("/").text == "x"


def test_it_has_no_context_unless_asked(app, client, ended):
    async def generate():
        yield f"{has_request_context()} {has_app_context()} {ended}"

    app.add_url_rule("/", "index", lambda: generate())
    assert client.get("/").text == "False False ['NoneType']"


def test_it_sees_the_request_where_asked(app, client, ended):
    @app.get("/")
    def index():
        g.color = "red"

        @stream_with_context
        async def generate():
            yield f"{request.path} "
            await asyncio.sleep(0)
            yield f"{g.color} {ended}"

        return generate()

    assert client.get("/").text == "/ red []"
    assert ended == ["NoneType"]


def test_a_variable_of_the_view_is_seen_and_none_leaks(app, client):
    @app.get("/")
    def index():
        tone.set("view")

        async def generate():
            yield tone.get()
            tone.set("stream")

        return stream_with_context(generate())

    assert client.get("/").text == "view"
    assert tone.get() == "none"


def test_a_timeout_may_span_several_chunks(app, client):
    async def generate():
        async with asyncio.timeout(5):
            yield "a"
            await asyncio.sleep(0)
            yield "b"

    app.add_url_rule("/", "index", lambda: generate())
    assert client.get("/").text == "ab"


@pytest.mark.parametrize("way", ["close", "drop"])
def test_an_abandoned_body_is_closed_and_torn_down_once(app, client, ended, way):
    closed = []

    async def generate():
        try:
            while True:
                yield "x"
        finally:
            await asyncio.sleep(0)
            closed.append(has_request_context())

    @app.get("/")
    def index():
        return stream_with_context(generate())

    @app.get("/next")
    def following():
        return f"{request.path} {len(vars(g))}"

    response = client.get("/", buffered=False)
    assert next(response.iter_encoded()) == b"x"
    response.close()
    if way == "drop":
        body = call(app)
        next(iter(body))
        del body
        gc.collect()
    assert closed == [True] * (1 + (way == "drop"))
    assert ended == ["GeneratorExit"] * (1 + (way == "drop"))
    assert client.get("/next").text == "/next 0"


@pytest.mark.wsgi_only
def test_an_async_teardown_of_a_stream_is_awaited_over_wsgi(app):
    seen = []

    @app.teardown_request
    async def note(exc):
        await asyncio.sleep(0)
        seen.append(type(exc).__name__)

    app.add_url_rule("/", "index", lambda: stream_with_context(letters()))
    body = call(app)
    assert b"".join(body) == "abü".encode()
    body.close()
    assert seen == ["NoneType"]


def test_an_error_in_the_first_chunk_is_answered_500(app, client, ended):
    app.testing = False

    async def generate():
        raise ZeroDivisionError
        yield

    app.add_url_rule("/", "index", lambda: stream_with_context(generate()))
    assert client.get("/").status_code == 500
    assert ended == ["ZeroDivisionError"]


def test_an_error_in_a_later_chunk_reaches_the_server_and_the_teardown(app, client, ended):
    async def generate():
        yield "x"
        raise ZeroDivisionError

    app.add_url_rule("/", "index", lambda: stream_with_context(generate()))
    with pytest.raises(ZeroDivisionError):
        client.get("/").get_data()
    assert ended == ["ZeroDivisionError"]


# -- the session in the first chunk ----------------------------------------------------------------


@pytest.mark.parametrize("view", ["def", "async def"])
def test_a_streamed_template_that_touches_the_session_first_sends_the_cookie(app, client, view):
    source = (
        "{% set _ = session.update(seen=true) %}first{% for n in range(3) %}{{ n }}{% endfor %}"
    )

    async def index():
        return stream_template_string(source)

    app.add_url_rule("/", "i", index if view != "def" else lambda: stream_template_string(source))
    response = client.get("/")
    assert response.text == "first012"
    assert "session=" in response.headers["Set-Cookie"]
    assert response.headers["Vary"] == "Cookie"
    with client.session_transaction() as saved:
        assert saved["seen"]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_generator_that_touches_the_session_first_sends_the_cookie(app, client, kind):
    def generate():
        session["visits"] = session.get("visits", 0) + 1
        yield str(session["visits"])
        yield "."

    async def generate_async():
        for chunk in generate():
            yield chunk

    made = generate if kind == "def" else generate_async
    app.add_url_rule("/", "index", lambda: stream_with_context(made()))
    assert [client.get("/").text for _ in range(3)] == ["1.", "2.", "3."]


def test_a_template_that_is_not_streamed_is_as_ever(app, client):
    app.add_url_rule("/", "index", lambda: render_template_string("{{ session.a }}x"))
    assert client.get("/").text == "x"


def test_hooks_and_the_session_see_the_first_chunks_work(app, client):
    @app.after_request
    def add(response):
        response.headers["X-Color"] = g.color
        return response

    @app.get("/")
    def index():
        def generate():
            g.color = "red"
            yield "x"

        return stream_with_context(generate())

    assert client.get("/").headers["X-Color"] == "red"


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_an_empty_stream_is_an_empty_body(app, client, kind, ended):
    async def nothing():
        return
        yield

    app.add_url_rule("/", "index", lambda: stream_with_context(nothing() if kind != "def" else []))
    assert client.get("/").data == b""
    assert ended == ["NoneType"]
