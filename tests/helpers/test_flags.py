"""Tests of kolben.helpers.flags: what the environment says about debug mode and .env files."""

from __future__ import annotations

import pytest

from kolben.helpers import get_debug_flag, get_load_dotenv

NAMES = ("KOLBEN_DEBUG", "FLASK_DEBUG", "KOLBEN_SKIP_DOTENV", "FLASK_SKIP_DOTENV")


@pytest.fixture(autouse=True)
def _unset(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", ["KOLBEN_DEBUG", "FLASK_DEBUG"])
@pytest.mark.parametrize(
    ("value", "flag"),
    [("", False), ("0", False), ("False", False), ("NO", False), ("1", True), ("anything", True)],
)
def test_debug_flag_is_read_from_either_name(monkeypatch, name, value, flag):
    monkeypatch.setenv(name, value)
    assert get_debug_flag() is flag


def test_debug_is_off_by_default():
    assert get_debug_flag() is False


def test_the_native_name_wins(monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    monkeypatch.setenv("KOLBEN_DEBUG", "0")
    assert get_debug_flag() is False


@pytest.mark.parametrize("default", [True, False])
def test_dotenv_default_holds_when_nothing_is_set(monkeypatch, default):
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "")
    assert get_load_dotenv(default) is default


@pytest.mark.parametrize("name", ["KOLBEN_SKIP_DOTENV", "FLASK_SKIP_DOTENV"])
@pytest.mark.parametrize(
    ("value", "load"), [("1", False), ("yes", False), ("0", True), ("No", True)]
)
def test_dotenv_files_can_be_skipped(monkeypatch, name, value, load):
    monkeypatch.setenv(name, value)
    assert get_load_dotenv() is load
