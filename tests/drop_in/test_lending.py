"""Lending names to a room, in this process: nothing is installed."""

from types import ModuleType

import pytest

from kolben.drop_in.legacy.removed import Removed
from kolben.drop_in.lending import lend, resolve


@pytest.fixture
def room():
    return ModuleType("room")


def test_a_lent_name_is_looked_up_when_asked_for(room):
    lend(room, "flask.room", {"dumps": "json:dumps", "late": "no.such.module:name"})
    assert room.dumps([1]) == "[1]"
    with pytest.raises(ModuleNotFoundError, match="no"):
        room.late  # noqa: B018  # the lookup is the test


def test_names_lent_by_two_modules_of_flask_add_up(room):
    lend(room, "flask.room", {"a": "json:dumps"})
    lend(room, "flask.room", {"b": "json:loads"})
    assert room.b(room.a(1)) == 1


def test_what_the_room_looks_up_itself_comes_first(room):
    own = {"dumps": "own dumps"}

    def lookup(name):
        if name not in own:
            raise AttributeError(name)
        return own[name]

    room.__getattr__ = lookup
    lend(room, "flask.room", {"dumps": "json:dumps", "loads": "json:loads"})
    assert room.dumps == "own dumps"
    assert room.loads("1") == 1
    with pytest.raises(AttributeError, match="other"):
        room.other  # noqa: B018  # the lookup is the test


def test_a_name_that_nobody_has(room):
    lend(room, "flask.room", {"dumps": "json:dumps"})
    with pytest.raises(AttributeError, match="module 'room' has no attribute 'nothing'"):
        room.nothing  # noqa: B018  # the lookup is the test


def test_lending_nothing_changes_nothing(room):
    lend(room, "flask.room", {})
    assert "__getattr__" not in vars(room)


def test_a_target_may_be_a_module():
    import json

    assert resolve("json") is json


def test_a_removed_name_warns_under_flasks_name(room):
    lend(room, "flask.room", {"old": Removed("json:dumps", "new")})
    with pytest.warns(DeprecationWarning, match=r"flask\.room\.old was removed .* use new") as all_:
        room.old([])
    assert [each.filename for each in all_] == [__file__]
