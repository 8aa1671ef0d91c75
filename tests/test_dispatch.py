"""The way of a request: its signals in their order, and the corners of its contexts."""

from __future__ import annotations

import pytest

from kolben import Kolben, Request, g, request, request_finished, request_started, signals
from kolben.globals import app_ctx, request_ctx
from kolben.sessions import SecureCookieSession

ALL = [
    *("appcontext_pushed", "request_started", "request_finished", "request_tearing_down"),
    *("appcontext_tearing_down", "appcontext_popped", "got_request_exception"),
]


@pytest.fixture
def heard(app):
    """What is signalled while the app serves, in order."""
    names, receivers = [], []
    for name in ALL:
        receivers.append(lambda sender, name=name, **extra: names.append((name, *sorted(extra))))
        getattr(signals, name).connect(receivers[-1], app)
    yield names
    for name, receiver in zip(ALL, receivers, strict=True):
        getattr(signals, name).disconnect(receiver, app)


def test_a_request_is_signalled_step_by_step(app, client, heard):
    app.before_request(lambda: heard.append("before"))
    app.add_url_rule("/", "index", lambda: heard.append("view") or "")
    client.get("/")
    assert heard == [
        ("appcontext_pushed",),
        ("request_started",),
        "before",
        "view",
        ("request_finished", "response"),
        ("request_tearing_down", "exc"),
        ("appcontext_tearing_down", "exc"),
        ("appcontext_popped",),
    ]


def test_an_unhandled_error_is_signalled_before_it_is_answered(app, client, heard):
    app.testing = False
    app.add_url_rule("/", "index", lambda: 1 // 0)
    client.get("/")
    names = [name for name, *_ in heard]
    assert names[:4] == [
        "appcontext_pushed",
        "request_started",
        "got_request_exception",
        "request_finished",
    ]


def test_a_held_context_is_signalled_when_its_stream_has_ended(app, client, heard):
    from kolben import stream_with_context

    app.add_url_rule("/", "index", lambda: stream_with_context(iter(["a", "b"])))
    with client.get("/") as response:
        assert response.text == "ab"
    names = [name for name, *_ in heard]
    assert names[-3:] == ["request_tearing_down", "appcontext_tearing_down", "appcontext_popped"]
    assert len(names) == len(set(names))


def test_async_receivers_are_waited_for(app, client):
    async def receive(sender, **extra):
        g.receivers = [*g.get("receivers", ()), "async"]

    app.add_url_rule("/", "index", lambda: " ".join(g.receivers))
    with request_started.connected_to(receive, app), request_finished.connected_to(receive, app):
        assert client.get("/").text == "async"


@pytest.mark.parametrize(
    "step", ["preprocess_request", "dispatch_request", "process_response", "handle_user_exception"]
)
def test_a_step_may_be_overridden_with_an_async_function(step):
    async def override(self, *args):
        return args[0] if step == "process_response" else f"async {step}"

    app = type("Mine", (Kolben,), {step: override})("mine", root_path=".", static_folder=None)
    app.add_url_rule("/", "index", lambda: f"async {step}")
    path = "/missing" if step == "handle_user_exception" else "/"
    assert app.test_client().get(path).text == f"async {step}"


def test_a_request_class_may_name_its_blueprints_itself(app, client):
    class Versioned(Request):
        @property
        def blueprints(self):
            return ["v2"]

    app.request_class = Versioned
    app.before_request_funcs["v2"] = [lambda: f"hook of {request.path}"]
    app.add_url_rule("/", "index", lambda: "view")
    assert client.get("/").text == "hook of /"


def test_g_is_a_namespace_with_the_manners_of_a_dictionary(app):
    with app.app_context():
        g.a = 1
        assert (g.get("a"), g.get("b"), g.get("b", 2)) == (1, None, 2)
        assert (g.setdefault("a", 5), g.setdefault("c", 3)) == (1, 3)
        assert ("a" in g, "b" in g, sorted(g)) == (True, False, ["a", "c"])
        assert (g.pop("a"), g.pop("a", "gone")) == (1, "gone")
        with pytest.raises(KeyError):
            g.pop("a")
        with pytest.raises(AttributeError, match="'b'"):
            g.b  # noqa: B018  (reading is the point)
        assert repr(g) == "<kolben.g of 'kolben_test'>"
        kept = g._get_current_object()
    assert "_AppCtxGlobals object" in repr(kept)


def test_contexts_have_no_attributes_but_those_that_were_set(app):
    with app.test_request_context():
        for context in (app_ctx, request_ctx):
            with pytest.raises(AttributeError, match="Context' object has no attribute 'nothing'"):
                context.nothing  # noqa: B018  (reading is the point)


def test_the_session_of_a_context_that_was_not_pushed_says_so(app):
    context = app.test_request_context()
    with pytest.raises(RuntimeError, match="pushed"):
        context.session  # noqa: B018  (reading is the point)
    context.session = own = SecureCookieSession()
    assert context.session is own


def test_the_request_context_says_whose_request_it_is(app):
    with app.test_request_context("/path", method="POST") as context:
        assert repr(context) == ("<RequestContext 'http://localhost/path' [POST] of kolben_test>")


def test_a_context_pushed_twice_is_left_twice(app):
    ended = []
    app.teardown_request(lambda exc: ended.append("request"))
    with app.test_request_context("/") as context:
        with context:
            assert request.path == "/"
        assert ended == []
    assert ended == ["request"]
