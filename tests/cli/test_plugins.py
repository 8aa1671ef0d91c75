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
METADATA = "Metadata-Version: 2.1\nName: some-plugin\nVersion: 1\n"


def entry(group):
    return f"[{group}]\nhello = some_plugin:hello\n"


@pytest.fixture
def kolben(tmp_path):
    """Run the command in a process of its own, with more on its path."""

    def run(*paths, args):
        code = f"import sys; sys.path[:0] = {list(map(str, paths))!r}\n"
        code += "import kolben.cli; kolben.cli.main()"
        command = [sys.executable, "-c", code, *args]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )

    return run


@pytest.mark.parametrize("group", ["flask.commands", "kolben.commands"])
def test_a_plugin_adds_a_command(project, tmp_path, kolben, group):
    project("site/some_plugin.py", PLUGIN)
    project("site/some_plugin-1.dist-info/METADATA", METADATA)
    project("site/some_plugin-1.dist-info/entry_points.txt", entry(group))
    result = kolben(tmp_path / "site", args=["hello"])
    assert result.stdout == "hello from the plugin\n"


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
    assert not plugins._is_any_mentioned()
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    assert plugins._is_any_mentioned()


def test_other_entry_points_are_no_reason_to_ask(project, tmp_path, monkeypatch):
    project("other-1.dist-info/entry_points.txt", "[console_scripts]\nother = other:main\n")
    project("folder.dist-info/METADATA", METADATA)
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "missing")])
    assert not plugins._is_any_mentioned()
