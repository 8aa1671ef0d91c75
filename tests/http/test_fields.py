from __future__ import annotations

import copy
import pickle

import pytest
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import BadRequest

from kolben.http.fields import make_fields


@pytest.fixture
def fields():
    return make_fields({"a": ["1", "2"], "b": ["x"]})


@pytest.fixture
def theirs():
    return ImmutableMultiDict([("a", "1"), ("a", "2"), ("b", "x")])


def test_is_an_immutable_multi_dict_like_werkzeugs(fields, theirs):
    assert isinstance(fields, ImmutableMultiDict)
    assert fields == theirs
    assert repr(fields) == repr(theirs)
    assert hash(fields) == hash(theirs)
    assert fields.to_dict(flat=False) == theirs.to_dict(flat=False)
    assert fields.getlist("a", type=int) == [1, 2]


@pytest.mark.parametrize(
    ("key", "default", "convert"),
    [
        ("a", None, None),
        ("a", None, int),
        ("b", 7, int),
        ("b", 7, None),
        ("c", 7, int),
        ("c", None, None),
        ("a", 7, lambda value: None + value),
    ],
)
def test_get_is_werkzeugs(fields, theirs, key, default, convert):
    assert fields.get(key, default, convert) == theirs.get(key, default, convert)


def test_a_missing_key_is_a_bad_request_and_a_key_error(fields):
    with pytest.raises(KeyError) as caught:
        fields["c"]
    assert isinstance(caught.value, BadRequest)
    assert caught.value.args == ("c",)


def test_an_error_of_another_kind_in_the_converter_is_not_hidden(fields):
    with pytest.raises(ZeroDivisionError):
        fields.get("a", type=lambda _value: 1 // 0)


def test_cannot_be_changed(fields):
    with pytest.raises(TypeError, match="immutable"):
        fields["a"] = "3"


def test_copies(fields):
    assert type(fields.copy()) is MultiDict
    assert copy.copy(fields) is fields
    assert fields.deepcopy() == fields
    assert pickle.loads(pickle.dumps(fields)) == fields
    assert type(fields)([("a", "1"), ("a", "2"), ("b", "x")]) == fields
