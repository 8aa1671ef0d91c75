"""`werkzeug.contrib`."""

import sys
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request, Response

from kolben.drop_in.legacy.werkzeug.contrib import atom, cache, fixers, limiter, securecookie


@Request.application
def echo(request):
    return Response(
        f"{request.url}|{request.remote_addr}|{request.get_data(as_text=True)}",
        headers={"X-Old": "1"},
    )


def test_the_caches_are_those_of_cachelib():
    import cachelib

    assert cache.SimpleCache is cachelib.SimpleCache
    assert cache.GAEMemcachedCache is cachelib.MemcachedCache
    with pytest.raises(AttributeError, match="NoCache"):
        cache.NoCache  # noqa: B018


def test_without_cachelib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cachelib", None)
    with pytest.raises(ImportError, match=r'lives in cachelib now.*pip install "kolben'):
        cache.SimpleCache  # noqa: B018


@pytest.mark.parametrize(
    ("arguments", "address"), [({"num_proxies": 2}, "1.1.1.1"), ({"x_for": 1}, "2.2.2.2")]
)
def test_proxies_are_counted_by_either_argument(arguments, address):
    app = fixers.ProxyFix(echo, **arguments)
    headers = {"X-Forwarded-For": "1.1.1.1, 2.2.2.2", "X-Forwarded-Proto": "https"}
    assert Client(app).get("/", headers=headers).text == f"https://localhost/|{address}|"


def test_the_root_is_set():
    assert "localhost/app/x" in Client(fixers.CGIRootFix(echo, "/app")).get("/x").text


def test_the_path_is_taken_from_what_the_client_sent():
    app = fixers.PathInfoFromRequestUriFix(echo)
    response = Client(app).get("/x", environ_overrides={"REQUEST_URI": "/a%20b?c"})
    assert "localhost/a%20b|" in response.text


def test_headers_are_rewritten():
    app = fixers.HeaderRewriterFix(echo, remove_headers=["x-old"], add_headers=[("X-New", "2")])
    headers = Client(app).get("/").headers
    assert ("X-Old" in headers, headers["X-New"]) == (False, "2")


def test_a_body_is_limited():
    app = limiter.StreamLimitMiddleware(echo, 3)
    assert Client(app).post("/", data=b"abcdef").status_code == 400
    assert Client(app).post("/", data=b"abc").text.endswith("|abc")


def test_a_signed_cookie_comes_back():
    cookie = securecookie.SecureCookie(secret_key="key")
    cookie["user"] = "ä"
    assert cookie.should_save
    response = Response()
    cookie.save_cookie(response)
    sent = response.headers["Set-Cookie"].partition(";")[0]
    request = Request(EnvironBuilder(headers={"Cookie": sent}).get_environ())
    read = securecookie.SecureCookie.load_cookie(request, secret_key="key")
    assert (dict(read), read.new, read.should_save) == ({"user": "ä"}, False, False)


@pytest.mark.parametrize("key", ["other", "key"])
def test_a_cookie_that_was_changed_or_is_over_is_empty(key):
    cookie = securecookie.SecureCookie({"a": 1}, "key")
    content = cookie.serialize(expires=1) if key == "key" else cookie.serialize()
    assert dict(securecookie.SecureCookie.unserialize(content, key)) == {}


def test_a_cookie_without_a_key_can_not_be_signed():
    with pytest.raises(RuntimeError, match="no secret key defined"):
        securecookie.SecureCookie({"a": 1}).serialize()


def test_a_feed_is_atom():
    feed = atom.AtomFeed("News & more", feed_url="http://x/feed", url="http://x/", author="Ann")
    moment = datetime(2024, 1, 2, tzinfo=UTC)
    feed.add("One", "<b>text</b>", url="http://x/1", updated=moment, author="Bob", id="u:1")
    response = feed.get_response()
    assert response.mimetype == "application/atom+xml"
    root = ET.fromstring(response.data)
    space = {"a": "http://www.w3.org/2005/Atom"}
    assert root.findtext("a:title", namespaces=space) == "News & more"
    assert root.findtext("a:updated", namespaces=space) == "2024-01-02T00:00:00Z"
    assert root.findtext("a:entry/a:content", namespaces=space) == "<b>text</b>"
    assert root.findtext("a:entry/a:author/a:name", namespaces=space) == "Bob"


def test_an_entry_needs_a_time():
    with pytest.raises(ValueError, match="updated is required"):
        atom.FeedEntry("One", id="u:1")
