"""kolben.sessions.interface: what an interface of one's own can rely on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kolben import Kolben, session
from kolben.sessions import (
    NullSession,
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionInterface,
    SessionMixin,
)


class DictSession(dict, SessionMixin):
    """A session of one's own."""


class MemoryInterface(SessionInterface):
    """Keeps the one session of the one client in memory, and a diary of what was called."""

    def __init__(self):
        self.stored = {}
        self.diary = []

    def open_session(self, app, request):
        self.diary.append(f"open, endpoint {request.endpoint}")
        return DictSession(self.stored)

    def save_session(self, app, session, response):
        self.diary.append("save")
        self.stored = dict(session)


def test_open_and_save_are_left_to_subclasses(app) -> None:
    interface = SessionInterface()
    with pytest.raises(NotImplementedError):
        interface.open_session(app, None)
    with pytest.raises(NotImplementedError):
        interface.save_session(app, DictSession(), None)


@pytest.mark.parametrize(
    ("method", "key", "value"),
    [
        ("get_cookie_name", "SESSION_COOKIE_NAME", "name"),
        ("get_cookie_domain", "SESSION_COOKIE_DOMAIN", ".example.com"),
        ("get_cookie_path", "SESSION_COOKIE_PATH", "/path"),
        ("get_cookie_path", "APPLICATION_ROOT", "/root"),
        ("get_cookie_httponly", "SESSION_COOKIE_HTTPONLY", False),
        ("get_cookie_secure", "SESSION_COOKIE_SECURE", True),
        ("get_cookie_samesite", "SESSION_COOKIE_SAMESITE", "Lax"),
        ("get_cookie_partitioned", "SESSION_COOKIE_PARTITIONED", True),
    ],
)
def test_the_cookies_attributes_come_from_the_configuration(app, method, key, value) -> None:
    app.config[key] = value
    assert getattr(SessionInterface(), method)(app) == value


def test_a_permanent_session_expires_after_the_lifetime(app) -> None:
    app.permanent_session_lifetime = timedelta(hours=1)
    before = datetime.now(UTC)
    expires = SessionInterface().get_expiration_time(app, DictSession(_permanent=True))
    assert before <= expires - timedelta(hours=1) <= datetime.now(UTC)
    assert SessionInterface().get_expiration_time(app, DictSession()) is None


@pytest.mark.parametrize(
    ("modified", "permanent", "refresh", "expected"),
    [
        (True, False, False, True),
        (False, True, True, True),
        (False, True, False, False),
        (False, False, True, False),
    ],
)
def test_the_cookie_is_set_if_modified_or_to_be_refreshed(
    app, modified, permanent, refresh, expected
) -> None:
    app.config["SESSION_REFRESH_EACH_REQUEST"] = refresh
    opened = SecureCookieSession({"_permanent": permanent})
    opened.modified = modified
    assert SessionInterface().should_set_cookie(app, opened) is expected


def test_a_null_session_is_known_by_its_class(app) -> None:
    class Null(NullSession):
        pass

    class Interface(SessionInterface):
        null_session_class = Null

    interface = Interface()
    assert type(interface.make_null_session(app)) is Null
    assert interface.is_null_session(Null())
    assert not interface.is_null_session(NullSession())


def test_an_interface_of_ones_own_opens_before_matching_and_saves_every_request(app) -> None:
    interface = app.session_interface = MemoryInterface()
    app.add_url_rule("/", view_func=lambda: "", endpoint="index")
    app.test_client().get("/")
    assert interface.diary == ["open, endpoint None", "save"]


def test_what_an_interface_of_ones_own_stores_comes_back(app) -> None:
    app.session_interface = MemoryInterface()

    @app.get("/")
    def count():
        session["n"] = session.get("n", 0) + 1
        return str(session["n"])

    client = app.test_client()
    assert [client.get("/").text for _ in range(3)] == ["1", "2", "3"]


def test_a_null_session_is_used_where_none_is_opened_and_never_saved(app) -> None:
    class Closed(MemoryInterface):
        def open_session(self, app, request):
            self.diary.append("open")

    interface = app.session_interface = Closed()
    app.add_url_rule("/", view_func=lambda: repr(session.get("a")))
    assert app.test_client().get("/").text == "None"
    assert interface.diary == ["open"]


# Who is opened lazily


def with_attribute(name):
    return type("Changed", (SecureCookieSessionInterface,), {name: object()})


def test_the_cookie_interface_opens_lazily_others_do_not() -> None:
    assert SecureCookieSessionInterface.opens_lazily
    assert with_attribute("get_cookie_domain").opens_lazily
    assert not SessionInterface.opens_lazily
    assert not MemoryInterface.opens_lazily


@pytest.mark.parametrize(
    "name", ["open_session", "save_session", "should_set_cookie", "session_class"]
)
def test_a_subclass_or_an_instance_that_may_save_unread_sessions_opens_early(name) -> None:
    changed = SecureCookieSessionInterface()
    setattr(changed, name, object())
    assert not changed.opens_lazily
    assert not with_attribute(name).opens_lazily
    assert not type("Below", (with_attribute(name),), {}).opens_lazily
    assert SecureCookieSessionInterface().opens_lazily


def test_a_subclass_may_insist_on_opening_lazily() -> None:
    class Insisting(SecureCookieSessionInterface):
        opens_lazily = True

        def open_session(self, app, request):
            return super().open_session(app, request)

    assert Insisting.opens_lazily


def test_an_overridden_save_sees_requests_that_never_read_the_session(app) -> None:
    seen = []

    class Watching(SecureCookieSessionInterface):
        def save_session(self, app, session, response):
            seen.append(dict(session))

    app.session_interface = Watching()
    app.add_url_rule("/", view_func=lambda: "")
    app.test_client().get("/")
    assert seen == [{}]


def test_apps_can_share_an_interface_and_keep_their_keys() -> None:
    first, second = Kolben("first"), Kolben("second")
    first.secret_key, second.secret_key = "1", "2"
    shared = first.session_interface
    assert second.session_interface is shared
    cookie = shared.get_signing_serializer(first).dumps({"a": 1})
    assert shared.get_signing_serializer(first).loads(cookie) == {"a": 1}
    assert not shared.get_signing_serializer(second).loads_unsafe(cookie)[0]
