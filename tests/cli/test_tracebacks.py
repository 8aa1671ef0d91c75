import pytest

from kolben.cli import locate_app, prepare_import
from kolben.cli.tracebacks import describe, of_the_user


def load(project, source):
    prepare_import(str(project("faulty.py", source)))
    try:
        locate_app("faulty", None)
    except Exception as error:
        # Seen from here this test is the user; what the command line sees begins one frame lower.
        return error.with_traceback(error.__traceback__.tb_next)
    raise AssertionError("it did not fail")


def test_a_traceback_begins_in_the_users_module(project):
    error = load(project, "def fail():\n    return 1 / 0\n\nfail()\n")
    text = describe(error)
    assert text.startswith("Traceback")
    assert [line.split(", in ")[1] for line in text.splitlines() if ", in " in line] == [
        "<module>",
        "fail",
    ]


def test_our_own_frames_are_kept_below_the_users(project):
    error = load(project, "from kolben.cli import prepare_import\nprepare_import(None)\n")
    assert "faulty.py" in describe(error)
    assert "in prepare_import" in describe(error)


def test_a_syntax_error_shows_its_own_place_only(project):
    error = load(project, "def f(:\n    pass\n")
    assert of_the_user(error) is None
    assert "def f(:" in describe(error)


def test_an_error_that_is_ours_keeps_its_frames():
    with pytest.raises(TypeError) as caught:
        prepare_import(None)
    error = caught.value.with_traceback(caught.value.__traceback__.tb_next)
    assert "in prepare_import" in describe(error)
