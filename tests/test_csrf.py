"""kolben.csrf: who may send what changes something."""

from __future__ import annotations

import logging
from functools import wraps

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix

from kolben import Blueprint, Kolben
from kolben.csrf import CrossSiteRequest, CsrfGuard
from kolben.testing import KolbenClient
from kolben.views import MethodView


def change():
    return "changed"


async def change_async():
    return "changed"


METHODS = ["GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "LOCK"]


@pytest.fixture(params=[change, change_async], ids=["def", "async def"])
def app(app: Kolben, request) -> Kolben:
    """An app with a view for every method."""
    app.add_url_rule("/", view_func=request.param, endpoint="change", methods=METHODS)
    return app


@pytest.fixture
def guard(app: Kolben) -> CsrfGuard:
    return CsrfGuard(app, trusted_origins=["https://login.example.com"])


def post(client: KolbenClient, path: str = "/", /, method: str = "POST", **headers: str) -> int:
    """Send a request with headers as keywords and give the status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(path, method=method, headers=named).status_code


# Fetch metadata


@pytest.mark.usefixtures("guard")
@pytest.mark.parametrize(
    ("site", "status"),
    [
        ("same-origin", 200),
        ("none", 200),
        ("same-site", 403),
        ("cross-site", 403),
        ("something-new", 403),
        ("", 403),
    ],
)
def test_the_browsers_word_decides(client: KolbenClient, site: str, status: int) -> None:
    assert post(client, Sec_Fetch_Site=site) == status


@pytest.mark.usefixtures("guard")
def test_the_browsers_word_counts_more_than_the_origin(client: KolbenClient) -> None:
    assert post(client, Sec_Fetch_Site="cross-site", Origin="http://localhost") == 403
    assert post(client, Sec_Fetch_Site="same-origin", Origin="http://elsewhere.org") == 200


@pytest.mark.usefixtures("guard")
@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_a_trusted_origin_may_send(client: KolbenClient, site: str) -> None:
    assert post(client, Sec_Fetch_Site=site, Origin="https://login.example.com") == 200
    assert post(client, Sec_Fetch_Site=site, Origin="https://LOGIN.example.com:443") == 200
    assert post(client, Sec_Fetch_Site=site, Origin="http://login.example.com") == 403
    assert post(client, Sec_Fetch_Site=site, Origin="https://login.example.com.evil.org") == 403


@pytest.mark.usefixtures("guard")
@pytest.mark.parametrize("method", METHODS)
def test_only_methods_that_may_change_something_are_checked(client, method: str) -> None:
    safe = method in {"GET", "HEAD", "OPTIONS", "TRACE"}
    assert post(client, method=method, Sec_Fetch_Site="cross-site") == (200 if safe else 403)


def test_without_a_guard_nothing_is_checked(client: KolbenClient) -> None:
    assert post(client, Sec_Fetch_Site="cross-site", Origin="http://elsewhere.org") == 200


# Origin and Referer, from browsers that say no more


@pytest.mark.usefixtures("guard")
@pytest.mark.parametrize("header", ["Origin", "Referer"])
@pytest.mark.parametrize(
    ("sender", "host", "status"),
    [
        ("http://app.example.com", "app.example.com", 200),
        ("http://app.example.com:80", "app.example.com", 200),
        ("http://APP.example.com", "app.example.com:80", 200),
        ("http://app.example.com:8000", "app.example.com:8000", 200),
        ("https://app.example.com", "app.example.com", 200),  # HTTPS ends at a proxy
        ("http://[::1]:8000", "[::1]:8000", 200),
        ("https://login.example.com", "app.example.com", 200),  # trusted
        ("http://app.example.com:8001", "app.example.com:8000", 403),
        ("http://app.example.com:8000", "app.example.com", 403),
        ("http://other.example.com", "app.example.com", 403),
        ("http://app.example.com.evil.org", "app.example.com", 403),
        ("http://app.example.com@evil.org", "app.example.com", 403),
        ("ftp://app.example.com", "app.example.com", 403),
        ("null", "app.example.com", 403),
        ("", "app.example.com", 403),
        ("http://[broken", "app.example.com", 403),
    ],
)
def test_the_sender_is_compared_with_the_host(client, header, sender, host, status) -> None:
    if header == "Referer" and "://" in sender:
        sender += "/some/page?with=query"
    assert post(client, **{header: sender, "Host": host}) == status


@pytest.mark.usefixtures("guard")
def test_the_origin_counts_more_than_the_referer(client: KolbenClient) -> None:
    assert post(client, Origin="http://evil.org", Referer="http://localhost/") == 403


@pytest.mark.usefixtures("guard")
def test_a_page_that_came_by_http_may_not_send_to_https(client: KolbenClient) -> None:
    for origin, status in [("http://localhost", 403), ("https://localhost", 200)]:
        response = client.post("/", base_url="https://localhost", headers={"Origin": origin})
        assert response.status_code == status


@pytest.mark.wsgi_only
@pytest.mark.usefixtures("guard")
def test_behind_a_proxy_the_hosts_name_is_the_proxys(app: Kolben, client: KolbenClient) -> None:
    headers = {"Host": "10.0.0.1", "X_Forwarded_Host": "app.example.com"}
    assert post(client, Origin="https://app.example.com", **headers) == 403
    app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1)
    assert post(client, Origin="https://app.example.com", **headers) == 200


@pytest.mark.usefixtures("guard")
def test_a_client_that_is_no_browser_may_send(client: KolbenClient) -> None:
    assert post(client) == 200


# The method that the view sees


@pytest.mark.wsgi_only
@pytest.mark.usefixtures("guard")
@pytest.mark.parametrize(("method", "status"), [("DELETE", 403), ("GET", 200)])
def test_an_overridden_method_is_what_counts(app, client, method: str, status: int) -> None:
    inner = app.wsgi_app

    def override(environ, start_response):
        environ["REQUEST_METHOD"] = environ.get("HTTP_X_METHOD", environ["REQUEST_METHOD"])
        return inner(environ, start_response)

    app.wsgi_app = override
    for sent in ("POST", "GET"):
        assert post(client, method=sent, X_Method=method, Sec_Fetch_Site="cross-site") == status


# What is refused, and how


@pytest.mark.usefixtures("guard")
def test_the_answer_and_the_log_say_why(client: KolbenClient, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        response = client.post(
            "/", headers={"Sec-Fetch-Site": "cross-site", "Origin": "http://<evil>.org"}
        )
    assert response.status_code == 403
    assert "does not come from this site" in response.text
    assert "CSRF_TRUSTED_ORIGINS" in response.text
    assert "<evil>" not in response.text
    assert caplog.messages == [
        "CSRF: refused POST '/': Sec-Fetch-Site: 'cross-site', Origin: 'http://<evil>.org'"
    ]


@pytest.mark.usefixtures("guard")
def test_an_app_may_answer_in_its_own_way(app: Kolben, client: KolbenClient) -> None:
    @app.errorhandler(CrossSiteRequest)
    def refuse(error):
        return "go away", 418

    assert post(client, Sec_Fetch_Site="cross-site") == 418


def test_the_guard_comes_before_other_hooks(app: Kolben, client: KolbenClient) -> None:
    seen = []
    app.before_request(lambda: seen.append("hook"))
    CsrfGuard().init_app(app)
    assert post(client, Sec_Fetch_Site="cross-site") == 403
    assert seen == []


@pytest.mark.usefixtures("guard")
def test_a_path_without_a_view_is_guarded_too(app: Kolben, client: KolbenClient) -> None:
    app.before_request(lambda: "answered by a hook")
    assert post(client, "/nowhere", Sec_Fetch_Site="cross-site") == 403


# Exemptions


def test_a_view_may_be_exempt(app: Kolben, guard: CsrfGuard, client: KolbenClient) -> None:
    @app.post("/webhook")
    @guard.exempt
    async def webhook():
        return "taken"

    assert post(client, "/webhook", Sec_Fetch_Site="cross-site") == 200
    assert post(client, "/", Sec_Fetch_Site="cross-site") == 403


def test_decorators_around_an_exempt_view_do_not_matter(app, guard, client) -> None:
    def decorate(view):
        @wraps(view)
        def wrapper(*args, **kwargs):
            return view(*args, **kwargs)

        return wrapper

    app.post("/webhook")(decorate(decorate(guard.exempt(lambda: "taken"))))
    assert post(client, "/webhook", Sec_Fetch_Site="cross-site") == 200


def test_a_class_of_views_may_be_exempt(app, guard, client) -> None:
    @guard.exempt
    class Webhook(MethodView):
        def post(self):
            return "taken"

    app.add_url_rule("/webhook", view_func=Webhook.as_view("webhook"))
    assert post(client, "/webhook", Sec_Fetch_Site="cross-site") == 200


def test_a_blueprint_may_be_exempt_with_those_nested_in_it(app, guard, client) -> None:
    api, inner, other = (Blueprint(name, __name__) for name in ("api", "inner", "other"))
    for blueprint in (api, inner, other):
        blueprint.add_url_rule("/", view_func=change, methods=["POST"])
    api.register_blueprint(inner, url_prefix="/inner")
    app.register_blueprint(guard.exempt(api), url_prefix="/api")
    app.register_blueprint(api, url_prefix="/again", name="again")
    app.register_blueprint(other, url_prefix="/other")
    for path in ("/api/", "/api/inner/", "/again/"):
        assert post(client, path, Sec_Fetch_Site="cross-site") == 200
    assert post(client, "/other/", Sec_Fetch_Site="cross-site") == 403


# Setting it up


def test_the_configuration_names_trusted_origins(app: Kolben, client: KolbenClient) -> None:
    app.config["CSRF_TRUSTED_ORIGINS"] = ["http://a.org:8000/", "app://desktop"]
    CsrfGuard(app)
    assert post(client, Origin="http://a.org:8000") == 200
    assert post(client, Origin="app://desktop") == 200
    assert post(client, Origin="http://a.org") == 403


@pytest.mark.parametrize(
    "origin",
    [
        "a.org",
        "//a.org",
        "https://",
        "https://*.a.org",
        "https://a.org/path",
        "https://a.org?x",
        "https://me@a.org",
        "https://bücher.de",
        "null",
    ],
)
def test_what_is_no_origin_is_refused(app: Kolben, origin: str) -> None:
    with pytest.raises(ValueError, match=r"^trusted_origins has '.*', which is no origin; write"):
        CsrfGuard(trusted_origins=[origin])
    app.config["CSRF_TRUSTED_ORIGINS"] = [origin]
    with pytest.raises(ValueError, match=r"^CSRF_TRUSTED_ORIGINS has '"):
        CsrfGuard(app)


def test_one_text_instead_of_a_list_is_refused() -> None:
    with pytest.raises(TypeError, match="must be a list of origins, not the text 'https"):
        CsrfGuard(trusted_origins="https://a.org")


def test_it_is_set_up_before_the_app_serves(app: Kolben, client: KolbenClient) -> None:
    client.get("/")
    with pytest.raises(AssertionError, match="before_request"):
        CsrfGuard(app)
