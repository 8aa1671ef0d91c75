"""Tests of kolben.helpers.names: a module's folder and a blueprint's outer names."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

import kolben
from kolben.helpers import _split_blueprint_path, get_root_path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_a_loaded_package_has_the_folder_of_its_file():
    assert get_root_path("kolben") == str(Path(kolben.__file__).absolute().parent)


def test_a_module_is_found_without_importing_it(folder):
    (folder / "breaks_on_import.py").write_text("raise NotImplementedError")
    assert get_root_path("breaks_on_import") == str(folder)
    assert "breaks_on_import" not in sys.modules


def test_a_package_that_is_not_loaded_has_its_own_folder(folder):
    (folder / "quiet_package").mkdir()
    (folder / "quiet_package" / "__init__.py").touch()
    assert get_root_path("quiet_package") == str(folder / "quiet_package")


@pytest.mark.parametrize("name", ["no_such_module_at_all", "no_such_package.inner", "", "."])
def test_an_unknown_module_has_the_working_directory(name):
    assert get_root_path(name) == str(Path.cwd())


def test_an_interactive_main_has_the_working_directory(monkeypatch):
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    assert get_root_path("__main__") == str(Path.cwd())


def test_a_namespace_package_says_to_give_the_root_path(folder):
    (folder / "spread_out").mkdir()
    import_module("spread_out")
    with pytest.raises(RuntimeError, match=r"module 'spread_out'.*'root_path='"):
        get_root_path("spread_out")
    del sys.modules["spread_out"]


class NamelessLoader(Loader):
    """Loads a module without being able to name its file beforehand."""

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__file__ = "/somewhere/else/nameless_module.py"


class NamelessFinder:
    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, NamelessLoader()) if name == "nameless_module" else None


def test_a_loader_without_file_names_is_asked_by_importing(monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [NamelessFinder(), *sys.meta_path])
    assert get_root_path("nameless_module") == str(Path("/somewhere/else").absolute())
    sys.modules.pop("nameless_module", None)


@pytest.mark.parametrize(
    ("name", "names"), [("a", ["a"]), ("a.b.c", ["a.b.c", "a.b", "a"]), ("", [""])]
)
def test_blueprint_names_go_from_the_inside_out(name, names):
    assert _split_blueprint_path(name) == names
