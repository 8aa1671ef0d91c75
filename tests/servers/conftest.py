"""Real servers, each a process of its own on a free port."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMMANDS = {
    "gunicorn": "gunicorn -b {address} {app}",
    "uvicorn": "uvicorn --port {port} {app}",
    "uvicorn --factory": "uvicorn --port {port} --factory {factory}",
    "hypercorn": "hypercorn -b {address} {app}",
    "granian wsgi": "granian --interface wsgi --port {port} {app}",
    "granian asgi": "granian --interface asgi --port {port} {app}",
}


def free_port():
    """Find a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def serving(name, app="served:app"):
    """Serve an app by the server of this name; gives the port."""
    module, *_ = COMMANDS[name].split()
    pytest.importorskip(module) if not os.environ.get("CI") else __import__(module)
    port = free_port()
    command = COMMANDS[name].format(
        address=f"127.0.0.1:{port}", port=port, app=app, factory="served:create_app"
    )
    said = tempfile.TemporaryFile()  # noqa: SIM115  # a pipe that nobody reads would fill up
    process = subprocess.Popen(
        [sys.executable, "-m", *command.split()],
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=said,
        stderr=subprocess.STDOUT,
    )
    try:
        wait_until_up(process, port, said)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        said.close()


def wait_until_up(process, port, said):
    """Wait until somebody listens on the port."""
    deadline = time.monotonic() + 60
    while True:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            said.seek(0)
            pytest.fail(f"the server has ended: {said.read().decode()}")
        if time.monotonic() > deadline:
            pytest.fail("the server was not up after a minute")
        time.sleep(0.02)


def ask(port, method, path, body=None, headers=()):
    """Make one request; return the status, the headers and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()
