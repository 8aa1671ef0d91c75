"""WebSockets: handlers, hooks, errors and the end of a connection, over the app's ASGI side."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time

import pytest
from werkzeug.exceptions import HTTPException

from kolben import (
    Blueprint,
    WebSocket,
    abort,
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    got_websocket_exception,
    has_websocket_context,
    request,
    session,
    url_for,
    websocket,
    websocket_finished,
    websocket_started,
    websocket_tearing_down,
)
from kolben.cli.routes import routes_command
from kolben.csrf import CsrfGuard
from kolben.http.upgrade import UpgradeRequired
from kolben.testing.websocket import WebSocketClosed, WebSocketRefused


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def ended(app):
    """What the teardown functions were given, in order."""
    seen = []

    @app.teardown_websocket
    def note(exc):
        seen.append(("websocket", type(exc).__name__))

    @app.teardown_appcontext
    def note_app(exc):
        seen.append(("app", type(exc).__name__))

    return seen


def hear(client, path="/", **kwargs):
    """Connect, and return the first thing that the app says."""
    with client.websocket(path, **kwargs) as ws:
        return ws.receive()


ONCE = [("websocket", "NoneType"), ("app", "NoneType")]


def ended_by(name):
    return [("websocket", name), ("app", name)]


@pytest.fixture
def echo(app, ended):
    """An echo for each kind of handler."""

    @app.websocket("/async")
    async def echo_async():
        while True:
            await websocket.send(await websocket.receive())

    @app.websocket("/sync")
    def echo_sync():
        while True:
            websocket.send(websocket.receive())


BOTH = pytest.mark.parametrize("path", ["/async", "/sync"])


# -- messages --------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("message", ["text", "", "ünïcödé", b"bytes\x00", b""])
def test_messages_come_back_as_they_were(client, echo, path, message):
    with client.websocket(path) as ws:
        ws.send(message)
        assert ws.receive() == message


@BOTH
def test_a_thousand_messages_keep_their_order(client, echo, path):
    with client.websocket(path) as ws:
        for number in range(1000):
            ws.send(str(number))
        assert [ws.receive() for _ in range(1000)] == [str(number) for number in range(1000)]


def test_json_goes_through_the_apps_provider(app, client):
    @app.websocket("/")
    async def double():
        data = await websocket.receive_json()
        await websocket.send_json(number=data["number"] * 2)
        await websocket.send_json([1, 2])
        await websocket.send_json(1, 2)

    with client.websocket("/") as ws:
        ws.send_json({"number": 21})
        assert ws.receive_json() == {"number": 42}
        assert ws.receive_json() == ws.receive_json() == [1, 2]


def test_what_is_no_json_is_said_to_be_none(app, client):
    @app.websocket("/")
    async def index():
        try:
            await websocket.receive_json()
        except ValueError as error:
            await websocket.send(str(error))

    with client.websocket("/") as ws:
        ws.send("{no json")
        assert ws.receive().endswith("it begins '{no json'")


@pytest.mark.parametrize("data", [1, None, {"a": 1}])
def test_sending_what_is_neither_text_nor_bytes_says_what_to_do(app, client, data):
    @app.websocket("/")
    async def index():
        await websocket.send(data)

    with pytest.raises(TypeError, match=r"text or bytes, not '\w+'; use send_json"):
        hear(client)


def test_a_loop_over_the_messages_ends_with_the_connection(app, client, ended):
    heard = []

    @app.websocket("/async")
    async def index():
        async for message in websocket:
            heard.append(message)
        heard.append("done")

    @app.websocket("/sync")
    def sync():
        for message in websocket:
            heard.append(message)
        heard.append("done")

    for path in ("/async", "/sync"):
        with client.websocket(path) as ws:
            ws.send("a")
            ws.send("b")
        assert heard == ["a", "b", "done"]
        heard.clear()
    assert ended == ONCE * 2


def test_a_client_may_send_and_leave_at_once(app, client, ended):
    heard = []

    @app.websocket("/")
    async def index():
        await websocket.accept()
        while True:
            heard.append(await websocket.receive())

    with client.websocket("/") as ws:
        for number in range(100):
            ws.send(str(number))
    assert len(heard) == 100
    assert ended == ended_by("CancelledError")


def test_a_client_that_sends_without_end_is_slowed_down(app, client):
    waiting = threading.Event()

    @app.websocket("/")
    async def index():
        await websocket.accept()
        await asyncio.to_thread(waiting.wait)
        await websocket.send(await websocket.receive())

    with client.websocket("/") as ws:
        for number in range(500):
            ws.send(str(number))
        deadline = time.monotonic() + 5
        while ws._to_app.qsize() > 500 - 32 and time.monotonic() < deadline:
            time.sleep(0.001)
        before = ws._to_app.qsize()
        waiting.set()
        assert ws.receive() == "0"
        assert before >= 500 - 33


def test_a_message_that_is_too_large_closes_with_1009(app, client, ended, caplog):
    app.config["WEBSOCKET_MAX_MESSAGE_SIZE"] = 10

    @app.websocket("/")
    async def index():
        while True:
            await websocket.send(await websocket.receive())

    with client.websocket("/") as ws:
        ws.send("ä" * 5)
        assert ws.receive() == "ä" * 5
        ws.send("ä" * 6)
        with pytest.raises(WebSocketClosed, match=r"1009 \(message of 12 bytes, at most 10"):
            ws.receive()
    assert ended == ended_by("CancelledError")
    assert "WEBSOCKET_MAX_MESSAGE_SIZE" in caplog.text


# -- the handshake ---------------------------------------------------------------------------------


def test_accept_chooses_a_subprotocol_and_sends_headers(app, client):
    @app.websocket("/")
    async def index():
        await websocket.accept(headers={"X-Name": "value"}, subprotocol=websocket.subprotocols[1])

    with client.websocket("/", subprotocols=["soap", "wamp"]) as ws:
        assert (ws.subprotocol, ws.headers["X-Name"]) == ("wamp", "value")


def test_accept_refuses_a_subprotocol_that_was_not_offered(app, client):
    @app.websocket("/")
    async def index():
        await websocket.accept(subprotocol="mqtt")

    with pytest.raises(ValueError, match=r"not offered the subprotocol 'mqtt', only \['wamp'\]"):
        hear(client, subprotocols=["wamp"])


def test_json_of_nothing_is_null(app, client):
    @app.websocket("/")
    async def index():
        await websocket.send_json()

    with client.websocket("/") as ws:
        assert ws.receive() == "null"


def test_accepting_twice_says_when_to_accept(app, client):
    @app.websocket("/")
    async def index():
        await websocket.accept()
        await websocket.accept()

    with pytest.raises(RuntimeError, match=r"open already; call accept\(\) once"):
        hear(client)


def test_tasks_that_send_at_once_finish_the_handshake_once(app, client):
    @app.websocket("/")
    async def index():
        @after_this_request
        async def wait(response):
            await asyncio.sleep(0)
            return response

        await asyncio.gather(websocket.send("a"), websocket.send("b"))

    with client.websocket("/") as ws:
        assert {ws.receive(), ws.receive()} == {"a", "b"}


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_sync_function_on_the_handshake_runs_beside_the_loop(app, client, kind):
    seen = []

    def look(response):
        seen.append((threading.get_ident(), app.async_to_sync(loop)(), websocket.path))
        response.headers["X-Seen"] = "yes"
        return response

    async def loop():
        return threading.get_ident()

    async def index_async():
        after_this_request(look)
        await websocket.accept()

    def index_sync():
        after_this_request(look)
        websocket.accept()

    app.add_websocket("/", "index", index_async if kind == "async" else index_sync)

    @app.teardown_websocket
    async def note(exc):
        seen.append(threading.get_ident())

    with client.websocket("/") as ws:
        assert ws.headers["X-Seen"] == "yes"
    [(thread, reached, path), loops] = seen
    assert (thread != loops, reached == loops, path) == (True, True, "/")


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_handler_that_just_returns_has_accepted(app, client, kind):
    async def index_async():
        pass

    app.add_websocket("/", "index", index_async if kind == "async" else lambda: None)
    with client.websocket("/") as ws, pytest.raises(WebSocketClosed, match="1000"):
        ws.receive()


def test_the_handshakes_request_can_be_read(app, client):
    seen = {}

    @app.websocket("/rooms/<int:room>")
    async def index(room):
        seen.update(
            room=room,
            args=websocket.args["a"],
            cookie=websocket.cookies["color"],
            header=websocket.headers["X-Name"],
            url=websocket.url,
            path=websocket.path,
            host=websocket.host,
            address=websocket.remote_addr,
            values=websocket.view_args,
            endpoint=websocket.endpoint,
            scheme=websocket.scheme,
            same=request._get_current_object() is websocket._get_current_object(),
            kind=isinstance(websocket, WebSocket),
            app=current_app.name,
            there=has_websocket_context(),
        )

    client.set_cookie("color", "red")
    with client.websocket("/rooms/3?a=ä", headers={"X-Name": "x"}):
        pass
    assert seen == {
        "room": 3,
        "args": "ä",
        "cookie": "red",
        "header": "x",
        "url": "ws://localhost/rooms/3?a=ä",
        "path": "/rooms/3",
        "host": "localhost",
        "address": "127.0.0.1",
        "values": {"room": 3},
        "endpoint": "index",
        "scheme": "ws",
        "same": True,
        "kind": True,
        "app": "kolben_test",
        "there": True,
    }
    assert not has_websocket_context()


def test_the_proxy_says_where_it_can_be_used(app, client):
    app.add_url_rule("/", "index", lambda: websocket.path)
    with pytest.raises(RuntimeError, match="Working outside of a WebSocket"):
        client.get("/")
    with pytest.raises(RuntimeError, match="Working outside of a WebSocket"):
        websocket.path  # noqa: B018  (looking is the point)


# -- routing ---------------------------------------------------------------------------------------


def test_urls_of_websockets_are_built_with_their_scheme(app, client, echo):
    @app.get("/")
    def index():
        return [url_for("echo_async"), url_for("echo_async", _scheme="wss", _external=True)]

    assert client.get("/").json == ["ws://localhost/async", "wss://localhost/async"]
    secure = client.get("/", base_url="https://shop.example")
    assert secure.json[0] == "wss://shop.example/async"


def test_a_url_may_have_a_view_and_a_websocket(app, client):
    app.add_url_rule("/", "view", lambda: "view")

    @app.websocket("/")
    async def socket():
        await websocket.send("socket")

    assert client.get("/").text == "view"
    with client.websocket("/") as ws:
        assert ws.receive() == "socket"


def test_an_unknown_url_is_refused_with_404(client, echo):
    with pytest.raises(WebSocketRefused, match="404 NOT FOUND") as caught:
        client.websocket("/nowhere").__enter__()
    assert "Not Found" in caught.value.response.text


def test_a_url_that_has_only_a_view_is_refused(app, client):
    app.add_url_rule("/", "index", lambda: "x")
    with pytest.raises(WebSocketRefused, match="400 BAD REQUEST"):
        client.websocket("/").__enter__()


def test_http_on_a_websockets_url_is_answered_426(app, protocol, echo):
    response = app.test_client(protocol=protocol).get("/async")
    assert (response.status_code, response.headers["Upgrade"]) == (426, "websocket")
    assert "it speaks WSGI, or lacks a library" in response.text


def test_a_handshake_over_wsgi_is_answered_426(client, echo):
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
    response = client.get("/async", headers=headers)
    assert (response.status_code, response.headers["Upgrade"]) == (426, "websocket")


def test_426_may_have_an_error_handler(app, client, echo):
    @app.errorhandler(UpgradeRequired)
    def explain(error):
        return "connect!", 426

    assert client.get("/async").text == "connect!"


def test_methods_are_refused(app):
    with pytest.raises(TypeError, match="a WebSocket has no 'methods'"):
        app.websocket("/", methods=["POST"])(lambda: None)


# -- sessions and g --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_session_is_read_and_saved_in_the_handshake(app, client, kind):
    async def index_async():
        session["visits"] = session.get("visits", 0) + 1
        await websocket.send_json(session["visits"])

    def index_sync():
        session["visits"] = session.get("visits", 0) + 1
        websocket.send_json(session["visits"])

    app.add_websocket("/", "index", index_async if kind == "async" else index_sync)
    with client.session_transaction() as saved:
        saved["visits"] = 41
    with client.websocket("/") as ws:
        assert ws.receive_json() == 42
    with client.session_transaction() as saved:
        assert saved["visits"] == 42


def test_a_session_that_changes_after_the_handshake_is_warned_of(app, client, caplog):
    @app.websocket("/")
    async def index():
        await websocket.accept()
        session["late"] = True

    with client.websocket("/"):
        pass
    assert "changed in the WebSocket / after its handshake" in caplog.text
    with client.session_transaction() as saved:
        assert "late" not in saved


def test_a_session_on_the_server_is_saved_after_the_handshake(app, client, caplog):
    pytest.importorskip("cachelib")
    from kolben.sessions import ServerSessionInterface

    app.session_interface = ServerSessionInterface("memory://")

    @app.websocket("/")
    async def index():
        session["early"] = 1
        await websocket.accept()
        session["late"] = 2

    with client.websocket("/"):
        pass
    with client.session_transaction() as saved:
        assert (saved["early"], saved["late"]) == (1, 2)
    assert caplog.text == ""


def test_a_session_that_may_block_is_saved_beside_the_loop(app, client):
    threads = set()

    class Blocking(type(app.session_interface)):
        blocks = True

        def save_session(self, *args):
            threads.add(threading.get_ident())

    app.session_interface = Blocking()

    @app.websocket("/")
    async def index():
        session["early"] = 1
        await websocket.accept()
        session["late"] = 2

    @app.teardown_websocket
    async def note(exc):
        threads.add("the loop's" if threading.get_ident() in threads else "none")

    with client.websocket("/"):
        pass
    assert "the loop's" not in threads


def test_a_refused_handshake_saves_the_session(app, client):
    @app.websocket("/")
    async def index():
        session["tried"] = True
        return "no", 403

    with pytest.raises(WebSocketRefused, match="403"):
        client.websocket("/").__enter__()
    with client.session_transaction() as saved:
        assert saved["tried"]


def test_tasks_of_a_handler_see_its_context(app, client):
    @app.websocket("/")
    async def index():
        g.name = "from the handler"

        async def child():
            await websocket.send(f"{g.name} {request.path}")

        await asyncio.create_task(child())

    with client.websocket("/") as ws:
        assert ws.receive() == "from the handler /"


def test_a_thread_can_be_given_the_context(app, client):
    @app.websocket("/")
    async def index():
        session["name"] = "Ann"

        @copy_current_request_context
        def work():
            websocket.send(f"{websocket.path} {request.path} {session['name']}")

        await asyncio.to_thread(work)

    with client.websocket("/") as ws:
        assert ws.receive() == "/ / Ann"
        assert "session=" in ws.headers["Set-Cookie"]


def test_a_class_of_ones_own_is_used(app, client):
    class Loud(WebSocket):
        def shout(self, text):
            return self.send(text.upper())

    app.websocket_class = Loud

    @app.websocket("/")
    async def index():
        await websocket.shout("hello")

    assert hear(client) == "HELLO"


# -- hooks -----------------------------------------------------------------------------------------


def test_hooks_of_app_and_blueprints_run_in_order(app, client):
    calls = []
    shop, other = Blueprint("shop", "shop"), Blueprint("other", "other")

    def note(register, name):
        register(lambda *args: calls.append(name))

    note(app.before_websocket, "app before")
    note(app.after_websocket, "app after")
    note(app.teardown_websocket, "app teardown")
    note(app.before_request, "wrong: a request's hook")
    note(app.teardown_request, "wrong: a request's hook")
    note(shop.before_websocket, "shop before")
    note(shop.after_websocket, "shop after")
    note(shop.teardown_websocket, "shop teardown")
    note(other.before_websocket, "wrong: another blueprint's hook")
    note(other.before_app_websocket, "app before, from a blueprint")
    note(other.after_app_websocket, "app after, from a blueprint")
    note(other.teardown_app_websocket, "app teardown, from a blueprint")

    @shop.websocket("/ws")
    async def index():
        calls.append(f"handler {websocket.blueprint}")

    app.register_blueprint(shop, url_prefix="/shop")
    app.register_blueprint(other)
    with client.websocket("/shop/ws"):
        pass
    assert calls == [
        "app before",
        "app before, from a blueprint",
        "shop before",
        "handler shop",
        "shop after",
        "app after, from a blueprint",
        "app after",
        "shop teardown",
        "app teardown, from a blueprint",
        "app teardown",
    ]


def test_sync_and_async_hooks_share_the_context(app, client):
    @app.before_websocket
    def sync():
        g.steps = ["sync"]

    @app.before_websocket
    async def async_():
        g.steps.append("async")

    @app.url_value_preprocessor
    def pull(endpoint, values):
        g.room = values.pop("room")

    @app.websocket("/<room>")
    async def index():
        await websocket.send_json([*g.steps, g.room])

    with client.websocket("/kitchen") as ws:
        assert ws.receive_json() == ["sync", "async", "kitchen"]


def test_a_hook_that_returns_something_refuses_the_handshake(app, client, echo, ended):
    @app.before_websocket
    def refuse():
        return {"why": "not today"}, 403, {"X-Name": "x"}

    with pytest.raises(WebSocketRefused) as caught:
        client.websocket("/async").__enter__()
    response = caught.value.response
    assert (response.status_code, response.json) == (403, {"why": "not today"})
    assert response.headers["X-Name"] == "x"
    assert ended == ONCE


def test_after_websocket_may_change_the_refusal(app, client):
    seen = []

    @app.after_websocket
    def change(response):
        seen.append(response and response.status_code)
        if response is not None:
            response.headers["X-Name"] = "changed"
        return response

    app.add_websocket("/no", "no", lambda: ("no", 409))
    app.add_websocket("/yes", "yes", lambda: None)
    with pytest.raises(WebSocketRefused) as caught:
        client.websocket("/no").__enter__()
    assert caught.value.response.headers["X-Name"] == "changed"
    with client.websocket("/yes"):
        pass
    assert seen == [409, None]


def test_the_signals_tell_of_each_step(app, client):
    told = []

    def receive(signal):
        def note(sender, **more):
            told.append((signal.name, sender is app, sorted(more)))

        signal.connect(note, app)
        return note

    kept = [
        receive(signal)
        for signal in (websocket_started, websocket_finished, websocket_tearing_down)
    ]
    app.add_websocket("/", "index", lambda: None)
    with client.websocket("/"):
        pass
    assert told == [
        ("websocket-started", True, []),
        ("websocket-finished", True, ["response"]),
        ("websocket-tearing-down", True, ["exc"]),
    ]
    del kept


# -- errors ----------------------------------------------------------------------------------------


def test_an_http_error_before_the_handshake_is_the_answer(app, client, ended):
    @app.errorhandler(403)
    def forbidden(error):
        return f"sorry: {error.description}", 403

    @app.websocket("/")
    async def index():
        abort(403, "members only")

    with pytest.raises(WebSocketRefused) as caught:
        client.websocket("/").__enter__()
    assert caught.value.response.text == "sorry: members only"
    assert ended == ONCE


def test_a_handled_error_before_the_handshake_is_answered_by_its_handler(app, client):
    app.register_error_handler(LookupError, lambda error: ("looked up", 418))

    @app.websocket("/")
    def index():
        raise KeyError("x")

    with pytest.raises(WebSocketRefused) as caught:
        client.websocket("/").__enter__()
    assert (caught.value.status_code, caught.value.response.text) == (418, "looked up")


def test_an_unhandled_error_before_the_handshake_is_500(app, client, ended, caplog):
    app.testing = False

    @app.websocket("/")
    async def index():
        raise ZeroDivisionError

    with pytest.raises(WebSocketRefused, match="500 INTERNAL SERVER ERROR"):
        client.websocket("/").__enter__()
    assert "Exception on WebSocket /" in caplog.text
    assert ended == ended_by("ZeroDivisionError")


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_an_unhandled_error_after_the_handshake_closes_with_1011(app, client, ended, caplog, kind):
    app.testing = False
    told = []
    got_websocket_exception.connect(
        lambda sender, exception: told.append(type(exception)), app, weak=False
    )

    async def index_async():
        await websocket.receive()
        raise ZeroDivisionError

    def index_sync():
        websocket.receive()
        raise ZeroDivisionError

    app.add_websocket("/", "index", index_async if kind == "async" else index_sync)
    with client.websocket("/") as ws:
        ws.send("x")
        with pytest.raises(WebSocketClosed, match="1011"):
            ws.receive()
    assert told == [ZeroDivisionError]
    assert "Exception on WebSocket /" in caplog.text
    assert ended == ended_by("ZeroDivisionError")


def test_a_handled_error_after_the_handshake_calls_its_handler_and_closes(app, client, ended):
    handled = []

    @app.errorhandler(LookupError)
    async def note(error):
        handled.append(error)
        await websocket.send("sorry")

    @app.websocket("/")
    async def index():
        await websocket.accept()
        raise KeyError("x")

    with client.websocket("/") as ws:
        assert ws.receive() == "sorry"
        with pytest.raises(WebSocketClosed, match="1011"):
            ws.receive()
    assert len(handled) == 1
    assert ended == ONCE


def test_an_http_error_after_the_handshake_closes_with_1008(app, client, caplog):
    @app.websocket("/")
    async def index():
        await websocket.accept()
        abort(401)

    with client.websocket("/") as ws, pytest.raises(WebSocketClosed, match=r"1008 \(Unauthorized"):
        ws.receive()
    assert caplog.text == ""


def test_an_error_reaches_the_test(app, client, ended):
    @app.websocket("/")
    async def index():
        await websocket.accept()
        raise ZeroDivisionError("in the handler")

    with pytest.raises(ZeroDivisionError, match="in the handler"), client.websocket("/") as ws:
        ws.receive()
    assert ended == ended_by("ZeroDivisionError")


# -- the end ---------------------------------------------------------------------------------------


def test_a_client_that_leaves_cancels_an_async_handler(app, client, ended, caplog):
    caplog.set_level(logging.DEBUG)
    seen = []

    @app.websocket("/")
    async def index():
        await websocket.accept()
        try:
            await asyncio.Event().wait()
        finally:
            seen.append((websocket.closed, websocket.close_code, websocket.close_reason))

    with client.websocket("/") as ws:
        ws.close(4000, "bye")
    assert seen == [(True, 4000, "bye")]
    assert ended == ended_by("CancelledError")
    assert caplog.text == ""


def test_a_client_that_leaves_ends_a_sync_handler_that_waits(client, echo, ended, caplog):
    caplog.set_level(logging.DEBUG)
    with client.websocket("/sync") as ws:
        ws.send("x")
        ws.receive()
    assert ended == ended_by("CancelledError")
    assert caplog.text == ""


def test_a_client_that_leaves_ends_all_tasks_of_a_group(app, client, ended):
    @app.websocket("/")
    async def index():
        async def hear():
            async for _ in websocket:
                pass

        async with asyncio.TaskGroup() as group:
            group.create_task(hear())
            group.create_task(asyncio.Event().wait())

    with client.websocket("/") as ws:
        ws.send("x")
    assert ended == ended_by("CancelledError")


def test_a_teardown_that_awaits_is_not_cancelled_again(app, client):
    seen = []

    @app.teardown_websocket
    async def note(exc):
        async with asyncio.timeout(5):
            await asyncio.sleep(0.01)
        seen.append(type(exc).__name__)

    @app.websocket("/")
    async def index():
        await websocket.receive()
        await websocket.receive()

    with client.websocket("/") as ws:
        ws.send("x")
    assert seen == ["CancelledError"]


def test_sending_to_another_handlers_client_that_has_left_is_an_error(app, client, ended):
    first = []

    @app.websocket("/first")
    async def keep():
        first.append(websocket._get_current_object())
        await websocket.receive()

    @app.websocket("/second")
    async def use():
        try:
            await first[0].send("are you there?")
        except ConnectionError as error:
            await websocket.send(str(error))

    with client.websocket("/first") as ws:
        ws.send("x")
        with pytest.raises(WebSocketClosed):
            ws.receive()
    first[0]._channel.left = True  # as if it had been the client
    assert hear(client, "/second") == "the client of this WebSocket has left"
    assert ended == ONCE * 2


def test_handlers_can_send_to_each_others_clients(app, client):
    first = []

    @app.websocket("/first")
    async def keep():
        first.append(websocket._get_current_object())
        await websocket.receive()

    @app.websocket("/second")
    def use():
        first[0].send("from the second")

    with client.websocket("/first") as one, client.websocket("/second"):
        assert one.receive() == "from the second"


def test_closing_says_why(app, client, ended):
    @app.websocket("/")
    async def index():
        await websocket.accept()
        await websocket.close(4001, "enough")

    with client.websocket("/") as ws:
        with pytest.raises(WebSocketClosed) as caught:
            ws.receive()
        with pytest.raises(WebSocketClosed):
            ws.send("more")
    assert (caught.value.code, caught.value.reason) == (4001, "enough")
    assert (ws.close_code, ws.close_reason) == (4001, "enough")
    assert ended == ONCE


def test_closing_before_the_handshake_refuses_it(app, client):
    @app.websocket("/")
    async def index():
        await websocket.close()

    with pytest.raises(WebSocketRefused, match="403"):
        client.websocket("/").__enter__()


@pytest.mark.parametrize("action", ["send", "receive"])
def test_a_closed_websocket_says_so(app, client, action):
    @app.websocket("/")
    async def index():
        await websocket.accept()
        await websocket.close()
        await (websocket.send("x") if action == "send" else websocket.receive())

    with pytest.raises(RuntimeError, match=r"closed \(code 1000\)"):
        hear(client)


@pytest.mark.parametrize("code", [0, 999, 1005, 1006, 1015, 2000, 5000])
def test_a_code_that_cannot_be_sent_is_refused(app, client, code):
    @app.websocket("/")
    async def index():
        await websocket.accept()
        await websocket.close(code)

    with pytest.raises(ValueError, match=f"can't be closed with code {code}"):
        hear(client)


def test_a_reason_that_is_too_long_is_refused(app, client):
    @app.websocket("/")
    async def index():
        await websocket.accept()
        await websocket.close(4000, "ä" * 62)

    with pytest.raises(ValueError, match="has 124 bytes"), client.websocket("/") as ws:
        ws.receive()


# -- other sites' pages ----------------------------------------------------------------------------


@pytest.fixture(params=["CsrfGuard", "SECURE_DEFAULTS"])
def guarded(request, app, echo):
    app.config["CSRF_TRUSTED_ORIGINS"] = ["https://partner.example"]
    if request.param == "CsrfGuard":
        CsrfGuard(app)
    else:
        app.config["SECURE_DEFAULTS"] = True
    return app


OWN = [
    {},
    {"Origin": "http://localhost"},
    {"Origin": "https://localhost"},  # before a proxy
    {"Origin": "https://partner.example"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:8080"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", OWN)
def test_a_guarded_websocket_takes_its_own_pages(guarded, client, headers):
    with client.websocket("/async", headers=headers) as ws:
        ws.send("x")
        assert ws.receive() == "x"


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_guarded_websocket_refuses_other_sites_pages(guarded, client, headers):
    with pytest.raises(WebSocketRefused, match="403"):
        client.websocket("/async", headers=headers).__enter__()


def test_a_page_over_http_may_not_open_a_secure_websocket(guarded, client):
    with pytest.raises(WebSocketRefused, match="403"):
        client.websocket(
            "/async", base_url="https://localhost", headers={"Origin": "http://localhost"}
        ).__enter__()


def test_an_exempt_websocket_takes_any_page(app, client):
    guard = CsrfGuard(app)
    app.config["SECURE_DEFAULTS"] = True

    @app.websocket("/")
    @guard.exempt
    async def index():
        await websocket.send("x")

    with client.websocket("/", headers={"Origin": "https://evil.example"}) as ws:
        assert ws.receive() == "x"


def test_an_unguarded_websocket_takes_any_page(client, echo):
    with client.websocket("/async", headers={"Origin": "https://evil.example"}) as ws:
        ws.send("x")
        assert ws.receive() == "x"


# -- the awaitable twin of the client, and its errors ----------------------------------------------


def test_the_client_can_be_awaited(client, echo):
    async def talk():
        async with client.websocket("/async") as ws:
            await ws.send("x")
            assert await ws.receive() == "x"
            await ws.send_json([1])
            return await ws.receive_json()

    assert asyncio.run(talk()) == [1]


def test_the_client_iterates_until_the_app_closes(app, client):
    @app.websocket("/")
    async def index():
        for number in range(3):
            await websocket.send(str(number))

    async def talk():
        async with client.websocket("/") as ws:
            return [message async for message in ws]

    with client.websocket("/") as ws:
        assert list(ws) == ["0", "1", "2"]
    assert asyncio.run(talk()) == ["0", "1", "2"]


def test_the_client_does_not_wait_forever(client, echo):
    with client.websocket("/async", timeout=0.05) as ws:
        ws.send("x")
        ws.receive()
        with pytest.raises(TimeoutError, match=r"said nothing on the WebSocket for 0\.05 seconds"):
            ws.receive()


def test_the_client_says_how_to_connect(client, echo):
    with pytest.raises(RuntimeError, match="not connected: open it with"):
        client.websocket("/async").receive()


def test_a_wrapped_asgi_app_sees_websockets(app, client, echo):
    seen = []
    inner = app.asgi_app

    async def middleware(scope, receive, send):
        seen.append(scope["type"])
        await inner(scope, receive, send)

    app.asgi_app = middleware
    with client.websocket("/async"):
        pass
    assert seen == ["websocket"]


def test_a_decorated_async_handler_is_awaited(app, client):
    def plain(handler):
        def wrapper(*args):
            return handler(*args)

        wrapper.__name__ = handler.__name__
        return wrapper

    @app.websocket("/")
    @plain
    async def index():
        await websocket.send(await websocket.receive())

    with client.websocket("/") as ws:
        ws.send("x")
        assert ws.receive() == "x"


def test_many_sync_handlers_do_not_take_the_requests_threads(app, client, echo):
    app.config["ASGI_THREADS"] = 1
    app.add_url_rule("/", "index", lambda: "answered")
    with client.websocket("/sync") as one, client.websocket("/sync") as two:
        for ws in (one, two):
            ws.send("x")
            assert ws.receive() == "x"
        assert app.test_client(protocol="asgi").get("/").text == "answered"


def test_a_server_that_cannot_send_responses_is_told_to_close(app):
    app.add_websocket("/", "index", lambda: ("no", 409))
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [(b"host", b"localhost")]}
    asyncio.run(app(scope, receive, send))
    assert sent == [{"type": "websocket.close"}]


def test_426_is_an_http_exception():
    assert issubclass(UpgradeRequired, HTTPException)


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_server_that_cancels_runs_the_teardown_once(app, ended, kind):
    there = threading.Event()

    async def index_async():
        await websocket.accept()
        there.set()
        await asyncio.Event().wait()

    def index_sync():
        websocket.accept()
        there.set()
        websocket.receive()

    app.add_websocket("/", "index", index_async if kind == "async" else index_sync)
    messages = [{"type": "websocket.connect"}]

    async def receive():
        return messages.pop() if messages else await asyncio.Event().wait()

    async def send(message):
        pass

    async def serve():
        scope = {"type": "websocket", "path": "/", "headers": [(b"host", b"localhost")]}
        task = asyncio.create_task(app(scope, receive, send))
        await asyncio.to_thread(there.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(serve())
    assert ended == ended_by("CancelledError")


def test_the_routes_command_tells_websockets_from_views(app, echo):
    output = app.test_cli_runner().invoke(routes_command).output
    assert "echo_async  WebSocket  /async" in output


def test_a_background_task_may_outlive_its_websocket(app, client):
    over, seen = threading.Event(), []

    @app.websocket("/")
    async def index():
        app.add_background_task(work)

    async def work():
        await asyncio.to_thread(over.wait, 5)
        seen.append(websocket.path)

    with app.serving():
        with client.websocket("/"):
            pass
        over.set()
    gc.collect()  # a coroutine that nobody has awaited would be told of
    assert seen == ["/"]


def test_a_test_that_sends_to_a_closed_websocket_loses_no_message(app, client):
    @app.websocket("/")
    async def index():
        await websocket.send("one")
        await websocket.send("two")

    with client.websocket("/") as ws:
        while not ws._task.done():
            time.sleep(0.001)
        with pytest.raises(WebSocketClosed, match="1000"):
            ws.send("late")
        assert [*ws] == ["one", "two"]
        with pytest.raises(WebSocketClosed, match="1000"):
            ws.receive()
