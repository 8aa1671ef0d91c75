"""kolben.json.provider: what json.dumps and json.loads would do, only sooner."""

from __future__ import annotations

import gc
import io
import json
import threading
import weakref
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.wrappers import Response

from kolben.json.provider import DefaultJSONProvider, JSONProvider, _default


class App:
    """As much of an app as a provider asks for."""

    debug = False
    response_class = Response


@pytest.fixture
def app():
    return App()


@pytest.fixture
def provider(app):
    return DefaultJSONProvider(app)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
data = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
FORMS = [{}, {"separators": (",", ":")}, {"indent": 2}, {"sort_keys": False, "skipkeys": True}]
LOCAL_APP = App()


# dumps


@given(data, st.sampled_from(FORMS), st.booleans(), st.booleans())
def test_dumps_writes_what_json_writes(value, form, ensure_ascii, sort_keys) -> None:
    provider = DefaultJSONProvider(LOCAL_APP)
    provider.ensure_ascii = ensure_ascii
    provider.sort_keys = sort_keys
    options = {"ensure_ascii": ensure_ascii, "sort_keys": sort_keys} | form
    assert provider.dumps(value, **form) == json.dumps(value, **options)


@pytest.mark.parametrize(
    ("attribute", "value", "before", "after"),
    [
        ("ensure_ascii", False, '{"b": "\\u2603", "a": 1}', '{"b": "☃", "a": 1}'),
        ("sort_keys", True, '{"b": "\\u2603", "a": 1}', '{"a": 1, "b": "\\u2603"}'),
    ],
)
def test_an_attribute_can_be_changed_at_any_time(provider, attribute, value, before, after) -> None:
    provider.sort_keys = False
    assert provider.dumps({"b": "☃", "a": 1}) == before
    setattr(provider, attribute, value)
    assert provider.dumps({"b": "☃", "a": 1}) == after


def test_an_attribute_of_the_class_can_be_changed_at_any_time(app, monkeypatch) -> None:
    provider = DefaultJSONProvider(app)
    assert provider.dumps({"b": 1, "a": 2}) == '{"a": 2, "b": 1}'
    monkeypatch.setattr(DefaultJSONProvider, "sort_keys", False)
    assert provider.dumps({"b": 1, "a": 2}) == '{"b": 1, "a": 2}'


def test_default_can_be_a_function_set_on_the_instance(provider) -> None:
    provider.default = lambda o: f"<{type(o).__name__}>"
    assert provider.dumps([object()]) == '["<object>"]'


def test_default_can_be_a_method_of_a_subclass(app) -> None:
    class Provider(DefaultJSONProvider):
        def default(self, o):
            return [type(self).__name__, repr(o)]

    assert Provider(app).dumps({1j}.pop()) == '["Provider", "1j"]'


def test_default_in_the_call_comes_first(provider) -> None:
    assert provider.dumps(date(2000, 1, 1), default=lambda o: o.year) == "2000"


def test_a_subclass_need_not_call_init_to_dump(app) -> None:
    class Provider(DefaultJSONProvider):
        def __init__(self, app):
            self.app = app

    assert Provider(app).dumps([1]) == "[1]"


@pytest.mark.parametrize("form", FORMS)
def test_data_that_contains_itself_is_a_value_error(provider, form) -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="Circular reference"):
        provider.dumps(circle, **form)


def test_after_an_error_the_same_object_can_be_dumped(provider) -> None:
    item: list[object] = [object()]
    with pytest.raises(TypeError, match="Object of type object is not JSON serializable; convert"):
        provider.dumps([item])
    item[0] = 1
    assert provider.dumps([item, item]) == "[[1], [1]]"


def test_one_object_can_be_dumped_by_two_threads_at_once(provider) -> None:
    shared = {"outer": [date(2000, 1, 1)]}
    inside = threading.Barrier(2, timeout=30)

    def meet(o):
        inside.wait()
        return o.year

    provider.default = meet
    texts: list[str] = []

    def dump():
        texts.append(provider.dumps(shared))

    threads = [threading.Thread(target=dump) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == ['{"outer": [2000]}'] * 2


def test_dump_writes_to_a_file(provider) -> None:
    file = io.StringIO()
    provider.dump({"a": 1}, file, indent=1)
    assert file.getvalue() == '{\n "a": 1\n}'


# _default


@dataclass
class Point:
    x: int
    y: list[int]


class Pair(NamedTuple):
    left: int
    right: int


class Html:
    def __html__(self):
        return Markup("<i>")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2021, 2, 1), '"Mon, 01 Feb 2021 00:00:00 GMT"'),
        (datetime(2021, 2, 1, 7, 15, tzinfo=UTC), '"Mon, 01 Feb 2021 07:15:00 GMT"'),
        (Decimal("0.10"), '"0.10"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Point(1, [2]), '{"x": 1, "y": [2]}'),
        (Pair(1, 2), "[1, 2]"),
        (Markup("<b>"), '"<b>"'),
        (Html(), '"<i>"'),
    ],
)
def test_default_provider_knows_more_types_than_json(provider, value, text) -> None:
    assert provider.dumps(value) == text


@pytest.mark.parametrize("value", [object(), Point, {1}], ids=["object", "class", "set"])
def test_default_refuses_what_it_does_not_know(value) -> None:
    with pytest.raises(TypeError, match=f"Object of type {type(value).__name__} is not JSON"):
        _default(value)


# loads


def outcome(loads, form) -> tuple[str, str]:
    """What it reads, or how it fails."""
    try:
        return "value", repr(loads(form))
    except ValueError as error:
        return type(error).__name__, str(error)


@given(data, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"]), st.data())
def test_loads_reads_text_and_bytes_as_json_does(value, encoding, draw) -> None:
    provider = DefaultJSONProvider(LOCAL_APP)
    space = st.sampled_from(["", " ", "\n", " \t\r\n"])
    text = draw.draw(space) + json.dumps(value, ensure_ascii=draw.draw(st.booleans()))
    text += draw.draw(space)
    assert provider.loads(text) == value
    try:
        raw = text.encode(encoding)
    except UnicodeEncodeError:  # a lone surrogate; JSON text can't be sent with it
        return
    assert provider.loads(raw) == value
    assert provider.loads(bytearray(raw)) == value


@given(st.text(alphabet='{}[]",:01e.- \ntrueNaIfiy\\u0\ufeff', max_size=12))
def test_loads_fails_exactly_when_and_how_json_fails(text) -> None:
    provider = DefaultJSONProvider(LOCAL_APP)
    for form in (text, text.encode()):
        assert outcome(provider.loads, form) == outcome(json.loads, form)


def test_loads_takes_the_options_of_json(provider) -> None:
    assert provider.loads("[1.5]", parse_float=Decimal) == [Decimal("1.5")]


@pytest.mark.parametrize("value", [None, 1, ["[]"]])
def test_loads_refuses_what_is_neither_text_nor_bytes(provider, value) -> None:
    with pytest.raises(TypeError, match="must be str, bytes or bytearray"):
        provider.loads(value)


def test_load_reads_a_file(provider) -> None:
    assert provider.load(io.BytesIO(b'{"a": 1}')) == {"a": 1}


# response


@pytest.mark.parametrize(
    ("debug", "compact", "body"),
    [
        (False, None, b'{"a":[1,2]}\n'),
        (True, True, b'{"a":[1,2]}\n'),
        (True, None, b'{\n  "a": [\n    1,\n    2\n  ]\n}\n'),
        (False, False, b'{\n  "a": [\n    1,\n    2\n  ]\n}\n'),
    ],
)
def test_response_is_indented_in_debug_mode_unless_told(app, debug, compact, body) -> None:
    app.debug = debug
    provider = DefaultJSONProvider(app)
    provider.compact = compact
    assert provider.response({"a": [1, 2]}).data == body


@pytest.mark.parametrize(
    ("args", "kwargs", "body"),
    [
        ((), {}, b"null\n"),
        ((None,), {}, b"null\n"),
        (([],), {}, b"[]\n"),
        ((1, "a"), {}, b'[1,"a"]\n'),
        ((), {"b": 1, "a": 2}, b'{"a":2,"b":1}\n'),
    ],
)
def test_response_takes_a_value_several_values_or_items(provider, args, kwargs, body) -> None:
    assert provider.response(*args, **kwargs).data == body


def test_response_refuses_values_and_items_together(provider) -> None:
    with pytest.raises(TypeError, match=r"either args or kwargs, not both; got 1 .* keywords a, b"):
        provider.response(1, a=2, b=3)


def test_response_has_the_apps_class_and_the_providers_media_type(app, provider) -> None:
    app.response_class = type("MyResponse", (Response,), {})
    provider.mimetype = "application/problem+json"
    response = provider.response({})
    assert type(response) is app.response_class
    assert response.mimetype == "application/problem+json"


def test_response_goes_through_an_overridden_dumps(app) -> None:
    class Provider(DefaultJSONProvider):
        def dumps(self, obj, **kwargs):
            return super().dumps({"wrapped": obj}, **kwargs)

    assert Provider(app).response(1).data == b'{"wrapped":1}\n'


# JSONProvider


class ReprProvider(JSONProvider):
    """A provider with the two methods that one must have."""

    def dumps(self, obj, **kwargs):
        return repr(obj)

    def loads(self, s, **kwargs):
        return f"read {s}"


def test_a_provider_of_two_methods_is_whole(app) -> None:
    provider = ReprProvider(app)
    file = io.StringIO()
    provider.dump((1,), file)
    response = provider.response(x=1)
    assert file.getvalue() == "(1,)"
    assert provider.load(io.StringIO("a")) == "read a"
    assert (response.data, response.mimetype) == (b"{'x': 1}", "application/json")


def test_the_base_provider_can_do_nothing_itself(app) -> None:
    provider = JSONProvider(app)
    with pytest.raises(NotImplementedError):
        provider.dumps(1)
    with pytest.raises(NotImplementedError):
        provider.loads("1")


def test_a_provider_does_not_keep_its_app_alive() -> None:
    gc.disable()
    try:
        app = App()
        app.json = DefaultJSONProvider(app)
        app.json.response({"a": 1})
        gone = weakref.ref(app)
        del app
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("value", [{"b": 1, "a": "\xe4"}, [1, 2], {}])
def test_the_body_alone_is_that_of_the_response(app, provider, value, debug) -> None:
    app.debug = debug
    assert provider.body_of(value) == provider.response(value).data


def test_who_makes_responses_of_its_own_is_asked_for_the_whole(app, provider) -> None:
    class Provider(DefaultJSONProvider):
        def response(self, *args, **kwargs):
            return app.response_class("own")

    provider.response = lambda value: app.response_class("own")
    assert [each.body_of({}) for each in (Provider(app), provider, JSONProvider(app))] == [None] * 3
