"""What the test client does with an exchange over ASGI that a test does not read to its end."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from contextlib import suppress

import pytest
from werkzeug.test import Client

from kolben import Kolben
from kolben.testing.asgi import AsgiAsWsgi
from kolben.waiting import event_loop


def test_a_response_that_is_dropped_ends_its_stream(app: Kolben) -> None:
    ended = threading.Event()

    @app.get("/endless")
    async def endless():
        async def pieces():
            try:
                while True:
                    yield "piece"
            finally:
                ended.set()

        return pieces()

    response = app.test_client(protocol="asgi").get("/endless")
    assert response.status_code == 200
    del response

    assert ended.wait(5)


class Held:
    """Something that can be looked for when the request is over."""


def fail_with(held: weakref.WeakSet[Held]) -> None:
    """Fail, with something that only the traceback holds then."""
    kept = Held()
    held.add(kept)
    raise ZeroDivisionError


async def failing(scope, receive, send) -> None:
    """An ASGI app whose stream fails when the client leaves, or at once."""
    if scope["path"] == "/":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b"piece", "more_body": True})
    fail_with(scope["held"])


def fail_at_once(client: Client) -> None:
    """Make a request that fails."""
    with pytest.raises(ZeroDivisionError):
        client.get("/fail")


def fail_at_close(client: Client) -> None:
    """Close a stream that fails by that."""
    response = client.get("/")
    with pytest.raises(ZeroDivisionError):
        response.close()


@pytest.mark.parametrize("fail", [fail_at_once, fail_at_close])
def test_what_an_error_holds_is_gone_with_the_error(fail) -> None:
    held: weakref.WeakSet[Held] = weakref.WeakSet()

    async def app(scope, receive, send) -> None:
        await failing({**scope, "held": held}, receive, send)

    client = Client(AsgiAsWsgi(app))
    gc.collect()
    gc.disable()
    try:
        fail(client)
        # The loop has left the app's call, and with it what that held, when it does the next thing.
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), event_loop()).result(5)
        assert not held
    finally:
        gc.enable()
