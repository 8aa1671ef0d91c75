"""`flask._compat` and the encoder classes, as extensions of Flask 0.x and 1.x use them."""

import json
from datetime import UTC, datetime

import pytest

from kolben.drop_in.legacy import coders, compat


def test_text_is_str():
    assert isinstance("x", compat.string_types)
    assert compat.text_type(1) == "1"
    assert not compat.PY2


def test_mappings_are_iterated():
    data = {"a": 1}
    assert list(compat.iterkeys(data)) == ["a"]
    assert list(compat.itervalues(data)) == [1]
    assert list(compat.iteritems(data)) == [("a", 1)]


def test_an_exception_is_raised_again():
    try:
        raise ValueError("first")
    except ValueError as error:
        kept = error
    with pytest.raises(ValueError, match="first"):
        compat.reraise(ValueError, kept)
    with pytest.raises(ValueError, match="first"):
        compat.reraise(ValueError, kept, kept.__traceback__)


def test_a_class_gets_its_metaclass():
    class Meta(type):
        pass

    class Thing(compat.with_metaclass(Meta, dict)):
        pass

    assert type(Thing) is Meta
    assert issubclass(Thing, dict)


def test_a_class_with_text_stays_as_it_is():
    @compat.implements_to_string
    class Thing:
        def __str__(self):
            return "thing"

    assert str(Thing()) == "thing"


def test_the_old_encoder_knows_dates():
    day = datetime(2024, 1, 2, tzinfo=UTC)
    assert json.dumps([day], cls=coders.JSONEncoder) == '["Tue, 02 Jan 2024 00:00:00 GMT"]'


def test_the_old_encoder_refuses_what_it_does_not_know():
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(object(), cls=coders.JSONEncoder)


def test_the_old_decoder_reads_json():
    assert json.loads("[1]", cls=coders.JSONDecoder) == [1]
