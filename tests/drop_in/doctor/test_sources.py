"""Which files there are to look at."""

import sys

import pytest

from kolben.drop_in.doctor.sources import SourceError, files_of_app, files_of_extension


def test_a_distribution_has_its_sources_and_no_tests():
    names = {file.name for file in files_of_extension("itsdangerous")}
    assert "timed.py" in names
    assert "conftest.py" not in names


def test_a_package_is_found_by_its_own_name_too(tmp_path, monkeypatch):
    package = tmp_path / "flask_pebble"
    (package / "tests").mkdir(parents=True)
    for name in ("__init__.py", "parts.py", "tests/test_it.py"):
        (package / name).write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("flask_pebble", "Flask-Pebble"):
        assert [file.name for file in files_of_extension(name)] == ["__init__.py", "parts.py"]


def test_what_is_not_installed_is_an_error():
    with pytest.raises(SourceError, match="no distribution and no package 'flask-nothing'"):
        files_of_extension("flask-nothing")


def test_an_app_in_a_package_has_all_of_it(tmp_path, monkeypatch):
    package = tmp_path / "a_package_of_apps"
    package.mkdir()
    for name in ("__init__.py", "never_loaded.py"):
        (package / name).write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    __import__(package.name)
    try:
        files = files_of_app(package.name, str(package))
    finally:
        del sys.modules[package.name]
    assert [file.name for file in files] == ["__init__.py", "never_loaded.py"]
