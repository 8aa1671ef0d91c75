"""kolben.sessions.changes: what a request has changed, and how it is carried over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from kolben.sessions import session_json_serializer
from kolben.sessions.changes import (
    difference,
    pack,
    read_record,
    unpack,
    write_record,
)

records = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["1", "2", "[3]"]))


@given(records, records)
def test_a_difference_turns_the_one_record_into_the_other(then, now) -> None:
    assert difference(then, now).apply(then) == now


@given(records, records, records)
def test_changes_touch_only_their_own_keys(then, now, meanwhile) -> None:
    changes = difference(then, now)
    result = changes.apply(meanwhile)
    for key in meanwhile.keys() - changes.changed.keys() - changes.deleted:
        assert result[key] == meanwhile[key]


@given(records, records)
def test_applying_leaves_the_record_as_it_is(then, now) -> None:
    before = dict(then)
    difference(then, now).apply(then)
    assert then == before


def test_a_value_that_is_set_to_itself_has_not_changed() -> None:
    assert difference({"a": "1"}, {"a": "1"}) == ({}, frozenset())


def test_one_and_true_are_different_values() -> None:
    then, now = (write_record({"a": a}, session_json_serializer) for a in (1, True))
    assert difference(then, now).changed == {"a": "true"}


def test_values_keep_their_types() -> None:
    session = {"t": (1, "é"), "m": Markup("<b>"), "b": b"\xff", " t": 1, "n": {"x": [None]}}
    record = unpack(pack(write_record(session, session_json_serializer)))
    assert record is not None
    assert read_record(record, session_json_serializer) == session


def test_keys_become_text_as_in_json() -> None:
    assert write_record({1: "a"}, session_json_serializer) == {"1": '"a"'}


def test_a_value_that_cannot_be_saved_is_named() -> None:
    with pytest.raises(TypeError, match=r"session\['thing'\] can't be saved, it holds a object"):
        write_record({"thing": object()}, session_json_serializer)


@pytest.mark.parametrize("text", [None, "", "nonsense", "[1]", '{"a": 1}', "null"])
def test_what_is_no_record_is_none(text) -> None:
    assert unpack(text) is None


def test_an_empty_record_is_one() -> None:
    assert unpack(pack({})) == {}
