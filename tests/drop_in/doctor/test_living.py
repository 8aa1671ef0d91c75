"""Looking at a loaded app."""

import pytest

from kolben import Kolben
from kolben.drop_in.doctor.findings import Kind
from kolben.drop_in.doctor.living import examine
from kolben.json.provider import JSONProvider
from kolben.sessions import SecureCookieSession, SessionInterface


@pytest.fixture
def app():
    return Kolben("patient")


def names(app, kind):
    return [each.name for each in examine(app) if each.kind is kind]


def test_a_plain_app_has_nothing(app):
    app.get("/")(lambda: "")
    app.before_request(lambda: None)
    assert examine(app) == []


def test_overridden_methods_are_told_with_their_place():
    class Mine(Kolben):
        def dispatch_request(self):
            return super().dispatch_request()

    app = Mine("patient")
    (only,) = examine(app)
    assert (only.kind, only.name) == (Kind.OVERRIDDEN, "Mine.dispatch_request")
    assert only.path == __file__
    assert only.line == Mine.dispatch_request.__code__.co_firstlineno
    assert "four to seven times" in only.cost


def test_methods_set_on_the_app_are_told(app):
    app.handle_exception = lambda e: "sorry"
    assert names(app, Kind.OVERRIDDEN) == ["app.handle_exception"]


def test_a_wrapped_app_costs_nothing(app):
    app.wsgi_app = lambda *args, inner=app.wsgi_app: inner(*args)
    assert examine(app) == []


def test_async_hooks_are_told(app):
    @app.before_request
    async def check(): ...

    @app.teardown_appcontext
    async def close(error): ...

    assert names(app, Kind.SLOW) == [
        "async def check as before_request",
        "async def close as teardown_appcontext",
    ]


def test_what_waits_for_the_first_request_is_told(app):
    @app.before_first_request
    def warm(): ...

    assert names(app, Kind.REMOVED) == ["before_first_request(warm)"]


def test_an_eager_session_interface_is_told(app):
    class Eager(SessionInterface):
        def open_session(self, app, request):
            return SecureCookieSession()

    app.session_interface = Eager()
    assert names(app, Kind.SLOW) == ["session_interface Eager"]


def test_a_provider_of_ones_own_is_told(app):
    class Mine(JSONProvider):
        pass

    app.json = Mine(app)
    assert names(app, Kind.OVERRIDDEN) == ["app.json Mine"]


def test_an_old_encoder_is_told(app):
    from kolben.drop_in.legacy.coders import JSONEncoder, use_coder

    use_coder(app, "encoder", JSONEncoder)
    assert names(app, Kind.REMOVED) == ["app.json_encoder"]


def test_matching_by_host_is_told():
    assert names(Kolben("p", host_matching=True, static_host="x"), Kind.SLOW) == ["host_matching"]
    assert names(Kolben("p", subdomain_matching=True), Kind.SLOW) == ["subdomain_matching"]


def test_a_request_class_with_its_own_attributes_is_told(app):
    class Mine(Kolben.request_class):
        @property
        def args(self):
            return {}

    app.request_class = Mine
    assert names(app, Kind.SLOW) == ["request_class Mine"]
