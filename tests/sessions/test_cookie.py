"""kolben.sessions.cookie: the session from one request to the next."""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from itsdangerous import URLSafeTimedSerializer
from markupsafe import Markup

from kolben import Kolben, Response, session
from kolben.sessions import SecureCookieSessionInterface, cookie
from kolben.testing import KolbenClient


@pytest.fixture
def app(app) -> Kolben:
    """An app whose views set, read and clear the session, and one that leaves it alone."""

    @app.post("/<name>/<value>")
    def set_item(name, value):
        session[name] = value
        return "set"

    @app.post("/permanent")
    def make_permanent():
        session.permanent = True
        return "permanent"

    @app.get("/")
    def get_items():
        return dict(session)

    @app.post("/clear")
    def clear():
        session.clear()
        return "cleared"

    @app.get("/nothing")
    def nothing():
        return "nothing"

    return app


def set_cookie(response) -> str:
    """The one Set-Cookie header, or an empty text."""
    cookies = response.headers.getlist("Set-Cookie")
    assert len(cookies) <= 1
    return "".join(cookies)


# Reading and writing


def test_an_item_comes_back_in_the_next_request(client: KolbenClient) -> None:
    assert set_cookie(client.post("/color/red")).startswith("session=")
    assert client.get("/").json == {"color": "red"}


def test_reading_sets_no_cookie_but_varies(client: KolbenClient) -> None:
    client.post("/color/red")
    response = client.get("/")
    assert set_cookie(response) == ""
    assert response.headers.getlist("Vary") == ["Cookie"]


def test_a_request_that_ignores_the_session_does_not_vary(client: KolbenClient) -> None:
    client.post("/color/red")
    response = client.get("/nothing")
    assert set_cookie(response) == ""
    assert "Vary" not in response.headers


def test_a_cleared_session_deletes_the_cookie(client: KolbenClient) -> None:
    client.post("/color/red")
    response = client.post("/clear")
    assert set_cookie(response).startswith("session=; Expires=Thu, 01 Jan 1970")
    assert response.headers["Vary"] == "Cookie"
    assert client.get_cookie("session") is None


def test_vary_is_added_to_what_the_view_says(app, client) -> None:
    @app.get("/vary")
    def vary():
        session["a"] = 1
        return Response(headers={"Vary": "Accept-Language"})

    assert client.get("/vary").headers.getlist("Vary") == ["Accept-Language, Cookie"]


def test_a_change_inside_a_value_is_saved_when_told(app, client) -> None:
    @app.post("/append")
    def append():
        session.setdefault("items", []).append(1)
        session.modified = True
        return ""

    client.post("/append")
    client.post("/append")
    assert client.get("/").json == {"items": [1, 1]}


def test_every_tagged_type_survives(app, client) -> None:
    values = {
        "tuple": (1, 2),
        "bytes": b"\xff",
        "markup": Markup("<b>"),
        "uuid": UUID(int=1),
        "time": datetime(2020, 1, 1, tzinfo=UTC),
        "looks tagged": {" t": "text"},
    }
    back = {}

    @app.post("/types")
    def types():
        session.update(values)
        return ""

    @app.get("/types")
    def read_types():
        back.update(session)
        return ""

    client.post("/types")
    client.get("/types")
    assert back == values
    assert {key: type(value) for key, value in back.items()} == {
        key: type(value) for key, value in values.items()
    }


def test_what_cannot_be_serialized_is_a_type_error(app, client) -> None:
    @app.post("/object")
    def store_object():
        session["a"] = object()
        return ""

    with pytest.raises(TypeError, match="Object of type object is not JSON serializable"):
        client.post("/object")


# The cookie's attributes


def test_the_cookie_has_the_configured_attributes_also_when_deleted(app) -> None:
    app.config.update(
        SESSION_COOKIE_NAME="sid",
        SESSION_COOKIE_DOMAIN="example.com",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=False,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PARTITIONED=True,
    )
    client = app.test_client()
    for path in ("/color/red", "/clear"):
        value, *attributes = set_cookie(client.post(path, "https://example.com")).split("; ")
        kept = {a for a in attributes if not a.startswith(("Expires", "Max-Age"))}
        assert value.startswith("sid=")
        assert kept == {"Domain=example.com", "Path=/", "Secure", "SameSite=Strict", "Partitioned"}


def test_by_default_the_cookie_is_for_http_only_and_ends_with_the_browser(client) -> None:
    attributes = set_cookie(client.post("/color/red")).split("; ")[1:]
    assert attributes == ["HttpOnly", "Path=/"]


# Permanent sessions


def test_a_permanent_session_is_refreshed_even_if_nobody_reads_it(client) -> None:
    client.post("/permanent")
    response = client.get("/nothing")
    assert "Expires=" in set_cookie(response)
    assert response.headers["Vary"] == "Cookie"


def test_a_permanent_session_is_not_refreshed_if_told(app, client) -> None:
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    client.post("/permanent")
    assert set_cookie(client.get("/nothing")) == ""
    assert client.get("/").json == {"_permanent": True}


def test_a_permanent_session_of_any_size_is_refreshed(app, client) -> None:
    client.post("/" + "x" * 300 + "/1")  # compressed in the cookie
    client.post("/permanent")
    assert "Expires=" in set_cookie(client.get("/nothing"))


def test_with_a_serializer_of_ones_own_permanent_sessions_are_refreshed(app) -> None:
    class Hex:
        def dumps(self, obj):
            return json.dumps(obj).encode().hex()

        def loads(self, text):
            return json.loads(bytes.fromhex(text))

    app.session_interface = SecureCookieSessionInterface()
    app.session_interface.serializer = Hex()
    client = app.test_client()
    client.post("/permanent")
    assert "Expires=" in set_cookie(client.get("/nothing"))


def test_an_expired_session_is_empty(app, client) -> None:
    client.post("/color/red")
    app.permanent_session_lifetime = timedelta(seconds=-1)
    assert client.get("/").json == {}


# Cookies that are not right


@pytest.mark.parametrize(
    "spoil",
    [
        lambda value: value[:0],
        lambda value: value[:-2],
        lambda value: "x" + value,
        lambda value: value.replace(".", "..", 1),
        lambda value: "." + value,
        lambda value: '"\\351\\303' + value + '"',
    ],
)
def test_a_tampered_cookie_is_an_empty_session(client, spoil) -> None:
    client.post("/color/red")
    value = client.get_cookie("session").value
    client.set_cookie("session", spoil(value))
    assert client.get("/").json == {}
    assert client.get("/nothing").status_code == 200


def test_a_signed_cookie_that_cannot_be_read_is_an_empty_session(app, client) -> None:
    signer = app.session_interface.get_signing_serializer(app).make_signer()
    client.set_cookie("session", signer.sign("bm8ganNvbg").decode())
    assert client.get("/").json == {}


# Keys


def test_without_a_secret_key_the_session_reads_as_empty_and_explains_itself(app, client) -> None:
    app.secret_key = None
    assert client.get("/").json == {}
    with pytest.raises(RuntimeError, match="session is unavailable because no secret key was set"):
        client.post("/color/red")


def test_a_secret_key_that_goes_during_the_request_is_named(app, client) -> None:
    @app.post("/lose")
    def lose():
        session["a"] = 1
        app.secret_key = None
        return ""

    with pytest.raises(RuntimeError, match=r"app\.secret_key was removed"):
        client.post("/lose")


def test_keys_rotate_at_run_time(app, client) -> None:
    client.post("/color/red")
    app.secret_key, app.config["SECRET_KEY_FALLBACKS"] = "new", ["older", "a secret for tests"]
    assert client.get("/").json == {"color": "red"}
    client.post("/color/blue")  # signed with the new key
    app.config["SECRET_KEY_FALLBACKS"] = None
    assert client.get("/").json == {"color": "blue"}
    app.secret_key = "other"
    assert client.get("/").json == {}


def test_a_fallback_list_that_is_changed_in_place_counts_at_once(app, client) -> None:
    fallbacks = app.config["SECRET_KEY_FALLBACKS"] = []
    client.post("/color/red")
    app.secret_key = "new"
    assert client.get("/").json == {}
    fallbacks.append("a secret for tests")
    assert client.get("/").json == {"color": "red"}


def test_a_changed_attribute_of_the_interface_counts_at_once(app, client) -> None:
    interface = app.session_interface = SecureCookieSessionInterface()
    client.post("/color/red")
    interface.salt = "other"
    assert client.get("/").json == {}
    interface.digest_method = hashlib.sha256
    client.post("/color/blue")
    interface.digest_method = hashlib.sha512
    assert client.get("/").json == {}


def test_a_serializer_that_cannot_be_hashed_works(app, client) -> None:
    class Unhashable:
        __hash__ = None
        dumps, loads = staticmethod(json.dumps), staticmethod(json.loads)

    app.session_interface = SecureCookieSessionInterface()
    app.session_interface.serializer = Unhashable()
    client.post("/color/red")
    assert client.get("/").json == {"color": "red"}


def test_serializers_are_kept_but_not_without_end(app, monkeypatch) -> None:
    monkeypatch.setattr(cookie, "_serializers", {})
    interface = app.session_interface
    first = interface.get_signing_serializer(app)
    assert interface.get_signing_serializer(app) is first
    for number in range(200):
        app.secret_key = f"key {number}"
        interface.get_signing_serializer(app)
        assert len(cookie._serializers) <= cookie._KEPT


def test_the_signing_serializer_is_itsdangerous(app) -> None:
    assert isinstance(app.session_interface.get_signing_serializer(app), URLSafeTimedSerializer)
    app.secret_key = None
    assert app.session_interface.get_signing_serializer(app) is None


def test_sha1_is_not_touched_before_it_is_used(monkeypatch) -> None:
    monkeypatch.delattr(hashlib, "sha1")
    interface = SecureCookieSessionInterface()
    app = Kolben(__name__)
    app.secret_key = "key"
    interface.digest_method = hashlib.sha256
    assert interface.get_signing_serializer(app).dumps({})


# Cookies that are too large


def store(app, letters: int) -> None:
    @app.post("/large")
    def large():
        session["a"], session["text"] = 1, hashlib.shake_256(b"").hexdigest(letters // 2)
        return ""


def test_a_cookie_too_large_is_warned_about_logged_and_set(app, caplog) -> None:
    store(app, 8000)
    with (
        caplog.at_level(logging.WARNING),
        pytest.warns(UserWarning, match="'session' cookie is too large"),
    ):
        response = app.test_client().post("/large")
    size = len(set_cookie(response))
    [message] = [record.getMessage() for record in caplog.records if record.name == app.name]
    assert f"'session' cookie is too large: it has {size} bytes" in message
    assert "more than 4093 (MAX_COOKIE_SIZE)" in message
    assert "(keys: a, text)" in message
    assert "server-side session interface" in message


@pytest.mark.parametrize(("limit", "letters"), [(4093, 2000), (0, 8000), (20_000, 8000)])
def test_a_cookie_within_the_limit_is_set_without_a_word(app, caplog, limit, letters) -> None:
    app.config["MAX_COOKIE_SIZE"] = limit
    store(app, letters)
    assert set_cookie(app.test_client().post("/large"))
    assert [record for record in caplog.records if record.name == app.name] == []


# Flask, the real one, in a process of its own

FLASK = """
import json, sys
import flask
if "kolben" in sys.modules: sys.exit("this is not the real Flask")
app = flask.Flask("x")
app.secret_key, app.config["SECRET_KEY_FALLBACKS"] = "new", ["old"]
app.add_url_rule("/", view_func=lambda: dict(flask.session), endpoint="get")
@app.post("/")
def update():
    flask.session.update(flask.request.json)
    return ""
client = app.test_client()
done = {"read": [], "written": []}
todo = json.load(sys.stdin)
for value in todo["read"]:
    client.set_cookie("session", value)
    done["read"].append(client.get("/").json)
for items in todo["write"]:
    client.delete_cookie("session")
    client.post("/", json=items)
    done["written"].append(client.get_cookie("session").value)
json.dump(done, sys.stdout)
"""
SESSIONS = [
    {"user": 1},
    {"_permanent": True, "name": "größer", "list": [1, {"a": None}], " t": [1]},
    {"text": "long " * 200},
]


@pytest.fixture
def exchange(app):
    """Have Flask read our cookies, and give us its own."""

    def run(read, write):
        script = json.dumps({"read": read, "write": write})
        process = subprocess.run(
            [sys.executable, "-c", FLASK], input=script, capture_output=True, text=True, check=False
        )
        if "No module named 'flask'" in process.stderr:
            pytest.skip("Flask itself is not installed here")
        assert process.returncode == 0, process.stderr
        return json.loads(process.stdout)

    app.secret_key, app.config["SECRET_KEY_FALLBACKS"] = "new", ["old"]
    return run


@pytest.mark.parametrize("key", ["new", "old"])
def test_flask_reads_our_cookies_and_we_read_flasks(app, client, exchange, key) -> None:
    app.add_url_rule("/json", view_func=lambda: session.update(app_items.pop()) or "ok")
    ours = []
    app.secret_key = key
    for items in SESSIONS:
        app_items = [items]
        client.delete_cookie("session")
        client.get("/json")
        ours.append(client.get_cookie("session").value)

    done = exchange(ours, SESSIONS)

    app.secret_key = "new"
    assert done["read"] == SESSIONS
    for value, items in zip(done["written"], SESSIONS, strict=True):
        client.set_cookie("session", value)
        assert client.get("/").json == items
    if key == "new":
        # But for the time and the signature, the cookies are the same.
        assert [v.rsplit(".", 2)[0] for v in ours] == [v.rsplit(".", 2)[0] for v in done["written"]]
