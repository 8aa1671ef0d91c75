"""A request dies by reference count where something fails, too: nothing is left to the collector.

An error's traceback holds the frames that it came through. So a frame that keeps the error, or what
holds it, makes a cycle, and with it the request stays in memory until the collector comes by.
"""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from contextlib import suppress

import pytest
from werkzeug.test import create_environ

from kolben import Response, g, inline, request, sse, stream_with_context, websocket
from kolben.globals import request_ctx
from tests.protocols.scopes import call, scope_of


@pytest.fixture
def alive(app, monkeypatch):
    """What belongs to requests and is still there; the collector does not come by."""
    monkeypatch.setattr(app.logger, "disabled", True)  # a log of pytest's keeps errors
    gc.collect()
    gc.disable()
    yield weakref.WeakSet()
    gc.enable()


def ask_wsgi(app):
    with suppress(Exception):
        body = app(create_environ("/"), lambda *_: None)
        try:
            list(body)
        finally:
            getattr(body, "close", lambda: None)()


async def ask_asgi(app):
    # In a task, which ends with the error.
    await asyncio.gather(call(app, scope_of()), return_exceptions=True)


def left_after(app, alive, protocol):
    """Make a few requests; return what is left of them once threads have let go of theirs."""
    for _ in range(3):
        if protocol == "wsgi":
            ask_wsgi(app)
        else:
            asyncio.run(ask_asgi(app))
    wait_for_threads(alive)
    return list(alive)


def wait_for_threads(alive):
    """Let threads go on to where they hold their last request no more."""
    deadline = time.monotonic() + 5
    while alive and time.monotonic() < deadline:
        time.sleep(0.001)


class Boom(Exception):
    """What the functions of these tests fail with."""


def boom(*_):
    raise Boom


async def async_boom(*_):
    await asyncio.sleep(0)
    raise Boom


booms = pytest.mark.parametrize("fails", [boom, async_boom], ids=["def", "async def"])
views = pytest.mark.parametrize("is_async", [False, True], ids=["def view", "async def view"])


def serve(app, alive, result, is_async=False):
    """Let the app answer with what a function returns."""

    def view():
        g.used = True
        alive.add(request._get_current_object())
        alive.add(request_ctx._get_current_object())
        return result()

    async def async_view():
        return view()

    app.add_url_rule("/", "index", async_view if is_async else view)


@booms
@views
@pytest.mark.parametrize("register", ["after_request", "teardown_request", "teardown_appcontext"])
def test_of_a_hook_that_fails(app, alive, protocol, register, fails, is_async):
    serve(app, alive, str, is_async)
    getattr(app, register)(fails)
    assert left_after(app, alive, protocol) == []


@views
def test_of_several_teardown_functions_that_fail(app, alive, protocol, is_async):
    serve(app, alive, str, is_async)
    for fails in (boom, async_boom, boom):
        app.teardown_request(fails)
        app.teardown_appcontext(fails)
    assert left_after(app, alive, protocol) == []


def fails_half_way():
    yield "a"
    raise Boom


async def async_fails_half_way():
    yield "a"
    raise Boom


async def fails_at_once():
    raise Boom
    yield "a"


def whole():
    yield "a"


async def async_whole():
    yield "a"


@views
@pytest.mark.parametrize("wrap", [Response, stream_with_context, sse])
@pytest.mark.parametrize("pieces", [fails_half_way, async_fails_half_way, fails_at_once])
def test_of_a_stream_that_fails(app, alive, protocol, pieces, wrap, is_async):
    serve(app, alive, lambda: wrap(pieces()), is_async)
    assert left_after(app, alive, protocol) == []


@views
@pytest.mark.parametrize("pieces", [list, whole, async_whole])
def test_of_a_response_that_fails_as_it_is_closed(app, alive, protocol, pieces, is_async):
    def respond():
        response = Response(pieces())
        response.call_on_close(boom)
        return response

    serve(app, alive, respond, is_async)
    assert left_after(app, alive, protocol) == []


async def connect(app, leaves):
    """Open a WebSocket; the client may leave at once, or the server give the task up."""
    said = [{"type": "websocket.disconnect", "code": 1001}] if leaves == "client" else []
    said.append({"type": "websocket.connect"})
    accepted = asyncio.Event()

    async def receive():
        if said:
            return said.pop()
        return await asyncio.get_running_loop().create_future()

    async def send(message):
        accepted.set()

    scope = scope_of(type="websocket", scheme="ws", subprotocols=[])
    task = asyncio.create_task(app(scope, receive, send))
    if leaves == "server":
        await accepted.wait()
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@views
@pytest.mark.parametrize("testing", [True, False])
@pytest.mark.parametrize("leaves", [None, "client", "server"])
def test_of_a_websocket_that_fails_or_is_left(app, alive, leaves, testing, is_async):
    app.testing = testing

    def note():
        alive.add(request._get_current_object())
        alive.add(request_ctx._get_current_object())

    def handler():
        note()
        if leaves:
            websocket.receive()
        raise Boom

    async def async_handler():
        note()
        if leaves:
            await websocket.receive()
        raise Boom

    app.websocket("/")(async_handler if is_async else handler)
    for _ in range(3):
        asyncio.run(asyncio.wait_for(connect(app, leaves), 5))
    wait_for_threads(alive)
    assert list(alive) == []


def fails_as_it_is_closed():
    try:
        yield "a"
        yield "b"
    finally:
        raise Boom


async def async_fails_as_it_is_closed():
    try:
        yield "a"
        await asyncio.Event().wait()
    finally:
        raise Boom


@views
@pytest.mark.parametrize("wrap", [Response, stream_with_context, sse])
@pytest.mark.parametrize("pieces", [fails_as_it_is_closed, async_fails_as_it_is_closed])
def test_of_a_stream_that_fails_as_its_client_leaves(app, alive, pieces, wrap, is_async):
    serve(app, alive, lambda: wrap(pieces()), is_async)
    for _ in range(3):
        body = app(create_environ("/"), lambda *_: None)
        next(iter(body))
        with suppress(Boom):
            body.close()
    del body
    wait_for_threads(alive)
    assert list(alive) == []


@pytest.mark.parametrize("hooked", [False, True], ids=["lane", "steps"])
def test_of_a_view_whose_future_fails(app, alive, protocol, hooked):
    def future():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        loop.call_soon(future.set_exception, Boom())
        return future

    async def fail_later():
        await future()

    serve(app, alive, fail_later)
    app.view_functions["index"] = inline(app.view_functions["index"])
    if hooked:
        app.before_request(lambda: None)
    assert left_after(app, alive, protocol) == []
