"""The same constructor arguments and the same changes put the same on the wire as with Werkzeug."""

from __future__ import annotations

import copy
import gc
import pickle
import re
import weakref
from http import HTTPStatus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response as WerkzeugResponse

from kolben import Response
from kolben.http.response import _OK


class Werkzeugs(WerkzeugResponse):
    """What Kolben's class is compared with: Werkzeug's, with Flask's default type."""

    default_mimetype = "text/html"


def run(response, method="GET", **extra):
    """Call a response as a server does."""
    environ = {**EnvironBuilder(method=method).get_environ(), **extra}
    started = []
    body = response(environ, lambda status, headers: started.append((status, headers)))
    data = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return (*started, data)


class Closable:
    def __init__(self):
        self.closed = 0

    def __iter__(self):
        return iter(["ä", b"b"])

    def close(self):
        self.closed += 1


BODIES = {
    "text": lambda: "Hello, Wörld!",
    "bytes": lambda: b"\xff\x00",
    "bytearray": lambda: bytearray(b"abc"),
    "markup": lambda: Markup("<b>&amp;</b>"),
    "empty text": lambda: "",
    "nothing": lambda: None,
    "list": lambda: [b"a", "b"],
    "list of one": lambda: [b"a"],
    "list of one text": lambda: ["ä"],
    "empty list": list,
    "tuple": lambda: (b"a", b"b"),
    "generator": lambda: (piece for piece in ["ä", b"b"]),
    "closable": Closable,
}
STATUSES = [
    *(None, 200, 201, 204, 304, 100, 404, 418, 599, 0, 777, HTTPStatus.CREATED, "200 OK", "404"),
    *("200 Fine", "299 ", " 500 broken ", "only text", True),
]
HEADERS = {
    "none": lambda: None,
    "empty": dict,
    "dict": lambda: {"X-A": "1", "X-B": "2"},
    "list": lambda: [("X-A", "1"), ("X-A", "2")],
    "values": lambda: {"X-A": ["1", "2"], "X-N": 3},
    "Headers": lambda: Headers([("X-A", "1"), ("Content-Type", "text/x")]),
    "empty Headers": Headers,
    "content type": lambda: {"content-type": "text/x-own"},
    "content length": lambda: [("content-LENGTH", "3"), ("X-A", "1")],
    "location": lambda: {"Location": "/a b/ü?x=ä#f"},
    "safe location": lambda: {"Location": "/a/b?x=1"},
    "content location": lambda: {"Content-Location": "/ü"},
}
TYPES = [
    None,
    "",
    "text/plain",
    "application/json",
    "image/svg+xml",
    "application/xml",
    "text/x;a=b",
]


def cookie(response):
    response.set_cookie("a", "b c", max_age=5, httponly=True, path="/ä")
    response.delete_cookie("d")


def stream(response):
    response.stream.write(b"more")


def header_set(response):
    response.vary.add("Cookie")
    response.headers["X-Late"] = "1"
    response.cache_control.max_age = 3


def set_(name, value):
    return lambda response: setattr(response, name, value)


CHANGES = {
    "nothing": lambda _response: None,
    "look at headers": lambda response: response.headers,
    "look at body": lambda response: response.response,
    "get_data": lambda response: response.get_data(as_text=False),
    "set_data": lambda response: response.set_data("new dätä"),
    "data": set_("data", b"new"),
    "response list": lambda response: setattr(response, "response", ["a", "bc"]),
    "response of one": lambda response: setattr(response, "response", [b"other length"]),
    "response generator": lambda response: setattr(response, "response", iter([b"x", b"y"])),
    "append": lambda response: response.make_sequence() or response.response.append("ö"),
    "freeze": lambda response: response.freeze(),
    "make_sequence": lambda response: response.make_sequence(),
    "etag": lambda response: response.add_etag(weak=True),
    "status": set_("status", "201 Made"),
    "status_code": set_("status_code", 404),
    "no content": set_("status_code", 204),
    "mimetype": set_("mimetype", "text/csv"),
    "content_type": set_("content_type", "a/b; c=d"),
    "content_length": set_("content_length", 3),
    "no length": lambda response: response.headers.pop("Content-Length", None),
    "cookie": cookie,
    "stream": stream,
    "headers": header_set,
    "location": set_("location", "http://bücher.example/ü?q=a b"),
    "relative location": set_("location", "next?x=ä"),
    "safe location": set_("location", "/next/page?x=1&y=2"),
    "twice located": lambda response: response.headers.extend(
        [("location", "/a"), ("LOCATION", "/b")]
    ),
    "content location": set_("content_location", "/ä"),
    "new headers": lambda response: setattr(response, "headers", Headers([("X-New", "1")])),
    "autocorrect": set_("autocorrect_location_header", True),
    "no automatic length": set_("automatically_set_content_length", False),
    "passthrough": set_("direct_passthrough", True),
    "no conversion": set_("implicit_sequence_conversion", False),
    "conditional": lambda response: response.make_conditional(
        {**EnvironBuilder().get_environ(), "HTTP_IF_NONE_MATCH": "*"}
    ),
    "range": lambda response: response.make_conditional(
        {**EnvironBuilder().get_environ(), "HTTP_RANGE": "bytes=1-2"}, True, 9
    ),
    "on close": lambda response: response.call_on_close(list),
}


def outcome(cls, body, status, headers, mimetype, content_type, direct, changes, method):
    try:
        response = cls(BODIES[body](), status, HEADERS[headers](), mimetype, content_type, direct)
        for change in changes:
            CHANGES[change](response)
        return run(response, method), response.status, response.status_code, list(response.headers)
    except Exception as error:
        return type(error), str(error)


def without_date(result):
    """Leave out what the clock says: a Date, and an Expires made of a max_age (1970's is fixed)."""
    text = str(result).partition("('Date', ")[0]
    return re.sub(r"Expires=\w{3}, \d\d \w{3} 2\d{3} [\d:]{8} GMT", "Expires=soon", text)


cases = st.tuples(
    st.sampled_from(sorted(BODIES)),
    st.sampled_from(STATUSES),
    st.sampled_from(sorted(HEADERS)),
    st.sampled_from(TYPES),
    st.sampled_from([None, None, "x/y"]),
    st.sampled_from([False, False, False, True]),
    st.lists(st.sampled_from(sorted(CHANGES)), max_size=3),
    st.sampled_from(["GET", "GET", "POST", "HEAD"]),
)


@settings(max_examples=1000, deadline=None)
@given(cases)
def test_same_arguments_and_changes_give_the_same_answer(case):
    assert without_date(outcome(Response, *case)) == without_date(outcome(Werkzeugs, *case))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("body", ["text", "generator"])
def test_every_change_alone(body, change):
    case = (body, None, "none", None, None, False, [change], "GET")
    assert without_date(outcome(Response, *case)) == without_date(outcome(Werkzeugs, *case))


@given(st.text(st.sampled_from("/aü?=#%2f;:@&.-_~ \\[]'\"\x00\n"), max_size=10))
def test_any_location_is_sent_as_werkzeug_sends_it(location):
    def located(cls):
        response = cls("", 302)
        try:
            response.headers["Location"] = f"/{location}"
            return run(response)
        except ValueError as error:
            return str(error)

    assert located(Response) == located(Werkzeugs)


def test_an_untouched_response_is_sent_without_a_headers_object():
    response = Response("Hello")
    status, headers = run(response)[0]
    assert response._headers is None
    assert status == _OK
    assert headers == [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "5")]


def test_what_a_server_does_to_the_headers_stays_there():
    response = Response("Hello")
    run(response)[0][1].append(("X-Server", "1"))
    assert run(response)[0][1] == list(response.headers)
    run(response)[0][1].append(("X-Server", "1"))
    assert "X-Server" not in response.headers


@pytest.mark.parametrize(
    "arguments",
    [
        {"mimetype": "text/html\r\nX-Evil: 1"},
        {"content_type": "text/html\nX-Evil: 1"},
        {"headers": {"X-A": "a\r\nX-Evil: 1"}},
        {"headers": [("X-A", "a\nX-Evil: 1")]},
    ],
)
def test_a_line_break_in_a_header_is_refused(arguments):
    for _ in range(2):
        with pytest.raises(ValueError, match="must not contain newline"):
            Response("x", **arguments)


def test_a_line_break_in_a_later_header_is_refused():
    response = Response("x")
    with pytest.raises(ValueError, match="newline"):
        response.headers["X-A"] = "a\r\nX-Evil: 1"


@pytest.mark.parametrize("name", ["close", "call_on_close"])
def test_callbacks_run_once_at_the_end(name):
    called = []
    response = Response("x")
    if name == "close":
        response.response = closable = Closable()
    response.call_on_close(lambda: called.append(1))
    run(response)
    assert called == [1]
    if name == "close":
        assert closable.closed == 1


def test_with_closes():
    called = []
    with Response("x") as response:
        response.call_on_close(lambda: called.append(1))
    assert called == [1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("get_wsgi_headers", lambda _self, _environ: Headers([("X-Own", "1")])),
        ("get_app_iter", lambda _self, _environ: [b"own"]),
        ("get_wsgi_response", lambda _self, _environ: ([b"own"], "299 OWN", [("X-Own", "1")])),
        ("iter_encoded", lambda _self: iter([b"own"])),
        ("default_mimetype", "own/type"),
        ("default_status", 299),
        ("automatically_set_content_length", False),
        ("autocorrect_location_header", True),
        ("is_sequence", False),
        ("default_mimetype", None),
        ("status_code", property(lambda _self: 204)),
        ("set_data", lambda self, _value: setattr(self, "response", [b"own"])),
        ("__call__", lambda _self, _environ, start: start("200 OK", []) or [b"own"]),
    ],
)
def test_what_a_subclass_overrides_counts(name, value):
    results = []
    for base in (Response, Werkzeugs):
        cls = type("Own", (base,), {name: value})
        results.append([run(cls("x", 302, {"Location": "a"})), run(cls("x")), run(cls())])
    assert results[0] == results[1]


def test_a_mixin_before_the_class_counts():
    class Mixin:
        def get_wsgi_headers(self, environ):
            headers = super().get_wsgi_headers(environ)
            headers["X-Mixin"] = "1"
            return headers

    class Mixed(Mixin, Response):
        pass

    assert ("X-Mixin", "1") in run(Mixed("x"))[0][1]


def test_close_of_a_subclass_is_called():
    closed = []

    class Own(Response):
        def close(self):
            closed.append(1)
            super().close()

    run(Own("x"))
    assert closed == [1]


def test_force_type_takes_werkzeugs_responses():
    response = NotFound().get_response()
    forced = Response.force_type(response)
    assert forced is response
    assert type(forced) is Response
    forced.call_on_close(list)
    forced.headers["X-A"] = "1"
    assert run(forced)[0][0] == "404 NOT FOUND"
    assert run(forced)[0][1][-1] == ("X-A", "1")
    assert b"Not Found" in forced.data


def test_force_type_takes_our_own_and_its_subclasses():
    class Own(Response):
        pass

    made = Response("x", 201)
    assert type(Own.force_type(made)) is Own
    assert run(made) == run(Own("x", 201))
    assert type(Response.force_type(Own("x"))) is Response


@pytest.mark.parametrize("touched", [False, True])
def test_a_class_of_werkzeugs_can_take_our_response(touched):
    made, expected = Response("x", 201), Werkzeugs("x", 201)
    for response in (made, expected) if touched else ():
        response.headers["X-A"] = "1"
    made.become_werkzeugs()
    forced = Werkzeugs.force_type(made)
    assert type(forced) is Werkzeugs
    assert run(forced) == run(expected)
    assert run(Response.force_type(forced)) == run(expected)


def test_force_type_and_from_app_run_an_application():
    def application(environ, start_response):
        start_response("202 ACCEPTED", [("Content-Type", "text/plain"), ("X-A", "1")])
        return [b"a", b"b"]

    environ = EnvironBuilder().get_environ()
    for response in (
        Response.force_type(application, environ),
        Response.from_app(application, environ),
    ):
        assert (
            run(response)
            == (
                (
                    "202 ACCEPTED",
                    [("Content-Type", "text/plain"), ("X-A", "1"), ("Content-Length", "2")],
                ),
                b"ab",
            )
            or run(response)[0][0] == "202 ACCEPTED"
        )
        assert type(response) is Response
        assert response.headers["X-A"] == "1"
    with pytest.raises(TypeError, match="without an environ"):
        Response.force_type(application)


@pytest.mark.parametrize("touched", [False, True])
def test_can_be_pickled_and_copied(touched):
    response = Response("x", 201, {"X-A": "1"})
    if touched:
        response.freeze()
    for other in (pickle.loads(pickle.dumps(response)), copy.deepcopy(response)):
        assert run(other) == run(response)
        assert other.headers == response.headers


def test_dies_by_reference_count():
    gc.collect()
    gc.disable()
    try:
        response = Response("x")
        response.headers["X-A"] = "1"
        response.call_on_close(list)
        run(response)
        died = weakref.ref(response)
        del response
        assert died() is None
    finally:
        gc.enable()


def test_json():
    response = Response('{"a": 1}\n', mimetype="application/json")
    assert response.is_json
    assert response.get_json() == response.json == {"a": 1}
    assert run(response)[0][1][0] == ("Content-Type", "application/json")
    assert Response("{", mimetype="application/json").get_json(silent=True) is None
    assert Response("{}").get_json() is None


def test_max_cookie_size_comes_from_the_config(app):
    response = Response()
    assert response.max_cookie_size == 4093
    with app.app_context():
        app.config["MAX_COOKIE_SIZE"] = 10
        assert response.max_cookie_size == 10
        with pytest.warns(UserWarning, match="too large"):
            response.set_cookie("a", "b" * 20)


def test_repr_is_werkzeugs():
    for case in (("x",), ("x", 404), (iter([]),), ([],)):
        assert repr(Response(*case)) == repr(Werkzeugs(*case)).replace("Werkzeugs", "Response")


def test_headers_set_replace_those_of_that_name_in_any_case():
    response = Response("body", headers=[("X-A", "1"), ("x-a", "2")])
    response.headers["X-a"] = "3"
    response.headers["X-B"] = 4
    assert [pair for pair in response.headers if pair[0].startswith("X")] == [
        ("X-a", "3"),
        ("X-B", "4"),
    ]


def test_headers_refuse_line_breaks():
    with pytest.raises(ValueError, match="newline"):
        Response("body").headers["X-A"] = "a\nb"


def test_headers_are_compared_with_werkzeugs_either_way():
    from werkzeug.datastructures import Headers

    headers, theirs = Response("body").headers, Headers(Response("body").headers)
    assert headers == theirs
    assert theirs == headers
    assert headers != Headers()
