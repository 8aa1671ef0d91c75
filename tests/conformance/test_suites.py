"""The table of suites."""

import pytest

from conformance.suites import TABLE, Rewrite, TableError, load

BASE = """
[base]
requirements = ["pytest"]
[environments.plain]
requirements = ["one"]
[suites.x]
distribution = "x"
version = "1.0"
tests = ["tests"]
"""


def table(tmp_path, more):
    path = tmp_path / "suites.toml"
    path.write_text(BASE + more)
    return load(path)


def test_flasks_suite_has_to_pass_whole():
    suite = load().suites["flask"]
    assert (suite.release, suite.passed, dict(suite.left_out)) == ("flask==3.1.3", 490, {})


def test_werkzeugs_locals_are_pointed_at_ours():
    suite = load(TABLE).suites["werkzeug-local"]
    assert [each.new for each in suite.rewrite] == ["from kolben import local\n"]
    assert not suite.drop_in


def test_an_environment_has_kolbens_dependencies_and_the_base(tmp_path):
    requirements = table(tmp_path, 'environment = "plain"').requirements["plain"]
    assert requirements[-2:] == ("pytest", "one")
    assert any(each.startswith("werkzeug") for each in requirements)


def test_a_suite_with_requirements_has_an_environment_of_its_own(tmp_path):
    loaded = table(tmp_path, 'requirements = ["two"]')
    assert loaded.suites["x"].environment == "x"
    assert loaded.requirements["x"] == (*loaded.base, "two")


@pytest.mark.parametrize(
    "name",
    ["admin", "assets", "login", "migrate", "restful", "security", "sqlalchemy", "wtf"],
)
def test_extensions_are_compared_with_the_real_flask(name):
    assert load().suites[f"flask-{name}"].compare


def test_lists_become_tuples_and_rewrites_objects(tmp_path):
    more = 'environment = "plain"\npytest = ["-x"]\nrewrite = [{file = "a", old = "b", new = "c"}]'
    suite = table(tmp_path, more).suites["x"]
    assert suite.pytest == ("-x",)
    assert suite.rewrite == (Rewrite("a", "b", "c"),)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('environment = "other"', "suite 'x': no environment 'other'"),
        ('environment = "plain"\nspeed = 1', r"suite 'x': unknown keys \['speed'\]"),
        ("", "suite 'x': .*environment"),
        ('environment = "plain"\nfolder = "mine"', "suite 'x': .*with its version, or a folder"),
        ('environment = "plain"\nrewrite = [{file = "a"}]', "suite 'x': .*old"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, more, message):
    with pytest.raises(TableError, match=message):
        table(tmp_path, more)
