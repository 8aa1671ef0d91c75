"""Flask-Session: the session stays on the server, the browser gets its name."""

import os
import uuid

import pytest
from cachelib import FileSystemCache
from flask import session
from flask_session import Session

REDIS_URL = os.environ.get("KOLBEN_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


def _views(app):
    @app.get("/set/<value>")
    def put(value):
        session["value"] = value
        return "", 204

    @app.get("/get")
    def get():
        return session.get("value", "nothing")

    @app.get("/clear")
    def clear():
        session.clear()
        return "", 204

    @app.get("/renew")
    def renew():
        app.session_interface.regenerate(session)
        return "", 204


@pytest.fixture
def files(app, tmp_path):
    store = FileSystemCache(str(tmp_path))
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=store)
    Session(app)
    _views(app)
    return tmp_path


def _name(client):
    return client.get_cookie("session").value


def test_the_value_stays_here_and_the_cookie_is_a_name(app, client, files):
    client.get("/set/secret")
    assert client.get("/get").text == "secret"
    assert "secret" not in _name(client)
    assert app.test_client().get("/get").text == "nothing"


def test_a_cleared_session_is_gone(client, files):
    client.get("/set/secret")
    client.get("/clear")
    assert client.get_cookie("session") is None
    assert client.get("/get").text == "nothing"


def test_a_session_goes_on_under_a_new_name(app, client, files):
    client.get("/set/secret")
    old = _name(client)
    client.get("/renew")
    assert _name(client) != old
    assert client.get("/get").text == "secret"
    thief = app.test_client()
    thief.set_cookie("session", old)
    assert thief.get("/get").text == "nothing"


def test_the_session_can_be_looked_at_in_a_test(client, files):
    with client.session_transaction() as opened:
        opened["value"] = "put there"
    assert client.get("/get").text == "put there"


def test_sessions_in_redis(app, client):
    redis = pytest.importorskip("redis")
    store = redis.Redis.from_url(REDIS_URL)
    try:
        store.ping()
    except redis.ConnectionError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Redis at {REDIS_URL} (KOLBEN_TEST_REDIS_URL): {error}")
    prefix = f"smoke-{uuid.uuid4().hex}:"
    app.config.update(SESSION_TYPE="redis", SESSION_REDIS=store, SESSION_KEY_PREFIX=prefix)
    Session(app)
    _views(app)
    client.get("/set/secret")
    assert client.get("/get").text == "secret"
    assert store.exists(prefix + _name(client))
    client.get("/clear")
    assert not store.keys(prefix + "*")
    store.close()
