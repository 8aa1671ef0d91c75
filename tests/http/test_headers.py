from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import EnvironHeaders as WerkzeugEnvironHeaders

from kolben.http.headers import EnvironHeaders, environ_name

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
