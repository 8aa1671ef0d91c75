import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner


@pytest.fixture(autouse=True)
def environment():
    """Give each test an environment without settings, and put back what a command changes in it."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("KOLBEN_", "FLASK_", "WERKZEUG_")):
            del os.environ[name]
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def runner():
    return CliRunner()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Work in an empty folder; returns a function that writes a file into it."""
    modules, path = set(sys.modules), sys.path[:]
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    yield write
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if Path(getattr(sys.modules[name], "__file__", None) or os.sep).is_relative_to(tmp_path):
            del sys.modules[name]
