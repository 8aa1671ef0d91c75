"""`python -m kolben.drop_in` runs what `python` itself would, with `flask` as Kolben."""

import pytest

SHOW = """
import sys, flask
print(__name__, sys.argv, sys.path[0])
print(flask.Flask.__name__)
"""


def test_a_module_with_arguments(python):
    (python.folder / "shown.py").write_text(SHOW)
    first, second = python("-m", "kolben.drop_in", "-m", "shown", "-x", "y").stdout.splitlines()
    expected = python("-m", "plain", "-x", "y", path=[_plain(python.folder)]).stdout.strip()
    assert first.replace("shown.py", "plain.py").replace(str(python.folder / "plain.py"), "") == (
        expected.replace(str(python.folder / "lib" / "plain.py"), "")
    )
    assert second == "Kolben"


def _plain(folder):
    (folder / "lib").mkdir()
    (folder / "lib" / "plain.py").write_text("import sys\nprint(__name__, sys.argv, sys.path[0])")
    return folder / "lib"


def test_a_script_with_arguments(python):
    script = python.folder / "sub" / "shown.py"
    script.parent.mkdir()
    script.write_text(SHOW)
    first, second = python("-m", "kolben.drop_in", "sub/shown.py", "a").stdout.splitlines()
    assert first == f"__main__ ['sub/shown.py', 'a'] {script.parent}"
    assert second == "Kolben"


def test_a_folder_with_a_main(python):
    (python.folder / "sub").mkdir()
    (python.folder / "sub" / "__main__.py").write_text(SHOW)
    first = python("-m", "kolben.drop_in", "sub").stdout.splitlines()[0]
    assert first == "__main__ ['sub'] sub"


def test_a_script_sees_its_neighbours(python):
    (python.folder / "sub").mkdir()
    (python.folder / "sub" / "neighbour.py").write_text("name = 'next door'")
    (python.folder / "sub" / "main.py").write_text("import neighbour; print(neighbour.name)")
    assert python("-m", "kolben.drop_in", "sub/main.py").stdout.strip() == "next door"


def test_the_exit_status_is_the_programs(python):
    (python.folder / "leave.py").write_text("raise SystemExit(7)")
    assert python("-m", "kolben.drop_in", "leave.py", ok=False).returncode == 7


def test_flasks_own_command(python):
    (python.folder / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    routes = python("-m", "kolben.drop_in", "-m", "flask", "routes").stdout
    assert "/static/<path:filename>" in routes


def test_help(beside_flask):
    assert "usage: python -m kolben.drop_in" in beside_flask("-m", "kolben.drop_in", "-h").stdout


@pytest.mark.parametrize("arguments", [[], ["-m"], ["--unknown"]])
def test_a_wrong_command_line_shows_the_usage(beside_flask, arguments):
    done = beside_flask("-m", "kolben.drop_in", *arguments, ok=False)
    assert done.returncode == 2
    assert "usage: python -m kolben.drop_in" in done.stderr


def test_a_script_that_is_not_there(beside_flask):
    done = beside_flask("-m", "kolben.drop_in", "nothing.py", ok=False)
    assert "no file 'nothing.py' in" in done.stderr
