"""The awaitable twins of the client's methods."""

from __future__ import annotations

import asyncio

import pytest

from kolben import g, redirect, request, session, sse


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


def test_requests_of_other_tasks_keep_no_contexts(app, client):
    app.add_url_rule("/<name>", "index", lambda name: name)

    async def test():
        async with client:
            await client.aget("/mine")
            await asyncio.gather(client.aget("/one"), client.aget("/two"))
            return request.path

    assert run(test()) == "/mine"


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
