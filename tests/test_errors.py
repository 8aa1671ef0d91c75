"""Errors: which handler answers, what is let through, what is logged, what teardown hears."""

from __future__ import annotations

import logging

import pytest
from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    Forbidden,
    HTTPException,
    InternalServerError,
    NotFound,
)

from kolben import Kolben, abort, got_request_exception, request

KINDS = pytest.mark.parametrize("kind", ["def", "async def"])


def of_kind(kind, function):
    """Make an ``async def`` of a function, or leave it as it is."""
    if kind == "def":
        return function

    async def asynchronous(*args, **kwargs):
        return function(*args, **kwargs)

    return asynchronous


class Known(Exception):
    """An error of the app's own."""


class MoreKnown(Known):
    """A more special one."""


def raising(error):
    def view():
        raise error

    return view


@pytest.fixture
def app() -> Kolben:
    """An app that is neither tested nor debugged, so that errors are answered."""
    return Kolben("kolben_errors", root_path=".", static_folder=None)


# -- which handler ---------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize(
    ("registered", "raised"),
    [
        (404, NotFound()),
        (NotFound, NotFound()),
        (HTTPException, NotFound()),
        (Exception, NotFound()),
        (Known, Known()),
        (Known, MoreKnown()),
        (Exception, Known()),
    ],
)
def test_a_handler_answers_for_a_code_a_class_and_its_subclasses(
    app, client, registered, raised, kind
):
    def handle(error):
        assert error is raised
        return "handled", 418

    app.register_error_handler(registered, of_kind(kind, handle))
    app.add_url_rule("/", "index", of_kind(kind, raising(raised)))
    response = client.get("/")
    assert (response.text, response.status_code) == ("handled", 418)


@pytest.mark.parametrize(
    ("raised", "answer"),
    [
        (MoreKnown(), "MoreKnown"),
        (Known(), "Known"),
        (ValueError(), "Exception"),
        (NotFound(), "404"),
        (Forbidden(), "HTTPException"),
    ],
)
def test_the_most_specific_handler_wins_whatever_the_order(app, client, raised, answer):
    for key in (Exception, HTTPException, Known, MoreKnown, 404):
        name = getattr(key, "__name__", str(key))
        app.register_error_handler(key, lambda error, name=name: name)
    app.add_url_rule("/", "index", raising(raised))
    assert client.get("/").text == answer


def test_a_subclass_of_an_http_error_goes_by_its_own_code(app, client):
    class Teapot(NotFound):
        code = 418

    app.register_error_handler(404, lambda error: "404")
    app.register_error_handler(Teapot, lambda error: "teapot")
    app.add_url_rule("/", "index", raising(Teapot()))
    assert client.get("/").text == "teapot"


@KINDS
def test_unknown_urls_and_wrong_methods_are_handled(app, client, kind):
    app.register_error_handler(404, of_kind(kind, lambda error: (f"no {request.path}", 404)))
    app.register_error_handler(405, lambda error: (",".join(sorted(error.valid_methods)), 405))
    app.add_url_rule("/", "index", lambda: "")
    assert client.get("/missing").text == "no /missing"
    assert client.post("/").text == "GET,HEAD,OPTIONS"


def test_an_error_without_handler_is_its_own_answer(app, client):
    app.add_url_rule("/", "index", lambda: abort(403, "not for you"))
    response = client.get("/")
    assert response.status_code == 403
    assert "not for you" in response.text


def test_abort_takes_a_response(app, client):
    app.register_error_handler(HTTPException, lambda error: "handled")
    app.add_url_rule("/", "index", lambda: abort(app.make_response(("as it is", 409))))
    response = client.get("/")
    assert (response.text, response.status_code) == ("as it is", 409)


def test_redirects_of_the_router_are_no_errors_to_handle(app, client):
    app.register_error_handler(HTTPException, lambda error: "handled")
    app.add_url_rule("/branch/", "branch", lambda: "")
    assert client.get("/branch").status_code == 308


def test_an_error_in_a_handler_is_a_500(app, client):
    app.register_error_handler(404, raising_handler(Known("in the handler")))
    app.register_error_handler(500, lambda error: (repr(error.original_exception), 500))
    response = client.get("/missing")
    assert (response.text, response.status_code) == ("Known('in the handler')", 500)


def raising_handler(error):
    def handle(_):
        raise error

    return handle


# -- what nobody handled ---------------------------------------------------------------------------


@KINDS
def test_an_unhandled_error_is_a_plain_500_that_tells_nothing(app, client, kind):
    app.add_url_rule("/", "index", of_kind(kind, raising(Known("secret"))))
    response = client.get("/")
    assert response.status_code == 500
    assert "secret" not in response.text


@KINDS
@pytest.mark.parametrize("key", [500, InternalServerError])
def test_the_handler_for_500_gets_the_original_exception(app, client, key, kind):
    error = Known("bad")

    def handle(wrapped):
        assert isinstance(wrapped, InternalServerError)
        assert wrapped.original_exception is error
        return "sorry", 500

    app.register_error_handler(key, of_kind(kind, handle))
    app.add_url_rule("/", "index", raising(error))
    assert client.get("/").text == "sorry"


def test_an_aborted_500_has_no_original_exception(app, client):
    app.register_error_handler(500, lambda error: (repr(error.original_exception), 500))
    app.add_url_rule("/", "index", lambda: abort(500))
    assert client.get("/").text == "None"


def test_an_unhandled_error_is_logged_with_path_method_and_traceback(app, client, caplog):
    app.add_url_rule("/path", "index", raising(Known("bad")), methods=["POST"])
    with caplog.at_level(logging.ERROR, "kolben_errors"):
        client.post("/path")
    (record,) = caplog.records
    assert record.getMessage() == "Exception on /path [POST]"
    assert isinstance(record.exc_info[1], Known)


def test_a_handled_error_is_not_logged(app, client, caplog):
    app.register_error_handler(Known, lambda error: "handled")
    app.add_url_rule("/", "index", raising(Known()))
    client.get("/")
    assert caplog.records == []


def test_an_unhandled_error_is_signalled(app, client):
    heard, error = [], Known()
    app.add_url_rule("/", "index", raising(error))
    with got_request_exception.connected_to(lambda sender, exception: heard.append(exception), app):
        client.get("/")
    assert heard == [error]


def test_after_request_runs_on_the_answer_to_an_unhandled_error(app, client):
    app.after_request(lambda response: response.headers.add("X-After", "1") or response)
    app.add_url_rule("/", "index", raising(Known()))
    assert client.get("/").headers["X-After"] == "1"


def test_an_after_request_that_fails_twice_is_logged_and_the_500_is_kept(app, client, caplog):
    @app.after_request
    def fail(response):
        raise Known("in after_request")

    app.add_url_rule("/", "index", lambda: "ok")
    assert client.get("/").status_code == 500
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "Exception on / [GET]",
        "Request finalizing failed with an error while handling an error",
    ]


def test_the_next_request_is_served_as_if_nothing_had_been(app, client):
    app.add_url_rule("/bad", "bad", raising(Known()))
    app.add_url_rule("/", "index", lambda: "ok")
    client.get("/bad")
    assert client.get("/").text == "ok"


# -- letting through -------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize(
    ("config", "through"),
    [
        ({}, False),
        ({"TESTING": True}, True),
        ({"DEBUG": True}, True),
        ({"PROPAGATE_EXCEPTIONS": True}, True),
        ({"TESTING": True, "PROPAGATE_EXCEPTIONS": False}, False),
        ({"DEBUG": True, "PROPAGATE_EXCEPTIONS": False}, False),
    ],
)
def test_errors_are_let_through_as_the_config_says(app, client, config, through, kind):
    app.config.update(config)
    app.add_url_rule("/", "index", of_kind(kind, raising(Known("bad"))))
    if through:
        with pytest.raises(Known, match="bad"):
            client.get("/")
    else:
        assert client.get("/").status_code == 500


def test_the_traceback_of_an_error_let_through_ends_in_the_view(app, client):
    app.testing = True

    def the_view():
        raise Known

    app.add_url_rule("/", "index", the_view)
    with pytest.raises(Known) as caught:
        client.get("/")
    assert caught.traceback[-1].name == "the_view"


def test_http_errors_are_answered_while_testing_too(app, client):
    app.testing = True
    assert client.get("/missing").status_code == 404


def test_trap_http_exceptions_treats_them_like_any_other(app, client):
    app.config.update(TRAP_HTTP_EXCEPTIONS=True, TESTING=True)
    with pytest.raises(NotFound):
        client.get("/missing")


def test_a_trapped_http_error_still_finds_a_handler(app, client):
    app.config.update(TRAP_HTTP_EXCEPTIONS=True, TESTING=True)
    app.register_error_handler(404, lambda error: "handled")
    assert client.get("/missing").text == "handled"


@pytest.mark.parametrize(
    ("config", "trapped"),
    [
        ({}, False),
        ({"DEBUG": True}, True),
        ({"TRAP_BAD_REQUEST_ERRORS": True}, True),
        ({"DEBUG": True, "TRAP_BAD_REQUEST_ERRORS": False}, False),
    ],
)
def test_a_missing_form_key_is_trapped_in_debug_mode_or_by_config(app, client, config, trapped):
    app.config.update(PROPAGATE_EXCEPTIONS=True, **config)
    app.add_url_rule("/", "index", lambda: request.form["name"], methods=["POST"])
    if trapped:
        with pytest.raises(KeyError, match="name"):
            client.post("/")
    else:
        assert client.post("/").status_code == 400


def test_other_bad_requests_are_trapped_only_by_config(app, client):
    app.config.update(DEBUG=True)
    app.add_url_rule("/", "index", lambda: abort(400))
    assert client.get("/").status_code == 400
    app.config["TRAP_BAD_REQUEST_ERRORS"] = True
    with pytest.raises(BadRequest):
        client.get("/")


def test_a_missing_key_is_named_only_where_one_debugs(app, client):
    app.add_url_rule("/", "index", lambda: request.args["colour"])
    assert "colour" not in client.get("/").text
    app.config.update(DEBUG=True, TRAP_BAD_REQUEST_ERRORS=False)
    assert "colour" in client.get("/").text


def test_a_handler_gets_the_key_error_as_what_it_is(app, client):
    app.register_error_handler(KeyError, lambda error: f"key {error.args[0]}")
    app.register_error_handler(BadRequestKeyError, lambda error: f"bad request {error.args[0]}")
    app.add_url_rule("/", "index", lambda: request.args["colour"])
    app.add_url_rule("/dict", "dict", lambda: {}["size"])
    assert client.get("/").text == "bad request colour"
    assert client.get("/dict").text == "key size"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
@KINDS
def test_what_is_no_exception_passes_by_all_handlers(app, client, error, kind):
    heard = []
    app.register_error_handler(Exception, lambda error: "handled")
    app.teardown_request(heard.append)
    app.add_url_rule("/", "index", of_kind(kind, raising(error("stop"))))
    with pytest.raises(error, match="stop"):
        client.get("/")
    assert [type(one) for one in heard] == [error]


# -- teardown --------------------------------------------------------------------------------------


def test_should_ignore_error_keeps_an_error_from_teardown(app, client):
    class Quiet(Kolben):
        def should_ignore_error(self, error):
            return isinstance(error, Known)

    app, heard = Quiet("quiet", root_path=".", static_folder=None), []
    app.teardown_request(heard.append)
    app.add_url_rule("/known", "known", raising(Known()))
    app.add_url_rule("/other", "other", raising(ValueError()))
    client = app.test_client()
    client.get("/known")
    client.get("/other")
    assert [type(error) for error in heard] == [type(None), ValueError]


@KINDS
def test_a_failing_teardown_keeps_no_other_from_running(app, client, kind):
    ran = []
    app.teardown_request(lambda exc: ran.append("request"))
    app.teardown_request(of_kind(kind, lambda exc: raising(Known("in teardown"))()))
    app.teardown_appcontext(lambda exc: ran.append("app"))
    app.add_url_rule("/", "index", lambda: "ok")
    with pytest.raises(Known, match="in teardown"):
        client.get("/")
    assert ran == ["request", "app"]


def test_an_endpoint_without_a_view_is_an_error_of_the_request(app, client):
    app.testing = False
    app.add_url_rule("/", "index", lambda: "here")
    app.add_url_rule("/missing", "missing")
    app.register_error_handler(500, lambda error: (repr(error.original_exception), 500))
    assert client.get("/").text == "here"  # the next one takes the straight lane
    response = client.get("/missing")
    assert (response.status_code, response.text) == (500, "KeyError('missing')")
