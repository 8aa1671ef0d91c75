import os
import subprocess
import sys
import zipfile

import pytest

from kolben.cli import plugins

PLUGIN = """
import click

@click.command()
def hello():
    click.echo("hello from the plugin")
"""
METADATA = "Metadata-Version: 2.1\nName: Some-Plugin\nVersion: 1\n"
SAYS_THAT_IT_IS_IMPORTED = f"import sys\nsys.stderr.write('imported')\n{PLUGIN}"
FLASK_PLUGIN = """
import click, flask
from flask.cli import with_appcontext

@click.command(short_help="Name the app.")
@with_appcontext
def hello():
    click.echo(f"{flask.current_app.name} is of {flask.Flask.__module__}")
"""
DROP_IN_APP = """
import kolben.drop_in
kolben.drop_in.install()
import flask
app = flask.Flask("shop")
"""


def entry(group):
    return f"[{group}]\nhello = some_plugin:hello\n"


GROUPS = ["flask.commands", "kolben.commands"]


@pytest.fixture
def kolben(tmp_path):
    """Run the command in a process of its own, with more on its path."""

    def run(*paths, args):
        code = f"import sys; sys.argv[0] = 'kolben'; sys.path[:0] = {list(map(str, paths))!r}\n"
        code += "import kolben.cli; kolben.cli.main()"
        command = [sys.executable, "-c", code, *args]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )

    return run


@pytest.fixture
def with_plugin(project, tmp_path, kolben):
    """Run the command where the command ``hello`` of a plugin is installed."""

    def run(*args, group="flask.commands", code=PLUGIN, entry_points=None):
        project("site/some_plugin.py", code)
        project("site/some_plugin-1.dist-info/METADATA", METADATA)
        entry_points = entry(group) if entry_points is None else entry_points
        project("site/some_plugin-1.dist-info/entry_points.txt", entry_points)
        return kolben(tmp_path / "site", args=args)

    return run


@pytest.mark.parametrize("group", GROUPS)
def test_a_plugin_adds_a_command(with_plugin, group):
    assert with_plugin("hello", group=group).stdout == "hello from the plugin\n"


@pytest.mark.parametrize("group", GROUPS)
def test_a_plugin_takes_the_place_of_a_built_in_command(with_plugin, group):
    result = with_plugin("routes", entry_points=entry(group).replace("hello =", "routes ="))
    assert result.stdout == "hello from the plugin\n"


def test_of_two_plugins_of_one_name_the_native_one_is_used(with_plugin):
    native = "[kolben.commands]\nhello = some_plugin:native\n"
    code = f"{PLUGIN}\n@click.command()\ndef native():\n    click.echo('native')\n"
    result = with_plugin("hello", code=code, entry_points=native + entry("flask.commands"))
    assert result.stdout == "native\n"


@pytest.mark.parametrize("group", GROUPS)
def test_a_plugin_whose_command_was_not_asked_for_is_not_imported(project, with_plugin, group):
    project("app.py", "from kolben import Kolben\napp = Kolben('shop')\n")
    result = with_plugin("routes", group=group, code=SAYS_THAT_IT_IS_IMPORTED)
    assert "Endpoint" in result.stdout
    assert result.stderr == ""


def test_an_app_may_install_the_drop_in_where_a_plugin_imports_flask(project, with_plugin):
    project("app.py", DROP_IN_APP)
    assert "static" in with_plugin("routes", code=FLASK_PLUGIN).stdout


def test_a_plugin_is_imported_after_the_app_that_installs_the_drop_in(project, with_plugin):
    project("app.py", DROP_IN_APP)
    result = with_plugin("hello", code=FLASK_PLUGIN)
    assert result.stdout == "shop is of kolben.app\n"


def test_a_native_plugin_needs_no_app(project, with_plugin):
    project("app.py", "raise ValueError('loaded')\n")
    result = with_plugin("hello", group="kolben.commands")
    assert (result.stdout, result.stderr) == ("hello from the plugin\n", "")


@pytest.mark.parametrize("app", ["raise ValueError('broken')\n", None], ids=["broken", "none"])
def test_a_plugin_that_needs_no_app_runs_without_one(project, with_plugin, app):
    if app is not None:
        project("app.py", app)
    result = with_plugin("hello")
    assert (result.stdout, result.stderr) == ("hello from the plugin\n", "")


def test_an_app_that_fails_is_loaded_once_and_reported_by_the_plugin_that_needs_it(
    project, with_plugin
):
    project("app.py", "import sys\nsys.stderr.write('loading\\n')\nraise ValueError('broken')\n")
    code = PLUGIN.replace("def hello", "@with_appcontext\ndef hello")
    result = with_plugin("hello", code=f"from kolben.cli import with_appcontext\n{code}")
    assert result.returncode == 1
    assert result.stderr.count("loading\n") == 1
    assert result.stderr.endswith("ValueError: broken\n")


def row_of(name, result):
    """Find what the help says about a command."""
    rows = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
    (text,) = [row[1] for row in rows if row and row[0] == name]
    return text


def test_help_tells_whose_command_it_is_where_flask_was_not_imported(with_plugin):
    result = with_plugin("--help", code=SAYS_THAT_IT_IS_IMPORTED)
    assert row_of("hello", result) == "A command of Some-Plugin."
    assert "imported" not in result.stderr


def test_help_shows_what_a_plugin_says_where_the_app_imported_flask(project, with_plugin):
    project("app.py", DROP_IN_APP)
    assert row_of("hello", with_plugin("--help", code=FLASK_PLUGIN)) == "Name the app."


def test_help_shows_what_a_native_plugin_says(with_plugin):
    code = PLUGIN.replace("command()", "command(short_help='Be polite.')")
    result = with_plugin("--help", group="kolben.commands", code=code)
    assert row_of("hello", result) == "Be polite."


def test_help_of_a_plugins_command_is_its_own(with_plugin):
    result = with_plugin("hello", "--help", code=PLUGIN.replace("():\n", "():\n    'Be polite.'\n"))
    assert "Usage: kolben hello [OPTIONS]\n\n  Be polite.\n" in result.stdout


BROKEN = {
    "an error": ("raise ValueError('too old')\n", "ValueError: too old"),
    "no module": (
        "import no_such_module\n",
        "ModuleNotFoundError: No module named 'no_such_module'",
    ),
    "no command": (
        "def hello(): pass\n",
        "TypeError: some_plugin:hello is no command of click, but a function",
    ),
    "no attribute": ("", "AttributeError: module 'some_plugin' has no attribute 'hello'"),
}


@pytest.mark.parametrize(("code", "error"), BROKEN.values(), ids=BROKEN)
def test_help_tells_which_plugin_can_not_be_loaded(with_plugin, code, error):
    result = with_plugin("--help", group="kolben.commands", code=code)
    assert result.returncode == 0
    help_ = " ".join(result.stdout.split())
    assert f"hello Can't be loaded from Some-Plugin ({error})." in help_


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(("code", "error"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("arguments", [[], ["--help"], ["stock", "--all"]])
def test_a_plugin_that_can_not_be_loaded_gives_its_error_when_it_is_invoked(
    with_plugin, group, code, error, arguments
):
    result = with_plugin("hello", *arguments, group=group, code=code)
    assert result.returncode == 1
    assert result.stdout == ""
    lines = result.stderr.strip().splitlines()
    assert lines[0] == "Error: The command 'hello' of Some-Plugin can't be loaded:"
    assert lines[-1] == error
    assert "importlib" not in result.stderr


def test_a_plugin_that_fails_shows_its_own_frames(with_plugin):
    code = "def check():\n    raise ValueError('too old')\n\ncheck()\n"
    lines = with_plugin("hello", code=code).stderr.splitlines()
    assert lines[2] == "Traceback (most recent call last):"
    assert "some_plugin.py" in lines[3]


def test_a_plugin_that_can_not_be_loaded_is_not_in_the_way_of_other_commands(project, with_plugin):
    project("app.py", "from kolben import Kolben\napp = Kolben('shop')\n")
    result = with_plugin("routes", code="raise ValueError('too old')\n")
    assert (result.returncode, result.stderr) == (0, "")


def test_completion_names_plugins_without_importing_flask(with_plugin, monkeypatch):
    monkeypatch.setenv("_KOLBEN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "kolben hel")
    monkeypatch.setenv("COMP_CWORD", "1")
    result = with_plugin(code=SAYS_THAT_IT_IS_IMPORTED)
    assert result.stdout == "plain,hello\n"
    assert "imported" not in result.stderr


def test_a_plugin_in_a_zip_file_adds_a_command(project, tmp_path, kolben):
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        archive.writestr("some_plugin.py", PLUGIN)
        archive.writestr("some_plugin-1.dist-info/METADATA", METADATA)
        archive.writestr("some_plugin-1.dist-info/entry_points.txt", entry("flask.commands"))
    result = kolben(tmp_path / "site.zip", args=["hello"])
    assert result.stdout == "hello from the plugin\n"


def test_a_finder_that_brings_distributions_is_asked(monkeypatch):
    class Finder:
        def find_distributions(self, context):
            return iter(())

    monkeypatch.setattr(sys, "path", [])
    assert plugins._read() == []
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    assert plugins._read() is None


ENTRY_POINTS = """
[console_scripts]
other = other:main

# [flask.commands]
[kolben.commands]
# no = some:comment
stock = shop.stock:group.commands [extra]
hello=hello

[flask.commands]
stock = shop
"""


def test_what_is_read_is_what_importlib_metadata_says(project, tmp_path, monkeypatch):
    project("a/Some_Shop-1.dist-info/METADATA", METADATA)
    project("a/Some_Shop-1.dist-info/entry_points.txt", ENTRY_POINTS)
    project("a/hidden.by.an-other-one.egg-info", METADATA)
    project("b/Old.Shop.egg-info/PKG-INFO", METADATA.replace("Some-Plugin", "Old.Shop"))
    project("b/Old.Shop.egg-info/entry_points.txt", entry("flask.commands"))
    project("b/some_shop-2.dist-info/entry_points.txt", entry("flask.commands"))
    folders = [tmp_path / "missing", tmp_path / "a", tmp_path / "b"]
    monkeypatch.setattr(sys, "path", list(map(str, folders)))
    read = plugins._read()
    assert sorted(read) == sorted(plugins._ask())
    assert plugins.installed()[-1] == (
        "kolben.commands",
        "hello",
        "hello",
        "Some-Plugin",
    )


def test_an_entry_point_may_name_an_attribute_of_an_attribute():
    plugin = plugins.Plugin("kolben.commands", "join", "os : path.join [extra]", "os")
    assert plugin.load() is os.path.join


def test_an_entry_point_may_name_a_module():
    assert plugins.Plugin("kolben.commands", "os", "os", "os").load() is os


def test_a_distribution_without_metadata_is_called_as_its_folder(project, tmp_path, monkeypatch):
    project("some_shop-1.dist-info/entry_points.txt", entry("flask.commands"))
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert plugins._read()[0].distribution == "some_shop"
