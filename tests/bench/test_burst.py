"""The client of the burst, against a server that is here."""

import asyncio
import threading
from contextlib import closing

import pytest

from bench.burst_client import FAST, ORDERS, SLOW, Client

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n"


async def answer(reader, writer):
    """Answer the slow ones after all others that are here; say no to what else is asked."""
    while b" / " in (head := await reader.read(4096)) or b" /slow " in head:
        if b" /slow " in head:
            await asyncio.sleep(0.02)
        writer.write(HEAD)
        await asyncio.sleep(0)
        writer.write(b"Hello, World!")
    writer.write(b"HTTP/1.1 404 NOT FOUND\r\n\r\n")
    writer.close()


@pytest.fixture
def port():
    """Serve in a thread."""
    ports, end, loop = [], asyncio.Event(), asyncio.new_event_loop()
    begun = threading.Event()

    async def serve():
        async with await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024) as server:
            ports.append(server.sockets[0].getsockname()[1])
            begun.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert begun.wait(10)
    yield ports[0]
    loop.call_soon_threadsafe(end.set)
    thread.join()
    loop.close()


def test_only_the_fast_ones_are_timed(port):
    with closing(Client(port)) as client:
        fast = client.burst([SLOW, FAST, SLOW, SLOW])
    assert len(fast) == 1


def test_each_is_answered_on_a_new_connection(port):
    with closing(Client(port)) as client:
        client.connect_and_send([SLOW, FAST] * 20)
        assert len(client.await_all()) == 20


def test_a_wrong_answer_ends_the_measurement(port):
    with closing(Client(port)) as client:
        client.request["/nowhere"] = b"GET /nowhere HTTP/1.1\r\n\r\n"
        with pytest.raises(SystemExit, match=r"/nowhere is answered b'HTTP/1\.1 404"):
            client.burst(["/nowhere"])


def test_each_order_is_half_slow():
    assert all(paths.count(SLOW) == paths.count(FAST) == 500 for paths in ORDERS.values())
