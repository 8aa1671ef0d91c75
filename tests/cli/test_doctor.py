"""``kolben doctor``."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

APP = """
from flask import Flask, Markup
app = Flask(__name__)
app.before_first_request(print)
"""
FINE = "from kolben import Kolben\napp = Kolben(__name__)\n"


@pytest.fixture
def doctor(tmp_path):
    """Return a function that runs the command in a folder, and returns exit code and output."""
    (tmp_path / "ill.py").write_text(APP)
    (tmp_path / "fine.py").write_text(FINE)
    (tmp_path / "flask_pebble.py").write_text("from werkzeug.urls import url_quote\n")

    def run(*arguments, program=("-m", "kolben")):
        done = subprocess.run(
            [sys.executable, *program, "doctor", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_an_app_is_loaded_under_the_drop_in_and_told_line_by_line(doctor):
    code, out, _ = doctor("ill:app")
    assert code == 1
    assert "flask.Markup  →  markupsafe.Markup\n        ill.py:2\n" in out
    assert "app.before_first_request  →  `with app.app_context():`" in out
    assert "3 removed" in out


def test_an_app_without_findings_exits_with_0(doctor):
    assert doctor("fine:app")[:2] == (
        0,
        "fine:app, Kolben 'fine' (1 file)\n\n  nothing to report\n",
    )


def test_json_has_everything(doctor):
    code, out, _ = doctor("--json", "--extension", "flask_pebble")
    (report,) = json.loads(out)
    assert code == 1
    assert report["counts"] == {"removed": 1, "private": 0, "overridden": 0, "slow": 0}
    (finding,) = report["findings"]
    assert finding["path"].endswith("flask_pebble.py")
    assert (finding["line"], finding["kind"]) == (1, "removed")
    assert (finding["name"], finding["instead"]) == (
        "werkzeug.urls.url_quote",
        "urllib.parse.quote",
    )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--extension", "flask-nothing"], "no distribution and no package 'flask-nothing'"),
        (["nothing:app"], "Could not import 'nothing'"),
        (["ill:app", "--extension", "flask_pebble"], "an app or extensions, not both"),
    ],
)
def test_where_there_is_nothing_to_look_at_it_exits_with_2(doctor, arguments, text):
    code, _, err = doctor(*arguments)
    assert (code, text in err) == (2, True)


def test_a_file_that_can_not_be_read_is_told(doctor, tmp_path):
    (tmp_path / "flask_pebble.py").write_text("print 'of another time'\n")
    code, out, _ = doctor("--extension", "flask_pebble")
    assert code == 0
    assert "can't be read: " in out


def test_extensions_that_the_app_uses_are_looked_at_too(
    doctor, tmp_path, tmp_path_factory, monkeypatch
):
    library = tmp_path_factory.mktemp("library")
    (library / "flask_pebble.py").write_text("from werkzeug.urls import url_quote\n")
    (tmp_path / "flask_pebble.py").unlink()
    (tmp_path / "fine.py").write_text(f"import flask_pebble\n{FINE}")
    paths = [library, *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, paths)))
    code, out, _ = doctor("fine:app")
    assert code == 1
    assert "fine:app, Kolben 'fine' (1 file)" in out
    assert "flask_pebble, which it uses (1 file)" in out


OWN_PROGRAM = """
import flask
from kolben.cli import KolbenGroup
from kolben.cli.doctor import doctor_command
program = KolbenGroup()
program.add_command(doctor_command)
program()
"""


@pytest.mark.skipif(find_spec("flask") is None, reason="needs the real Flask beside Kolben")
def test_in_a_program_that_imported_the_real_flask_it_starts_again(doctor, tmp_path):
    (tmp_path / "manage.py").write_text(OWN_PROGRAM)
    code, out, _ = doctor("--json", "ill:app", program=["manage.py"])
    assert code == 1
    assert json.loads(out)[0]["counts"]["removed"] == 3
