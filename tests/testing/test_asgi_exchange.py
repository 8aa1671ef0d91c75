"""What the test client does with an exchange over ASGI that a test does not read to its end."""

from __future__ import annotations

import threading

from kolben import Kolben


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
