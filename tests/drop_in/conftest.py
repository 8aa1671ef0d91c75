"""Processes of their own: what `flask` is can be decided only once in each."""

import os
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "src"
SITE = Path(sysconfig.get_path("purelib"))


@pytest.fixture(scope="session")
def site_without_flask(tmp_path_factory):
    """Return a folder with everything installed here but Flask."""
    folder = tmp_path_factory.mktemp("site")
    for entry in SITE.iterdir():
        if not entry.name.lower().startswith("flask"):
            (folder / entry.name).symlink_to(entry)
    return folder


class Interpreter:
    """Runs Python in a folder, with or without the real Flask on its path."""

    def __init__(self, folder, site=None):
        self.folder = folder
        self.site = site

    def __call__(self, *arguments, path=(), ok=True):
        """Run Python and return what it did; `path` comes first on sys.path."""
        places = [*path, SOURCES] + ([self.site] if self.site else [])
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}
        options = ["-S"] if self.site else []
        done = subprocess.run(
            [sys.executable, *options, *map(str, arguments)],
            cwd=self.folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done

    def code(self, text, **options):
        """Run a few lines after install() and return what they print."""
        lines = f"import kolben.drop_in; kolben.drop_in.install()\n{text}"
        return self("-c", lines, **options).stdout.strip()


@pytest.fixture
def beside_flask(tmp_path):
    """Return an interpreter that could import the real Flask."""
    if find_spec("flask") is None:
        pytest.skip("needs the real Flask beside Kolben: pip install 'kolben[test]'")
    return Interpreter(tmp_path)


@pytest.fixture
def interpreter(tmp_path):
    """Return an interpreter like this one, be Flask installed or not."""
    return Interpreter(tmp_path)


@pytest.fixture
def without_flask(tmp_path, site_without_flask):
    """Return an interpreter in which no Flask is installed."""
    return Interpreter(tmp_path, site_without_flask)


@pytest.fixture(params=["beside_flask", "without_flask"])
def python(request):
    """Return either interpreter: the drop-in has to work in both."""
    return request.getfixturevalue(request.param)
