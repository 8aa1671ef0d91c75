import os
import re
import signal
import subprocess
import sys
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import werkzeug.serving

import kolben.cli
from kolben import Kolben
from kolben.cli import KolbenGroup, show_server_banner

APP = """
from kolben import Kolben
app = Kolben("served")

@app.get("/")
def index():
    return "first"
"""


@pytest.fixture
def served(monkeypatch):
    """Catch what would be served; returns the list of calls."""
    calls = []

    def serve(*args, **kwargs):
        calls.append((args, kwargs))

    monkeypatch.setattr(kolben.cli, "run_simple", serve)
    monkeypatch.setattr(werkzeug.serving, "run_simple", serve)
    return calls


@pytest.fixture
def program():
    return KolbenGroup(name="kolben", create_app=lambda: Kolben("served"))


def test_run_serves_the_app_on_the_usual_port(runner, program, served):
    result = runner.invoke(program, ["run"])
    assert result.output == " * Debug mode: off\n"
    (host, port, app), options = served[0]
    assert (host, port, app.name) == ("127.0.0.1", 5000, "served")
    assert options["threaded"]
    assert not options["use_reloader"]
    assert not options["use_debugger"]


@pytest.mark.parametrize("arguments", [["--debug", "run"], ["run", "--debug"]])
def test_debug_mode_brings_reloader_and_debugger(runner, program, served, arguments):
    assert runner.invoke(program, arguments).output == " * Debug mode: on\n"
    (_, _, app), options = served[0]
    assert app.debug
    assert options["use_reloader"]
    assert options["use_debugger"]


def test_reloader_and_debugger_can_be_chosen(runner, program, served):
    runner.invoke(program, ["--debug", "run", "--no-reload", "--no-debugger", "--without-threads"])
    _, options = served[0]
    assert (options["use_reloader"], options["use_debugger"], options["threaded"]) == (False,) * 3


@pytest.mark.parametrize("prefix", ["KOLBEN", "FLASK"])
def test_options_come_from_the_environment(runner, program, served, prefix):
    env = {f"{prefix}_RUN_PORT": "8000", f"{prefix}_RUN_HOST": "0.0.0.0"}
    runner.invoke(program, ["run"], env=env)
    assert served[0][0][:2] == ("0.0.0.0", 8000)


def test_files_to_watch_are_lists(runner, program, served):
    both = os.pathsep.join(["a", "b"])
    runner.invoke(program, ["run", "--extra-files", both, "--exclude-patterns", both])
    assert served[0][1]["extra_files"] == served[0][1]["exclude_patterns"] == ["a", "b"]


def test_the_banner_can_be_replaced(runner, program, served, monkeypatch):
    monkeypatch.setattr(kolben.cli, "show_server_banner", lambda *_: None)
    assert runner.invoke(program, ["run"]).output == ""


def test_the_banner_names_the_app(capsys):
    show_server_banner(debug=True, app_import_path="site:app")
    expected = " * Serving Kolben app 'site:app'\n * Debug mode: on\n"
    assert capsys.readouterr().out == expected


def test_the_banner_is_not_repeated_by_the_reloader(monkeypatch, capsys):
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")
    show_server_banner(debug=True, app_import_path="site:app")
    assert capsys.readouterr().out == ""


def test_an_app_that_fails_to_load_fails_the_command(project, runner, served):
    project("broken.py", "1 / 0\n")
    result = runner.invoke(KolbenGroup(name="kolben"), ["--app", "broken", "run"])
    assert isinstance(result.exception, ZeroDivisionError)
    assert not served


def test_below_the_reloader_a_broken_app_raises_when_it_is_asked(
    project, runner, served, monkeypatch
):
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")
    project("broken.py", "1 / 0\n")
    result = runner.invoke(KolbenGroup(name="kolben"), ["--app", "broken", "run"])
    assert "1 / 0" in result.stderr
    assert "script.py" not in result.stderr
    app = served[0][0][2]
    depths = set()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError) as caught:
            app({}, lambda *_: None)
        depths.add(len(caught.traceback))
    assert len(depths) == 1


class TestAppRun:
    @pytest.fixture
    def app(self, project):
        return Kolben("served")

    def test_an_app_serves_itself(self, app, served, capsys):
        app.run()
        (host, port, application), options = served[0]
        assert (host, port, application) == ("127.0.0.1", 5000, app)
        assert options == {"use_reloader": False, "use_debugger": False, "threaded": True}
        assert capsys.readouterr().out == " * Serving Kolben app 'served'\n * Debug mode: off\n"

    def test_debug_brings_reloader_and_debugger_unless_told_otherwise(self, app, served):
        app.run(debug=True, use_reloader=False, ssl_context="adhoc")
        assert app.debug
        _, options = served[0]
        assert options["use_debugger"]
        assert not options["use_reloader"]
        assert options["ssl_context"] == "adhoc"

    @pytest.mark.parametrize(
        ("server_name", "expected"),
        [
            (None, ("127.0.0.1", 5000)),
            ("example.org", ("example.org", 5000)),
            ("example.org:81", ("example.org", 81)),
            ("[::1]:81", ("::1", 81)),
            (":81", ("127.0.0.1", 81)),
        ],
    )
    def test_host_and_port_come_from_the_server_name(self, app, served, server_name, expected):
        app.config["SERVER_NAME"] = server_name
        app.run()
        assert served[0][0][:2] == expected

    def test_host_and_port_that_are_given_win(self, app, served):
        app.config["SERVER_NAME"] = "example.org:81"
        app.run("localhost", 0)
        assert served[0][0][:2] == ("localhost", 0)

    def test_debug_may_come_from_a_file(self, app, served, project):
        project(".env", "KOLBEN_DEBUG=1")
        app.run()
        assert app.debug

    def test_files_may_be_left_alone(self, app, served, project):
        project(".env", "KOLBEN_DEBUG=1")
        app.run(load_dotenv=False)
        assert not app.debug

    def test_a_command_that_loads_the_app_is_not_blocked(self, app, served, monkeypatch, capsys):
        monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
        app.run()
        assert not served
        assert "Ignoring a call of 'app.run()'" in capsys.readouterr().out

    def test_the_app_can_be_set_up_further_after_it_was_served(self, app, monkeypatch):
        def serve_one_request(_host, _port, application, **_options):
            application.test_client().get("/")

        monkeypatch.setattr(werkzeug.serving, "run_simple", serve_one_request)
        app.run()
        app.get("/late")(lambda: "late")
        assert app.test_client().get("/late").text == "late"


class Server:
    """``kolben run`` in a process of its own, and what it says."""

    def __init__(self, folder, *options):
        command = [sys.executable, "-m", "kolben", "--app", "served", *options]
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, stdout=log, stderr=log, start_new_session=True
            )

    def wait_for(self, pattern):
        return self.until(lambda: re.search(pattern, self.log.read_text("utf-8")))

    def until(self, condition):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if result := condition():
                return result
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(self.log.read_text("utf-8"))

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=30)


@pytest.fixture
def serve(tmp_path):
    servers = []

    def start(*options):
        servers.append(Server(tmp_path, *options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def fetch(url):
    try:
        try:
            answer = urlopen(url, timeout=30)
        except HTTPError as error:
            answer = error
        with answer:
            return answer.read().decode()
    except (OSError, HTTPException):  # not yet, or cut off by the reload
        return ""


@pytest.mark.skipif(sys.platform == "win32", reason="stops the server by its process group")
def test_the_server_reloads_and_shows_a_broken_module_in_the_debugger(project, serve):
    project("served.py", APP)
    server = serve("--debug", "run", "--port", "0")
    url = server.wait_for(r"http://127\.0\.0\.1:\d+").group()
    server.wait_for("Debugger is active")
    assert fetch(url) == "first"

    project("served.py", APP.replace('"first"', '"second"'))
    server.until(lambda: fetch(url) == "second")

    project("served.py", "raise RuntimeError('cannot load')\n")
    page = server.until(lambda: (page := fetch(url)) and "cannot load" in page and page)
    assert "Werkzeug Debugger" in page

    project("served.py", APP)
    server.until(lambda: fetch(url) == "first")
