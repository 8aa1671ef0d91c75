"""`werkzeug.urls` as it was."""

import io

import pytest
from werkzeug.datastructures import MultiDict

from kolben.drop_in.legacy.werkzeug import urls
from kolben.drop_in.legacy.werkzeug.parsed import URL, url_parse


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (lambda: urls.url_quote("a b/ä:ö"), "a%20b/%C3%A4:%C3%B6"),
        (lambda: urls.url_quote("a/b", safe=""), "a%2Fb"),
        (lambda: urls.url_quote(b"\xff"), "%FF"),
        (lambda: urls.url_quote(23), "23"),
        (lambda: urls.url_quote("ä", "latin-1"), "%E4"),
        (lambda: urls.url_quote_plus("a b+c/d"), "a+b%2Bc%2Fd"),
        (lambda: urls.url_unquote("a%20b%C3%A4"), "a bä"),
        (lambda: urls.url_unquote("a%2Fb%20c", unsafe="/"), "a%2Fb c"),
        (lambda: urls.url_unquote("%FF", charset=None), b"\xff"),
        (lambda: urls.url_unquote_plus("a+b%2B"), "a b+"),
        (lambda: urls.url_encode({"a": [1, 2], "b": None, "c": "x y"}), "a=1&a=2&c=x+y"),
        (lambda: urls.url_encode([("b", 1), ("a", 2)], sort=True), "a=2&b=1"),
        (lambda: urls.url_encode(MultiDict([("a", 1), ("a", 2)]), separator=";"), "a=1;a=2"),
        (lambda: urls.url_join("http://x/a/b", "../c"), "http://x/c"),
        (lambda: urls.url_fix("http://de.wikipedia.org/wiki/Elf (Begriffsklärung)"),
         "http://de.wikipedia.org/wiki/Elf%20(Begriffskl%C3%A4rung)"),
        (lambda: urls.url_unparse(("http", "x", "/a", "b=1", "")), "http://x/a?b=1"),
        (lambda: urls.Href("/x")("a b", "c", page=2), "/x/a%20b/c?page=2"),
        (lambda: urls.Href("/x").blog("p", {"q": 1}), "/x/blog/p?q=1"),
        (lambda: urls.Href()(class_="y"), "./?class=y"),
    ],
)  # fmt: skip
def test_a_function_gives_what_it_gave(call, result):
    assert call() == result


def test_a_query_string_becomes_a_multidict():
    data = urls.url_decode("a=1&a=2&b=%C3%A4+x&c")
    assert isinstance(data, MultiDict)
    assert data.getlist("a") == ["1", "2"]
    assert data["b"] == "ä x"
    assert data["c"] == ""
    assert "c" not in urls.url_decode(b"a=1;c", include_empty=False, separator=";")
    assert urls.url_decode("a=1", cls=dict) == {"a": "1"}


def test_query_strings_go_through_files():
    file = io.StringIO()
    urls.url_encode_stream({"a": 1}, file)
    assert file.getvalue() == "a=1"
    assert list(urls.url_encode_stream({"a": 1, "b": 2})) == ["a=1", "b=2"]
    assert urls.url_decode_stream(io.BytesIO(b"a=1&b=2"), limit=3) == MultiDict([("a", "1")])


def test_a_url_is_taken_apart():
    url = url_parse("http://me:s%40y@[::1]:8080/a?b=1&b=2#c")
    assert url[:5] == ("http", "me:s%40y@[::1]:8080", "/a", "b=1&b=2", "c")
    assert (url.host, url.port, url.username, url.password) == ("::1", 8080, "me", "s@y")
    assert url.raw_password == "s%40y"
    assert url.decode_query().getlist("b") == ["1", "2"]
    assert str(url.replace(scheme="https", netloc="x", fragment="")) == "https://x/a?b=1&b=2"
    assert url.join("/z").path == "/z"


def test_a_url_without_its_parts_has_none_of_them():
    url = url_parse("/path", scheme="ftp")
    assert isinstance(url, URL)
    assert url.scheme == "ftp"
    assert [url.host, url.port, url.auth, url.username] == [None] * 4
    assert url_parse("http://bücher.example/").ascii_host == "xn--bcher-kva.example"
    assert url_parse("http://x:99999/").port is None
