import os
import platform
import sys
from importlib.metadata import version

import click
import pytest

from kolben import Kolben
from kolben.cli import KolbenGroup


@pytest.fixture
def program():
    program = KolbenGroup(name="kolben", create_app=lambda: Kolben("optional"))

    @program.command(with_appcontext=False)
    @click.argument("names", nargs=-1)
    def env(names):
        click.echo(" ".join(os.environ.get(name, "-") for name in names))

    return program


@pytest.mark.parametrize(("flag", "value"), [("--debug", "1"), ("--no-debug", "0")])
def test_debug_is_written_into_the_environment(runner, program, flag, value):
    result = runner.invoke(program, [flag, "env", "KOLBEN_DEBUG", "FLASK_DEBUG"])
    assert result.output == f"{value} {value}\n"


def test_debug_wins_over_the_environment_and_is_put_back(runner, program, monkeypatch):
    monkeypatch.setenv("KOLBEN_DEBUG", "0")
    assert runner.invoke(program, ["--debug", "env", "KOLBEN_DEBUG"]).output == "1\n"
    assert os.environ["KOLBEN_DEBUG"] == "0"


def test_without_the_debug_flag_the_environment_is_left_alone(runner, program):
    result = runner.invoke(program, ["env", "KOLBEN_DEBUG", "FLASK_DEBUG"])
    assert result.output == "- -\n"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"KOLBEN_APP": "one:app"}, "one"),
        ({"FLASK_APP": "two:app"}, "two"),
        ({"KOLBEN_APP": "one:app", "FLASK_APP": "two:app"}, "one"),
    ],
)
def test_the_app_is_named_by_the_environment(project, runner, given, name):
    for file in ("one", "two"):
        project(f"{file}.py", f"from kolben import Kolben\napp = Kolben('{file}')\n")
    program = KolbenGroup(name="kolben")
    program.command("name")(lambda: click.echo(current_name()))
    assert runner.invoke(program, ["name"], env=given).output == f"{name}\n"


def current_name():
    from kolben import current_app

    return current_app.name


def test_the_app_option_wins_over_the_environment(project, runner):
    project("one.py", "from kolben import Kolben\napp = Kolben('one')\n")
    program = KolbenGroup(name="kolben")
    program.command("name")(lambda: click.echo(current_name()))
    result = runner.invoke(program, ["--app", "one", "name"], env={"KOLBEN_APP": "none"})
    assert result.output == "one\n"


def test_an_env_file_is_loaded_before_the_default_ones(project, runner, program):
    project(".env", "A=default\nB=default")
    file = project("other.env", "A=given")
    result = runner.invoke(program, ["--env-file", str(file), "env", "A", "B"])
    assert result.output == "given default\n"


def test_an_env_file_may_name_the_app(project, runner):
    project("one.py", "from kolben import Kolben\napp = Kolben('one')\n")
    file = project("other.env", "FLASK_APP=one")
    program = KolbenGroup(name="kolben")
    program.command("name")(lambda: click.echo(current_name()))
    assert runner.invoke(program, ["-e", str(file), "name"]).output == "one\n"


@pytest.mark.parametrize("name", ["KOLBEN_SKIP_DOTENV", "FLASK_SKIP_DOTENV"])
def test_default_files_are_not_loaded_if_switched_off(project, runner, program, name):
    project(".env", "A=default")
    assert runner.invoke(program, ["env", "A"], env={name: "1"}).output == "-\n"


def test_an_env_file_without_python_dotenv_is_an_error(project, runner, program, monkeypatch):
    monkeypatch.setitem(sys.modules, "dotenv", None)
    file = project("other.env", "A=given")
    result = runner.invoke(program, ["-e", str(file), "env", "A"])
    assert result.exit_code == 2
    assert "python-dotenv must be installed" in result.stderr


def test_version_names_all_that_matters(runner, program):
    result = runner.invoke(program, ["--version"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == f"Python {platform.python_version()}"
    assert lines[1] == f"Kolben {version('kolben')}"
    assert lines[2].startswith("Flask 3.1.3")
    assert lines[3] == f"Werkzeug {version('werkzeug')}"
