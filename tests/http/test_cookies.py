from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.sansio.http import parse_cookie
from werkzeug.wrappers import Request as WerkzeugRequest

from kolben import Request
from kolben.http.cookies import parse_cookies

PIECES = ["a", "session", "=", ";", "; ", " ", "\t", '"', "\\", "\\073", "x y", "\xe4", ",", "\r"]
headers = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(
    st.characters(max_codepoint=255), max_size=10
)


@given(headers)
@example("a=b; a=c; session=x.y-z_")
@example("a=b; ; c=d; ")
@example('a="q\\073r"; b=1')
@example("a; b=; =c")
@example("a=b;c=d")
def test_cookies_are_those_of_werkzeug(header):
    assert list(parse_cookies(header).lists()) == list(parse_cookie(header).lists())


def test_no_header_means_no_cookies():
    assert dict(Request({}).cookies) == {}


@given(headers)
def test_request_cookies_are_those_of_werkzeug(header):
    environ = {"HTTP_COOKIE": header}
    ours, theirs = Request(environ).cookies, WerkzeugRequest(environ).cookies
    assert list(ours.lists()) == list(theirs.lists())


def test_dict_storage_class_is_honoured():
    class Plain(Request):
        dict_storage_class = dict

    assert type(Plain({"HTTP_COOKIE": "a=b"}).cookies) is dict
