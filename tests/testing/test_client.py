from importlib.metadata import version

import pytest
from werkzeug.test import EnvironBuilder as WerkzeugBuilder
from werkzeug.wrappers import Request

import kolben
from kolben import Blueprint, Kolben, g, has_app_context, request, session, url_for
from kolben.globals import _app_ctx_stack, _request_ctx_stack
from kolben.sessions import SecureCookieSessionInterface
from kolben.testing import EnvironBuilder, KolbenClient


@pytest.fixture
def app():
    app = Kolben("tested")
    app.config.update(TESTING=True, SECRET_KEY="key")

    @app.route("/echo", methods=["GET", "POST", "PUT", "HEAD"])
    def echo():
        g.word = request.args.get("word", "none")
        return {
            "url": request.url,
            "method": request.method,
            "remote": request.remote_addr,
            "agent": request.user_agent.string,
            "json": request.get_json(silent=True),
        }

    @app.get("/count")
    def count():
        session["count"] = session.get("count", 0) + 1
        return str(session["count"])

    @app.get("/to/<path:target>")
    def to(target):
        session["redirected"] = True
        g.word = "on the way"
        return kolben.redirect(f"/{target}")

    @app.get("/fail")
    def fail():
        raise ZeroDivisionError

    return app


@pytest.fixture
def client(app):
    return app.test_client()


class TestEnvironBuilder:
    def test_defaults_come_from_the_config(self, app):
        app.config.update(
            SERVER_NAME="example.org:81", APPLICATION_ROOT="/root", PREFERRED_URL_SCHEME="https"
        )
        built = EnvironBuilder(app, "/path?x=1")
        assert built.base_url == "https://example.org:81/root/"
        assert (built.path, built.query_string) == ("/path", "x=1")

    def test_without_config_it_is_localhost(self, app):
        assert EnvironBuilder(app).base_url == "http://localhost/"

    def test_a_url_says_host_and_scheme(self, app):
        built = EnvironBuilder(app, "https://example.org/path")
        assert (built.url_scheme, built.host, built.path) == ("https", "example.org", "/path")

    def test_a_subdomain_is_put_before_the_server_name(self, app):
        app.config["SERVER_NAME"] = "example.org"
        assert EnvironBuilder(app, subdomain="api").host == "api.example.org"

    def test_a_scheme_can_be_given(self, app):
        assert EnvironBuilder(app, url_scheme="https").base_url == "https://localhost/"

    @pytest.mark.parametrize("more", [{"subdomain": "api"}, {"url_scheme": "https"}])
    def test_a_base_url_leaves_nothing_to_add(self, app, more):
        with pytest.raises(ValueError, match=r"base_url 'http://x/' says all"):
            EnvironBuilder(app, base_url="http://x/", **more)

    def test_json_is_written_by_the_apps_provider(self, app):
        app.json.ensure_ascii = False
        built = EnvironBuilder(app, json="Käse")
        assert built.input_stream.read().decode() == '"Käse"'


def test_app_makes_this_client(app):
    assert type(app.test_client()) is KolbenClient


def test_a_request_looks_like_werkzeugs_client(client):
    answer = client.get("/echo").json
    assert answer["remote"] == "127.0.0.1"
    assert answer["agent"] == f"Werkzeug/{version('werkzeug')}"


def test_the_base_of_all_requests_can_be_changed(client):
    client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    client.environ_base["HTTP_USER_AGENT"] = "Tester"
    answer = client.get("/echo").json
    assert (answer["remote"], answer["agent"]) == ("192.0.2.1", "Tester")


def test_a_request_can_say_more_than_the_base(client):
    answer = client.get("/echo", environ_base={"REMOTE_ADDR": "192.0.2.2"}).json
    assert answer["remote"] == "192.0.2.2"


def test_json_goes_and_comes(client):
    assert client.post("/echo", json={"x": [1]}).json["json"] == {"x": [1]}


def test_json_of_the_response_is_read_by_the_apps_provider(app, client):
    app.json.loads = lambda text, **_: f"read {text!r}"
    assert client.get("/count").get_json(force=True) == "read b'1'"


@pytest.mark.parametrize("wrap", [False, True], ids=["builder", "werkzeug's builder"])
def test_a_builder_can_be_opened(app, client, wrap):
    made = WerkzeugBuilder("/echo") if wrap else EnvironBuilder(app, "/echo")
    assert client.open(made).json["remote"] == "127.0.0.1"
    made.close()


def test_an_environ_can_be_opened_and_meets_the_base(app, client):
    environ = EnvironBuilder(app, "/echo", method="PUT").get_environ()
    client.environ_base["REMOTE_ADDR"] = "192.0.2.3"
    answer = client.open(environ).json
    assert (answer["method"], answer["remote"]) == ("PUT", "192.0.2.3")


def test_a_request_can_be_opened_and_stays_as_it_is(app, client):
    made = Request(EnvironBuilder(app, "/echo").get_environ())
    assert client.open(made).json["remote"] == "127.0.0.1"
    assert "REMOTE_ADDR" not in made.environ


def test_a_blueprints_subdomain_is_reached():
    app = Kolben("tested", subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    blueprint = Blueprint("api", __name__, subdomain="api")
    blueprint.get("/")(lambda: request.url)
    app.register_blueprint(blueprint)
    assert app.test_client().get("/", subdomain="api").text == "http://api.example.org/"


def test_a_whole_url_can_be_opened(app, client):
    with app.test_request_context():
        url = url_for("echo", word="x", _external=True)
    assert client.get(url).json["url"] == "http://localhost/echo?word=x"


class TestCookies:
    def test_the_session_goes_on(self, client):
        assert [client.get("/count").text for _ in range(3)] == ["1", "2", "3"]

    def test_clients_have_cookies_of_their_own(self, app, client):
        client.get("/count")
        assert app.test_client().get("/count").text == "1"

    def test_a_client_may_have_none(self, app):
        client = app.test_client(use_cookies=False)
        assert [client.get("/count").text for _ in range(2)] == ["1", "1"]

    def test_a_session_can_be_read_and_changed(self, client):
        with client.session_transaction() as found:
            assert not found
            found["count"] = 41
        assert client.get("/count").text == "42"
        with client.session_transaction() as found:
            assert found["count"] == 42

    def test_a_session_is_not_saved_when_the_block_fails(self, client):
        with pytest.raises(ZeroDivisionError), client.session_transaction() as found:
            found["count"] = 41 / 0
        assert client.get("/count").text == "1"

    def test_a_transaction_takes_arguments_of_a_request(self, app, client):
        app.config["SESSION_COOKIE_PATH"] = "/count"
        with client.session_transaction("/count", base_url="http://example.org") as found:
            found["count"] = 1
        assert client.get("/count", base_url="http://example.org").text == "2"
        assert client.get("/count").text == "1"

    def test_a_transaction_leaves_the_current_request_alone(self, app, client):
        with app.test_request_context("/mine") as ctx:
            with client.session_transaction():
                assert _request_ctx_stack.top is ctx
            assert _request_ctx_stack.top is ctx

    def test_a_transaction_needs_cookies(self, app):
        client = app.test_client(use_cookies=False)
        with pytest.raises(TypeError, match=r"Cookies are disabled\. .*use_cookies=True"):
            client.session_transaction().__enter__()

    def test_a_transaction_needs_a_session(self):
        client = Kolben("keyless").test_client()
        with pytest.raises(RuntimeError, match=r"did not open a session.*SECRET_KEY"):
            client.session_transaction().__enter__()

    def test_a_null_session_is_not_saved(self, app, client):
        class Nowhere(SecureCookieSessionInterface):
            def open_session(self, app, request):
                return self.make_null_session(app)

        app.session_interface = Nowhere()
        with client.session_transaction() as found:
            assert not found
        assert client.get_cookie("session") is None


class TestRedirects:
    def test_a_redirect_is_not_followed_unasked(self, client):
        assert client.get("/to/count").status_code == 302

    def test_a_redirect_is_followed_with_cookies(self, client):
        with client:
            response = client.get("/to/count", follow_redirects=True)
            assert response.text == "1"
            assert [step.status_code for step in response.history] == [302]
            assert dict(session) == {"redirected": True, "count": 1}

    def test_only_the_last_request_is_kept(self, client):
        with client:
            client.get("/to/to/echo", follow_redirects=True)
            assert request.path == "/echo"
            assert g.word == "none"
            assert len(_request_ctx_stack._list()) == 1


class TestKeptContexts:
    def test_outside_of_a_with_block_nothing_is_kept(self, client):
        client.get("/echo")
        assert not request

    def test_request_session_and_g_can_be_looked_at(self, client):
        with client:
            client.get("/count?word=x")
            assert request.args["word"] == "x"
            assert session["count"] == 1
            client.get("/echo?word=y")
            assert g.word == "y"
        assert not request
        assert not has_app_context()

    def test_the_next_request_takes_the_place(self, client):
        with client:
            for word in "xy":
                client.get("/echo", query_string={"word": word})
                assert g.word == word
                assert len(_request_ctx_stack._list()) == 1

    def test_a_failing_request_keeps_nothing_of_the_one_before(self, client):
        with client:
            client.get("/echo?word=x")
            with pytest.raises(ZeroDivisionError):
                client.get("/fail")
            assert not request
            client.get("/echo?word=y")
            assert len(_request_ctx_stack._list()) == 1

    def test_a_request_that_is_answered_500_is_kept(self, app, client):
        app.testing = False
        with client:
            assert client.get("/fail").status_code == 500
            assert request.path == "/fail"

    def test_a_request_of_the_block_that_is_sent_again_after_it_is_not_kept(self, client):
        with client:
            sent = client.get("/echo").request
        client.open(sent)
        assert not request

    def test_the_block_is_left_when_it_fails(self, client):
        with pytest.raises(ZeroDivisionError):
            fail_within(client)
        assert not request

    def test_a_client_can_be_entered_again_but_not_twice(self, client):
        with client, pytest.raises(RuntimeError, match="Cannot nest client invocations"):
            client.__enter__()
        with client:
            client.get("/echo")
            assert request.path == "/echo"

    def test_a_context_of_the_test_comes_back(self, app, client):
        with app.test_request_context("/mine"):
            with client:
                client.get("/echo")
                assert request.path == "/echo"
            assert request.path == "/mine"

    def test_a_stream_is_read_after_the_request(self, app, client):
        @app.get("/stream")
        def stream():
            return kolben.stream_with_context(iter(["a", request.path]))

        with client:
            response = client.get("/stream")
            assert response.text == "a/stream"
            response.close()


def fail_within(client):
    with client:
        client.get("/echo")
        raise ZeroDivisionError


class TestTwoClients:
    @pytest.fixture
    def other(self, app):
        return app.test_client()

    def test_the_client_used_last_is_on_top(self, client, other):
        with client, other:
            client.get("/echo?word=x")
            other.get("/echo?word=y")
            assert request.args["word"] == "y"
            client.get("/echo?word=z")
            assert request.args["word"] == "z"
            assert len(_request_ctx_stack._list()) == 2

    def test_they_may_be_used_by_turns(self, client, other):
        with client, other:
            for turn in range(6):
                (client, other)[turn % 2].get("/echo", query_string={"word": turn})
                assert request.args["word"] == str(turn)

    @pytest.mark.parametrize("first_to_leave", [0, 1])
    def test_they_may_be_left_in_any_order(self, client, other, first_to_leave):
        clients = [client, other]
        for number, each in enumerate(clients):
            each.__enter__()
            each.get("/echo", query_string={"word": number})
        left = clients.pop(first_to_leave)
        left.__exit__(None, None, None)
        assert request.args["word"] == str(1 - first_to_leave)
        clients[0].__exit__(None, None, None)

    def test_clients_of_two_apps_may_be_left_in_any_order(self, client):
        second = Kolben("second")
        second.get("/")(lambda: "second")
        other = second.test_client()
        client.__enter__()
        other.__enter__()
        client.get("/echo")
        other.get("/")
        client.__exit__(None, None, None)
        assert kolben.current_app.name == "second"
        other.__exit__(None, None, None)

    def test_a_context_pushed_in_between_is_not_passed_by(self, app, client):
        client.__enter__()
        client.get("/echo")
        context = app.test_request_context("/mine")
        context.push()
        with pytest.raises(AssertionError):
            client.__exit__(None, None, None)
        while _request_ctx_stack.pop() or _app_ctx_stack.pop():
            pass
