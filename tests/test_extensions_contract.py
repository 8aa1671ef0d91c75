"""What forty extensions do to an app, each kind as a test: all of it is noticed, at any time."""

from __future__ import annotations

from functools import partial
from types import MethodType

import pytest
from werkzeug.routing import Rule

from kolben import (
    Blueprint,
    Kolben,
    Request,
    Response,
    after_this_request,
    current_app,
    g,
    request,
    session,
    url_for,
)
from kolben.blueprints import BlueprintSetupState
from kolben.contexts import AppContext, RequestContext
from kolben.globals import app_ctx, request_ctx
from kolben.json.provider import DefaultJSONProvider
from kolben.sessions import SecureCookieSession, SessionInterface, SessionMixin
from kolben.signals import got_request_exception
from kolben.stacks import _app_ctx_stack
from kolben.views import MethodView

TIMES = pytest.mark.parametrize("served", [False, True], ids=["before serving", "while serving"])


@pytest.fixture
def app(app):
    """The app with a view that works and one that fails."""

    @app.route("/")
    def index():
        return "index"

    @app.route("/bad")
    def bad():
        raise ValueError("bad")

    app.testing = False
    return app


def warm(client, served):
    """Let the app serve, so that whatever it prepares is prepared."""
    if served:
        client.get("/")
        client.get("/bad")


# -- methods replaced on the app object ------------------------------------------------------------


@TIMES
def test_debugtoolbar_replaces_dispatch_request(app, client, served):
    warm(client, served)

    def dispatch_request():
        if request.routing_exception is not None:
            app.raise_routing_exception(request)
        rule = request.url_rule
        if rule.provide_automatic_options and request.method == "OPTIONS":
            return app.make_default_options_response()
        view = app.view_functions[rule.endpoint]
        return "toolbar " + app.ensure_sync(view)(**request.view_args)

    app.dispatch_request = dispatch_request
    assert client.get("/").text == "toolbar index"
    assert client.get("/missing").status_code == 404
    assert client.options("/").status_code == 200


@TIMES
def test_restful_wraps_the_error_handlers_with_the_ones_that_were_there(app, client, served):
    warm(client, served)

    def router(original, error):
        if request.path == "/bad":
            return app.make_response(f"restful {type(error).__name__}")
        return original(error)

    app.handle_exception = partial(router, app.handle_exception)
    app.handle_user_exception = partial(router, app.handle_user_exception)
    assert client.get("/bad").text == "restful ValueError"
    assert client.get("/missing").status_code == 404


@TIMES
def test_cors_adds_headers_to_what_the_wrapped_handlers_answer(app, client, served):
    warm(client, served)

    def wrap(function):
        def wrapped(*args, **kwargs):
            response = app.make_response(function(*args, **kwargs))
            response.headers["Access-Control-Allow-Origin"] = "*"
            return response

        return wrapped

    app.handle_exception = wrap(app.handle_exception)
    app.handle_user_exception = wrap(app.handle_user_exception)
    for path, status in (("/missing", 404), ("/bad", 500)):
        response = client.get(path)
        assert response.status_code == status
        assert response.headers["Access-Control-Allow-Origin"] == "*"


@TIMES
def test_make_response_is_replaced_on_the_object(app, client, served):
    warm(client, served)
    original = app.make_response
    app.make_response = lambda rv: original((rv, 203) if isinstance(rv, str) else rv)
    assert client.get("/").status_code == 203


@TIMES
def test_two_extensions_replace_one_method_and_the_second_leaves(app, client, served):
    warm(client, served)
    first = app.dispatch_request
    app.dispatch_request = lambda: f"<{first()}>"
    second = app.dispatch_request
    app.dispatch_request = lambda: f"[{second()}]"
    assert client.get("/").text == "[<index>]"
    app.dispatch_request = second
    assert client.get("/").text == "<index>"


def test_apiflask_overrides_make_response_in_a_subclass():
    class API(Kolben):
        def make_response(self, rv):
            if isinstance(rv, tuple) and rv and rv[0] == {}:
                rv = ("", 204)
            return super().make_response(rv)

    app = API("api", root_path=".")
    app.add_url_rule("/", "index", lambda: ({}, 200))
    assert app.test_client().get("/").status_code == 204


@pytest.mark.wsgi_only
@TIMES
def test_socketio_wraps_wsgi_app(app, client, served):
    warm(client, served)
    inner = app.wsgi_app

    def middleware(environ, start_response):
        if environ["PATH_INFO"].startswith("/socket.io"):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"socket"]
        return inner(environ, start_response)

    app.wsgi_app = middleware
    assert [client.get("/socket.io/").text, client.get("/").text] == ["socket", "index"]


# -- sessions and JSON -----------------------------------------------------------------------------


class StoredSession(dict, SessionMixin):
    """A session in a store of the server's."""

    def __init__(self, sid, initial=()):
        super().__init__(initial)
        self.sid, self.modified = sid, False

    def __setitem__(self, key, value):
        self.modified = True
        super().__setitem__(key, value)


class Store(SessionInterface):
    """Keeps sessions on the server, as Flask-Session does."""

    session_class = StoredSession

    def __init__(self):
        self.kept = {}

    def open_session(self, app, request):
        sid = request.cookies.get(app.config["SESSION_COOKIE_NAME"]) or str(len(self.kept))
        return self.session_class(sid, self.kept.get(sid, ()))

    def save_session(self, app, session, response):
        if session.modified:
            self.kept[session.sid] = dict(session)
        response.set_cookie(
            self.get_cookie_name(app),
            session.sid,
            expires=self.get_expiration_time(app, session),
            httponly=self.get_cookie_httponly(app),
            domain=self.get_cookie_domain(app),
            path=self.get_cookie_path(app),
            secure=self.get_cookie_secure(app),
            samesite=self.get_cookie_samesite(app),
        )


@TIMES
def test_session_replaces_the_session_interface(app, client, served):
    @app.route("/set")
    def put():
        session["user"] = "ada"
        return session.sid

    app.add_url_rule("/get", "get", lambda: session.get("user", "nobody"))
    warm(client, served)
    app.session_interface = Store()
    client.get("/set")
    assert client.get("/get").text == "ada"
    assert app.session_interface.kept == {"0": {"user": "ada"}}


def test_a_session_interface_of_ones_own_is_asked_at_every_request(app, client):
    class Counting(Store):
        opened = saved = 0

        def open_session(self, app, request):
            self.opened += 1
            return super().open_session(app, request)

        def save_session(self, app, session, response):
            self.saved += 1
            super().save_session(app, session, response)

    app.session_interface = Counting()
    client.get("/")
    client.get("/missing")
    assert (app.session_interface.opened, app.session_interface.saved) == (2, 2)


def test_socketio_puts_a_session_of_its_own_into_the_context(app):
    with app.test_request_context("/"):
        context = request_ctx._get_current_object()
        own = SecureCookieSession({"user": "ada"})
        if hasattr(context, "_session"):
            context._session = own
        else:
            context.session = own
        assert session._get_current_object() is own
        app.session_interface.save_session(app, session._get_current_object(), Response())


@TIMES
def test_security_replaces_the_json_provider_on_the_app(app, client, served):
    app.add_url_rule("/json", "json", lambda: {"set": {1}})
    warm(client, served)

    class Provider(DefaultJSONProvider):
        @staticmethod
        def default(obj):
            return sorted(obj) if isinstance(obj, set) else DefaultJSONProvider.default(obj)

    app.json_provider_class = Provider
    app.json = Provider(app)
    assert client.get("/json").json == {"set": [1]}


# -- registries ------------------------------------------------------------------------------------


def test_caching_appends_an_after_request_function_in_mid_request(app, client):
    @app.route("/cached")
    def cached():
        def store(response):
            response.headers["X-Cache"] = "stored"
            return response

        current_app.after_request_funcs.setdefault(None, []).append(store)
        return "cached"

    assert client.get("/cached").headers["X-Cache"] == "stored"
    assert client.get("/").headers["X-Cache"] == "stored"


def test_compress_registers_after_this_request(app, client):
    @app.before_request
    def before():
        @after_this_request
        def compress(response):
            response.set_data(response.get_data()[::-1])
            return response

    assert client.get("/").text == "xedni"


@pytest.mark.parametrize(
    "registry", ["before_request_funcs", "after_request_funcs", "teardown_request_funcs"]
)
@pytest.mark.parametrize("name", [None, "bp"])
@TIMES
def test_hooks_put_into_the_registries_count_at_once(app, client, registry, name, served):
    bp, calls = Blueprint("bp", __name__, root_path=".", url_prefix="/bp"), []
    bp.add_url_rule("/", "index", lambda: "bp")
    app.register_blueprint(bp)
    warm(client, served)
    hook = lambda *args: calls.append(1) or (args[0] if "after" in registry else None)
    getattr(app, registry).setdefault(name, []).append(hook)
    client.get("/bp/")
    assert calls == [1]
    getattr(app, registry)[name].remove(hook)
    client.get("/bp/")
    assert calls == [1]


@TIMES
def test_a_view_wrapped_in_view_functions_is_called(app, client, served):
    warm(client, served)
    view = app.view_functions["index"]
    app.view_functions["index"] = lambda: f"limited {view()}"
    assert client.get("/").text == "limited index"


def test_restful_finds_the_class_of_a_view(app, client):
    class Resource(MethodView):
        def get(self):
            found = current_app.view_functions[request.url_rule.endpoint].__dict__["view_class"]
            return found.__name__

    app.add_url_rule("/resource", view_func=Resource.as_view("resource"))
    assert client.get("/resource").text == "Resource"


@TIMES
def test_error_handlers_may_be_put_into_the_registry(app, client, served):
    warm(client, served)
    app.error_handler_spec[None][404] = {
        **app.error_handler_spec[None][404],
        Exception: lambda error: ("from the registry", 404),
    }
    assert client.get("/missing").text == "from the registry"


def test_the_url_map_is_read_as_a_map_of_werkzeugs(app, client):
    app.add_url_rule("/user/<int:number>", "user", lambda number: "", methods=["POST"])
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    assert rules["user"].arguments == {"number"}
    assert rules["user"].methods == {"POST", "OPTIONS"}
    assert [rule.rule for rule in app.url_map.iter_rules("user")] == ["/user/<int:number>"]
    assert app.url_map.is_endpoint_expecting("user", "number")
    assert not app.url_map.host_matching
    assert "int" in app.url_map.converters
    adapter = app.url_map.bind("example.org", "/")
    assert adapter.match("/user/3", "POST") == ("user", {"number": 3})
    assert adapter.build("user", {"number": 3}) == "/user/3"


def test_restful_matches_with_an_adapter_of_its_own(app):
    with app.test_request_context("/"):
        adapter = app.create_url_adapter(request)
        assert adapter.match() == ("index", {})
        assert adapter.match(return_rule=True)[0] is request.url_rule


@TIMES
def test_a_rule_added_to_the_map_is_served(app, client, served):
    warm(client, served)
    app.view_functions["late"] = lambda: "late"
    app.url_map.add(Rule("/late", endpoint="late"))
    assert client.get("/late").text == "late"


def test_extensions_and_blueprints_are_plain_registries(app):
    state = object()
    app.extensions["mine"] = state
    assert app.extensions == {"mine": state}
    app.extensions = {"other": 1}
    assert app.extensions == {"other": 1}
    assert app.blueprints == {}


# -- attributes of their own -----------------------------------------------------------------------


def test_any_attribute_can_be_set_on_app_g_request_and_contexts(app, client):
    app.login_manager = "manager"

    @app.before_request
    def before():
        request.csp_nonce = "nonce"
        request_ctx._limiter_request_context = "limits"
        app_ctx.babel_locale = "de"
        g.user = "ada"
        current_app.htmx = "htmx"

    @app.route("/read")
    def read():
        return [
            request._get_current_object().csp_nonce,
            request_ctx._limiter_request_context,
            app_ctx.babel_locale,
            g.user,
            current_app.login_manager,
            app.htmx,
        ]

    assert client.get("/read").json == ["nonce", "limits", "de", "ada", "manager", "htmx"]


def test_attributes_of_a_request_are_gone_with_it(app, client):
    app.add_url_rule("/set", "set", lambda: setattr(request, "sid", "1") or "")
    app.add_url_rule("/get", "get", lambda: str(hasattr(request, "sid")))
    client.get("/set")
    assert client.get("/get").text == "False"


def test_sqlalchemy_takes_the_id_of_the_app_context_for_a_scope(app, client):
    scopes = {}

    def scope():
        return id(app_ctx._get_current_object())

    app.before_request(lambda: scopes.setdefault(scope(), []).append("before"))
    app.add_url_rule("/scope", "scope", lambda: scopes[scope()].append("view") or "")
    app.teardown_appcontext(lambda exc: scopes[scope()].append("teardown"))
    client.get("/scope")
    assert list(scopes.values()) == [["before", "view", "teardown"]]


def test_a_session_scoped_by_context_ends_in_the_teardown_of_scripts_too(app):
    ended = []
    app.teardown_appcontext(lambda exc: ended.append(_app_ctx_stack.top.connection))
    with app.app_context():
        _app_ctx_stack.top.connection = "open"
    assert ended == ["open"]


# -- blueprints ------------------------------------------------------------------------------------


def test_admin_uses_a_setup_state_of_its_own(app, client):
    class HostState(BlueprintSetupState):
        def __init__(self, blueprint, app, options, first_registration):
            super().__init__(blueprint, app, options, first_registration)
            self._host = blueprint.host

        def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
            options.setdefault("host", self._host)
            super().add_url_rule(rule, endpoint, view_func, **options)

    class HostBlueprint(Blueprint):
        host = "admin.org"

        def make_setup_state(self, app, options, first_registration=False):
            return HostState(self, app, options, first_registration)

    bp = HostBlueprint("admin", __name__, root_path=".")
    bp.add_url_rule("/admin", "index", lambda: "admin")
    app.url_map.host_matching = True
    app.register_blueprint(bp)
    assert client.get("/admin", base_url="http://admin.org").text == "admin"
    assert client.get("/admin", base_url="http://other.org").status_code == 404


def test_restful_replaces_add_url_rule_of_the_setup_state(app, client):
    bp = Blueprint("api", __name__, root_path=".", url_prefix="/api")

    def with_version(state, rule, endpoint=None, view_func=None, **options):
        path = f"{state.url_prefix}/v1{rule}"
        defaults = {**state.url_defaults, **options.pop("defaults", {})}
        state.app.add_url_rule(
            path, f"{state.blueprint.name}.{endpoint}", view_func, defaults=defaults, **options
        )

    @bp.record
    def setup(state):
        if state.add_url_rule.__func__ is not with_version:
            state.add_url_rule = MethodType(with_version, state)
        assert state.first_registration

    bp.add_url_rule("/x", "x", lambda: "versioned")
    app.register_blueprint(bp)
    assert client.get("/api/v1/x").text == "versioned"


def test_smorest_overrides_add_url_rule_and_route_of_a_blueprint(app, client):
    class Documented(Blueprint):
        def __init__(self, *args, **kwargs):
            self.docs = {}
            super().__init__(*args, **kwargs)

        def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
            self.docs[endpoint] = rule
            super().add_url_rule(rule, endpoint, view_func, **options)

        def route(self, rule, **options):
            def decorator(view):
                self.add_url_rule(rule, options.pop("endpoint", view.__name__), view, **options)
                return view

            return decorator

    bp = Documented("api", __name__, root_path=".")

    @bp.route("/items", methods=["POST"])
    def items():
        return "items"

    app.register_blueprint(bp)
    assert client.post("/items").text == "items"
    assert bp.docs == {"items": "/items"}


def test_restx_overrides_register_of_a_blueprint(app, client):
    class Apidoc(Blueprint):
        registered = False

        def register(self, *args, **kwargs):
            super().register(*args, **kwargs)
            self.registered = True

    bp = Apidoc("doc", __name__, root_path=".")
    bp.add_url_rule("/doc", "doc", lambda: "doc")
    app.register_blueprint(bp)
    assert bp.registered
    assert client.get("/doc").text == "doc"


def test_openapi3_overrides_add_url_rule_of_the_app():
    class API(Kolben):
        def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
            super().add_url_rule(f"/v1{rule}", endpoint, view_func, **options)

    app = API("api", root_path=".", static_folder=None)
    app.route("/x", endpoint="x")(lambda: "x")
    assert app.test_client().get("/v1/x").text == "x"


# -- the rest --------------------------------------------------------------------------------------


def test_authlib_and_webargs_make_requests_and_responses_of_their_own(app, client):
    class Mine(Request):
        @property
        def user(self):
            return self.headers.get("X-User", "nobody")

    app.request_class = Mine
    app.add_url_rule("/user", "user", lambda: request.user)
    assert client.get("/user", headers={"X-User": "ada"}).text == "ada"


def test_talisman_and_others_register_before_and_after_request_in_init_app(app, client):
    class Extension:
        def __init__(self, app=None):
            if app is not None:
                self.init_app(app)

        def init_app(self, app):
            app.config.setdefault("EXT_HEADER", "default")
            app.before_request(self.start)
            app.after_request(self.finish)
            app.extensions["ext"] = self
            app.context_processor(lambda: {"ext": self})

        def start(self):
            g.ext_header = current_app.config["EXT_HEADER"]

        def finish(self, response):
            response.headers["X-Ext"] = g.ext_header
            return response

    Extension(app)
    assert client.get("/").headers["X-Ext"] == "default"


def test_an_extension_hears_of_unhandled_errors_and_of_handled_ones_not(app, client):
    heard = []
    with got_request_exception.connected_to(lambda sender, exception: heard.append(exception)):
        client.get("/missing")
        client.get("/bad")
    assert [type(error) for error in heard] == [ValueError]


def test_jinja_is_extended_after_it_was_used(app):
    from kolben import render_template_string

    with app.app_context():
        assert render_template_string("{{ 1 }}") == "1"
        app.jinja_env.add_extension("jinja2.ext.do")
        app.jinja_env.globals["csrf_token"] = lambda: "token"
        app.jinja_env.filters["double"] = lambda value: 2 * value
        text = "{% do [].append(1) %}{{ csrf_token() }} {{ 2|double }}"
        assert render_template_string(text) == "token 4"


def test_an_extension_pushes_a_context_around_work_of_its_own(app):
    done = []
    context = app.app_context()
    context.push()
    done.append(current_app.name)
    context.pop()
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/x", "SERVER_NAME": "h", "SERVER_PORT": "80"}
    with app.request_context({**environ, "wsgi.url_scheme": "http"}):
        done.append(request.path)
    assert done == ["kolben_test", "/x"]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_httpauth_and_login_run_views_through_ensure_sync(app, client, kind):
    def login_required(view):
        def decorated(*args, **kwargs):
            if request.headers.get("X-Token") != "good":
                return "no", 401
            return current_app.ensure_sync(view)(*args, **kwargs)

        return decorated

    async def asynchronous():
        return "inside"

    view = asynchronous if kind == "async def" else lambda: "inside"
    app.add_url_rule("/inside", "inside", login_required(view))
    assert client.get("/inside").status_code == 401
    assert client.get("/inside", headers={"X-Token": "good"}).text == "inside"


@TIMES
@pytest.mark.parametrize("place", ["the class", "the app"])
def test_an_app_adds_to_the_values_of_urls_by_a_method(served, place):
    class Site(Kolben):
        pass

    app = Site("site", root_path=".")
    app.add_url_rule("/", "index", lambda: url_for("page"))
    app.add_url_rule("/bad", "bad", lambda: "bad")
    app.add_url_rule("/<lang>/page", "page", lambda lang: lang)
    app.add_url_rule("/other/<lang>", "other", lambda lang: url_for("page", _external=True))
    client = app.test_client()
    if served:
        warm(client, served)

    def inject_url_defaults(self, endpoint, values):
        values.setdefault("lang", "de")

    if place == "the class":
        Site.inject_url_defaults = inject_url_defaults
    else:
        app.inject_url_defaults = MethodType(inject_url_defaults, app)
    assert client.get("/").text == "/de/page"
    assert client.get("/other/en").text == "http://localhost/de/page"


@TIMES
def test_contexts_of_an_apps_own_are_pushed_and_popped_by_their_methods(served):
    done = []

    class OwnApp(AppContext):
        def push(self):
            done.append("push app")
            super().push()

        def pop(self, *args):
            done.append("pop app")
            super().pop(*args)

    class OwnRequest(RequestContext):
        def push(self):
            done.append("push request")
            super().push()

        def pop(self, *args):
            done.append("pop request")
            super().pop(*args)

    class Site(Kolben):
        def app_context(self):
            return OwnApp(self)

        def request_context(self, environ):
            return OwnRequest(self, environ)

    app = Site("site", root_path=".")
    app.add_url_rule("/", "index", lambda: current_app.name)
    app.add_url_rule("/bad", "bad", lambda: 1 / 0)
    client = app.test_client()
    warm(client, served)
    for path in ("/", "/bad"):
        done.clear()
        client.get(path)
        assert done == ["push request", "push app", "pop request", "pop app"]


def test_an_application_context_of_an_apps_own_is_popped_by_its_method():
    done = []

    class Own(AppContext):
        def pop(self, exc=None):
            done.append(exc)
            super().pop(exc)

    class Site(Kolben):
        def app_context(self):
            return Own(self)

    app = Site("site", root_path=".")
    app.add_url_rule("/", "index", lambda: current_app.name)
    assert app.test_client().get("/").text == "site"
    with app.app_context():
        pass
    assert done == [None, None]
