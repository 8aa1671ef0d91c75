"""A whole run of a suite, in a process of its own."""

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from conformance import running
from conformance.environments import SetUpError
from conformance.running import run_suite

SUITE = """
import os
import flask
import pytest

def test_passes():
    assert flask.Flask.__name__ == os.environ["WANTED"]

def test_fails():
    raise AssertionError

@pytest.mark.skip(reason="to be counted as skipped")
def test_is_skipped(): ...

@pytest.mark.xfail(reason="to be counted as an expected failure")
def test_is_expected_to_fail():
    raise AssertionError

@pytest.fixture
def leaks():
    yield
    raise AssertionError

def test_passes_but_its_teardown_fails(leaks):
    assert True
"""
HERE = Path(sys.executable)


def has_flask():
    """Tell whether the real Flask is installed; importing it could give Kolben by that name."""
    try:
        return bool(version("flask"))
    except PackageNotFoundError:
        return False


on_flask = pytest.param(
    *("Flask", "Flask"),
    marks=pytest.mark.skipif(not has_flask(), reason="runs on the real Flask, not installed here"),
)


@pytest.mark.parametrize(("ground", "wanted"), [("Kolben", "Kolben"), on_flask])
def test_each_outcome_is_noted_on_either_ground(release, made_up, ground, wanted):
    release(test_a=SUITE)
    run = run_suite(made_up(env={"WANTED": wanted}), ground, HERE)
    assert run.completed
    assert {key.partition("::")[2]: value for key, value in run.outcomes.items()} == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_is_skipped": "skipped",
        "test_is_expected_to_fail": "expected failure",
        "test_passes_but_its_teardown_fails": "failed",
    }


def test_a_file_that_cannot_be_imported_has_failed(release, made_up):
    release(test_a="import no_such_thing")
    run = run_suite(made_up(), "Flask", HERE)
    assert run.ids("failed") == ["tests/test_a.py"]
    assert not run.completed


def test_a_test_left_out_does_not_run(release, made_up):
    release(test_a=SUITE)
    suite = made_up(left_out={"tests/test_a.py::test_fails": "it fails"}, env={"WANTED": "Kolben"})
    run = run_suite(suite, "Kolben", HERE)
    assert run.ids("passed") == ["tests/test_a.py::test_passes"]
    assert "tests/test_a.py::test_fails" not in run.outcomes


def test_arguments_for_pytest_are_passed_on(release, made_up):
    release(test_a=SUITE)
    run = run_suite(made_up(pytest=("-x",)), "Kolben", HERE, ["-k", "test_fails or skipped"])
    assert run.outcomes == {"tests/test_a.py::test_fails": "failed"}


def test_the_output_of_pytest_is_kept(release, made_up):
    release(test_a=SUITE)
    assert "short test summary" in run_suite(made_up(), "Flask", HERE).log.read_text()


def test_a_run_sees_nothing_of_the_callers_settings(release, made_up, monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    release(test_a="import os\ndef test_env():\n    assert 'FLASK_DEBUG' not in os.environ")
    assert run_suite(made_up(), "Flask", HERE).ids("passed") == ["tests/test_a.py::test_env"]


def test_a_run_that_hangs_is_given_up(release, made_up, monkeypatch):
    monkeypatch.setattr(running, "TIMEOUT", 2)
    release(test_a="import threading\ndef test_hangs():\n    threading.Event().wait()")
    run = run_suite(made_up(), "Flask", HERE)
    assert not run.completed
    assert "given up after 2 seconds" in run.log.read_text()


def test_a_folder_of_our_own_is_a_source(cache, made_up, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "test_a.py").write_text("def test_a(): pass")
    suite = made_up(folder=str(own), tests=(".",))
    assert run_suite(suite, "Kolben", HERE).ids("passed") == ["test_a.py::test_a"]


CHILD = """
import shutil
import subprocess
import sys

def test_in_a_program_that_it_starts():
    ask = [sys.executable, "-c", "import flask; print(flask.Flask.__name__)"]
    name = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
    assert name == "WANTED"

def test_programs_are_those_of_its_environment():
    assert shutil.which("python").startswith("HERE")
"""


@pytest.mark.parametrize(("ground", "wanted"), [("Kolben", "Kolben"), on_flask])
def test_programs_that_a_test_starts_are_on_the_same_ground(release, made_up, ground, wanted):
    release(test_a=CHILD.replace("WANTED", wanted).replace("HERE", str(HERE.parent)))
    run = run_suite(made_up(), ground, HERE)
    assert list(run.outcomes.values()) == ["passed", "passed"]


def test_a_source_is_prepared_before_the_tests(release, made_up):
    release(test_a="def test_a():\n    assert open('made').read() == 'yes'")
    suite = made_up(prepare=('-c \'open("made", "w").write("yes")\'',))
    assert run_suite(suite, "Flask", HERE).ids("passed") == ["tests/test_a.py::test_a"]


def test_a_preparation_that_fails_is_told(release, made_up):
    release(test_a="")
    with pytest.raises(SetUpError, match=r"-c raise SystemExit\('no'\) failed:\nno"):
        run_suite(made_up(prepare=("-c \"raise SystemExit('no')\"",)), "Flask", HERE)


OLD_TIMES = """
import unittest

class TestPlain:
    seen = []

    def setup(self):
        self.seen.append("setup")

    def teardown(self):
        self.seen.append("teardown")

    def test_one(self):
        assert self.seen == ["setup"]

    def test_two(self):
        assert self.seen == ["setup", "teardown", "setup"]

def equals(call, expected):
    assert call() == expected

def test_yields():
    for number in 1, 2:
        yield equals, lambda: number, number

def test_yields_what_fails():
    yield equals, lambda: 1, 2

class TestNames(unittest.TestCase):
    def test_second_names(self):
        self.assertEquals(1, 1)
        self.assert_(True)
"""


def test_suites_of_old_times_run_as_they_did(release, made_up):
    release(test_a=OLD_TIMES)
    run = run_suite(made_up(pytest=("-p", "kolben_old_times")), "Flask", HERE)
    assert run.ids("failed") == ["tests/test_a.py::test_yields_what_fails"]
    assert len(run.ids("passed")) == 4
