import click
import pytest

from kolben import Kolben, current_app
from kolben.cli import ScriptInfo
from kolben.testing import KolbenCliRunner


@pytest.fixture
def app():
    app = Kolben("tested")

    @app.cli.command()
    @click.argument("word", default="hello")
    def show(word):
        click.echo(f"{current_app.name} {word}")

    @app.cli.command(with_appcontext=False)
    @click.option("--yes", prompt="Sure?")
    def ask(yes):
        click.echo(f"answered {yes}")

    return app


@pytest.fixture
def runner(app):
    return app.test_cli_runner()


def test_app_makes_this_runner(runner):
    assert type(runner) is KolbenCliRunner


def test_a_command_is_invoked_by_its_name(runner):
    assert runner.invoke(args=["show", "word"]).output == "tested word\n"


def test_arguments_may_be_one_text(runner):
    assert runner.invoke(args="show 'two words'").output == "tested two words\n"


def test_a_command_is_invoked_as_an_object(app, runner):
    assert runner.invoke(app.cli.commands["show"]).output == "tested hello\n"


def test_input_and_options_go_to_click(runner):
    assert "answered y" in runner.invoke(args=["ask"], input="y\n").output


def test_another_script_info_may_be_given(app, runner):
    info = ScriptInfo(create_app=lambda: Kolben("other"))
    assert runner.invoke(app.cli.commands["show"], obj=info).output == "other hello\n"


def test_a_class_of_ones_own_is_used(app):
    class Runner(KolbenCliRunner):
        pass

    app.test_cli_runner_class = Runner
    assert type(app.test_cli_runner()) is Runner
