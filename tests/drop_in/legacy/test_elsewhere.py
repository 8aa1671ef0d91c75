"""Removed names of other libraries: what the tables say is so."""

from importlib import import_module

import pytest

from kolben.drop_in.legacy.elsewhere import NAMES, ROOMS
from kolben.drop_in.lending import resolve


@pytest.mark.filterwarnings("ignore:.*OrderedMultiDict:DeprecationWarning")  # Werkzeug's own
@pytest.mark.parametrize("module", NAMES)
def test_every_removed_name_points_at_something(module):
    for removed in NAMES[module].values():
        assert resolve(removed.target) is not None


@pytest.mark.parametrize("module", NAMES)
def test_no_entry_stands_for_what_the_module_has_itself(module):
    assert not NAMES[module].keys() & vars(import_module(module)).keys()


@pytest.mark.parametrize("room", [name for name, removed in ROOMS.items() if removed.target])
def test_every_removed_module_points_at_a_module(room):
    assert import_module(ROOMS[room].target)
