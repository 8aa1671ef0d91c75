from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request as WerkzeugRequest

from kolben import Request
from kolben.http.query import decode_query_string, parse_query, unescape

PIECES = [
    "a",
    "b",
    "q",
    "&",
    "=",
    "+",
    "%",
    "%C3%B6",
    "%c3",
    "%zz",
    "%2",
    "%26",
    "%00",
    "ö",
    " ",
    ";",
]
queries = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


def environ_of(query: str) -> dict[str, object]:
    raw = query.encode("utf-8", "surrogatepass").decode("latin1")
    return {**EnvironBuilder().get_environ(), "QUERY_STRING": raw}


@given(queries.filter(lambda text: text.isprintable() or text.isascii()))
@example("")
@example("a")
@example("=b")
@example("a=b=c&a=&&=")
def test_args_are_those_of_werkzeug(query):
    environ = environ_of(query)
    assert list(Request(environ).args.items(multi=True)) == list(
        WerkzeugRequest(environ).args.items(multi=True)
    )


@given(st.binary(max_size=12))
def test_any_bytes_are_parsed_and_where_werkzeug_can_as_werkzeug_does(raw):
    environ = {**environ_of(""), "QUERY_STRING": raw.decode("latin1")}
    found = Request(environ).args
    try:
        expected = WerkzeugRequest(environ).args
    except UnicodeDecodeError:
        assert parse_query(decode_query_string(raw)) == found
    else:
        assert list(found.lists()) == list(expected.lists())


def test_raw_bytes_that_are_no_utf8_stay_percent_encoded():
    request = Request({**environ_of(""), "QUERY_STRING": "q=\xff\xfe&ok=1"})
    assert request.args["q"] == "%FF%FE"
    assert request.args["ok"] == "1"
    assert request.full_path == "/?q=%FF%FE&ok=1"


@given(queries)
@example("a=b")
@example("a=b&a=c")
def test_forms_are_those_of_werkzeug(body):
    data = body.encode("utf-8", "surrogatepass")
    options = {
        "method": "POST",
        "data": data,
        "content_type": "application/x-www-form-urlencoded",
    }
    ours = Request(EnvironBuilder(**options).get_environ()).form
    theirs = WerkzeugRequest(EnvironBuilder(**options).get_environ()).form
    assert list(ours.lists()) == list(theirs.lists())


@pytest.mark.parametrize(
    ("escaped", "meant"),
    [("%2B", "+"), ("J%C3%B6rg", "Jörg"), ("%FFö", "%FFö"), ("100%", "100%")],
)
def test_unescape(escaped, meant):
    assert unescape(escaped) == meant
