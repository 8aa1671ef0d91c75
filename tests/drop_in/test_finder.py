"""Which modules the finder answers for, in this process: nothing is installed."""

import pytest

from kolben.drop_in.finder import FlaskFinder


@pytest.mark.parametrize("name", ["flasky", "kolben", "flask_login"])
def test_other_names_are_not_ours_to_find(name):
    assert FlaskFinder().find_spec(name) is None


def test_a_room_gives_its_code_to_runpy():
    spec = FlaskFinder().find_spec("flask.signals")
    assert spec.loader.get_code("flask.signals").co_filename.endswith("signals.py")
