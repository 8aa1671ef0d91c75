"""Tests of kolben.helpers.app_calls: the functions that call the current app's methods."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import HTTPException, NotFound, Unauthorized
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response as WerkzeugResponse

from kolben import Response, abort, make_response, redirect, url_for
from kolben.helpers import get_template_attribute


def test_make_response_without_arguments_is_empty(app):
    with app.test_request_context():
        response = make_response()
    assert (response.status_code, response.get_data()) == (200, b"")
    assert response.mimetype == "text/html"


@pytest.mark.parametrize("args", [("hello", 201, {"X-A": "b"}), (("hello", 201, {"X-A": "b"}),)])
def test_make_response_takes_what_a_view_returns(app, args):
    with app.test_request_context():
        response = make_response(*args)
    assert isinstance(response, Response)
    assert (response.get_data(), response.status_code) == (b"hello", 201)
    assert response.headers["X-A"] == "b"


def test_make_response_calls_the_apps_method(app):
    app.make_response = lambda rv: ("mine", rv)
    with app.app_context():
        assert make_response("text", 404) == ("mine", ("text", 404))


def test_url_for_calls_the_apps_method(app):
    calls = []
    app.url_for = lambda *args, **kwargs: calls.append((args, kwargs)) or "/there"
    with app.app_context():
        assert url_for("here", _anchor="a", page=3) == "/there"
    options = {"_anchor": "a", "_method": None, "_scheme": None, "_external": None, "page": 3}
    assert calls == [(("here",), options)]


def test_url_for_takes_values_called_like_its_own_arguments(app):
    app.add_url_rule("/<endpoint>/<self>", "odd")
    with app.test_request_context():
        with pytest.raises(TypeError, match="endpoint"):
            url_for("odd", endpoint="x", self="y")
        app.add_url_rule("/only/<self>", "less_odd")
        assert url_for("less_odd", self="y") == "/only/y"


def test_url_for_an_unknown_endpoint_is_a_build_error(app):
    with app.test_request_context(), pytest.raises(BuildError, match="nowhere"):
        url_for("nowhere")


def test_redirect_works_without_an_app():
    response = redirect("https://example.com/", 307)
    assert (response.location, response.status_code) == ("https://example.com/", 307)


def test_redirect_without_an_app_takes_a_response_class():
    class Mine(WerkzeugResponse):
        pass

    assert type(redirect("/", Response=Mine)) is Mine


def test_redirect_calls_the_apps_method(app):
    app.redirect = lambda location, code: (location, code)
    with app.app_context():
        assert redirect("/elsewhere") == ("/elsewhere", 302)


def test_abort_works_without_an_app():
    with pytest.raises(Unauthorized, match="who are you"):
        abort(401, "who are you")


def test_abort_with_an_unknown_code_names_it():
    with pytest.raises(LookupError, match="900"):
        abort(900)


def test_abort_asks_the_apps_aborter(app):
    class Odd(HTTPException):
        code = 900

    app.aborter.mapping[900] = Odd
    with app.app_context(), pytest.raises(Odd):
        abort(900)


def test_abort_raises_even_where_the_apps_aborter_does_not(app):
    app.aborter = lambda *_args, **_kwargs: None
    with app.app_context(), pytest.raises(NotFound):
        abort(404)


def test_a_macro_can_be_called_from_python(app):
    from jinja2 import DictLoader

    app.jinja_loader = DictLoader(
        {"m.html": "{% macro hi(name) %}Hi {{ name }}!{% endmacro %}{% set n = 3 %}"}
    )
    with app.app_context():
        assert get_template_attribute("m.html", "hi")("<b>") == "Hi &lt;b&gt;!"
        assert get_template_attribute("m.html", "n") == 3


def test_an_attribute_that_a_template_lacks_is_an_attribute_error(app):
    from jinja2 import DictLoader

    app.jinja_loader = DictLoader({"m.html": ""})
    with app.app_context(), pytest.raises(AttributeError, match="absent"):
        get_template_attribute("m.html", "absent")


@pytest.mark.parametrize("call", [make_response, lambda: url_for("x")], ids=["make", "url_for"])
def test_without_an_app_context_the_error_says_how_to_get_one(call):
    with pytest.raises(RuntimeError, match=r"app\.app_context\(\)"):
        call()
