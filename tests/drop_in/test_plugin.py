"""`pytest -p kolben.drop_in.plugin`: a test run in which `flask` is Kolben."""

CONFTEST = """
import flask, kolben
assert flask.Flask is kolben.Kolben
"""

SUITE = """
import sys
import pytest
import flask

@pytest.fixture
def forget():
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]

def make():
    app = flask.Flask("suite")
    app.add_url_rule("/", view_func=lambda: flask.render_template_string("{{ 1 + 1 }}"))
    return app

@pytest.mark.parametrize("time", [1, 2])
def test_page(forget, time):
    assert make().test_client().get("/").text == "2"
    assert type(make().test_client()) is flask.testing.FlaskClient
    assert flask.cli.AppGroup is type(make().cli)
"""


def test_a_suite_runs_on_kolben_from_the_first_conftest_on(python):
    (python.folder / "conftest.py").write_text(CONFTEST)
    (python.folder / "test_suite.py").write_text(SUITE)
    out = python("-m", "pytest", "-p", "kolben.drop_in.plugin", "-p", "no:cacheprovider").stdout
    assert "as Flask 3.1.3" in out
    assert "2 passed" in out


def test_pytest_as_the_program_of_the_drop_in(python):
    (python.folder / "test_suite.py").write_text(SUITE)
    out = python("-m", "kolben.drop_in", "-m", "pytest", "-p", "no:cacheprovider").stdout
    assert "passed" in out


def test_rooms_for_libraries_that_are_not_installed_stay_closed(python, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    for name in ("mako", "cachelib", "sqlalchemy", "redis"):
        refuse = f"raise ModuleNotFoundError('not here', name={name!r})"
        (gone / f"{name}.py").write_text(refuse)
    (python.folder / "test_suite.py").write_text(SUITE)
    command = ("-m", "pytest", "-p", "kolben.drop_in.plugin", "-p", "no:cacheprovider")
    assert "2 passed" in python(*command, path=[gone]).stdout


PATCHES = """
from unittest import mock
import flask

def test_names_are_there_before_anything_is_patched():
    with mock.patch("flask.helpers.url_for"):
        from flask import url_for
    assert not isinstance(url_for, mock.Mock)
"""


def test_a_patch_lasts_no_longer_than_it_should(python):
    (python.folder / "test_suite.py").write_text(PATCHES)
    command = ("-m", "pytest", "-p", "kolben.drop_in.plugin", "-p", "no:cacheprovider")
    assert "1 passed" in python(*command).stdout
