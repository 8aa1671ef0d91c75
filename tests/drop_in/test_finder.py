"""Lending names to a room, in this process: nothing is installed."""

from types import ModuleType

import pytest

from kolben.drop_in.finder import FlaskFinder, lend, resolve


@pytest.fixture
def room():
    return ModuleType("room")


def test_a_lent_name_is_looked_up_when_asked_for(room):
    lend(room, {"dumps": "json:dumps", "late": "no.such.module:name"})
    assert room.dumps([1]) == "[1]"
    with pytest.raises(ModuleNotFoundError, match="no"):
        room.late  # noqa: B018  # the lookup is the test


def test_names_lent_by_two_modules_of_flask_add_up(room):
    lend(room, {"a": "json:dumps"})
    lend(room, {"b": "json:loads"})
    assert room.b(room.a(1)) == 1


def test_what_the_room_looks_up_itself_comes_first(room):
    own = {"dumps": "own dumps"}

    def lookup(name):
        if name not in own:
            raise AttributeError(name)
        return own[name]

    room.__getattr__ = lookup
    lend(room, {"dumps": "json:dumps", "loads": "json:loads"})
    assert room.dumps == "own dumps"
    assert room.loads("1") == 1
    with pytest.raises(AttributeError, match="other"):
        room.other  # noqa: B018  # the lookup is the test


def test_a_name_that_nobody_has(room):
    lend(room, {"dumps": "json:dumps"})
    with pytest.raises(AttributeError, match="module 'room' has no attribute 'nothing'"):
        room.nothing  # noqa: B018  # the lookup is the test


def test_lending_nothing_changes_nothing(room):
    lend(room, {})
    assert "__getattr__" not in vars(room)


def test_a_target_may_be_a_module():
    import json

    assert resolve("json") is json


@pytest.mark.parametrize("name", ["flasky", "kolben", "flask_login"])
def test_other_names_are_not_ours_to_find(name):
    assert FlaskFinder().find_spec(name) is None


def test_a_room_gives_its_code_to_runpy():
    spec = FlaskFinder().find_spec("flask.signals")
    assert spec.loader.get_code("flask.signals").co_filename.endswith("signals.py")
