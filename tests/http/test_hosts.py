from __future__ import annotations

import pytest
from werkzeug.exceptions import BadRequest, SecurityError
from werkzeug.wsgi import get_host

from kolben import Request
from kolben.http import check_host
from kolben.http.hosts import good_hosts


def environ_of(host, scheme="http"):
    environ = {"wsgi.url_scheme": scheme, "SERVER_NAME": "server", "SERVER_PORT": "8000"}
    return environ if host is None else {**environ, "HTTP_HOST": host}


@pytest.fixture(autouse=True)
def nothing_remembered():
    good_hosts.clear()


@pytest.mark.parametrize("scheme", ["http", "https", "ws", "wss"])
@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:5000", "example.org:80", "example.org:443", "127.0.0.1"),
        *("[::1]:8080", "[::1]", "EXAMPLE.org", "a_b:5000", "host:", "host:99999", "", None),
    ],
)
def test_good_hosts_are_werkzeugs_twice(host, scheme):
    environ = environ_of(host, scheme)
    expected = get_host(environ)
    assert check_host(environ) == expected
    assert check_host(environ) == expected
    assert Request(environ).host == expected


@pytest.mark.parametrize(
    "host", ["\x8a", "a b", "a/b", "user@host", "a\x00", "a?b", "[::1", "a:b:c"]
)
def test_a_host_that_cannot_be_is_a_bad_request(host):
    with pytest.raises(SecurityError, match="cannot be a host's name") as caught:
        check_host(environ_of(host))
    assert isinstance(caught.value, BadRequest)
    assert caught.value.code == 400


def test_a_unicode_host_with_an_idna_form_is_let_through():
    assert check_host(environ_of("ąśźäüжŠßя.com")) == ""


@pytest.mark.parametrize(
    ("trusted", "host", "good"),
    [
        (["example.org"], "example.org", True),
        (["example.org"], "example.org:8080", True),
        (["example.org"], "evil.org", False),
        ([".example.org"], "www.example.org", True),
        ([".example.org"], "example.org.evil.org", False),
        ("example.org", "example.org", True),
        ([], "anything.org", True),
    ],
)
def test_trusted_hosts_as_werkzeug_judges_them_twice(trusted, host, good):
    environ = environ_of(host)
    for _ in range(2):
        if good:
            assert check_host(environ, trusted) == get_host(environ, trusted) == host
        else:
            with pytest.raises(SecurityError, match="is not trusted"):
                check_host(environ, trusted)


@pytest.mark.parametrize("host", ["example.org", "EXAMPLE.ORG", "www.Example.org:8080"])
@pytest.mark.parametrize("trusted", [[".example.org"], [".Example.ORG"], ".Example.ORG"])
def test_trusted_hosts_are_compared_without_regard_to_case(trusted, host):
    environ = environ_of(host)
    request = Request(environ)
    request.trusted_hosts = trusted
    assert check_host(environ, trusted) == check_host(environ, trusted) == request.host == host


@pytest.mark.parametrize("host", ["EVIL.org", "notexample.ORG", "example.org.EVIL.org", "a b"])
def test_a_host_that_is_not_trusted_is_so_in_any_case(host):
    environ = environ_of(host)
    request = Request(environ)
    request.trusted_hosts = [".Example.org"]
    with pytest.raises(SecurityError, match="is not trusted"):
        check_host(environ, [".Example.org"])
    with pytest.raises(SecurityError, match="is not trusted"):
        _ = request.host


def test_the_port_of_the_scheme_is_left_out_of_a_trusted_host_too():
    assert check_host(environ_of("Example.org:443", "https"), ["example.org"]) == "Example.org"


def test_a_host_found_good_without_a_list_is_not_trusted_with_one():
    environ = environ_of("example.org")
    check_host(environ)
    check_host(environ, ["example.org"])
    with pytest.raises(SecurityError):
        check_host(environ, ["other.org"])
    request = Request(environ)
    request.trusted_hosts = ["other.org"]
    with pytest.raises(SecurityError):
        _ = request.host


def test_the_memory_is_bounded():
    for number in range(2000):
        check_host(environ_of(f"host{number}.example"))
    assert len(good_hosts) <= 512
