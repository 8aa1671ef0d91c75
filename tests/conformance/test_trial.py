"""Releases that the table does not have."""

import pytest

from conformance.trial import extras_in, requirements_in, suite_of, where_tests_lie


@pytest.fixture
def source(tmp_path):
    """Write files of an unpacked source."""

    def write(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_DOT_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def test_a_release_becomes_a_suite_that_is_compared(release):
    release(test_a="")
    suite = suite_of("made_up==1.0", needs=["more"])
    assert (suite.name, suite.tests, suite.compare) == ("made-up", ("tests",), True)
    assert suite.requirements == ("made_up==1.0", "more")
    assert suite.environment == "try-made-up"


def test_where_the_tests_lie_can_be_said(release):
    release(test_a="")
    assert suite_of("made_up==1.0", tests=["tests/test_a.py"]).tests == ("tests/test_a.py",)


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("tests__test_a_DOT_py", ["tests"]),
        ("test__test_a_DOT_py", ["test"]),
        ("made_up__tests__test_a_DOT_py", ["made_up/tests"]),
        ("src__made_up__tests__test_a_DOT_py", ["src/made_up/tests"]),
        ("test_made_up_DOT_py", ["test_made_up.py"]),
        ("tests_DOT_py", ["tests.py"]),
        ("tests__data_DOT_txt", []),
        ("made_up_DOT_py", []),
    ],
)
def test_tests_are_found_where_projects_keep_them(source, file, found):
    assert where_tests_lie(source(**{file: ""}), "made-up") == found


PYPROJECT = """
[dependency-groups]
tests = ["one>=1", {include-group = "web"}]
web = ["two[x]; python_version > '3'", "pytest==7"]
docs = ["sphinx"]
"""
TOX = """
[testenv]
deps =
    three
    -r requirements/more.txt
    old: four
    Flask==2
commands = pytest
"""


def test_requirements_are_found_where_projects_write_them(source):
    root = source(
        pyproject_DOT_toml=PYPROJECT,
        tox_DOT_ini=TOX,
        requirements__tests_DOT_txt="five==5 \\\n    --hash=sha256:0\n# a remark\n-r more.txt\n",
        requirements__more_DOT_txt="six @ https://example.com/six.zip  # why\n",
    )
    assert requirements_in(root) == [
        "one>=1",
        "two[x]; python_version > '3'",
        "pytest==7",
        "three",
        "six @ https://example.com/six.zip",
        "five==5",
    ]


def test_a_requirement_that_is_not_to_be_had_can_be_left_out(source):
    root = source(requirements__test_DOT_txt="py-one[x]>=1\ntwo\n")
    assert requirements_in(root, without=["Py_One"]) == ["two"]


def test_a_source_that_says_nothing_needs_nothing(source):
    assert requirements_in(source(tox_DOT_ini="no section")) == []


@pytest.mark.parametrize(
    ("extras", "found"),
    [("tests", "[tests]"), ("docs", "")],
)
def test_the_extra_for_tests_is_found(source, extras, found):
    metadata = f"Name: made_up\nProvides-Extra: {extras}\n"
    assert extras_in(source(**{"PKG-INFO": metadata})) == found
