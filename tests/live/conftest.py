"""Real servers on free ports, for what only they can show."""

from __future__ import annotations

import http.client
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

APP = Path(__file__).parent / "live_app.py"

_ASGI = {
    "uvicorn": ["uvicorn", "live_app:app", "--port", "{port}"],
    "hypercorn": ["hypercorn", "live_app:app", "--bind", "127.0.0.1:{port}"],
    "granian": ["granian", "live_app:app", "--interface", "asgi", "--port", "{port}"],
}
_WSGI = {
    "gunicorn": [
        *("gunicorn", "live_app:app", "--bind", "127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--threads", "4"),
    ],
    "gunicorn gevent": [
        *("gunicorn", "live_app:app", "--bind", "127.0.0.1:{port}"),
        *("--worker-class", "gevent"),
    ],
    "granian wsgi": ["granian", "live_app:app", "--interface", "wsgi", "--port", "{port}"],
}
SERVERS = {**_ASGI, **_WSGI}
ASGI_SERVERS, WSGI_SERVERS = [*_ASGI], [*_WSGI]


def until(condition, what, seconds=30.0):
    """Wait until a condition holds, and return what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} seconds"
        time.sleep(0.01)
    return found


def need(package):
    """Skip without a package; in CI that is an error."""
    if importlib.util.find_spec(package) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{package} is not installed")
        pytest.skip(f"{package} is not installed")


class Server:
    """A server process, and the file in which its app notes what happens."""

    def __init__(self, name, folder):
        need(SERVERS[name][0])
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.notes_file = folder / "notes.txt"
        self.notes_file.touch()
        self.log = folder / "log.txt"
        command = [part.format(port=self.port) for part in SERVERS[name]]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=APP.parent,
                env={**os.environ, "NOTES": str(self.notes_file)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until(self._answers, "an answer", 20)

    def _answers(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.request("GET", "/")[0] == 200
        except OSError:
            return False

    def request(self, method, path, **options):
        """Make a request; return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, **options)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body

    def open_stream(self, path):
        """Ask for a stream of events, and return the socket once the first one has come."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return client

    def notes(self):
        """Return what the app has noted."""
        return self.notes_file.read_text().splitlines()

    def stop(self):
        """End the server as an operator does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@pytest.fixture
def start(tmp_path):
    """Start servers, and stop them after the test."""
    started = []

    def start(name):
        started.append(Server(name, tmp_path))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Servers that several tests use, each started at its first use."""
    started = {}

    def get(name):
        if name not in started:
            started[name] = Server(name, tmp_path_factory.mktemp("server"))
        started[name].notes_file.write_text("")
        return started[name]

    yield get
    for server in started.values():
        server.stop()
