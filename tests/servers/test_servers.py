"""One app, every server, no flag of ours: what people start, started for real."""

from __future__ import annotations

import asyncio
import json
import statistics
import time

import pytest

from tests.servers.conftest import COMMANDS, ask, serving


@pytest.fixture(scope="module", params=COMMANDS)
def server(request):
    """A server's name and port."""
    with serving(request.param) as port:
        yield request.param, port


@pytest.mark.parametrize("path", ["/sync", "/async"])
def test_a_view_of_either_kind_answers(server, path):
    name, port = server
    status, _, body = ask(port, "GET", f"{path}?name=Jane")
    assert (status, json.loads(body)) == (
        200,
        {
            "name": "Jane",
            "asgi": name not in {"gunicorn", "granian wsgi"},
            "url": f"http://127.0.0.1:{port}{path}?name=Jane",
        },
    )


def test_a_form_with_a_file_arrives(server):
    file = b"x" * 700_000
    body = (
        b'--xyz\r\nContent-Disposition: form-data; name="field"\r\n\r\nJ\xc3\xb6rg\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        + file
        + b"\r\n--xyz--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=xyz"}
    _, _, answer = ask(server[1], "POST", "/form", body, headers)
    assert json.loads(answer) == {"field": "J\xf6rg", "size": len(file)}


def test_a_stream_arrives_whole(server):
    _, _, body = ask(server[1], "GET", "/stream")
    assert body == b"".join(b"%d\n" % number for number in range(1000))


def test_a_session_is_kept(server):
    _, headers, body = ask(server[1], "GET", "/count")
    cookie = headers["Set-Cookie"].partition(";")[0]
    _, _, again = ask(server[1], "GET", "/count", headers={"Cookie": cookie})
    assert (body, again) == (b"1", b"2")


def test_head_has_no_body(server):
    status, headers, body = ask(server[1], "HEAD", "/sync")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 0


def test_an_error_is_a_500_and_the_next_request_is_answered(server):
    assert ask(server[1], "GET", "/error")[0] == 500
    assert ask(server[1], "GET", "/nowhere")[0] == 404
    assert ask(server[1], "GET", "/pid")[0] == 200


async def time_one(port, path):
    """Make a request; return how long it took."""
    begun = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 200"), answer
    assert answer.endswith(path.encode())
    return time.perf_counter() - begun


def test_async_views_go_on_while_all_threads_are_at_work():
    async def main(port):
        await time_one(port, "slow")
        slow = [asyncio.create_task(time_one(port, "slow")) for _ in range(100)]
        fast = await asyncio.gather(*(time_one(port, "fast") for _ in range(100)))
        return await asyncio.gather(*slow), fast

    with serving("uvicorn", "served:quick") as port:
        slow, fast = asyncio.run(main(port))
    assert min(slow) > 0.05
    assert statistics.median(fast) < statistics.median(slow)
