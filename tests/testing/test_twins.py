"""The awaitable twins of the client's methods."""

from __future__ import annotations

import asyncio
import threading

import pytest

from kolben import Response, g, redirect, request, session, sse
from kolben.testing import KolbenClient


def run(coroutine):
    """Run an async test."""
    return asyncio.run(coroutine)


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "head"])
def test_every_method_has_a_twin(app, client, method):
    options = {"methods": [method.upper()], "provide_automatic_options": False}
    app.add_url_rule("/", "index", lambda: request.method, **options)

    async def test():
        return await getattr(client, f"a{method}")("/")

    response = run(test())
    assert response.text == ("" if method == "head" else method.upper())


def test_the_app_may_use_what_the_test_has_made_on_its_loop(app):
    client = app.test_client(protocol="asgi")

    async def test():
        queue: asyncio.Queue[str] = asyncio.Queue()

        @app.get("/")
        async def index():
            return await queue.get()

        answer = asyncio.create_task(client.aget("/"))
        await asyncio.sleep(0)
        await queue.put("from the test")
        return (await answer).text

    assert run(test()) == "from the test"


def test_requests_may_be_made_at_once(app, client):
    barrier = []

    @app.get("/")
    async def index():
        barrier.append(1)
        while len(barrier) < 3:  # noqa: ASYNC110  (over WSGI it is another loop's)
            await asyncio.sleep(0.001)
        return "met"

    async def test():
        return await asyncio.gather(*(client.aget("/") for _ in range(3)))

    assert [response.text for response in run(test())] == ["met"] * 3


def sign_in():
    session["name"] = "Jane"
    return redirect("/")


def test_cookies_sessions_and_redirects_work_as_ever(app, client):
    app.add_url_rule("/in", "in", sign_in, methods=["POST"])
    app.add_url_rule("/", "index", lambda: session["name"])

    async def test():
        return await client.apost("/in", follow_redirects=True)

    response = run(test())
    assert (response.text, len(response.history)) == ("Jane", 1)


def test_the_contexts_are_there_in_an_async_with_block(app, client):
    @app.get("/")
    async def index():
        g.name = "Jane"
        return ""

    async def test():
        async with client:
            await client.aget("/")
            return g.name, request.path

    assert run(test()) == ("Jane", "/")


def test_a_block_may_be_left_where_the_contexts_of_its_requests_are_not(app, client):
    app.add_url_rule("/<name>", "index", lambda name: name)

    async def test():
        await client.aget("/first")
        await client.aget("/second")
        return request.path

    with client:  # as a fixture does for an async test
        assert run(test()) == "/second"


def test_a_plain_with_block_may_be_left_after_concurrent_requests(app, client):
    app.add_url_rule("/<name>", "index", lambda name: name)

    async def test():
        with client:
            await asyncio.gather(client.aget("/one"), client.aget("/two"))
            task = asyncio.create_task(client.aget("/three"))
            await client.aget("/mine")
            await task
            assert request.path == "/mine"
        return bool(request)

    assert run(test()) is False


def test_requests_of_other_tasks_keep_no_contexts(app, client):
    app.add_url_rule("/<name>", "index", lambda name: name)

    async def test():
        async with client:
            await client.aget("/mine")
            await asyncio.gather(client.aget("/one"), client.aget("/two"))
            return request.path

    assert run(test()) == "/mine"


async def read_events(client):
    """Read a stream of events to its end."""
    return [event async for event in client.sse("/events")]


MEANWHILE = {
    "another request": lambda client: client.aget("/quick"),
    "a redirect": lambda client: client.aget("/redirect", follow_redirects=True),
    "events": read_events,
}


@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
def test_what_another_task_does_meanwhile_takes_no_contexts_away(app, client, meanwhile):
    begun, go_on = threading.Event(), threading.Event()

    @app.get("/slow")
    def slow():
        def pieces():  # iterated when the app has handed the contexts over
            begun.set()
            assert go_on.wait(10)
            yield "slow"

        return Response(pieces())

    app.add_url_rule("/quick", "quick", lambda: "quick")
    app.add_url_rule("/redirect", "redirect", lambda: redirect("/quick"))
    app.add_url_rule("/events", "events", lambda: sse(["one"]))

    async def other():
        await asyncio.to_thread(begun.wait, 10)
        await meanwhile(client)
        go_on.set()

    async def test():
        async with client:
            task = asyncio.create_task(other())
            await client.aget("/slow")
            await task
            return request.path

    assert run(test()) == "/slow"


def test_a_stream_is_read_whole(app, client):
    app.add_url_rule("/", "index", lambda: (part for part in ("a", "b", "c")))

    async def test():
        return (await client.aget("/")).text

    assert run(test()) == "abc"


def test_an_error_reaches_the_test(app, client):
    app.add_url_rule("/", "index", lambda: 1 // 0)

    async def test():
        await client.aget("/")

    with pytest.raises(ZeroDivisionError):
        run(test())


def test_the_contexts_after_a_redirect_are_those_of_its_target(app, client):
    app.add_url_rule("/", "index", lambda: redirect("/target"))
    app.add_url_rule("/target", "target", lambda: "there")

    async def test():
        async with client:
            response = await client.aget("/", follow_redirects=True)
            first = request.path
            await client.aget("/")
        return response.text, first

    assert run(test()) == ("there", "/target")


def test_events_may_be_read_in_an_async_with_block(app, client):
    app.add_url_rule("/", "index", lambda: sse(["one"]))

    async def test():
        async with client:
            return [event.data async for event in client.sse("/")]

    assert run(test()) == ["one"]


def test_a_client_that_overrides_open_is_asked_by_the_twins_too(app, protocol):
    class SignedIn(KolbenClient):
        def open(self, *args, headers=(), **kwargs):
            return super().open(*args, headers={"X-User": "ada", **dict(headers)}, **kwargs)

    app.test_client_class = SignedIn
    app.add_url_rule("/", "index", lambda: f"{request.headers['X-User']} {request.args}")
    client = app.test_client(protocol=protocol)

    async def main():
        async with client:
            response = await client.aget("/", query_string={"a": "b"})
            return response.text, request.path

    assert run(main()) == (client.get("/", query_string={"a": "b"}).text, "/")
