from __future__ import annotations

from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import EnvironHeaders as WerkzeugEnvironHeaders

from kolben.http.headers import EnvironHeaders, ScopeHeaders, environ_name
from kolben.http.request import Request
from kolben.http.scope import collect_fields, make_request
from tests.protocols.scopes import scope_of

ENVIRON = {
    "HTTP_X_TOKEN": "abc",
    "HTTP_HOST": "localhost",
    "HTTP_X_NUMBER": "12",
    "CONTENT_TYPE": "text/plain",
    "CONTENT_LENGTH": "",
    "HTTP_CONTENT_LENGTH": "7",
    "wsgi.version": (1, 0),
}
NAMES = [
    "X-Token",
    "x-token",
    "X_TOKEN",
    "host",
    "content-type",
    "Content-Length",
    "missing",
    3,
    None,
]


@pytest.fixture
def pair():
    return EnvironHeaders(ENVIRON), WerkzeugEnvironHeaders(ENVIRON)


@pytest.mark.parametrize("name", NAMES)
def test_get_is_werkzeugs(pair, name):
    ours, theirs = pair
    assert ours.get(name) == theirs.get(name)
    assert ours.get(name, "other") == theirs.get(name, "other")
    assert ours.get(name, 5, type=int) == theirs.get(name, 5, type=int)
    assert (name in ours) == (name in theirs)


@given(st.text(max_size=8))
def test_any_name_means_what_it_means_to_werkzeug(name):
    environ = {environ_name(name): "found"}
    assert EnvironHeaders(environ).get(name) == WerkzeugEnvironHeaders(environ).get(name)


def test_lists_are_werkzeugs(pair):
    ours, theirs = pair
    assert list(ours) == list(theirs)
    assert ours.to_wsgi_list() == theirs.to_wsgi_list()
    assert ours.getlist("x-token") == ["abc"]
    assert len(ours) == len(theirs)
    assert repr(ours) == repr(theirs)
    assert ours == theirs


def test_a_missing_header_is_a_key_error(pair):
    with pytest.raises(KeyError):
        pair[0]["Missing"]


def test_cannot_be_changed(pair):
    with pytest.raises(TypeError, match="immutable"):
        pair[0]["X-Token"] = "other"


def test_is_a_view_of_the_environ():
    environ = {}
    headers = EnvironHeaders(environ)
    environ["HTTP_X_LATE"] = "1"
    assert headers.get("X-Late", type=int) == 1


# -- of a request that came over ASGI --------------------------------------------------------------

SENT = [b"x-token", b"x_token", b"host", b"content-type", b"content-length", b"cookie", b"\xe4"]
ASKED = [*NAMES, "cookie", "X-Token-", "", "\xe4", "\xc4", "CONTENT_TYPE", "HTTP_HOST", "\u0130"]


def over_asgi(headers):
    scope = scope_of(headers=headers)
    return make_request(Request, scope, collect_fields(scope["headers"]), None)


@given(
    st.lists(st.tuples(st.sampled_from(SENT), st.binary(max_size=3)), max_size=4),
    st.sampled_from(ASKED) | st.text(max_size=8),
)
def test_each_header_of_a_scope_is_that_of_its_environ(headers, name):
    request = over_asgi(headers)
    known = EnvironHeaders(over_asgi(headers).environ)
    assert (name in request.headers) == (name in known)
    assert request.headers.get(name, "other") == known.get(name, "other")
    if name in known:
        assert request.headers[name] == known[name]
    else:
        with pytest.raises(KeyError):
            request.headers[name]


def test_a_header_of_a_scope_is_read_without_an_environ():
    request = over_asgi([(b"x-token", b"abc")])
    assert isinstance(request.headers, ScopeHeaders)
    assert (request.headers["X-Token"], request.headers.get("X-Other")) == ("abc", None)
    assert "x-token" in request.headers
    assert not request.has_environ


def test_a_header_of_a_scope_is_converted():
    headers = over_asgi([(b"x-number", b"12"), (b"x-token", b"abc")]).headers
    assert headers.get("X-Number", type=int) == 12
    assert headers.get("X-Token", 0, type=int) == 0


def test_all_headers_of_a_scope_are_a_view_of_the_environ():
    request = over_asgi([(b"x-token", b"abc")])
    headers = request.headers
    assert ("X-Token", "abc") in list(headers)
    request.environ["HTTP_X_TOKEN"] = "changed"
    assert headers["X-Token"] == request.headers["X-Token"] == "changed"
    assert headers == request.headers


def test_the_headers_of_a_scope_are_one_object():
    request = over_asgi([])
    assert request.headers is request.headers


def test_headers_of_a_scope_do_not_keep_the_request_and_outlive_it():
    request = over_asgi([(b"x-token", b"abc")])
    headers, known = request.headers, ref(request)
    del request
    assert known() is None  # by reference count, though it held them
    assert headers["X-Token"] == headers["X_TOKEN"] == "abc"
    assert dict(headers) == {"Host": "shop.example", "X-Token": "abc"}
    assert headers.environ is headers.environ
