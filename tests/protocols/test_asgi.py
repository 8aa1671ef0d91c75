"""ASGI 3: what a server says and hears, without a server."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
import weakref

import pytest

from kolben import g, request
from tests.protocols.scopes import call, scope_of


def test_a_response_is_a_start_and_a_body(app):
    app.add_url_rule("/", "index", lambda: ("hello", 201, {"X-Name": "J\xf6rg"}))
    start, body = asyncio.run(call(app, scope_of()))
    assert start["status"] == 201
    assert dict(start["headers"]) == {
        b"content-type": b"text/html; charset=utf-8",
        b"content-length": b"5",
        b"x-name": b"J\xf6rg",
    }
    assert body["body"] == b"hello"


def test_sync_and_async_code_of_one_request_share_its_context(app):
    seen = []

    @app.before_request
    def before():
        g.name = "from a thread"
        seen.append(threading.current_thread() is threading.main_thread())

    @app.get("/")
    async def index():
        await asyncio.sleep(0)
        seen.append(threading.current_thread() is threading.main_thread())
        return g.name

    _, body = asyncio.run(call(app, scope_of()))
    assert (body["body"], seen) == (b"from a thread", [False, True])


def test_the_form_needs_no_await(app):
    app.add_url_rule("/", "index", lambda: request.form["name"], methods=["POST"])
    headers = [(b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"9")]
    _, body = asyncio.run(call(app, scope_of("/", "POST", headers), b"name", b"=Jane"))
    assert body["body"] == b"Jane"


def test_an_unknown_kind_of_connection_is_named(app):
    with pytest.raises(RuntimeError, match="scope of type 'smtp'"):
        asyncio.run(call(app, {"type": "smtp"}))


def test_a_client_that_leaves_while_it_sends_is_not_answered(app):
    calls = []
    app.add_url_rule("/", "index", lambda: calls.append(1) or "", methods=["POST"])
    headers = [(b"content-length", b"10")]
    assert asyncio.run(call(app, scope_of("/", "POST", headers), b"half", left=True)) == []
    assert calls == []


@pytest.mark.parametrize("size", [10, 1000, 700_000])
def test_a_body_of_unknown_size_is_received_whole(app, size):
    app.add_url_rule("/", "index", lambda: str(len(request.get_data())), methods=["POST"])
    headers = [(b"transfer-encoding", b"chunked")]
    scope = scope_of("/", "POST", headers)
    parts = [b"x" * (size // 10)] * 10
    assert asyncio.run(call(app, scope, *parts))[1]["body"] == str(size).encode()


def test_a_body_that_announces_too_much_is_not_received(app):
    app.config["MAX_CONTENT_LENGTH"] = 10
    app.add_url_rule("/", "index", lambda: request.get_data(), methods=["POST"])
    headers = [(b"content-length", b"11")]
    start, _ = asyncio.run(call(app, scope_of("/", "POST", headers), b"x" * 11))
    assert start["status"] == 413


def test_a_body_of_unknown_size_is_not_received_beyond_the_limit(app):
    app.config["MAX_CONTENT_LENGTH"] = 10
    app.add_url_rule("/", "index", lambda: request.get_data(), methods=["POST"])
    taken = []

    async def receive():
        taken.append(1)
        return {"type": "http.request", "body": b"x" * 8, "more_body": True}

    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"transfer-encoding", b"chunked")]
    asyncio.run(app(scope_of("/", "POST", headers), receive, send))
    assert (sent[0]["status"], len(taken)) == (413, 2)


def test_the_environ_can_be_had(app):
    found = {}
    app.add_url_rule("/<path:path>", "index", lambda path: found.update(request.environ) or "")
    headers = [
        (b"content-type", b"text/x"),
        (b"x-twice", b"1"),
        (b"x-twice", b"2"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x_odd", b"an underscore could pose as another header"),
    ]
    scope = scope_of("/app/\xf6", "GET", headers, b"q=\xc3\xb6", root_path="/app")
    scope["raw_path"] = b"/app/%C3%B6"
    asyncio.run(call(app, scope))
    assert {name: found.get(name) for name in EXPECTED} == EXPECTED
    assert found["wsgi.input"].read() == b""
    assert "HTTP_X_ODD" not in found


EXPECTED = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "/app",
    "PATH_INFO": "/\xc3\xb6",
    "QUERY_STRING": "q=\xc3\xb6",
    "REQUEST_URI": "/app/%C3%B6?q=\xc3\xb6",
    "SERVER_NAME": "192.0.2.2",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "192.0.2.1",
    "REMOTE_PORT": "5000",
    "CONTENT_TYPE": "text/x",
    "HTTP_HOST": "shop.example",
    "HTTP_X_TWICE": "1,2",
    "HTTP_COOKIE": "a=1; b=2",
    "wsgi.url_scheme": "http",
}


def test_what_a_request_says_is_the_same_as_over_wsgi(app):
    def tell():
        return {
            "args": request.args.to_dict(flat=False),
            "cookies": request.cookies.to_dict(),
            "header": request.headers["X-Name"],
            "url": request.url,
            "root": request.root_path,
            "from": request.remote_addr,
        }

    app.add_url_rule("/page", "page", tell)
    options = {"query_string": "a=1&a=%C3%B6", "headers": {"X-Name": "J\xf6rg", "Cookie": "c=d"}}
    answers = [
        app.test_client(protocol=protocol).get("/page", **options).json
        for protocol in ("wsgi", "asgi")
    ]
    assert answers[0] == answers[1]
    assert answers[0]["args"] == {"a": ["1", "\xf6"]}


class Middleware:
    """Changes every ASGI response's status."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def change(message):
            await send({**message, "status": 299} if "status" in message else message)

        await self.app(scope, receive, change)


def test_asgi_app_can_be_wrapped(app):
    app.add_url_rule("/", "index", lambda: "hello")
    app.asgi_app = Middleware(app.asgi_app)
    assert app.test_client(protocol="asgi").get("/").status_code == 299
    assert app.test_client().get("/").status_code == 200


def test_servers_see_a_coroutine_function(app):
    assert inspect.iscoroutinefunction(app.__call__)


@pytest.mark.parametrize("scope", [scope_of("/"), {"type": "lifespan", "asgi": {"version": "3.0"}}])
def test_a_loop_that_is_none_of_asyncios_is_refused_with_the_cure(app, scope):
    sent = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        sent.append(message)

    async def main():
        try:
            await app(scope, receive, send)
        except RuntimeError as error:
            return str(error)
        return sent[0]["message"]

    with pytest.raises(StopIteration) as ended:
        main().send(None)  # as a loop of another kind does
    assert "leave '-k trio' out" in ended.value.value


class Server:
    """What holds the scope, and is held by ``receive``, as a server's object for a request may."""

    def __init__(self, scope):
        self.scope = scope
        self.messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive(self):
        # No timer: one that was cancelled keeps its Context for as long as it would have run.
        return self.messages.pop() if self.messages else await asyncio.Event().wait()

    async def send(self, message):
        pass


@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async def"])
@pytest.mark.parametrize("asks", [False, True], ids=["", "is_disconnected"])
def test_nothing_of_a_request_is_left_to_the_collector(app, is_async, asks):
    def index():
        return str(request.is_disconnected()) if asks else request.path

    async def index_async():
        return index()

    app.add_url_rule("/", "index", index_async if is_async else index)

    async def serve():
        server = Server(scope_of("/"))
        await app(server.scope, server.receive, server.send)
        return weakref.ref(server)

    async def main():
        await serve()
        gc.disable()
        try:
            known = await serve()
            # Who listened for the client was cancelled, and ends; the thread lets go of its job.
            async with asyncio.timeout(5):
                while known() is not None:  # noqa: ASYNC110  # nothing tells
                    await asyncio.sleep(0.001)
        finally:
            gc.enable()

    asyncio.run(main())
