"""``kolben adopt``, in a fresh virtual environment and with real programs."""

import os
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
from pathlib import Path

import pytest
from click.testing import CliRunner

from kolben.cli import cli

SOURCES = Path(__file__).resolve().parents[2] / "src"
APP = """
from flask import Flask
app = Flask(__name__)
app.get("/")(lambda: app.__class__.__module__)
"""


class Home:
    """A virtual environment whose packages are those of this one, less Flask, and a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.prefix = folder / "env"
        venv.create(self.prefix, with_pip=False)
        self.programs = self.prefix / ("Scripts" if os.name == "nt" else "bin")
        self.library = Path(self.run("import sysconfig; print(sysconfig.get_path('purelib'))"))
        for entry in installed():
            if entry.suffix != ".pth" and not entry.name.lower().startswith(("flask", "kolben")):
                (self.library / entry.name).symlink_to(entry)
        (self.library / "a-source.pth").write_text(f"{SOURCES}\n")
        self.flask = next(entry for entry in installed() if entry.name == "flask")
        (folder / "web.py").write_text(APP)

    def __call__(self, *arguments, ok=True, **environ):
        """Run Python in the environment."""
        outside = ("PYTHON", "KOLBEN_", "FLASK_", "COV", "VIRTUAL_ENV")
        clean = {key: each for key, each in os.environ.items() if not key.startswith(outside)}
        done = subprocess.run(
            [self.programs / "python", *arguments],
            cwd=self.folder,
            env={**clean, **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done

    def run(self, code, **environ):
        return self("-c", code, **environ).stdout.strip()

    def kolben(self, *arguments, ok=True, **environ):
        done = self("-m", "kolben", "adopt", *arguments, ok=ok, **environ)
        return done.stdout + done.stderr

    def what_is_flask(self, **environ):
        return self.run("import flask; print(flask.Flask.__module__)", **environ)

    def files(self):
        ignored = "__pycache__"
        return {path for path in self.prefix.rglob("*") if ignored not in path.parts}


def installed():
    """List what is installed where Werkzeug is."""
    import werkzeug

    return list(Path(werkzeug.__file__).parents[1].iterdir())


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    pytest.importorskip("flask", reason="needs the real Flask beside Kolben")
    return Home(tmp_path_factory.mktemp("adopt"))


@pytest.fixture
def adopted(home):
    home.kolben()
    yield home
    home.kolben("--undo")


def test_flask_is_kolben_in_every_process_until_it_is_undone(home):
    before = home.files()
    assert home.kolben().startswith("adopted: `import flask` means Kolben in ")
    assert home.what_is_flask() == "kolben.app"
    assert home.kolben("--undo").startswith("undone: ")
    assert home.files() == before
    assert "No module named 'flask'" in home("-c", "import flask", ok=False).stderr
    assert home.kolben("--undo").startswith("nothing to undo")


def test_doing_it_again_changes_nothing(adopted):
    files = {path: path.read_bytes() for path in adopted.files() if path.is_file()}
    adopted.kolben()
    assert {path: path.read_bytes() for path in adopted.files() if path.is_file()} == files


def test_the_status_says_by_whom_and_exits_accordingly(home):
    assert "not adopted" in home.kolben("--status", ok=False)
    home.kolben()
    told = home.kolben("--status")
    home.kolben("--undo")
    assert "by kolben 0." in told
    assert "no real Flask is installed" in told
    assert str(home.library / "kolben-adopted.pth") in told


def test_beside_a_real_flask_nothing_of_it_is_touched(home):
    link = home.library / "flask"
    link.symlink_to(home.flask)
    try:
        before = home.files()
        told = home.kolben()
        assert f"the real Flask is installed and not used: {link}" in told
        assert {path.name for path in home.files() - before} == {
            "_kolben_adopted.py",
            "kolben-adopted.pth",
        }
        assert home.what_is_flask() == "kolben.app"
        assert home.what_is_flask(KOLBEN_ADOPT="0") == "flask.app"
        home.kolben("--undo")
        assert home.what_is_flask() == "flask.app"
        assert home.files() == before
    finally:
        home.kolben("--undo")
        link.unlink()


def test_metadata_and_the_flask_program_are_there(adopted):
    code = "import importlib.metadata as m; print(m.version('flask'), m.version('Flask'))"
    assert adopted.run(code) == "3.1.3 3.1.3"
    done = adopted(adopted.programs / "flask", "--app", "web", "routes")
    assert "/static/<path:filename>" in done.stdout
    assert "index" not in adopted("-m", "flask", "--app", "web", "routes").stdout


def test_removed_names_of_other_libraries_work_before_flask_is_imported(adopted):
    assert adopted.run("from werkzeug.urls import url_quote; print(url_quote('a b'))") == "a%20b"


@pytest.mark.parametrize("room", ["app", "config", "blueprints", "json.provider"])
def test_a_program_that_imports_kolben_runs_as_ever(adopted, room):
    code = f"import kolben.{room}; from kolben import Kolben; import flask; print(Kolben('x').env)"
    assert adopted.run(code) == "production"


def test_pytest_needs_no_change(adopted):
    test = (
        "from web import app\ndef test_it():\n    assert app.test_client().get('/').text == {!r}\n"
    )
    (adopted.folder / "test_web.py").write_text(test.format("kolben.app"))
    arguments = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "test_web.py")
    assert "1 passed" in adopted("-m", "pytest", *arguments).stdout


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "flask", "--app", "web", "run", "--port", "PORT"],
        ["-m", "gunicorn", "--bind", "127.0.0.1:PORT", "web:app"],
    ],
    ids=["flask run", "gunicorn"],
)
def test_a_server_needs_no_change(adopted, command):
    if "gunicorn" in command:
        pytest.importorskip("gunicorn")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = str(found.getsockname()[1])
    line = [adopted.programs / "python", *(part.replace("PORT", port) for part in command)]
    with subprocess.Popen(line, cwd=adopted.folder, stderr=subprocess.DEVNULL) as server:
        try:
            assert fetched(f"http://127.0.0.1:{port}/") == "kolben.app"
        finally:
            server.terminate()


def fetched(url):
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def test_python_starts_where_kolben_is_gone_and_says_so_when_flask_is_imported(home):
    home.kolben()
    source = home.library / "a-source.pth"
    source.rename(home.library / "a-source.gone")
    try:
        assert home("-c", "pass").stderr == ""
        said = home("-c", "import flask", ok=False).stderr
        assert said.startswith(f"kolben was adopted in {home.prefix} and can't be imported now")
        assert "ModuleNotFoundError: No module named 'flask'" in said
        (home.library / "_kolben_adopted.py").unlink()
        assert home("-c", "pass").stderr == ""
    finally:
        (home.library / "a-source.gone").rename(source)
        home.kolben("--undo")


def test_starting_python_imports_nothing_of_kolben(adopted):
    code = "import sys; print([name for name in sys.modules if name.startswith('kolben')])"
    assert adopted.run(code) == "[]"


def test_where_a_new_process_does_not_come_to_kolben_all_is_taken_back(home):
    before = home.files()
    (home.library / "zz.pth").write_text(
        "import sys; sys.meta_path[:] = [each for each in sys.meta_path"
        " if each.__module__ != '_kolben_adopted']\n"
    )
    try:
        said = home.kolben(ok=False)
    finally:
        (home.library / "zz.pth").unlink()
    assert "does not mean Kolben in a new process" in said
    assert home.files() == before


def test_outside_of_a_virtual_environment_it_refuses(monkeypatch):
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    result = CliRunner().invoke(cli, ["adopt"])
    assert result.exit_code == 1
    assert "is no virtual environment: every Python program" in result.output
    assert "or say --force" in result.output
    assert not Path(sysconfig.get_path("purelib"), "kolben-adopted.pth").exists()


def test_options_that_exclude_each_other_are_refused():
    result = CliRunner().invoke(cli, ["adopt", "--undo", "--status"])
    assert (result.exit_code, "exclude each other" in result.output) == (2, True)
