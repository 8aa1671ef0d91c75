"""What a request that came over ASGI reads from its scope, and what from its environ."""

from __future__ import annotations

from io import BytesIO

import pytest
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from kolben import Request
from kolben.http.hosts import good_hosts
from kolben.http.scope import collect_fields, make_request
from tests.protocols.scopes import scope_of

READ_FROM_SCOPE = ["remote_addr", "scheme", "root_path", "host"]
SCOPES = {
    "plain": {},
    "tls": {"scheme": "https"},
    "no scheme": {"scheme": None},
    "mounted": {"root_path": "/shop/", "path": "/shop/sh\u00f6n"},
    "mounted beyond Latin-1": {"root_path": "/\u5e97", "path": "/\u5e97/a"},
    "a root that the path lacks": {"root_path": "/shop"},
    "a Unix socket": {"client": None, "server": ("/run/app.sock", None)},
    "a client without a port": {"client": ["192.0.2.7", None]},
    "IPv6": {"client": ("2001:db8::1", 1)},
}


def ask(name, cls=Request, host=b"shop.example", **more):
    """Read an attribute of two requests: of one with an environ, and of one without."""
    scope = scope_of(**more)
    scope = {name: value for name, value in scope.items() if value is not None or name == "client"}
    scope["headers"] = [(b"host", host)]
    pair = [make_request(cls, scope, collect_fields(scope["headers"]), None) for _ in range(2)]
    assert pair[0].environ
    return pair


@pytest.fixture
def known():
    """Hosts as they are once a request to them was answered."""
    before = {*good_hosts}
    good_hosts.update({b"shop.example", "shop.example"})
    yield
    good_hosts.clear()
    good_hosts.update(before)


@pytest.mark.parametrize("more", SCOPES.values(), ids=SCOPES)
@pytest.mark.parametrize("name", READ_FROM_SCOPE)
def test_an_attribute_is_that_of_the_environ(known, name, more):
    by_environ, by_scope = ask(name, **more)
    assert getattr(by_scope, name) == getattr(by_environ, name)
    assert not by_scope.has_environ


@pytest.mark.parametrize("host", [b"other.example", b"shop.example:80", b"SHOP.example"])
def test_a_host_that_is_not_known_is_judged(known, host):
    by_environ, by_scope = ask("host", host=host)
    assert by_scope.host == by_environ.host


def test_a_host_that_is_known_has_to_be_trusted_all_the_same(known):
    _, request = ask("host")
    request.trusted_hosts = ["other.example"]
    with pytest.raises(Exception, match=r"Host 'shop\.example' is not trusted"):
        _ = request.host


@pytest.mark.parametrize("name", READ_FROM_SCOPE)
def test_an_attribute_of_an_environ_that_was_changed_is_the_changed_one(known, name):
    _, request = ask(name)
    keys = {"remote_addr": "REMOTE_ADDR", "scheme": "wsgi.url_scheme", "root_path": "SCRIPT_NAME"}
    request.environ[keys.get(name, "HTTP_HOST")] = "changed"
    assert getattr(request, name) == "changed"


def test_an_environ_that_was_assigned_is_what_counts():
    request = sending(b"old", b"text/plain")
    request.environ = {
        "HTTP_HOST": "new.example",
        "REMOTE_ADDR": "192.0.2.9",
        "wsgi.url_scheme": "https",
        "SCRIPT_NAME": "/new",
        "HTTP_COOKIE": "theme=dark",
        "CONTENT_LENGTH": "3",
        "wsgi.input": BytesIO(b"new"),
    }
    read = [getattr(request, name) for name in READ_FROM_SCOPE]
    assert read == ["192.0.2.9", "https", "/new", "new.example"]
    assert (request.headers["Host"], request.cookies["theme"]) == ("new.example", "dark")
    assert request.get_data() == b"new"


def test_a_class_with_an_attribute_of_its_own_keeps_it():
    class Behind(Request):
        @property
        def host(self):
            return "front.example"

    _, request = ask("host", Behind)
    assert (request.host, request.remote_addr) == ("front.example", "192.0.2.1")


# -- the body --------------------------------------------------------------------------------------


def sending(data, content_type, length=None, cls=Request):
    """Make a request with a body that came at once."""
    size = str(len(data) if length is None else length).encode()
    headers = [(b"content-type", content_type), (b"content-length", size)]
    scope = scope_of(method="POST", headers=headers)
    return make_request(cls, scope, collect_fields(scope["headers"]), BytesIO(data))


def test_json_is_read_without_an_environ():
    request = sending(b'{"a": [1]}', b"application/json")
    assert request.get_json() == {"a": [1]}
    assert not request.has_environ
    assert request.stream.read() == b""
    assert request.get_data() == b'{"a": [1]}'


def test_a_form_is_read_without_an_environ():
    request = sending(b"a=1&a=2", b"application/x-www-form-urlencoded")
    assert request.form.getlist("a") == ["1", "2"]
    assert not request.has_environ


def test_a_body_that_the_environ_was_read_from_is_not_read_again():
    request = sending(b"content", b"text/plain")
    assert request.environ["wsgi.input"].read(3) == b"con"
    with pytest.raises(BadRequest):  # it is shorter than announced
        request.get_data()


def test_a_body_over_the_limit_is_refused():
    request = sending(b"content", b"text/plain")
    request.max_content_length = 6
    with pytest.raises(RequestEntityTooLarge):
        request.get_data()


def test_a_body_shorter_than_announced_is_refused():
    with pytest.raises(BadRequest):
        sending(b"content", b"text/plain", length=8).get_data()


def test_of_a_body_longer_than_announced_the_rest_is_left():
    assert sending(b"content", b"text/plain", length=3).get_data() == b"con"
