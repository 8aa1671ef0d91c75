"""Real servers on free ports, and an app that writes down what happened in which process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

APP = """
import os, time
from kolben import Kolben

app = Kolben(__name__)

def note(what):
    with open("events", "a") as file:
        file.write(f"{os.getpid()} {what}\\n")

@app.before_serving
def before():
    note("before")

@app.while_serving
async def around():
    note("in")
    yield
    note("out")

@app.after_serving
async def after():
    note("after")

@app.get("/")
def index():
    note("request")
    return str(os.getpid())

@app.get("/task")
async def task():
    app.add_background_task(work)
    return "started"

def work():
    time.sleep(0.3)
    note("task")
"""

# Gunicorn reads it where it is started; it does not say by itself when a worker has started.
GUNICORN = """
def post_worker_init(worker):
    worker.log.info("a worker has started")
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, seconds=30.0):
    """Poll until a condition holds; return what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


class Server:
    """A server process, and what the app in it has written."""

    def __init__(self, folder: Path, port: int, argv: list[str]) -> None:
        self.folder, self.port = folder, port
        self.output = folder / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *argv],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )

    def get(self, path: str = "/", headers: dict[str, str] | None = None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def answers(self, path: str = "/") -> bool:
        assert self.process.poll() is None, self.output.read_text()
        try:
            return self.get(path)[0] < 500
        except OSError:
            return False

    def end(self, signum: int = signal.SIGTERM, seconds: float = 30.0) -> int:
        self.process.send_signal(signum)
        return self.process.wait(seconds)

    def events(self) -> dict[str, list[str]]:
        """What each process wrote, in its order."""
        found: dict[str, list[str]] = {}
        file = self.folder / "events"
        for line in file.read_text().splitlines() if file.exists() else ():
            pid, _, what = line.partition(" ")
            found.setdefault(pid, []).append(what)
        return found

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@pytest.fixture
def start(tmp_path):
    """Start a server: ``start("gunicorn", ..., "app:app")``; ``{port}`` is filled in."""
    servers = []

    def run(*argv: str, app: str = APP, ready: str | None = "/") -> Server:
        (tmp_path / "app.py").write_text(app)
        (tmp_path / "gunicorn.conf.py").write_text(GUNICORN)
        port = free_port()
        server = Server(tmp_path, port, [arg.replace("{port}", str(port)) for arg in argv])
        servers.append(server)
        if ready is not None:
            until(lambda: server.answers(ready))
        return server

    yield run
    for server in servers:
        server.kill()


def lifespan(app) -> list[str]:
    """Start and end an app as an ASGI server does; what it answered, and why."""
    answers: list[str] = []

    async def main() -> None:
        messages = [{"type": "lifespan.shutdown"}, {"type": "lifespan.startup"}]

        async def receive():
            return messages.pop()

        async def send(message):
            answers.append(message["type"])
            if "message" in message:
                answers.append(message["message"])

        await app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)

    asyncio.run(main())
    return answers
