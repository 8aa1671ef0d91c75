"""What makes an app one for ASGI."""

from __future__ import annotations

import functools

import pytest

from kolben import Blueprint, inline, sse
from kolben.cli.interface import async_parts
from kolben.views import MethodView


async def coroutine(*args):
    pass


def plain(*args):
    pass


@inline
async def marked():
    pass


class Async(MethodView):
    async def get(self):
        pass


def events():
    return sse(iter(()))


@functools.wraps(coroutine)
def decorated(*args):
    return coroutine(*args)


async def asgi(scope, receive, send):
    pass


def wsgi(environ, start_response):
    pass


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (lambda app: app.add_url_rule("/", "feed", coroutine), "view 'feed' is async"),
        (lambda app: app.add_url_rule("/", "feed", decorated), "view 'feed' is async"),
        (lambda app: app.add_url_rule("/", "feed", marked), "view 'feed' is async"),
        (lambda app: app.add_url_rule("/", "c", Async.as_view("c")), "view 'c' is async"),
        (lambda app: app.add_url_rule("/", "e", events), "view 'e' sends server-sent events"),
        (lambda app: app.websocket("/ws")(coroutine), "/ws is a WebSocket"),
        (lambda app: app.before_request(coroutine), "before_request 'coroutine' is async"),
        (
            lambda app: app.teardown_appcontext(coroutine),
            "teardown_appcontext 'coroutine' is async",
        ),
        (lambda app: app.errorhandler(404)(coroutine), "error handler 'coroutine' is async"),
        (lambda app: app.before_serving(coroutine), "before_serving 'coroutine' is async"),
        (lambda app: app.mount("/new", asgi), "an ASGI app is mounted at /new"),
    ],
)
def test_something_async_is_named(app, prepare, told):
    prepare(app)
    assert async_parts(app) == [told]


def test_hooks_of_blueprints_count(app):
    blueprint = Blueprint("shop", __name__)
    blueprint.after_request(coroutine)
    app.register_blueprint(blueprint)
    assert async_parts(app) == ["after_request 'coroutine' is async"]


def test_nothing_is_said_of_a_plain_app(app):
    app.add_url_rule("/", "index", plain)
    app.before_request(plain)
    app.mount("/old", wsgi)
    assert async_parts(app) == []


def test_a_sync_view_that_may_run_on_the_loop_is_no_reason_for_asgi(app):
    soon = inline(lambda: "ok")
    app.add_url_rule("/", "soon", soon)
    app.add_url_rule("/decorated", "decorated", functools.wraps(soon)(lambda: soon()))
    assert async_parts(app) == []
