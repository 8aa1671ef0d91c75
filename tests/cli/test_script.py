import click
import pytest

from kolben import Kolben, current_app, g
from kolben.cli import NoAppException, ScriptInfo, pass_script_info, with_appcontext

APP = "from kolben import Kolben\napp = Kolben('from_file')\n"


def test_an_app_is_loaded_once():
    info = ScriptInfo(create_app=lambda: Kolben("made"))
    assert info.load_app() is info.load_app()


@pytest.mark.parametrize("path", ["site_app", "site_app.py", "site_app:app", "site_app.py:app"])
def test_an_app_is_loaded_by_its_path(project, path):
    project("site_app.py", APP)
    assert ScriptInfo(app_import_path=path).load_app().name == "from_file"


def test_an_absolute_path_with_a_name_is_loaded(project):
    file = project("site_app.py", APP)
    assert ScriptInfo(app_import_path=f"{file}:app").load_app().name == "from_file"


def test_the_colon_of_a_windows_drive_is_part_of_the_path():
    with pytest.raises(NoAppException, match=r"Could not import '.*site_app'\."):
        ScriptInfo(app_import_path=r"C:\site\not_there\site_app.py:app").load_app()


def test_an_argument_of_a_factory_may_have_a_colon(project):
    project("site_app.py", "from kolben import Kolben\ndef make(name): return Kolben(name)\n")
    info = ScriptInfo(app_import_path="site_app:make('a:b')")
    assert info.load_app().name == "a:b"


@pytest.mark.parametrize("file", ["wsgi.py", "app.py"])
def test_a_usual_file_is_found_without_a_path(project, file):
    project(file, APP)
    assert ScriptInfo().load_app().name == "from_file"


def test_without_any_app_the_ways_to_name_one_are_told(project):
    with pytest.raises(NoAppException, match=r"--app module:name.*KOLBEN_APP.*FLASK_APP.*wsgi\.py"):
        ScriptInfo().load_app()


@pytest.mark.parametrize(
    ("env", "debug"),
    [
        ({}, False),
        ({"FLASK_DEBUG": "1"}, True),
        ({"KOLBEN_DEBUG": "1"}, True),
        ({"KOLBEN_DEBUG": "0", "FLASK_DEBUG": "1"}, False),
    ],
)
def test_loading_sets_debug_from_the_environment(monkeypatch, env, debug):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert ScriptInfo(create_app=lambda: Kolben("made")).load_app().debug is debug


def test_the_debug_flag_can_be_left_to_the_app():
    app = Kolben("made")
    app.debug = True
    assert ScriptInfo(create_app=lambda: app, set_debug_flag=False).load_app().debug


def test_a_command_can_ask_for_the_script_info(runner):
    @click.command()
    @pass_script_info
    def show(info):
        click.echo(info.load_app().name)

    info = ScriptInfo(create_app=lambda: Kolben("made"))
    assert runner.invoke(show, obj=info).output == "made\n"


def test_a_command_can_ask_for_the_app_context(runner):
    @click.command()
    @click.argument("word")
    @with_appcontext
    def show(word):
        g.word = word
        click.echo(f"{current_app.name} {g.word}")

    info = ScriptInfo(create_app=lambda: Kolben("made"))
    assert runner.invoke(show, ["hello"], obj=info).output == "made hello\n"


def test_the_context_of_a_command_is_popped_when_it_ends(runner):
    app = Kolben("made")
    ends = []
    app.teardown_appcontext(ends.append)

    @click.command()
    @with_appcontext
    def show():
        assert not ends

    runner.invoke(show, obj=ScriptInfo(create_app=lambda: app))
    assert ends == [None]
    assert not current_app


def test_a_context_that_is_active_is_used(runner):
    app = Kolben("active")

    @click.command()
    @with_appcontext
    def show():
        click.echo(current_app.name)

    with app.app_context():
        result = runner.invoke(show, obj=ScriptInfo(create_app=lambda: Kolben("other")))
    assert result.output == "active\n"
