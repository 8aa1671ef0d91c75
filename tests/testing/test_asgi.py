"""The client that speaks ASGI: what it tells the app, and how it takes what the app sends."""

from __future__ import annotations

import pytest

from kolben import request


@pytest.fixture
def client(app):
    """A client that speaks ASGI."""
    return app.test_client(protocol="asgi")


def test_a_protocol_that_it_does_not_speak_is_named(app):
    with pytest.raises(ValueError, match="speaks 'wsgi' or 'asgi', not 'http2'"):
        app.test_client(protocol="http2")


def test_the_environs_headers_and_address_become_the_scopes(app, client):
    app.add_url_rule("/", "index", lambda: [request.remote_addr, request.headers["X-Name"]])
    client.environ_base["HTTP_X_NAME"] = "Jane"
    response = client.get("/", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert response.json == ["192.0.2.7", "Jane"]


def test_what_only_an_environ_can_say_is_refused(client):
    with pytest.raises(ValueError, match=r"has 'REMOTE_USER', which ASGI has no place for"):
        client.get("/", environ_overrides={"REMOTE_USER": "jane"})


def test_a_stream_goes_on_when_the_client_wants_more(app, client):
    made = []

    @app.get("/")
    def index():
        for number in range(3):
            made.append(number)
            yield str(number)

    response = client.get("/")
    chunks = response.iter_encoded()
    assert made == [0]
    assert (next(chunks), next(chunks)) == (b"0", b"1")
    assert made == [0, 1]
    response.close()
    assert made == [0, 1]


def test_a_client_that_closes_early_leaves(app, client):
    closed = []

    @app.get("/")
    def index():
        try:
            while True:
                yield "more"
        finally:
            closed.append(1)

    client.get("/").close()
    assert closed == [1]


def test_an_app_that_sends_nothing_is_told_of(app, client):
    async def silent(scope, receive, send):
        """Answer nothing."""

    app.asgi_app = silent
    with pytest.raises(RuntimeError, match="without a response"):
        client.get("/")


def test_the_g_of_two_open_clients_is_not_shared(app, protocol):
    from kolben import g

    app.add_url_rule("/<name>", "index", lambda name: setattr(g, "name", name) or "")
    one, two = (app.test_client(protocol=protocol) for _ in range(2))
    with one, two:
        one.get("/one")
        assert g.name == "one"
        two.get("/two")
        assert g.name == "two"
        one.get("/again")
        assert g.name == "again"
