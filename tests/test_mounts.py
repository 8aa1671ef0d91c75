"""Mounted applications: who answers, what it is told, and that bodies flow in both directions."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from werkzeug.test import create_environ

from kolben import Kolben, request

from .life.conftest import lifespan, start, until  # noqa: F401  (a fixture)
from .protocols.scopes import call, scope_of


def wsgi_app(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("201 CREATED", [("Content-Type", "text/plain"), ("X-Old", "yes")])
    return [f"{environ['SCRIPT_NAME']}|{environ['PATH_INFO']}|".encode(), body]


async def asgi_app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError("only http")
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 201, "headers": [(b"x-new", b"yes")]})
    told = f"{scope['root_path']}|{scope['path']}|".encode()
    await send({"type": "http.response.body", "body": told, "more_body": True})
    await send({"type": "http.response.body", "body": body})


def kolben_app():
    other = Kolben("other", root_path=".", static_folder=None, instance_path="/nowhere")
    other.add_url_rule("/x", "x", lambda: f"{request.root_path}|{request.path}|")
    return other


def test_a_wsgi_app_is_told_where_it_is(app, client):
    app.mount("/old", wsgi_app)
    response = client.post("/old/a/b", data=b"body", buffered=True)
    assert (response.status_code, response.headers["X-Old"]) == (201, "yes")
    assert response.text == "/old|/a/b|body"
    assert client.get("/old", buffered=True).text == "/old||"


def test_an_asgi_app_is_told_where_it_is(app, client):
    app.mount("/new", asgi_app)
    response = client.post("/new/a", data=b"body", buffered=True)
    assert (response.status_code, response.headers["X-New"]) == (201, "yes")
    assert response.text == "/new|/new/a|body"


def test_an_app_of_kolbens_answers_as_itself(app, client):
    app.mount("/deep", kolben_app())
    assert client.get("/deep/x").text == "/deep|/x|"
    assert client.get("/deep/none").status_code == 404


def test_paths_beyond_ascii(app, client):
    app.mount("/straße", kolben_app())
    assert client.get("/straße/x").text == "/straße|/x|"


def test_a_mounted_app_redirects_from_its_prefix_to_its_root(app, client):
    other = kolben_app()
    other.add_url_rule("/", "root", lambda: "root")
    app.mount("/deep", other)
    response = client.get("/deep")
    assert (response.status_code, response.location) == (308, "http://localhost/deep/")
    assert client.get("/deep/").text == "root"


def test_a_root_path_ends_with_a_segment_too(app):
    app.mount("/format", kolben_app())
    scope = scope_of("/format/x", root_path="/for")  # from a server that leaves it out of the path
    sent = asyncio.run(call(app, scope, b""))
    assert sent[1]["body"] == b"/for/format|/x|"


def test_a_wsgi_app_reads_a_body_of_http_2_after_it_has_begun_to_answer(app):
    def echo(environ, start_response):
        start_response("200 OK", [])
        yield b"begun "
        yield environ["wsgi.input"].read()

    app.mount("/echo", echo)
    scope = scope_of("/echo", "POST", http_version="2")  # and no content-length
    sent = asyncio.run(asyncio.wait_for(call(app, scope, b"a", b"b", b"c"), 5))
    assert b"".join(message.get("body", b"") for message in sent) == b"begun abc"


def test_mounts_nest(app, client):
    outer = kolben_app()
    outer.mount("/inner", asgi_app)
    app.mount("/outer", outer)
    assert client.get("/outer/inner/a", buffered=True).text == "/outer/inner|/outer/inner/a|"


def test_the_longest_prefix_wins_and_ends_with_a_segment(app, client):
    app.mount("/a", wsgi_app)
    app.mount("/a/b", asgi_app)
    assert client.get("/a/b/c", buffered=True).text == "/a/b|/a/b/c|"
    assert client.get("/a/bc", buffered=True).text == "/a|/bc|"
    assert client.get("/ab").status_code == 404


def test_a_mount_comes_before_own_routes_and_hooks(app, client):
    seen = []
    app.before_request(lambda: seen.append(request.path))
    app.add_url_rule("/old/own", "own", lambda: "own")
    app.mount("/old", wsgi_app)
    assert client.get("/old/own", buffered=True).text == "/old|/own|"
    assert seen == []


def test_a_mount_at_the_root_gets_what_has_no_route(app, client):
    app.add_url_rule("/own", "own", lambda: "own")
    app.mount("/", wsgi_app)
    assert client.get("/own").text == "own"
    assert client.post("/own").status_code == 405
    assert client.get("/else", buffered=True).text == "|/else|"


@pytest.mark.parametrize(
    ("matching", "host"),
    [
        ({"subdomain_matching": True}, {"subdomain": "api"}),
        ({"host_matching": True}, {"host": "api.example.com:8080"}),
    ],
    ids=["subdomain", "host"],
)
def test_a_mount_at_the_root_leaves_the_routes_of_other_hosts_to_the_app(protocol, matching, host):
    app = Kolben("hosts", root_path=".", static_folder=None, instance_path="/nowhere", **matching)
    app.config["SERVER_NAME"] = "example.com:8080"
    app.add_url_rule("/own", "own", lambda: "own", **host)
    app.mount("/", wsgi_app)
    get = app.test_client(protocol=protocol).get
    assert get("http://api.example.com:8080/own", buffered=True).text == "own"
    assert get("http://api.example.com:8080/else", buffered=True).text == "|/else|"


@pytest.mark.parametrize("prefix", ["old", "/old/", ""])
def test_a_prefix_that_is_none_is_refused(app, prefix):
    with pytest.raises(ValueError, match="a prefix begins with a slash"):
        app.mount(prefix, wsgi_app)


def test_a_prefix_is_taken_once(app):
    app.mount("/old", wsgi_app)
    with pytest.raises(ValueError, match="something is mounted at '/old' already"):
        app.mount("/old", asgi_app)


def test_an_app_that_hides_its_protocol_needs_a_word(app, client):
    def hidden(*args):
        return wsgi_app(*args)

    with pytest.raises(TypeError, match="cannot tell which protocol"):
        app.mount("/old", hidden)
    with pytest.raises(ValueError, match="protocol is 'wsgi' or 'asgi', not 'rsgi'"):
        app.mount("/old", hidden, protocol="rsgi")
    app.mount("/old", hidden, protocol="wsgi")
    assert client.get("/old/a", buffered=True).text == "/old|/a|"


def test_a_class_is_no_application(app):
    with pytest.raises(TypeError, match="the class 'Starlette' is no application"):
        app.mount("/new", Starlette)


def test_the_lifespan_of_a_mounted_app_runs_with_its_state(app, client):
    log = []

    async def index(request):
        return JSONResponse(request.state.pool)

    def around(other):
        class Around:
            async def __aenter__(self):
                log.append("start")
                return {"pool": "a pool"}

            async def __aexit__(self, *_):
                log.append("end")

        return Around()

    app.mount("/star", Starlette(routes=[Route("/", index)], lifespan=around))
    assert client.get("/star/", buffered=True).json == "a pool"
    assert log == ["start"]
    app._life.end_now()
    assert log == ["start", "end"]


def test_a_mounted_app_that_fails_to_start_fails_the_start(app):
    async def broken(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no disk"})

    app.mount("/new", broken)
    assert lifespan(app) == [
        "lifespan.startup.failed",
        "RuntimeError: the app mounted at '/new' failed at its startup: no disk",
    ]


def test_the_life_of_a_mounted_kolben_app_goes_along(app, client):
    log = []
    other = kolben_app()
    other.before_serving(lambda: log.append("start"))
    other.after_serving(lambda: log.append("end"))
    app.mount("/other", other)
    client.get("/other/x")
    app._life.end_now()
    assert log == ["start", "end"]


def test_an_asgi_app_streams_and_works_on_after_its_response(app, client):
    done = []

    async def pieces():
        for number in range(3):
            await asyncio.sleep(0)
            yield f"{number}\n"

    async def index(request):
        return StreamingResponse(pieces(), background=BackgroundTask(done.append, "done"))

    app.mount("/star", Starlette(routes=[Route("/", index)]))
    assert client.get("/star/", buffered=True).text == "0\n1\n2\n"
    until(lambda: done)


def test_an_asgi_app_that_fails_is_an_error_of_the_server(app, client):
    async def broken(scope, receive, send):
        raise ValueError("no disk")

    app.mount("/new", broken)
    with pytest.raises(ValueError, match="no disk"):
        client.get("/new/")


def test_a_wsgi_body_is_closed_when_the_client_leaves(app, client):
    closed = []

    class Body:
        def __iter__(self):
            while True:
                yield b"x" * 1000

        def close(self):
            closed.append(True)

    def endless(environ, start_response):
        start_response("200 OK", [])
        return Body()

    app.mount("/old", endless)
    response = client.get("/old/")
    next(response.iter_encoded())
    response.close()
    until(lambda: closed)
    assert closed == [True]


def test_an_asgi_app_hears_that_the_client_has_left(app, client):
    heard = []

    async def endless(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only http")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
        except OSError:
            heard.append("left")

    app.mount("/new", endless)
    response = client.get("/new/")
    next(response.iter_encoded())
    response.close()
    until(lambda: heard)


def test_an_asgi_app_hears_that_its_response_was_refused(app):
    heard = []

    async def new(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only http")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        except OSError:
            heard.append("left")

    def refuse(*args):
        raise ValueError("no header may be said twice")

    app.mount("/new", new)
    with pytest.raises(ValueError, match="said twice"):
        app(create_environ("/new/"), refuse)
    until(lambda: heard)


def test_an_asgi_app_hears_of_ctrl_c_as_soon_as_it_was_handed_over(app, monkeypatch):
    heard = []

    async def new(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only http")
        try:
            while True:
                await send({"type": "http.response.start", "status": 200, "headers": []})
        except OSError:
            heard.append("left")

    def interrupt(listener):  # what comes next after the app was handed over
        raise KeyboardInterrupt

    app.mount("/new", new)
    monkeypatch.setattr(app._life, "when_stopping", interrupt)
    with pytest.raises(KeyboardInterrupt):
        app(create_environ("/new/"), lambda *args: None)
    until(lambda: heard)


def test_a_mounted_asgi_app_that_fails_is_not_told_of_the_end_of_the_server(app):
    async def broken(scope, receive, send):
        raise ValueError("no disk")

    app.mount("/new", broken)
    before = [*app._life._listeners]
    with pytest.raises(ValueError, match="no disk"):
        app.test_client().get("/new/")
    assert [*app._life._listeners] == before


@pytest.mark.parametrize("uri", ["/new/a%2Fb?c=/d", "//new/a%2Fb", "http://localhost/new/a%2Fb?c"])
def test_an_asgi_app_is_told_the_path_as_it_was_written(app, uri):
    told = []

    async def new(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only http")
        told.append(scope["raw_path"])
        await PlainTextResponse("")(scope, receive, send)

    app.mount("/new", new)
    app.test_client().get("/new/a/b", environ_overrides={"REQUEST_URI": uri})
    assert told == [b"//new/a%2Fb" if uri.startswith("//") else b"/new/a%2Fb"]


def test_uploads_flow_through_in_pieces(app, client):
    sizes = []

    async def count(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only http")
        total = 0
        while True:
            message = await receive()
            sizes.append(len(message["body"]))
            total += sizes[-1]
            if not message.get("more_body"):
                break
        await PlainTextResponse(str(total))(scope, receive, send)

    app.mount("/new", count)
    assert client.post("/new/", data=b"x" * 1_000_000, buffered=True).text == "1000000"
    assert max(sizes) <= 65536


def test_websockets_reach_a_mounted_app(app):
    async def echo(socket):
        await socket.accept()
        await socket.send_text(await socket.receive_text() + socket.scope["root_path"])
        await socket.close()

    app.mount("/star", Starlette(routes=[WebSocketRoute("/ws", echo)]))
    with app.test_client(protocol="asgi").websocket("/star/ws") as socket:
        socket.send("hello ")
        assert socket.receive() == "hello /star"


ENDLESS = """
import asyncio
from kolben import Kolben
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

async def endless(request):
    async def body():
        while True:
            yield b"x"
            await asyncio.sleep(0.02)
    return StreamingResponse(body())

app = Kolben(__name__)
app.add_url_rule("/", "index", lambda: "up")
app.mount("/star", Starlette(routes=[Route("/endless", endless)]))
"""


@pytest.mark.parametrize(
    "argv",
    [
        ("uvicorn", "--port", "{port}", "app:app"),
        ("gunicorn", "--bind", "127.0.0.1:{port}", "--threads", "4", "app:app"),
    ],
    ids=["asgi", "wsgi"],
)
def test_a_server_that_shuts_down_ends_what_a_mounted_app_streams(start, argv):  # noqa: F811
    server = start(*argv, app=ENDLESS)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(b"GET /star/endless HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while received.count(b"x") < 5:
            received += connection.recv(65536)
        began = time.monotonic()
        server.end()
        assert time.monotonic() - began < 6  # gunicorn itself looks once a second
