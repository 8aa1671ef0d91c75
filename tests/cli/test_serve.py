"""``kolben serve`` as a process: what it says, serves, reloads and refuses."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
from http.client import HTTPSConnection

import pytest

from ..life.conftest import APP, Server, free_port, start, until  # noqa: F401  (a fixture)

GOOD = "from kolben import Kolben\napp = Kolben(__name__)\n"
SERVE = ("kolben", "serve", "app:app", "--port", "{port}")
ASYNC = (
    APP
    + """
@app.get("/async")
async def feed():
    return "async"
"""
)


def test_wsgi_for_an_app_without_anything_async(start):  # noqa: F811
    app = (
        "from kolben import Kolben\napp = Kolben(__name__)\n@app.get('/')\ndef index(): return 'hi'"
    )
    server = start(*SERVE, app=app)
    text = server.output.read_text()
    assert f"http://127.0.0.1:{server.port}" in text
    assert "interface  WSGI, as nothing in the app is async" in text
    assert "workers    1, each with" in text
    assert server.end() == 0


def test_asgi_for_an_app_with_something_async_and_why(start):  # noqa: F811
    server = start(*SERVE, "--workers", "2", app=ASYNC)
    text = server.output.read_text()
    assert "interface  ASGI, as view 'task' is async, view 'feed' is async, while_serving" in text
    assert server.get("/async") == (200, "async")
    until(lambda: sum("before" in events for events in server.events().values()) == 2)
    assert server.end() == 0
    for happened in server.events().values():
        assert happened[:2] == ["in", "before"]
        assert happened[-2:] == ["after", "out"]


def test_wsgi_workers_start_and_end_with_their_hooks(start):  # noqa: F811
    server = start(*SERVE, "--interface", "wsgi", "--workers", "2", ready=None)
    until(lambda: sum("before" in events for events in server.events().values()) == 2)
    assert "WSGI, as you said, though view 'task' is async" in server.output.read_text()
    until(server.answers)
    assert server.end() == 0
    for happened in server.events().values():
        assert happened[:2] == ["in", "before"]
        assert happened[-2:] == ["after", "out"]


def test_a_hangup_loads_the_code_anew_and_keeps_what_cannot_be_replaced(start):  # noqa: F811
    app = (
        "from kolben import Kolben\napp = Kolben(__name__)\n@app.get('/')\ndef index(): return '1'"
    )
    server = start(*SERVE, app=app)
    (server.folder / "app.py").write_text(app.replace("'1'", "'2' * 20"))
    server.process.send_signal(signal.SIGHUP)
    until(lambda: server.get()[1] == "2" * 20)
    until(lambda: "All workers run the new code" in server.output.read_text())
    (server.folder / "app.py").write_text("1 / 0")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: "go on with the code that they have" in server.output.read_text())
    assert "ZeroDivisionError" in server.output.read_text()
    assert server.get()[1] == "2" * 20
    assert server.end() == 0


def says(server, text):
    """Tell whether a server that may be starting anew answers with a text."""
    try:
        return server.get()[1] == text
    except OSError:
        return False


def test_changes_are_watched_where_asked_for(start):  # noqa: F811
    app = (
        "from kolben import Kolben\napp = Kolben(__name__)\n@app.get('/')\ndef index(): return '1'"
    )
    server = start(*SERVE, "--reload", app=app)
    assert f"watching   {server.folder}" in server.output.read_text()
    (server.folder / "app.py").write_text(app.replace("'1'", "'2' * 20"))
    until(lambda: says(server, "2" * 20))
    assert server.end() == 0


@pytest.mark.parametrize(
    ("name", "watched"),
    [("app.py", True), ("page.html", True), (".env", True), ("app.db", False), ("app.log", False)],
)
def test_what_an_app_writes_itself_restarts_nothing(name, watched):
    watchfiles = pytest.importorskip("watchfiles", reason="--reload needs it")
    from kolben.cli.granian import _sources

    assert _sources()()(watchfiles.Change.modified, f"/shop/{name}") is watched


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_health_static_files_and_the_access_log(start, tmp_path, interface):  # noqa: F811
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.txt").write_text("a file")
    flags = ("--health", "/up", "--static", "--access-log", "--interface", interface)
    server = start(*SERVE, *flags)
    text = server.output.read_text()
    assert "health     /up" in text
    assert "static     /static from static" in text
    assert server.get("/up") == (200, '{"status": "ok"}\n')
    assert server.get("/static/a.txt") == (200, "a file")
    until(lambda: '"GET /up HTTP/1.1" 200' in server.output.read_text())
    assert server.end() == 0


def test_a_health_check_says_while_the_process_ends(start):  # noqa: F811
    app = """
import time
from kolben import Kolben

app = Kolben(__name__)

@app.get("/")
def index():
    return "up"

@app.get("/slow")
def slow():
    def body():
        yield "begun"
        while not app._life.stopping:
            time.sleep(0.01)
        yield " stopping"
    return body()
"""
    server = start(*SERVE, "--health", app=app)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = b""
        while b"begun" not in received:
            received += connection.recv(65536)
        server.process.send_signal(signal.SIGTERM)
        while chunk := connection.recv(65536):
            received += chunk
    assert b"stopping" in received
    assert server.process.wait(30) == 0


def test_tls(start, tmp_path):  # noqa: F811
    pair = make_certificate(tmp_path)
    server = start(*SERVE, "--cert", pair[0], "--key", pair[1], "--http", "1", ready=None)
    context = ssl.create_default_context(cafile=pair[0])

    def ask():
        connection = HTTPSConnection("localhost", server.port, timeout=30, context=context)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    assert until(ask) == 200
    assert f"https://127.0.0.1:{server.port}  (HTTP/1)" in server.output.read_text()


def make_certificate(folder):
    """Make a certificate for localhost with the openssl command."""
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    done = subprocess.run(
        [*command, "-keyout", key, "-out", cert, *subject], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("needs the command openssl")
    return cert, key


# -- what is refused, before anything is started -------------------------------------------------


def refuse(folder, *arguments, app="app = None", **environment):
    """Run the command, which is to fail; return its exit code and what it said."""
    (folder / "app.py").write_text(app)
    done = subprocess.run(
        [sys.executable, "-m", "kolben", "serve", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, **environment},
    )
    assert "kolben/cli" not in done.stderr  # our own frames are nobody's concern
    return done.returncode, done.stderr


def test_a_port_in_use(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, text = refuse(tmp_path, "app:app", "--port", port, app=GOOD)
    assert code == 1
    assert f"Port {port} of 127.0.0.1 is in use" in text


def test_an_app_that_fails_to_load(tmp_path):
    code, text = refuse(tmp_path, "app:app", "--port", "0", app="import nothing_there")
    assert code != 0
    assert "No module named 'nothing_there'" in text
    code, text = refuse(tmp_path, "app:other", "--port", "0", app=GOOD)
    assert code == 2
    assert "has no attribute 'other'" in text


def test_a_certificate_that_is_none(tmp_path):
    (tmp_path / "bad.pem").write_text("no certificate")
    code, text = refuse(tmp_path, "app:app", "--cert", "bad.pem", "--key", "bad.pem", app=GOOD)
    assert code == 1
    assert "'bad.pem', given to --cert, has no CERTIFICATE in PEM" in text
    code, text = refuse(tmp_path, "app:app", "--cert", "bad.pem", app=GOOD)
    assert code == 2
    assert "--key is missing" in text


def test_a_certificate_and_a_key_that_are_mistaken_for_each_other(tmp_path):
    cert, key = make_certificate(tmp_path)
    code, text = refuse(tmp_path, "app:app", "--cert", key, "--key", cert, app=GOOD)
    assert code == 1
    assert f"'{key}', given to --cert, has no CERTIFICATE" in text


def test_the_key_of_another_certificate(tmp_path):
    cert, _ = make_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _, key = make_certificate(tmp_path / "other")
    code, text = refuse(tmp_path, "app:app", "--cert", cert, "--key", key, app=GOOD)
    assert code == 1
    assert "cannot be used: the key is not that of the certificate" in text


def test_a_key_with_a_passphrase_is_not_asked_for(tmp_path):
    cert, key = make_certificate(tmp_path)
    locked = str(tmp_path / "locked.pem")
    command = ["openssl", "pkey", "-in", key, "-out", locked, "-aes256", "-passout", "pass:secret"]
    subprocess.run(command, capture_output=True, check=True)
    code, text = refuse(tmp_path, "app:app", "--cert", cert, "--key", locked, app=GOOD)
    assert code == 1
    assert "is encrypted, which Granian cannot read" in text
    assert f"openssl pkey -in {locked} -out {locked}.plain" in text


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_is_none(tmp_path, port):
    code, text = refuse(tmp_path, "app:app", "--port", port, app=GOOD)
    assert code == 2
    assert f"{port} is not in the range 0<=x<=65535" in text


def test_a_health_path_that_is_none(tmp_path):
    code, text = refuse(tmp_path, "app:app", "--health", "up", app=GOOD)
    assert code == 2
    assert "'up' is no path like /healthz" in text


def test_without_the_extra_it_says_what_to_install(tmp_path):
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "granian.py").write_text("raise ImportError('hidden')")
    path = os.pathsep.join([str(tmp_path / "hidden"), os.environ.get("PYTHONPATH", "")])
    code, text = refuse(tmp_path, "app:app", app=GOOD, PYTHONPATH=path)
    assert code == 1
    assert 'pip install "kolben[serve]"' in text


def test_a_start_that_fails_ends_the_server(start):  # noqa: F811
    app = GOOD + "@app.before_serving\ndef connect(): raise RuntimeError('no database')\n"
    server = start(*SERVE, app=app, ready=None)
    assert server.process.wait(30) != 0
    assert "RuntimeError: no database" in server.output.read_text()


BUSY = """
import threading
from kolben import Kolben

threading.Thread(target=threading.Event().wait).start()
app = Kolben(__name__)

@app.get("/")
def index():
    return "hi"
"""


def test_an_app_that_starts_a_thread_when_it_is_loaded_is_served(start):  # noqa: F811
    server = start(*SERVE, app=BUSY)
    assert server.get() == (200, "hi")


def test_an_app_that_fails_after_it_has_started_a_thread_is_told_of(start):  # noqa: F811
    server = start(*SERVE, app=f"{BUSY}\n1 / 0", ready=None)
    assert server.process.wait(15) == 1
    assert "ZeroDivisionError" in server.output.read_text()
