"""kolben.json.tag: values that come back as they went."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from kolben.json.tag import JSONTag, TagDict, TaggedJSONSerializer

FORMAT = [
    ({"a": 1}, '{"a":1}'),
    ({"a": (1, [2])}, '{"a":{" t":[1,[2]]}}'),
    (b"\xff", '{" b":"/w=="}'),
    (Markup("<b>"), '{" m":"<b>"}'),
    (UUID(int=10), '{" u":"0000000000000000000000000000000a"}'),
    (datetime(2021, 2, 1, 7, 15, tzinfo=UTC), '{" d":"Mon, 01 Feb 2021 07:15:00 GMT"}'),
    ({" t": "text"}, '{" di":{" t__":"text"}}'),
    ({" t": (1,)}, '{" di":{" t__":{" t":[1]}}}'),
    ({" t__": b"a"}, '{" t__":{" b":"YQ=="}}'),
    ({" t": 1, " b": 2}, '{" t":1," b":2}'),
]


@pytest.mark.parametrize(("value", "text"), FORMAT)
def test_each_type_has_its_format(value, text) -> None:
    serializer = TaggedJSONSerializer()
    assert serializer.dumps(value) == text
    read = serializer.loads(text)
    assert (read, type(read)) == (value, type(value))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.uuids()
    | st.builds(Markup, st.text())
    | st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)).map(
        lambda moment: moment.replace(microsecond=0, fold=0)
    ),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.sampled_from([" t", " di", " di__", " b__"]), inner)
    ),
    max_leaves=15,
)


@given(values)
def test_any_value_comes_back_with_its_types(value) -> None:
    serializer = TaggedJSONSerializer()
    assert repr(serializer.loads(serializer.dumps(value))) == repr(value)


def test_anything_with_html_comes_back_as_markup() -> None:
    class Html:
        def __html__(self):
            return "<b>"

    serializer = TaggedJSONSerializer()
    assert serializer.loads(serializer.dumps(Html())) == Markup("<b>")


# tags of one's own


class Text(str):
    """A subclass of a type that JSON has."""

    __slots__ = ()


class TagText(JSONTag):
    __slots__ = ()
    key = " x"

    def check(self, value):
        return isinstance(value, str)

    def to_json(self, value):
        return value.upper()

    def to_python(self, value):
        return Text(value)


class TagOrderedDict(JSONTag):
    __slots__ = ()
    key = " od"

    def check(self, value):
        return isinstance(value, OrderedDict)

    def to_json(self, value):
        return [[key, self.serializer.tag(item)] for key, item in value.items()]

    def to_python(self, value):
        return OrderedDict(value)


def test_a_special_case_is_registered_before_its_type() -> None:
    serializer = TaggedJSONSerializer()
    serializer.register(TagOrderedDict, index=0)
    value = OrderedDict(b=(1,), a=2)
    read = serializer.loads(serializer.dumps(value))
    assert (read, type(read)) == (value, OrderedDict)


def test_a_registered_tag_sees_plain_text_too() -> None:
    serializer = TaggedJSONSerializer()
    serializer.register(TagText)
    assert serializer.dumps(["a"]) == '[{" x":"A"}]'


def test_a_tag_put_into_the_order_by_hand_sees_plain_text_too() -> None:
    serializer = TaggedJSONSerializer()
    serializer.order[-1] = TagText(serializer)
    assert serializer.tag("a") == {" x": "A"}


def test_a_tag_among_the_default_tags_of_a_subclass_sees_plain_text_too() -> None:
    class Serializer(TaggedJSONSerializer):
        default_tags = [TagText, *TaggedJSONSerializer.default_tags]

    assert Serializer().tag("a") == {" x": "A"}


@pytest.mark.parametrize(("index", "place"), [(None, -1), (0, 0), (-1, -2)])
def test_index_is_the_place_in_the_order(index, place) -> None:
    serializer = TaggedJSONSerializer()
    serializer.register(TagText, index=index)
    assert type(serializer.order[place]) is TagText


def test_a_key_can_be_taken_over_by_force_only() -> None:
    class Other(JSONTag):
        key = " di"

    serializer = TaggedJSONSerializer()
    with pytest.raises(KeyError, match="Tag ' di' is already registered for TagDict; pass force"):
        serializer.register(Other)
    assert type(serializer.tags[" di"]) is TagDict
    serializer.register(Other, force=True, index=0)
    assert type(serializer.tags[" di"]) is Other


@pytest.mark.parametrize("method", ["check", "to_json", "to_python"])
def test_the_base_tag_leaves_its_methods_to_subclasses(method) -> None:
    with pytest.raises(NotImplementedError):
        getattr(JSONTag(TaggedJSONSerializer()), method)(1)
