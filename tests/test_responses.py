"""From what a view returns to what is sent: every form, what is refused, and streaming."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from kolben import Kolben, Response, g, jsonify, make_response, request, stream_with_context


def plain_wsgi(environ, start_response):
    """A WSGI app of somebody else."""
    start_response("202 Accepted", [("Content-Type", "text/x-wsgi")])
    return [b"from ", b"WSGI"]


class Text(str):
    """Text of a user's own class."""

    __slots__ = ()


HTML, JSON = "text/html; charset=utf-8", "application/json"

FORMS = {
    "text": (lambda: "ä", "ä", 200, HTML),
    "text of a subclass": (lambda: Text("ä"), "ä", 200, HTML),
    "empty text": (lambda: "", "", 200, HTML),
    "bytes": (lambda: b"x", "x", 200, HTML),
    "bytearray": (lambda: bytearray(b"x"), "x", 200, HTML),
    "dict": (lambda: {"a": 1}, '{"a":1}\n', 200, JSON),
    "list": (lambda: [1, 2], "[1,2]\n", 200, JSON),
    "empty list": (list, "[]\n", 200, JSON),
    "iterator": (lambda: iter(["a", "b"]), "ab", 200, HTML),
    "generator": (lambda: (c for c in "ab"), "ab", 200, HTML),
    "response": (lambda: Response("x", 201), "x", 201, HTML),
    "Werkzeug's response": (
        lambda: WerkzeugResponse("x", 202),
        "x",
        202,
        "text/plain; charset=utf-8",
    ),
    "WSGI app": (lambda: plain_wsgi, "from WSGI", 202, "text/x-wsgi"),
    "HTTP error": (lambda: NotFound("gone"), None, 404, HTML),
    "(body, status)": (lambda: ("x", 201), "x", 201, HTML),
    "(body, status as text)": (lambda: ("x", "201 MADE"), "x", 201, HTML),
    "(body, headers)": (lambda: ("x", {"X-A": "1"}), "x", 200, HTML),
    "(body, list of headers)": (lambda: ("x", [("X-A", "1")]), "x", 200, HTML),
    "(body, Headers)": (lambda: ("x", Headers({"X-A": "1"})), "x", 200, HTML),
    "(body, status, headers)": (lambda: ("x", 201, {"X-A": "1"}), "x", 201, HTML),
    "(dict, status)": (lambda: ({"a": 1}, 201), '{"a":1}\n', 201, JSON),
    "(list, headers)": (lambda: ([1], {"X-A": "1"}), "[1]\n", 200, JSON),
    "(response, status)": (lambda: (Response("x"), 201), "x", 201, HTML),
    "(response, status, headers)": (
        lambda: (Response("x"), "201 MADE", {"X-A": "1"}),
        "x",
        201,
        HTML,
    ),
    "(WSGI app, status)": (lambda: (plain_wsgi, 203), "from WSGI", 203, "text/x-wsgi"),
    "(body, content type)": (lambda: ("x", {"Content-Type": "text/x"}), "x", 200, "text/x"),
    "(dict, content type)": (
        lambda: ({}, {"Content-Type": "application/x+json"}),
        "{}\n",
        200,
        "application/x+json",
    ),
}


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_result_becomes_a_response(app, client, form, kind):
    view, text, status, content_type = FORMS[form]
    if kind == "async def":
        result = view

        async def view():
            return result()

    app.add_url_rule("/", "index", view)
    with client.get("/") as response:
        assert text is None or response.text == text
        assert (response.status_code, response.headers["Content-Type"]) == (status, content_type)


@pytest.mark.parametrize("form", [form for form in FORMS if "headers" in form or "Headers" in form])
def test_headers_of_a_tuple_are_sent(app, client, form):
    app.add_url_rule("/", "index", FORMS[form][0])
    assert client.get("/").headers["X-A"] == "1"


def test_headers_of_a_tuple_replace_those_of_the_response(app, client):
    first = Response("x", headers={"X-A": "1", "X-B": "1"})
    app.add_url_rule("/", "index", lambda: (first, {"X-A": "2"}))
    headers = client.get("/").headers
    assert (headers.getlist("X-A"), headers["X-B"]) == (["2"], "1")


def test_a_header_may_be_sent_several_times(app, client):
    app.add_url_rule("/", "index", lambda: ("", [("X-A", "1"), ("X-A", "2")]))
    assert client.get("/").headers.getlist("X-A") == ["1", "2"]


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (None, r"'the_endpoint'.*returned None or ended without a return"),
        ((None, 200), r"'the_endpoint'.*returned None"),
        (42, r"must be a string, dict, list.*but it was a int"),
        (object(), r"but it was a object"),
        ({1, 2}, r"but it was a set"),
        ((), r"valid response tuple.*\(body, status, headers\)"),
        (("x",), r"valid response tuple"),
        (("x", 200, {}, "more"), r"valid response tuple"),
        (lambda: "no WSGI app", r"but it was a function"),
    ],
)
def test_what_is_no_response_is_refused_with_the_cure(app, client, result, text):
    app.add_url_rule("/", "the_endpoint", lambda: result)
    with pytest.raises(TypeError, match=text):
        client.get("/")


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_make_response_of_the_app_may_be_overridden(kind):
    class Mine(Kolben):
        def make_response(self, rv):
            return super().make_response((f"<{rv}>", 203))

    app = Mine("mine", root_path=".", static_folder=None)

    async def view():
        return "x"

    app.add_url_rule("/", "index", view if kind == "async def" else lambda: "x")
    response = app.test_client().get("/")
    assert (response.text, response.status_code) == ("<x>", 203)


def test_a_response_class_of_the_app_is_used_for_all_forms():
    class Mine(Response):
        default_mimetype = "text/x-mine"

    app = Kolben("mine", root_path=".", static_folder=None)
    app.response_class = Mine
    kinds = []
    app.after_request(lambda response: kinds.append(type(response)) or response)
    for number, (view, *_) in enumerate(FORMS.values()):
        app.add_url_rule(f"/{number}", f"view{number}", view)
    for number in range(len(FORMS)):
        app.test_client().get(f"/{number}").close()
    assert set(kinds) == {Mine}
    assert app.test_client().get("/0").mimetype == "text/x-mine"


def test_jsonify_and_make_response_make_responses_in_views(app, client):
    @app.route("/")
    def index():
        response = make_response(jsonify(a=1), 201, {"X-A": "1"})
        response.set_cookie("c", "v")
        return response

    response = client.get("/")
    assert (response.json, response.status_code) == ({"a": 1}, 201)
    assert response.headers["X-A"] == "1"
    assert client.get_cookie("c").value == "v"


def test_another_json_provider_is_used_for_dicts_and_for_requests(app, client):
    from kolben.json.provider import JSONProvider

    class Shouting(JSONProvider):
        def dumps(self, obj, **kwargs):
            return f"<{obj}>"

        def loads(self, s, **kwargs):
            return {"loaded": s.decode()}

    app.json = Shouting(app)
    app.add_url_rule("/", "index", lambda: {"a": 1})
    app.add_url_rule("/loads", "loads", lambda: request.json["loaded"], methods=["POST"])
    assert client.get("/").text == "<{'a': 1}>"
    assert client.post("/loads", data=b"xyz", content_type="application/json").text == "xyz"


def test_a_response_made_once_may_be_returned_again(app, client):
    kept = Response("again")
    app.add_url_rule("/", "index", lambda: kept)
    assert [client.get("/").text, client.get("/").text] == ["again", "again"]


# -- streaming -------------------------------------------------------------------------------------


def test_a_stream_runs_after_the_view_and_its_hooks(app, client):
    order = []

    def chunks():
        order.append("stream")
        yield "x"

    app.after_request(lambda response: order.append("after") or response)
    app.teardown_request(lambda exc: order.append("teardown"))
    app.add_url_rule("/", "index", lambda: order.append("view") or chunks())
    with client.get("/") as response:
        assert response.text == "x"
    assert order == ["view", "after", "teardown", "stream"]


def test_a_stream_is_sent_piece_by_piece(app, client):
    sent = []

    def chunks():
        for number in range(3):
            sent.append(number)
            yield str(number)

    app.add_url_rule("/", "index", chunks)
    response = client.get("/", buffered=False)
    pieces = response.iter_encoded()
    assert next(pieces) == b"0"
    assert len(sent) < 3
    assert b"".join(pieces) == b"12"
    response.close()


def test_a_plain_stream_has_no_request(app, client):
    def chunks():
        yield "x"
        yield request.path

    app.add_url_rule("/", "index", chunks)
    with pytest.raises(RuntimeError, match="request context"):
        client.get("/", buffered=True)


@pytest.mark.parametrize("how", ["wrapped", "decorated"])
def test_stream_with_context_has_the_request_and_g(app, client, how):
    ended = []
    app.teardown_request(lambda exc: ended.append(request.path))

    @app.route("/path")
    def index():
        g.mark = "mark"

        def chunks():
            yield request.path
            assert ended == []
            yield g.mark

        if how == "wrapped":
            return Response(stream_with_context(chunks()))
        return stream_with_context(chunks)()

    with client.get("/path") as response:
        assert response.text == "/pathmark"
    assert ended == ["/path"]


def test_closing_a_response_runs_what_was_registered_and_closes_the_stream(app, client):
    closed = []

    def chunks():
        try:
            yield "a"
            yield "b"
        finally:
            closed.append("generator")

    @app.route("/")
    def index():
        response = Response(chunks())
        response.call_on_close(lambda: closed.append("call_on_close"))
        return response

    response = client.get("/", buffered=False)
    next(response.iter_encoded())
    assert closed == []
    response.close()
    assert sorted(closed) == ["call_on_close", "generator"]


def test_head_of_a_stream_does_not_run_it_but_closes_it(app, client):
    events = []

    class Chunks:
        def __iter__(self):
            return self

        def __next__(self):
            events.append("next")
            raise StopIteration

        def close(self):
            events.append("close")

    app.add_url_rule("/", "index", Chunks)
    client.head("/", buffered=True)
    assert events == ["close"]


# -- what looks like part of our own machinery -----------------------------------------------------


@pytest.mark.parametrize(
    "step", ["dispatch_request", "preprocess_request", "full_dispatch_request"]
)
def test_an_overridden_step_may_answer_with_a_stream(step):
    class Mine(Kolben):
        pass

    def override(self):
        stream = (piece for piece in ("a", "b"))
        return self.make_response(stream) if step == "full_dispatch_request" else stream

    setattr(Mine, step, override)
    app = Mine("mine", root_path=".", static_folder=None)
    app.add_url_rule("/", "index", lambda: "view")
    assert app.test_client().get("/").text == "ab"


@pytest.mark.parametrize("hook", ["before_request", "errorhandler", "handle_user_exception"])
def test_a_hook_may_answer_with_a_stream(app, client, hook):
    def stream(*args):
        return (piece for piece in ("a", "b"))

    if hook == "before_request":
        app.before_request(stream)
    elif hook == "errorhandler":
        app.register_error_handler(404, stream)
    else:
        app.handle_user_exception = stream
    assert client.get("/missing").text == "ab"
