"""The command."""

import sys
from pathlib import Path

import pytest

from conformance.__main__ import main
from conformance.environments import folder_of
from conformance.suites import load


def test_list_names_the_suites_and_their_releases(capsys):
    assert main(["list"]) == 0
    assert "flask                flask==3.1.3" in capsys.readouterr().out.splitlines()


def test_an_unknown_suite_is_named_with_those_there_are(capsys):
    assert main(["flaks"]) == 2
    assert "no suite 'flaks'; there are: flask, werkzeug-local" in capsys.readouterr().err


def test_a_suite_that_cannot_be_fetched_is_not_as_expected(cache, monkeypatch, capsys):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    _ready("pallets")
    assert main(["werkzeug-local"]) == 1
    out = capsys.readouterr().out
    assert "NOT AS EXPECTED: pip could not fetch the source of werkzeug==3.1.9" in out
    assert "conformance: 0 of 1 suites as expected" in out


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for an environment is a link")
def test_a_suite_is_run_on_both_grounds_when_asked(cache, capsys, release, made_up, monkeypatch):
    table = load()
    suite = made_up(environment="pallets")
    monkeypatch.setattr(
        "conformance.__main__.load", lambda: type(table)({"x": suite}, table.requirements)
    )
    release(test_a="def test_a(): assert True\ndef test_b(): assert False")
    _ready("pallets")
    assert main(["--compare", "x", "--pytest=-x"]) == 0
    out = capsys.readouterr().out
    assert "  on Kolben: 1 passed, 1 failed, 0 skipped" in out
    assert "  on Flask:  1 passed, 1 failed, 0 skipped" in out


def test_without_a_name_the_command_says_what_it_takes(capsys):
    assert main([]) == 2
    assert "name a suite, or 'all', or 'list', or --try a release" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("release_named", "complaint"),
    [
        ("made_up", "'made_up' names no version; write made_up==VERSION"),
        ("made_up==1.0", "the source of made_up==1.0 carries no tests"),
    ],
)
def test_a_release_that_cannot_be_tried_is_told(capsys, release, release_named, complaint):
    release(root="made_up-1.0/other/", code="")
    assert main(["--try", release_named]) == 1
    assert f"NOT AS EXPECTED: {complaint}" in capsys.readouterr().out


def _ready(name):
    """Let this interpreter stand for an environment of the table."""
    folder = folder_of(name, load().requirements[name])
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {Path(sys.executable)} "$@"\n')
    python.chmod(0o755)
    (folder / "ready").touch()
