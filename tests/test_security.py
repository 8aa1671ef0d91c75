"""kolben.security: safer defaults, on request."""

from __future__ import annotations

import threading

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix

from kolben import Blueprint, Kolben, Response, session
from kolben.security import SECURE_HEADERS, SecureDefaults
from kolben.sessions import MemoryStore, ServerSessionInterface
from kolben.testing import KolbenClient

HTTPS = "https://localhost"
HSTS = "Strict-Transport-Security"


def sign_in():
    session["user"] = "ann"
    return "in"


async def sign_in_async():
    session["user"] = "ann"
    return "in"


@pytest.fixture(params=[sign_in, sign_in_async], ids=["def", "async def"])
def app(app: Kolben, request) -> Kolben:
    """An app with views that change, read and ignore the session, one that fails, and a stream."""
    app.add_url_rule("/in", view_func=request.param, endpoint="in")
    app.add_url_rule("/", view_func=lambda: "plain", endpoint="plain")
    app.add_url_rule("/read", view_func=lambda: session.get("user", ""), endpoint="read")
    app.add_url_rule("/fail", view_func=lambda: 1 / 0, endpoint="fail")
    app.add_url_rule("/stream", view_func=lambda: iter(["a", "b"]), endpoint="stream")
    app.add_url_rule("/permanent", view_func=make_permanent, endpoint="permanent")
    return app


def make_permanent():
    session.permanent = True
    return ""


@pytest.fixture
def secure(app: Kolben) -> Kolben:
    SecureDefaults(app)
    return app


def set_cookie(response) -> str:
    [cookie] = response.headers.getlist("Set-Cookie")
    return cookie


# The headers


@pytest.mark.usefixtures("secure")
@pytest.mark.parametrize("path", ["/", "/in", "/stream", "/nowhere", "/fail"])
def test_every_response_has_the_headers(app: Kolben, client: KolbenClient, path: str) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    headers = client.get(path).headers
    expected = {name: value for name, value in SECURE_HEADERS.items() if name != HSTS}
    assert {name: headers[name] for name in expected} == expected


def test_without_being_asked_nothing_is_added(client: KolbenClient) -> None:
    response = client.get("/in", base_url=HTTPS)
    assert not set(SECURE_HEADERS) & set(response.headers.keys())
    assert "Cache-Control" not in response.headers
    assert set_cookie(response).endswith("; HttpOnly; Path=/")


@pytest.mark.usefixtures("secure")
def test_hsts_is_sent_by_https_only(client: KolbenClient) -> None:
    assert HSTS not in client.get("/").headers
    assert client.get("/", base_url=HTTPS).headers[HSTS] == "max-age=31536000"


@pytest.mark.usefixtures("secure")
def test_hsts_is_not_sent_in_debug_mode(app: Kolben, client: KolbenClient) -> None:
    app.debug = True
    assert HSTS not in client.get("/", base_url=HTTPS).headers


@pytest.mark.usefixtures("secure")
def test_what_a_view_or_a_hook_says_stands(app: Kolben, client: KolbenClient) -> None:
    pages = Blueprint("pages", __name__)

    @pages.get("/own")
    def own():
        headers = {"x-frame-options": "DENY", HSTS: "max-age=5", "Cache-Control": "public"}
        return str(session), headers

    @pages.after_request
    def of_blueprint(response: Response) -> Response:
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @app.after_request
    async def of_app(response: Response) -> Response:
        response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
        return response

    app.register_blueprint(pages)
    headers = client.get("/own", base_url=HTTPS).headers
    assert headers.getlist("X-Frame-Options") == ["DENY"]
    assert headers.getlist(HSTS) == ["max-age=5"]
    assert headers.getlist("Referrer-Policy") == ["no-referrer"]
    assert headers.getlist("Cross-Origin-Opener-Policy") == ["unsafe-none"]
    assert headers.getlist("Cache-Control") == ["public"]
    assert headers.getlist("X-Content-Type-Options") == ["nosniff"]


def test_single_headers_can_be_changed_left_out_and_added(app: Kolben, client) -> None:
    app.config["SECURE_HEADERS"] = {
        "x-frame-options": "DENY",
        "Cross-Origin-Opener-Policy": None,
        "strict-transport-security": "max-age=5; includeSubDomains",
        "Permissions-Policy": "camera=()",
        "X-Unknown": None,
    }
    SecureDefaults().init_app(app)
    headers = client.get("/", base_url=HTTPS).headers
    assert headers.getlist("X-Frame-Options") == ["DENY"]
    assert "Cross-Origin-Opener-Policy" not in headers
    assert headers[HSTS] == "max-age=5; includeSubDomains"
    assert headers["Permissions-Policy"] == "camera=()"
    assert HSTS not in client.get("/").headers


def test_hsts_can_be_left_out(app: Kolben, client: KolbenClient) -> None:
    app.config["SECURE_HEADERS"] = {HSTS: None}
    SecureDefaults(app)
    assert HSTS not in client.get("/", base_url=HTTPS).headers


def test_headers_that_are_no_dictionary_are_refused(app: Kolben) -> None:
    app.config["SECURE_HEADERS"] = ["X-Frame-Options"]
    with pytest.raises(TypeError, match=r"SECURE_HEADERS must be a dictionary of headers, such"):
        SecureDefaults(app)


# The session cookie


@pytest.mark.usefixtures("secure")
@pytest.mark.parametrize("kept", ["in the cookie", "on the server"])
def test_the_cookie_is_secure_by_https_only(app: Kolben, client: KolbenClient, kept: str) -> None:
    if kept == "on the server":
        app.session_interface = ServerSessionInterface(MemoryStore())
    by_https = set_cookie(client.get("/in", base_url=HTTPS))
    assert "; Secure; HttpOnly; Path=/; SameSite=Lax" in by_https
    by_http = set_cookie(app.test_client().get("/in"))
    assert "; HttpOnly; Path=/; SameSite=Lax" in by_http
    assert "Secure" not in by_http


@pytest.mark.wsgi_only
@pytest.mark.usefixtures("secure")
def test_a_proxy_that_speaks_https_counts_if_it_is_trusted(app: Kolben, client) -> None:
    headers = {"X-Forwarded-Proto": "https"}
    response = client.get("/in", headers=headers)
    assert "Secure" not in set_cookie(response)
    assert HSTS not in response.headers
    app.wsgi_app = ProxyFix(app.wsgi_app)
    response = client.get("/in", headers=headers)
    assert "; Secure;" in set_cookie(response)
    assert HSTS in response.headers


@pytest.mark.usefixtures("secure")
def test_the_cookies_own_settings_stand(app: Kolben, client: KolbenClient) -> None:
    app.config.update(SESSION_COOKIE_SAMESITE="Strict", SESSION_COOKIE_SECURE=True)
    cookie = set_cookie(client.get("/in"))
    assert "SameSite=Strict" in cookie
    assert "; Secure;" in cookie


@pytest.mark.usefixtures("secure")
def test_outside_of_a_request_the_cookie_is_not_secure(app: Kolben) -> None:
    assert app.session_interface.get_cookie_secure(app) is False


# Caches


@pytest.mark.usefixtures("secure")
@pytest.mark.parametrize(
    ("path", "control"), [("/in", "private"), ("/read", "private"), ("/", None)]
)
def test_what_depends_on_the_session_is_private(client, path: str, control: str | None) -> None:
    assert client.get(path).headers.get("Cache-Control") == control


@pytest.mark.usefixtures("secure")
def test_a_response_that_refreshes_the_cookie_is_private(client: KolbenClient) -> None:
    client.get("/permanent")
    response = client.get("/")
    assert set_cookie(response)
    assert response.headers["Cache-Control"] == "private"


# Setting it up


def test_a_second_time_changes_nothing(app: Kolben) -> None:
    SecureDefaults(app)
    SecureDefaults(app)
    assert len(app.after_request_funcs[None]) == 1


def test_it_is_set_up_before_the_app_serves(app: Kolben, client: KolbenClient) -> None:
    client.get("/")
    with pytest.raises(AssertionError, match="after_request"):
        SecureDefaults(app)


looks_at_the_setting = pytest.mark.skipif(
    "SECURE_DEFAULTS" not in Kolben.default_config,
    reason="the app does not look at the setting yet (kolben.first_request)",
)


@looks_at_the_setting
def test_the_setting_is_enough(app: Kolben, client: KolbenClient) -> None:
    app.config["SECURE_DEFAULTS"] = True
    response = client.get("/in", base_url=HTTPS)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private"
    assert "; Secure; HttpOnly; Path=/; SameSite=Lax" in set_cookie(response)
    assert app.default_config["SECURE_DEFAULTS"] is False


@looks_at_the_setting
def test_first_requests_at_the_same_time_all_have_the_headers(app: Kolben) -> None:
    app.config["SECURE_DEFAULTS"] = True
    together, seen = threading.Barrier(6), []

    def ask() -> None:
        together.wait()
        seen.append(app.test_client().get("/").headers.get("X-Frame-Options"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["SAMEORIGIN"] * 6
