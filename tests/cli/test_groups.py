import os

import click
import pytest

from kolben import Blueprint, Kolben, current_app
from kolben.cli import AppGroup, KolbenGroup, ScriptInfo


@pytest.fixture
def app():
    return Kolben("grouped")


def test_a_command_of_an_app_group_runs_in_the_app_context(app, runner):
    group = AppGroup("group")

    @group.command()
    def show():
        click.echo(current_app.name)

    result = runner.invoke(group, ["show"], obj=ScriptInfo(create_app=lambda: app))
    assert result.output == "grouped\n"


def test_a_command_may_be_made_without_parentheses(app, runner):
    group = AppGroup("group")

    @group.command
    def show():
        click.echo(current_app.name)

    result = runner.invoke(group, ["show"], obj=ScriptInfo(create_app=lambda: app))
    assert result.output == "grouped\n"


def test_a_command_may_do_without_the_context(runner):
    group = AppGroup("group")

    @group.command(with_appcontext=False)
    def show():
        click.echo(bool(current_app))

    assert runner.invoke(group, ["show"]).output == "False\n"


def test_a_group_in_an_app_group_is_an_app_group():
    @AppGroup("outer").group("inner")
    def inner():
        pass

    assert type(inner) is AppGroup


def test_a_program_has_commands_of_its_own_and_of_the_app(app, runner):
    program = KolbenGroup(create_app=lambda: app)

    @app.cli.command()
    def greet():
        """Say hello."""

    output = runner.invoke(program, ["--help"]).output
    for line in ("run ", "routes ", "shell ", "greet   Say hello."):
        assert f"  {line}" in output


def test_a_program_can_do_without_the_default_commands(app, runner):
    program = KolbenGroup(create_app=lambda: app, add_default_commands=False)
    assert "routes" not in runner.invoke(program, ["--help"]).output


def test_an_apps_command_sees_the_app_in_its_option_callbacks(app, runner):
    @app.cli.command()
    @click.argument("word", callback=lambda _ctx, _param, value: (current_app.name, value))
    def show(word):
        click.echo(word)

    result = runner.invoke(KolbenGroup(create_app=lambda: app), ["show", "x"])
    assert result.output == "('grouped', 'x')\n"


def test_an_app_that_is_not_found_is_reported_beside_the_help(project, runner):
    result = runner.invoke(KolbenGroup(name="kolben"), ["--help"])
    assert result.exit_code == 0
    assert "KOLBEN_APP" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Usage:" in result.stdout


def test_an_unknown_command_without_an_app_reports_both(project, runner):
    result = runner.invoke(KolbenGroup(name="kolben"), ["missing"])
    assert result.exit_code == 2
    assert "KOLBEN_APP" in result.stderr
    assert "No such command 'missing'" in result.stderr


def test_an_app_that_fails_to_load_is_reported_with_the_users_traceback(project, runner):
    project("app.py", "def helper():\n    raise ValueError('oh no')\n\nhelper()\n")
    result = runner.invoke(KolbenGroup(name="kolben"), ["--help"])
    assert result.exit_code == 0
    assert "ValueError: oh no" in result.stderr
    assert "in helper" in result.stderr
    assert "script.py" not in result.stderr


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_help_lists_the_commands_of_the_app_that_the_environment_names(project, runner, arguments):
    project(
        "site_app.py",
        "from kolben import Kolben\napp = Kolben('site')\n@app.cli.command()\ndef greet(): pass\n",
    )
    project(".env", "KOLBEN_APP=site_app")
    assert "greet" in runner.invoke(KolbenGroup(name="kolben"), arguments).output


def test_a_program_below_another_click_group_works(app, runner):
    outer = click.Group("outer")
    inner = KolbenGroup(name="inner", create_app=lambda: app)
    outer.add_command(inner)

    @inner.command()
    def show():
        click.echo(current_app.name)

    assert runner.invoke(outer, ["inner", "show"]).output == "grouped\n"


def test_commands_of_a_blueprint_are_grouped_merged_or_renamed(app):
    grouped = Blueprint("grouped", __name__)
    merged = Blueprint("merged", __name__, cli_group=None)
    renamed = Blueprint("renamed", __name__)
    for blueprint in (grouped, merged, renamed):
        blueprint.cli.command(f"{blueprint.name}-show")(lambda: click.echo(current_app.name))
    app.register_blueprint(grouped)
    app.register_blueprint(merged)
    app.register_blueprint(renamed, cli_group="late")

    runner = app.test_cli_runner()
    for arguments in (["grouped", "grouped-show"], ["merged-show"], ["late", "renamed-show"]):
        assert runner.invoke(args=arguments).output == "grouped\n"


def test_the_app_cannot_start_a_server_while_a_command_loads_it(project, runner):
    project("app.py", "from kolben import Kolben\napp = Kolben('served')\napp.run()\n")
    result = runner.invoke(KolbenGroup(name="kolben"), ["routes"])
    assert result.exit_code == 0
    assert os.environ["FLASK_RUN_FROM_CLI"] == "true"


def test_settings_that_were_passed_in_are_not_changed():
    settings = {"max_content_width": 60}
    KolbenGroup(name="kolben", context_settings=settings)
    assert settings == {"max_content_width": 60}
