import os
import sys

import click
import pytest

from kolben.cli import FlaskGroup, load_dotenv
from kolben.cli.env import read, wants_default_files


@pytest.fixture(autouse=True)
def in_project(project):
    """Every test here works in a folder of its own."""


def test_kolbens_name_wins_over_flasks(monkeypatch):
    monkeypatch.setenv("FLASK_X", "flask")
    assert read("X") == "flask"
    monkeypatch.setenv("KOLBEN_X", "kolben")
    assert read("X") == "kolben"


def test_an_empty_variable_is_unset(monkeypatch):
    monkeypatch.setenv("KOLBEN_X", "")
    assert read("X") is None


@pytest.mark.parametrize(
    ("value", "wanted"), [("1", False), ("true", False), ("0", True), ("No", True), ("", True)]
)
@pytest.mark.parametrize("prefix", ["KOLBEN", "FLASK"])
def test_default_files_can_be_switched_off(monkeypatch, prefix, value, wanted):
    monkeypatch.setenv(f"{prefix}_SKIP_DOTENV", value)
    assert wants_default_files(default=True) is wanted


def test_a_given_file_wins_over_env_over_kolbenenv_over_flaskenv(project):
    project(".flaskenv", "A=flaskenv\nB=flaskenv\nC=flaskenv\nD=flaskenv")
    project(".kolbenenv", "A=kolbenenv\nB=kolbenenv\nC=kolbenenv")
    project(".env", "A=env\nB=env")
    given = project("given", "A=given")
    assert load_dotenv(given)
    assert [os.environ[name] for name in "ABCD"] == ["given", "env", "kolbenenv", "flaskenv"]


def test_what_the_environment_has_is_kept(project, monkeypatch):
    monkeypatch.setenv("A", "outside")
    project(".env", "A=inside")
    assert load_dotenv()
    assert os.environ["A"] == "outside"


def test_a_files_kolben_name_does_not_overrule_the_environments_flask_name(project, monkeypatch):
    monkeypatch.setenv("FLASK_APP", "outside")
    project(".kolbenenv", "KOLBEN_APP=inside")
    load_dotenv()
    assert read("APP") == "outside"


def test_files_are_looked_for_in_the_folders_above(project, tmp_path, monkeypatch):
    project(".env", "ABOVE=yes")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert load_dotenv()
    assert os.environ["ABOVE"] == "yes"


def test_files_are_read_as_utf_8(project):
    project(".env", "NAME=Käse")
    load_dotenv()
    assert os.environ["NAME"] == "Käse"


def test_default_files_are_left_alone_if_unwanted(project):
    project(".env", "A=inside")
    assert not load_dotenv(load_defaults=False)
    assert "A" not in os.environ


def test_a_file_that_does_not_exist_is_passed_over():
    assert not load_dotenv("missing", load_defaults=False)


def test_without_python_dotenv_a_tip_names_the_extra(project, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "dotenv", None)
    project(".kolbenenv", "A=1")
    assert not load_dotenv()
    assert "kolben[dotenv]" in capsys.readouterr().err
    assert "A" not in os.environ


def test_without_python_dotenv_and_without_files_nothing_is_said(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "dotenv", None)
    assert not load_dotenv()
    assert capsys.readouterr().err == ""


@pytest.fixture
def program():
    """A group with a command, a plain click group below it, and an option of each."""
    group = FlaskGroup(name="kolben", add_default_commands=False)

    @group.command(with_appcontext=False)
    @click.option("--some-port", type=int, default=0)
    def serve(some_port):
        click.echo(some_port)

    @click.group()
    def plain():
        pass

    @plain.command()
    @click.option("--items", multiple=True)
    def show(items):
        click.echo(",".join(items))

    group.add_command(plain)
    return group


def test_an_option_reads_flasks_name(runner, program):
    result = runner.invoke(program, ["serve"], env={"FLASK_SERVE_SOME_PORT": "1"})
    assert result.output == "1\n"


def test_an_option_prefers_kolbens_name(runner, program):
    env = {"FLASK_SERVE_SOME_PORT": "1", "KOLBEN_SERVE_SOME_PORT": "2"}
    assert runner.invoke(program, ["serve"], env=env).output == "2\n"


def test_an_option_below_a_plain_click_group_reads_flasks_name_as_click_would(runner, program):
    result = runner.invoke(program, ["plain", "show"], env={"FLASK_PLAIN_SHOW_ITEMS": "a b"})
    assert result.output == "a,b\n"


def test_the_command_line_wins_over_both_names(runner, program):
    env = {"FLASK_SERVE_SOME_PORT": "1", "KOLBEN_SERVE_SOME_PORT": "2"}
    assert runner.invoke(program, ["serve", "--some-port", "3"], env=env).output == "3\n"


def test_a_program_with_a_prefix_of_its_own_reads_that_one_only(runner):
    group = FlaskGroup(
        name="mine",
        add_default_commands=False,
        context_settings={"auto_envvar_prefix": "MINE"},
    )

    @group.command(with_appcontext=False)
    @click.option("--port", default=0)
    def serve(port):
        click.echo(port)

    assert runner.invoke(group, ["serve"], env={"FLASK_SERVE_PORT": "1"}).output == "0\n"
    assert runner.invoke(group, ["serve"], env={"MINE_SERVE_PORT": "1"}).output == "1\n"
