"""Routing as an app's users meet it: rules, redirects, hosts, methods, and building URLs."""

from __future__ import annotations

import threading

import pytest
from werkzeug.routing import BaseConverter, BuildError, IntegerConverter, RequestRedirect

from kolben import Blueprint, Kolben, abort, current_app, g, request, url_for


def bare(**options) -> Kolben:
    return Kolben("kolben_test", root_path=".", **{"static_folder": None, **options})


# -- rules -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "path", "arguments"),
    [
        ("/<name>", "/ada", {"name": "ada"}),
        ("/<string(length=2):lang>", "/de", {"lang": "de"}),
        ("/<int:n>", "/7", {"n": 7}),
        ("/<int(signed=True):n>", "/-7", {"n": -7}),
        ("/<float:n>", "/1.5", {"n": 1.5}),
        ("/<path:p>/end", "/a/b/end", {"p": "a/b"}),
        ("/<any(a, b):which>", "/b", {"which": "b"}),
        ("/<a>-<int:b>/<c>", "/x-2/y", {"a": "x", "b": 2, "c": "y"}),
        ("/<name>", "/%C3%A9%2B%20", {"name": "é+ "}),
    ],
)
def test_arguments_are_converted(app, client, rule, path, arguments):
    app.add_url_rule(rule, "view", lambda **values: repr(values))
    assert client.get(path).text == repr(arguments)


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/<int:n>", "/x"),
        ("/<int:n>", "/-7"),
        ("/<int(max=3):n>", "/4"),
        ("/<float:n>", "/1"),
        ("/<string(length=2):lang>", "/deu"),
        ("/<any(a, b):which>", "/c"),
        ("/<uuid:u>", "/123"),
        ("/<name>", "/a/b"),
    ],
)
def test_what_no_converter_takes_is_not_found(app, client, rule, path):
    app.add_url_rule(rule, "view", lambda **values: repr(values))
    assert client.get(path).status_code == 404


def test_a_uuid_is_built_and_matched(app, client):
    from uuid import UUID

    one = UUID("12345678-1234-5678-1234-567812345678")
    app.add_url_rule("/<uuid:u>", "view", lambda u: repr(u))
    with app.test_request_context():
        assert client.get(url_for("view", u=one)).text == repr(one)


def test_a_static_rule_wins_over_a_dynamic_one(app, client):
    app.add_url_rule("/<name>", "dynamic", lambda name: "dynamic")
    app.add_url_rule("/me", "static_rule", lambda: "static")
    app.add_url_rule("/<int:n>", "number", lambda n: "number")
    answers = [client.get(path).text for path in ("/me", "/3", "/x")]
    assert answers == ["static", "number", "dynamic"]


def test_defaults_fill_arguments_and_redirect_to_the_short_url(app, client):
    @app.route("/page/", defaults={"n": 1})
    @app.route("/page/<int:n>")
    def page(n):
        return f"page {n}"

    assert client.get("/page/2").text == "page 2"
    assert client.get("/page/").text == "page 1"
    assert client.get("/page/1").headers["Location"] == "http://localhost/page/"
    with app.test_request_context():
        assert [url_for("page", n=1), url_for("page", n=2)] == ["/page/", "/page/2"]


class ListConverter(BaseConverter):
    """Numbers with commas between them."""

    regex = r"\d+(?:,\d+)*"

    def to_python(self, value):
        return [int(part) for part in value.split(",")]

    def to_url(self, value):
        return ",".join(map(str, value))


def test_a_custom_converter_matches_and_builds(app, client):
    app.url_map.converters["list"] = ListConverter
    app.add_url_rule("/<list:numbers>", "total", lambda numbers: str(sum(numbers)))
    assert client.get("/1,2,3").text == "6"
    assert client.get("/1,x").status_code == 404
    with app.test_request_context():
        assert url_for("total", numbers=[4, 5]) == "/4,5"


@pytest.fixture
def tenants(app) -> list[str]:
    """Give an app two views with a converter that looks at the contexts; list what it was given."""
    given = []

    class Tenant(BaseConverter):
        def to_python(self, value):
            given.append(value)
            g.tenant = value
            if value == "nobody":
                abort(410)
            return f"{value} of {current_app.name}"

    app.url_map.converters["tenant"] = Tenant
    app.add_url_rule("/<tenant:who>", "view", lambda who: f"{who}, {g.tenant}")

    @app.get("/async/<tenant:who>")
    async def async_view(who):
        return f"{who}, {g.tenant}"

    app.register_error_handler(410, lambda error: (f"gone from {current_app.name}", 410))
    return given


@pytest.mark.parametrize("path", ["/", "/async/"])
def test_a_converter_sees_the_contexts_once_for_each_request(app, client, tenants, path):
    for name in ("ada", "bob", "eve"):
        assert client.get(path + name).text == f"{name} of kolben_test, {name}"
    assert tenants == ["ada", "bob", "eve"]


@pytest.mark.parametrize("path", ["/", "/async/"])
def test_an_error_of_a_converter_is_handled(app, client, tenants, path):
    for _ in range(2):
        response = client.get(f"{path}nobody")
        assert (response.status_code, response.text) == (410, "gone from kolben_test")


def test_a_converter_of_ones_own_does_not_block_the_loop(app):
    threads = []

    class Slow(BaseConverter):
        def to_python(self, value):
            threads.append(threading.current_thread())
            return value

    app.url_map.converters["slow"] = Slow

    @app.get("/<slow:name>")
    async def view(name):
        threads.append(threading.current_thread())
        return name

    client = app.test_client(protocol="asgi")
    assert [client.get("/ada").text, client.get("/bob").text] == ["ada", "bob"]
    assert threads[0] is not threads[1]
    assert threads[2] is not threads[3]


def test_a_standard_converter_may_be_replaced(app, client):
    class Doubled(IntegerConverter):
        def to_python(self, value):
            return 2 * super().to_python(value)

    app.url_map.converters["int"] = Doubled
    app.add_url_rule("/<int:n>", "view", lambda n: str(n))
    assert client.get("/21").text == "42"


def test_an_unknown_converter_is_a_clear_error(app):
    with pytest.raises(LookupError, match="'nonsense'"):
        app.add_url_rule("/<nonsense:x>", "view", lambda x: "")


def test_two_views_on_one_endpoint_are_refused_by_name(app):
    app.add_url_rule("/a", "same", lambda: "")
    with pytest.raises(AssertionError, match=r"overwriting an existing endpoint function: same"):
        app.add_url_rule("/b", "same", lambda: "")


def test_one_view_may_stand_under_one_endpoint_twice(app, client):
    def view():
        return "ok"

    app.add_url_rule("/a", "same", view)
    app.add_url_rule("/b", "same", view)
    assert client.get("/b").text == "ok"


def test_a_view_may_be_found_by_endpoint_later(app, client):
    app.add_url_rule("/", endpoint="later")

    @app.endpoint("later")
    def view():
        return "found"

    assert client.get("/").text == "found"


def test_rules_added_while_serving_through_the_map_count_at_once(app, client):
    from werkzeug.routing import Rule

    assert client.get("/late").status_code == 404
    app.view_functions["late"] = lambda: "late"
    app.url_map.add(Rule("/late", endpoint="late"))
    assert client.get("/late").text == "late"


# -- slashes and redirects -------------------------------------------------------------------------


def test_a_missing_slash_is_redirected_with_its_query(app, client):
    app.add_url_rule("/branch/", "branch", lambda: "branch")
    response = client.get("/branch?a=b&c=%C3%A9")
    assert response.status_code == 308
    assert response.headers["Location"] == "http://localhost/branch/?a=b&c=%C3%A9"
    assert client.get("/branch", follow_redirects=True).text == "branch"


def test_a_slash_too_many_is_not_found(app, client):
    app.add_url_rule("/leaf", "leaf", lambda: "leaf")
    assert client.get("/leaf/").status_code == 404


@pytest.mark.parametrize("rule", ["/x/", "/x"])
def test_a_rule_without_strict_slashes_takes_both(app, client, rule):
    app.add_url_rule(rule, "view", lambda: "ok", strict_slashes=False)
    assert [client.get(path).status_code for path in ("/x", "/x/")] == [200, 200]


@pytest.mark.parametrize("early", [True, False], ids=["before the rules", "after the rules"])
def test_strict_slashes_may_be_turned_off_for_the_map(app, client, early):
    if early:
        app.url_map.strict_slashes = False
    app.add_url_rule("/x/", "view", lambda: "ok")
    if not early:
        app.url_map.strict_slashes = False
    assert client.get("/x").status_code == (200 if early else 308)


def test_merged_slashes_are_redirected(app, client):
    app.add_url_rule("/a/b", "view", lambda: "ok")
    assert client.get("/a//b").headers["Location"] == "http://localhost/a/b"


def test_a_rule_may_redirect(app, client):
    app.add_url_rule("/new/<int:n>", "new", lambda n: "")
    app.add_url_rule("/old/<int:n>", "old", redirect_to="/new/<n>")
    response = client.get("/old/3")
    assert (response.status_code, response.headers["Location"]) == (308, "http://localhost/new/3")


def test_a_post_to_a_redirected_url_is_explained_in_debug_mode(app, client):
    app.add_url_rule("/branch/", "branch", lambda: "", methods=["POST"])
    assert client.post("/branch", data={"a": "b"}).status_code == 308  # keeps method and form
    app.debug = True
    with app.test_request_context("/branch", method="POST") as context:
        context.request.routing_exception.code = 301
        with pytest.raises(AssertionError, match="http://localhost/branch/"):
            app.raise_routing_exception(context.request)


def test_a_script_name_goes_before_redirects_and_built_urls(app):
    app.add_url_rule("/branch/", "branch", lambda: url_for("branch"))
    client = app.test_client()
    base = {"base_url": "http://localhost/app"}
    assert client.get("/branch", **base).headers["Location"] == "http://localhost/app/branch/"
    assert client.get("/branch/", **base).text == "/app/branch/"


# -- methods ---------------------------------------------------------------------------------------


def test_head_is_answered_like_get_without_a_body(app, client):
    app.add_url_rule("/", "view", lambda: ("body", {"X-Method": request.method}))
    response = client.head("/")
    assert (response.data, response.content_length) == (b"", 4)
    assert response.headers["X-Method"] == "HEAD"


def test_options_are_answered_with_what_all_rules_of_the_url_allow(app, client):
    app.add_url_rule("/", "read", lambda: "")
    app.add_url_rule("/", "write", lambda: "", methods=["POST", "PUT"])
    response = client.options("/")
    assert response.status_code == 200
    assert sorted(response.allow) == ["GET", "HEAD", "OPTIONS", "POST", "PUT"]
    assert response.data == b""


def test_a_view_may_answer_options_itself(app, client):
    app.add_url_rule("/", "view", lambda: f"mine: {request.method}", methods=["GET", "OPTIONS"])
    assert client.options("/").text == "mine: OPTIONS"


@pytest.mark.parametrize("how", ["argument", "attribute", "config"])
def test_automatic_options_can_be_turned_off(app, client, how):
    def view():
        return ""

    if how == "attribute":
        view.provide_automatic_options = False
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = how != "config"
    app.add_url_rule(
        "/", view_func=view, provide_automatic_options=False if how == "argument" else None
    )
    response = client.options("/")
    assert (response.status_code, sorted(response.allow)) == (405, ["GET", "HEAD"])


def test_a_wrong_method_is_405_with_the_right_ones(app, client):
    app.add_url_rule("/<int:n>", "view", lambda n: "", methods=["POST"])
    response = client.get("/3")
    assert (response.status_code, sorted(response.allow)) == (405, ["OPTIONS", "POST"])


def test_an_unknown_method_is_405(app, client):
    app.add_url_rule("/", "view", lambda: "")
    assert client.open("/", method="BREW").status_code == 405


def test_a_method_of_ones_own_may_be_routed(app, client):
    app.add_url_rule("/", "view", lambda: request.method, methods=["PROPFIND"])
    assert client.open("/", method="PROPFIND").text == "PROPFIND"


def test_one_url_has_different_views_for_different_methods(app, client):
    app.add_url_rule("/<name>", "read", lambda name: f"read {name}")
    app.add_url_rule("/<name>", "write", lambda name: f"write {name}", methods=["POST"])
    assert [client.get("/a").text, client.post("/a").text] == ["read a", "write a"]


# -- hosts -----------------------------------------------------------------------------------------


def test_subdomains_are_matched_and_built():
    app = bare(subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    app.add_url_rule("/", "root", lambda: "root")
    app.add_url_rule("/", "user", lambda name: f"user {name}", subdomain="<name>")
    app.add_url_rule("/", "api", lambda: url_for("user", name="ada"), subdomain="api")
    client = app.test_client()
    answers = [
        client.get("/", base_url=f"http://{host}").text
        for host in ("example.org", "bob.example.org", "api.example.org")
    ]
    assert answers == ["root", "user bob", "http://ada.example.org/"]


def test_a_host_outside_the_server_name_is_not_found_with_subdomain_matching():
    app = bare(subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    app.add_url_rule("/", "root", lambda: "root")
    with pytest.warns(UserWarning, match="doesn't match configured server name"):
        response = app.test_client().get("/", base_url="http://example.com")
    assert response.status_code == 404


def test_without_subdomain_matching_any_host_is_served():
    app = bare()
    app.config["SERVER_NAME"] = "example.org"
    app.add_url_rule("/", "root", lambda: "root")
    assert app.test_client().get("/", base_url="http://elsewhere.com").text == "root"


def test_the_default_subdomain_is_used_without_subdomain_matching():
    app = bare()
    app.url_map.default_subdomain = "www"
    app.add_url_rule("/", "root", lambda: request.host)
    assert app.test_client().get("/", base_url="http://elsewhere.com").text == "elsewhere.com"


def test_hosts_are_matched_and_built():
    app = bare(host_matching=True, static_folder="static", static_host="files.org")
    app.add_url_rule("/", "a", lambda: url_for("b", which="z"), host="a.org")
    app.add_url_rule("/", "b", lambda which: f"b {which}", host="<which>.b.org")
    client = app.test_client()
    assert client.get("/", base_url="http://a.org").text == "http://z.b.org/"
    assert client.get("/", base_url="http://x.b.org").text == "b x"
    assert client.get("/", base_url="http://other.org").status_code == 404
    with app.test_request_context(base_url="http://a.org"):
        assert url_for("static", filename="x") == "http://files.org/static/x"


def test_host_matching_ignores_the_server_name():
    app = bare(host_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    app.add_url_rule("/", "a", lambda: "a", host="a.org")
    assert app.test_client().get("/", base_url="http://a.org").text == "a"


def test_host_matching_may_be_turned_on_later():
    app = bare()
    app.url_map.host_matching = True
    app.add_url_rule("/", "a", lambda: "a", host="a.org")
    client = app.test_client()
    assert client.get("/", base_url="http://a.org").text == "a"
    assert client.get("/", base_url="http://b.org").status_code == 404


# -- building URLs ---------------------------------------------------------------------------------


@pytest.fixture
def shop() -> Kolben:
    app = bare(static_folder="static")
    app.add_url_rule("/", "index", lambda: "")
    app.add_url_rule("/item/<int:number>", "item", lambda number: "")
    app.add_url_rule("/any", "by_method", lambda: "", methods=["GET"])
    app.add_url_rule("/post", "by_method", methods=["POST"])
    return app


@pytest.mark.parametrize(
    ("endpoint", "values", "url"),
    [
        ("index", {}, "/"),
        ("item", {"number": 3}, "/item/3"),
        ("static", {"filename": "a/b.css"}, "/static/a/b.css"),
        ("item", {"number": 3, "q": "a b&c"}, "/item/3?q=a+b%26c"),
        ("index", {"x": [1, 2], "none": None}, "/?x=1&x=2"),
        ("index", {"_anchor": "top of it"}, "/#top%20of%20it"),
        ("index", {"_anchor": "x#y?ü/"}, "/#x#y?%C3%BC/"),
        ("by_method", {"_method": "POST"}, "/post"),
        ("by_method", {"_method": "GET"}, "/any"),
        ("index", {"_external": True}, "https://example.org/"),
        ("index", {"_scheme": "http"}, "http://example.org/"),
        ("index", {"_scheme": "", "_external": True}, "//example.org/"),
        ("index", {"_external": True, "_anchor": "a", "q": 1}, "https://example.org/?q=1#a"),
    ],
)
def test_urls_are_built_in_a_request(shop, endpoint, values, url):
    with shop.test_request_context(base_url="https://example.org/"):
        assert url_for(endpoint, **values) == url
        assert shop.url_for(endpoint, **values) == url


def test_a_scheme_without_a_host_is_refused(shop):
    with shop.test_request_context(), pytest.raises(ValueError, match="_external"):
        url_for("index", _scheme="https", _external=False)


def test_outside_a_request_urls_are_external(shop):
    shop.config.update(SERVER_NAME="example.org", APPLICATION_ROOT="/app")
    shop.config["PREFERRED_URL_SCHEME"] = "https"
    with shop.app_context():
        assert url_for("index") == "https://example.org/app/"
        assert url_for("index", _external=False) == "/app/"
        assert url_for("index", _scheme="http") == "http://example.org/app/"


def test_the_app_builds_urls_without_any_context(shop):
    shop.config["SERVER_NAME"] = "example.org"
    assert shop.url_for("item", number=1) == "http://example.org/item/1"


def test_outside_a_request_without_server_name_the_error_names_the_setting(shop):
    with shop.app_context(), pytest.raises(RuntimeError, match="'SERVER_NAME'"):
        url_for("index")


def test_an_endpoint_with_a_dot_is_relative_to_the_blueprint(app, client):
    bp = Blueprint("bp", __name__, url_prefix="/bp", root_path=".")
    for scaffold in (app, bp):
        scaffold.add_url_rule("/", "index", lambda: url_for(".index"))
    app.register_blueprint(bp)
    assert [client.get("/").text, client.get("/bp/").text] == ["/", "/bp/"]


def test_url_defaults_add_to_the_values(shop):
    @shop.url_defaults
    def add_number(endpoint, values):
        if shop.url_map.is_endpoint_expecting(endpoint, "number"):
            values.setdefault("number", 7)

    with shop.test_request_context():
        assert [url_for("item"), url_for("item", number=1), url_for("index")] == [
            "/item/7",
            "/item/1",
            "/",
        ]


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [("missing", {}), ("item", {}), ("item", {"number": "x"}), ("index", {"_method": "DELETE"})],
)
def test_a_url_that_cannot_be_built_is_an_error(shop, endpoint, values):
    with shop.test_request_context(), pytest.raises((BuildError, ValueError)):
        url_for(endpoint, **values)


def test_a_build_error_suggests_what_was_meant(shop):
    with shop.test_request_context(), pytest.raises(BuildError, match="Did you mean 'item'"):
        url_for("itme", number=3)


def test_build_error_handlers_are_asked_in_order(shop):
    asked = []

    def know_nothing(error, endpoint, values):
        asked.append((endpoint, values["_anchor"], values["_external"], values["x"]))

    def know(error, endpoint, values):
        return f"https://elsewhere.org/{endpoint}"

    shop.url_build_error_handlers += [know_nothing, know]
    with shop.test_request_context():
        assert url_for("missing", _anchor="a", x=1) == "https://elsewhere.org/missing"
    assert asked == [("missing", "a", False, 1)]


def test_a_build_error_handler_may_raise_another_error(shop):
    other = BuildError("other", {}, None)

    def fail(error, endpoint, values):
        raise other

    shop.url_build_error_handlers.append(fail)
    with shop.test_request_context(), pytest.raises(BuildError) as caught:
        url_for("missing")
    assert caught.value is other


def test_without_an_answer_of_the_handlers_the_first_error_is_raised(shop):
    shop.url_build_error_handlers.append(lambda error, endpoint, values: None)
    with shop.test_request_context(), pytest.raises(BuildError, match="missing"):
        url_for("missing")


def test_in_a_request_of_another_app_the_urls_are_that_requests(shop):
    other = bare()
    other.add_url_rule("/elsewhere", "index", lambda: "")
    with other.test_request_context(base_url="http://other.org"):
        assert shop.url_for("index") == "/elsewhere"
        assert shop.url_for("index", _external=True) == "http://other.org/elsewhere"


def test_url_for_may_be_overridden_on_the_app(shop):
    shop.url_for = lambda endpoint, **values: f"mine:{endpoint}"
    with shop.app_context():
        assert url_for("index") == "mine:index"


# -- what the request knows of it ------------------------------------------------------------------


def test_the_request_knows_rule_endpoint_and_arguments(app, client):
    @app.route("/user/<int:number>", endpoint="user")
    def view(number):
        return [request.url_rule.rule, request.endpoint, request.view_args, request.blueprint]

    assert client.get("/user/3").json == ["/user/<int:number>", "user", {"number": 3}, None]


def test_an_unmatched_request_knows_why(app):
    app.add_url_rule("/branch/", "branch", lambda: "")
    with app.test_request_context("/missing") as context:
        assert context.request.endpoint is None
        assert context.request.url_rule is None
        assert context.request.routing_exception.code == 404
    with app.test_request_context("/branch") as context:
        assert isinstance(context.request.routing_exception, RequestRedirect)
