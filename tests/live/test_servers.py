"""WebSockets, event streams and uploads under real servers."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from .conftest import ASGI_SERVERS, WSGI_SERVERS, until

websockets = pytest.importorskip("websockets", reason="the client of these tests")

CLIENTS = 50
MB = 1024 * 1024
UPLOAD = 100 * MB


def first_events(clients):
    """Wait until each client has got an event."""
    for client in clients:
        got = b""
        while b"data:" not in got:
            piece = client.recv(4096)
            assert piece, got
            got += piece


@pytest.mark.parametrize("name", ASGI_SERVERS)
@pytest.mark.parametrize("path", ["/echo", "/sync-echo"])
def test_a_thousand_messages_are_echoed(running, name, path):
    server = running(name)

    async def talk():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}{path}") as ws:
            for number in range(1000):
                await ws.send(str(number))
                assert await ws.recv() == str(number)
            await ws.send(b"\x00\xff")
            assert await ws.recv() == b"\x00\xff"

    asyncio.run(talk())
    until(lambda: server.notes() == ["websocket teardown"], "the teardown")


@pytest.mark.parametrize("name", ASGI_SERVERS)
def test_a_handler_that_closes_is_heard(running, name):
    server = running(name)

    async def talk():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/bye") as ws:
            assert await ws.recv() == "hello"
            async with asyncio.timeout(5):
                await ws.recv()

    with pytest.raises(websockets.ConnectionClosed) as caught:
        asyncio.run(talk())
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (4001, "bye")
    until(lambda: server.notes() == ["websocket teardown"], "the teardown")


@pytest.mark.parametrize("name", ASGI_SERVERS)
def test_a_handshake_that_nobody_answers_is_refused(running, name):
    server = running(name)

    async def talk():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/nowhere"):
            pass

    with pytest.raises(websockets.InvalidStatus) as caught:
        asyncio.run(talk())
    # Whether a server can send the app's own response is up to it; else it is 403.
    assert caught.value.response.status_code in {403, 404}


@pytest.mark.parametrize("name", [*ASGI_SERVERS, *WSGI_SERVERS])
def test_http_on_a_websockets_url_is_426(running, name):
    assert running(name).request("GET", "/echo")[0] == 426


@pytest.mark.parametrize("name", ASGI_SERVERS)
def test_sigterm_ends_open_streams_and_websockets_at_once(start, name):
    server = start(name)
    paths = itertools.cycle(["/events", "/sync-events"])
    clients = [server.open_stream(next(paths)) for _ in range(CLIENTS)]
    first_events(clients)

    async def talk():
        url = f"ws://127.0.0.1:{server.port}"
        async with (
            websockets.connect(f"{url}/echo") as one,
            websockets.connect(f"{url}/sync-echo") as two,
        ):
            for ws in (one, two):
                await ws.send("x")
                await ws.recv()
            begun = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            for ws in (one, two):
                with pytest.raises(websockets.ConnectionClosed) as caught:
                    await ws.recv()
                # Some servers close connections by themselves, with a code of theirs or none.
                assert caught.value.rcvd is None or caught.value.rcvd.code in {1001, 1012}
        return begun

    begun = asyncio.run(talk())
    server.process.wait(30)
    assert time.monotonic() - begun < 2
    assert Counter(server.notes()) == {
        "closed": CLIENTS,
        "teardown": CLIENTS,
        "websocket teardown": 2,
        "after_serving": 1,
    }
    for client in clients:
        rest = b""
        while piece := client.recv(4096):
            rest += piece
        assert rest.endswith(b"0\r\n\r\n")  # the response is whole: nothing looks cut
        client.close()


@pytest.mark.parametrize("name", WSGI_SERVERS)
def test_sigterm_ends_open_event_streams_over_wsgi(start, name):
    server = start(name)
    clients = [server.open_stream(path) for path in ("/events", "/sync-events", "/events")]
    first_events(clients)
    begun = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(25)
    # Gevent's worker looks once a second, twice; it would be killed after 30.
    assert time.monotonic() - begun < (20 if "gevent" in name else 3)
    assert Counter(server.notes()) == {"closed": 3, "teardown": 3, "after_serving": 1}
    for client in clients:
        client.close()


@pytest.mark.parametrize("name", ASGI_SERVERS)
def test_sigterm_ends_an_endless_body_after_its_grace(start, name):
    server = start(name)
    client = server.open_stream("/endless")
    assert client.recv(4096)
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(30)
    assert "closed" in server.notes()
    client.close()


@pytest.mark.parametrize("name", [*ASGI_SERVERS, *WSGI_SERVERS])
@pytest.mark.parametrize("path", ["/events", "/sync-events"])
def test_a_client_that_leaves_closes_the_generator_within_a_ping(running, name, path):
    server = running(name)
    client = server.open_stream(path)
    first_events([client])
    client.close()
    until(lambda: server.notes() == ["closed", "teardown"], "the end of the stream", 2)


def peak_memory(pid):
    """Return the most memory that a process has had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
@pytest.mark.parametrize("name", [*ASGI_SERVERS, *WSGI_SERVERS])
@pytest.mark.parametrize("path", ["/upload", "/async-upload"])
def test_an_upload_is_streamed_through(running, name, path):
    server = running(name)

    def body():
        for _ in range(UPLOAD // MB):
            yield b"x" * MB

    _, answer = server.request("POST", path, body=b"x")
    before = peak_memory(json.loads(answer)["pid"])
    headers = {"Content-Length": str(UPLOAD)}
    status, answer = server.request("POST", path, body=body(), headers=headers)
    assert (status, json.loads(answer)["size"]) == (200, UPLOAD)
    assert peak_memory(json.loads(answer)["pid"]) - before < 50
