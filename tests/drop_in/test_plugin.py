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
