"""kolben.events: server-sent events, written and read as the WHATWG's standard has them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kolben import ServerSentEvent
from kolben.events import encode_event, parse_events


def encode(*args, **kwargs):
    return ServerSentEvent(*args, **kwargs).encode(json.dumps)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (ServerSentEvent("x"), "data: x\n\n"),
        (ServerSentEvent(""), "data: \n\n"),
        (ServerSentEvent("a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (ServerSentEvent("a\u2028b\x0bc"), "data: a\u2028b\x0bc\n\n"),
        (ServerSentEvent({"a": 1}), 'data: {"a": 1}\n\n'),
        (ServerSentEvent([1, 2]), "data: [1, 2]\n\n"),
        (ServerSentEvent(0), "data: 0\n\n"),
        (ServerSentEvent("x", id="7", event="add"), "id: 7\nevent: add\ndata: x\n\n"),
        (ServerSentEvent(retry=3000), "retry: 3000\n\n"),
        (ServerSentEvent(id=""), "id: \n\n"),
        (ServerSentEvent(comment="one\ntwo"), ": one\n: two\n\n"),
    ],
)
def test_an_event_is_written_line_by_line(event, text):
    assert event.encode(json.dumps) == text


def test_a_generator_may_yield_the_data_alone():
    assert encode_event("x", json.dumps) == "data: x\n\n"
    assert encode_event({"a": 1}, json.dumps) == 'data: {"a": 1}\n\n'


@pytest.mark.parametrize("name", ["id", "event"])
@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
def test_what_would_break_a_line_is_refused(name, value):
    with pytest.raises(ValueError, match=f"an event's {name} has no line break and no NULL"):
        ServerSentEvent("x", **{name: value})


def test_an_id_that_is_no_text_is_refused():
    with pytest.raises(TypeError, match="an event's id is text, not 'int': 7"):
        ServerSentEvent("x", id=7)


@pytest.mark.parametrize("retry", [-1, 1.5, "3", True])
def test_a_retry_that_is_no_number_of_milliseconds_is_refused(retry):
    with pytest.raises(ValueError, match="number of milliseconds"):
        ServerSentEvent(retry=retry)


def test_bytes_are_refused():
    with pytest.raises(TypeError, match="not bytes; decode them first"):
        ServerSentEvent(b"x")


LINE = st.text().filter(lambda text: not set(text) & {"\r", "\n", "\0"})
EVENTS = st.builds(
    ServerSentEvent,
    data=st.text().map(lambda text: text.replace("\r\n", "\n").replace("\r", "\n")),
    id=st.none() | LINE,
    event=st.none() | LINE,
    retry=st.none() | st.integers(min_value=0),
)


@given(st.lists(EVENTS), st.integers(min_value=1, max_value=7))
def test_what_was_written_is_read_again_however_it_is_cut(events, size):
    text = "".join(event.encode(json.dumps) for event in events)
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    assert list(parse_events(chunks)) == events


@given(st.text())
def test_anything_can_be_read(text):
    for event in parse_events([text]):
        assert isinstance(event, ServerSentEvent)


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("data:x\r\rdata:y\r\n", ServerSentEvent("x")),
        ("data: x\r\n\r\n", ServerSentEvent("x")),
        ("data\n\n", ServerSentEvent("")),
        ("data:  two spaces\n\n", ServerSentEvent(" two spaces")),
        ("unknown: x\ndata: y\nretry: soon\n\n", ServerSentEvent("y")),
        (": ping\n\n", ServerSentEvent(comment="ping")),
    ],
)
def test_the_standards_forms_are_read(text, event):
    assert next(parse_events([text])) == event
