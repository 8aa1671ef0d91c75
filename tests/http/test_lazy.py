from __future__ import annotations

import pytest

from kolben.http.lazy import keeps, lazy, teach_names


class Thing:
    count = 0

    @lazy
    def value(self):
        """How often it was computed."""
        self.count += 1
        return self.count


def test_is_computed_once():
    thing = Thing()
    assert (thing.value, thing.value) == (1, 1)


def test_can_be_assigned_and_deleted():
    thing = Thing()
    thing.value = 7
    assert thing.value == 7
    del thing.value
    assert thing.value == 1


def test_on_the_class_it_is_the_descriptor():
    assert Thing.value.__doc__ == "How often it was computed."


def test_a_property_in_a_subclass_may_ask_with_super():
    class Doubled(Thing):
        @property
        def value(self):
            return super().value * 2

    thing = Doubled()
    assert (thing.value, thing.value) == (2, 2)


@pytest.mark.parametrize(("names", "kept"), [(["value"], False), (["count", "no_such"], True)])
def test_keeps_notices_what_a_mixin_overrides(names, kept):
    class Mixin:
        value = 3

    class Child(Mixin, Thing):
        pass

    assert keeps(Child, Thing, names) is kept


def test_taught_names_are_not_set():
    class Fresh:
        pass

    teach_names(Fresh, ["late"])
    assert not hasattr(Fresh(), "late")
