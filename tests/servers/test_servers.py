"""One app, every server, no flag of ours: what people start, started for real."""

from __future__ import annotations

import asyncio
import json
import re

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


@pytest.fixture
def files_enough():
    """Let this process and the servers that it starts open two thousand files."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2048:
        pytest.skip(f"this system lets a process open {hard} files")
    if soft == resource.RLIM_INFINITY or soft >= 2048:
        yield
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def read_answer(reader):
    """Read one answer; return its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return await reader.readexactly(int(length[1]))


@pytest.mark.parametrize("name", ["uvicorn", "hypercorn", "granian asgi"])
def test_of_a_thousand_at_once_the_async_ones_wait_for_no_thread(name, files_enough):
    def write(connections, path):
        for _, writer in connections:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    async def read(connections):
        return await asyncio.gather(*(read_answer(reader) for reader, _ in connections))

    async def main(port):
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(1001)]
        slow, fast, last = opened[:500], opened[500:-1], opened[-1:]
        write(slow, "/held")
        write(fast, "/fast")
        # None of the slow ones can end before the last request is made.
        answers = [await read(fast)]
        write(last, "/let-go")
        answers += [await read(last), await read(slow)]
        for _, writer in opened:
            writer.close()
        return answers

    with serving(name, "served:busy") as port:
        fast, (threads,), slow = asyncio.run(main(port))
    assert fast == [b"fast"] * 500
    assert json.loads(threads) == {"busy": 500, "started": 40, "size": 40}
    assert slow == [b"held"] * 500
