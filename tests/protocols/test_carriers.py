"""The lane on the loop, where one generator awaits the views of one request after the other."""

from __future__ import annotations

import asyncio
import gc
import random
import weakref
from collections import Counter

import pytest

from kolben import current_app, g, inline, request
from kolben.globals import request_ctx
from kolben.latest import LatestOfThreads, latest
from kolben.protocols import asgi, carriers
from tests.protocols.scopes import call, scope_of


@pytest.fixture
def ask(app):
    """Ask an app that serves already; in testing mode errors would go on to the server."""
    app.testing = False
    app.add_url_rule("/first", "first", lambda: "")
    carriers.parked.clear()
    latest.carrier = None

    async def ask(path="/"):
        if not app._got_first_request:
            await call(app, scope_of("/first"))
        start, body = await call(app, scope_of(path))
        return start["status"], body["body"].decode()

    return ask


def at_rest():
    """List the carriers that no request has."""
    return [*carriers.parked, *([] if latest.carrier is None else [latest.carrier])]


class Yields:
    """An awaitable that gives the loop what no loop takes."""

    def __init__(self, what):
        self.what = what

    def __await__(self):
        yield self.what


def test_requests_that_do_not_wait_share_one_carrier(app, ask):
    @app.get("/<name>")
    async def index(name):
        return name

    async def main():
        return [await ask(f"/{name}") for name in "abc"]

    assert asyncio.run(main()) == [(200, "a"), (200, "b"), (200, "c")]
    assert len(at_rest()) == 1


def test_without_the_gil_every_request_has_a_carrier_of_its_own(app, ask, monkeypatch):
    monkeypatch.setattr(asgi, "latest", LatestOfThreads())

    @app.get("/<name>")
    async def index(name):
        await asyncio.sleep(0)
        return f"{name} {request.path}"

    async def main():
        return await asyncio.gather(*(ask(f"/{name}") for name in "abc"))

    answers = asyncio.run(main())
    assert answers == [(200, f"{name} /{name}") for name in "abc"]
    assert asgi.latest.carrier is None


def test_requests_that_wait_at_once_see_their_own_context(app, ask):
    @app.get("/<int:number>")
    async def index(number):
        g.number = number
        await asyncio.sleep(0.001 * (number % 7))
        return f"{request.path} {g.number} {current_app.name}"

    async def main():
        return await asyncio.gather(*(ask(f"/{number}") for number in range(200)))

    answers = asyncio.run(main())
    assert answers == [(200, f"/{number} {number} kolben_test") for number in range(200)]


def test_of_many_carriers_only_some_are_kept(app, ask):
    @app.get("/")
    async def index():
        await asyncio.sleep(0.01)
        return ""

    async def main():
        await asyncio.gather(*(ask() for _ in range(200)))

    asyncio.run(main())
    assert 0 < len(at_rest()) <= 65


@pytest.mark.parametrize("what", ["text", b"bytes", ("a", "tuple")])
def test_what_no_loop_takes_is_an_error_of_the_view_and_no_answer(app, ask, what):
    @app.get("/bad")
    async def bad():
        await Yields(what)
        return "not reached"

    @app.get("/")
    async def index():
        return request.path

    async def main():
        return [await ask(path) for path in ("/", "/bad", "/")]

    first, failed, last = asyncio.run(main())
    assert (first, failed[0], last) == ((200, "/"), 500, (200, "/"))


def test_a_view_that_fails_takes_its_carrier_with_it(app, ask):
    frames = []

    @app.get("/fail")
    async def fail():
        raise ValueError("of the view")

    @app.errorhandler(ValueError)
    def handle(error):
        traceback = error.__traceback__
        while traceback is not None:
            frames.append(traceback.tb_frame)
            traceback = traceback.tb_next
        return "handled", 422

    @app.get("/")
    async def index():
        return "fine"

    async def main():
        failed = await ask("/fail")
        return failed, at_rest(), await ask()

    assert asyncio.run(main()) == ((422, "handled"), [], (200, "fine"))
    assert frames  # what a debugger keeps of one request is not the next one's
    assert not any(carrier.gi_frame in frames for carrier in at_rest())


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "after a wait"])
@pytest.mark.parametrize("path", ["/", "/fail", "/json"])
def test_a_request_on_the_loop_dies_by_reference_count(app, ask, waits, path):
    alive = weakref.WeakSet()

    async def begin():
        alive.add(request_ctx._get_current_object())
        alive.add(request._get_current_object())
        g.used = True
        if waits:
            await asyncio.sleep(0)

    @app.get("/")
    async def index():
        await begin()
        return "text"

    @app.get("/json")
    async def json():
        await begin()
        return {"a": 1}

    @app.get("/fail")
    async def fail():
        await begin()
        raise LookupError

    app.register_error_handler(LookupError, lambda error: ("handled", 422))

    async def main():
        await ask(path)
        gc.collect()
        gc.disable()
        for _ in range(5):
            await ask(path)
        return len(alive)

    try:
        assert asyncio.run(main()) == 0
    finally:
        gc.enable()


def test_text_that_cannot_be_encoded_is_an_error_of_the_view(app, ask):
    @app.get("/")
    async def index():
        return "\ud800"

    app.register_error_handler(500, lambda error: (str(error.original_exception), 500))
    status, text = asyncio.run(ask())
    assert status == 500
    assert "surrogates not allowed" in text


def test_a_view_that_does_not_take_its_arguments_is_an_error_of_the_view(app, ask):
    heard = []
    app.teardown_request(lambda error: heard.append(type(error)))

    @app.get("/<name>")
    async def index():
        return "not reached"

    @app.errorhandler(TypeError)
    def handle(error):
        return f"{request.view_args} {error}", 422

    status, text = asyncio.run(ask("/ada"))
    assert (status, heard) == (422, [type(None)] * 2)
    assert text.startswith("{'name': 'ada'} ")
    assert "name" in text


def test_a_view_that_is_replaced_is_not_called_any_more(app, ask):
    async def first():
        return "async"

    app.add_url_rule("/", "index", first)

    async def main():
        answers = [await ask()]
        app.view_functions["index"] = lambda: "sync"
        answers.append(await ask())
        del app.view_functions["index"]
        return [*answers, await ask()]

    *answers, (status, _) = asyncio.run(main())
    assert (answers, status) == ([(200, "async"), (200, "sync")], 500)


def test_a_hook_that_is_added_while_a_view_runs_is_run(app, ask):
    @app.get("/")
    async def index():
        app.after_request_funcs[None].append(lambda response: app.make_response("of the hook"))
        return "of the view"

    assert asyncio.run(ask()) == (200, "of the hook")


def test_two_loops_in_two_threads_do_not_share_a_carrier(app, ask):
    @app.get("/<int:number>")
    async def index(number):
        g.number = number
        await asyncio.sleep(0)
        return f"{request.path} {g.number}"

    async def many(start):
        return [await ask(f"/{number}") for number in range(start, start + 300)]

    async def main():
        loops = (asyncio.to_thread(asyncio.run, many(start)) for start in (0, 1000))
        return await asyncio.gather(*loops)

    below, above = asyncio.run(main())
    assert below == [(200, f"/{number} {number}") for number in range(300)]
    assert above == [(200, f"/{number} {number}") for number in range(1000, 1300)]


ENDS = {
    "return": None,
    "error": ValueError,
    "stop": StopIteration,
    "async stop": StopAsyncIteration,
    "generator exit": GeneratorExit,
    "cancelled": asyncio.CancelledError,
}


def make_plans(seed):
    """Choose how often a view waits, how it ends, and whether its client leaves."""
    chance = random.Random(seed)
    clients = ["stays", "leaves", "is ignored"]
    return [
        (chance.randrange(4), chance.choice([*ENDS]), chance.choice(clients)) for _ in range(80)
    ]


async def keep_waiting(waits, client):
    """Wait a few times; a view may ignore that its client has left."""
    for _ in range(waits):
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            if client == "leaves":
                raise
        assert all(carrier.gi_yieldfrom is None for carrier in at_rest())


@pytest.mark.parametrize("seed", range(10))
def test_whatever_ends_a_view_its_carrier_serves_nobody_else_meanwhile(app, ask, seed):
    plans, seen, torn_down = make_plans(seed), [], Counter()
    app.teardown_request(lambda error: torn_down.update([request.path]))

    @app.get("/<int:number>")
    async def index(number):
        waits, end, client = plans[number]
        g.number = number
        try:
            await keep_waiting(waits, client)
        finally:
            seen.append((number, request.path, g.number))
        if ENDS[end] is not None:
            raise ENDS[end]
        return f"{number}"

    async def one(number):
        task = asyncio.ensure_future(ask(f"/{number}"))
        if plans[number][2] != "stays":
            await asyncio.sleep(0)
            task.cancel()
        return (await asyncio.gather(task, return_exceptions=True))[0]

    async def main():
        await ask("/first")
        torn_down.clear()
        return await asyncio.gather(*map(one, range(len(plans))))

    answers = asyncio.run(main())
    numbers = range(len(plans))
    assert sorted(seen) == [(number, f"/{number}", number) for number in numbers]
    assert torn_down == {f"/{number}": 1 for number in numbers}
    for number, (_, end, client) in enumerate(plans):
        if end == "return" and client == "stays":
            assert answers[number] == (200, f"{number}")
    assert len(set(map(id, at_rest()))) == len(at_rest())


@pytest.mark.parametrize("waits", [0, 1, 2])
@pytest.mark.parametrize("swallows", [False, True])
def test_a_request_whose_coroutine_is_closed_is_torn_down_and_its_carrier_gone(
    app, ask, waits, swallows
):
    heard = []

    @app.teardown_request
    @inline
    def teardown(error):
        heard.append((request.path, type(error)))

    @app.get("/<int:number>")
    async def index(number):
        try:
            for _ in range(waits + 1):
                await asyncio.sleep(0)
        except GeneratorExit:
            if not swallows:
                raise
        return "not reached"

    async def main():
        await ask("/first")
        heard.clear()
        coroutine = call(app, scope_of("/1"))
        for _ in range(waits + 1):
            coroutine.send(None)
        before = at_rest()
        coroutine.close()
        assert at_rest() == before
        return await ask("/first")

    assert asyncio.run(main()) == (200, "")
    assert heard == [("/1", GeneratorExit), ("/first", type(None))]


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "after a wait"])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_exit_in_a_view_goes_to_the_server_after_the_teardown(app, ask, kind, waits):
    heard = []
    app.teardown_request(inline(lambda error: heard.append(type(error))))

    @app.get("/")
    async def index():
        if waits:
            await asyncio.sleep(0)
        raise kind

    async def main():
        await ask("/first")
        heard.clear()
        coroutine = call(app, scope_of())
        if waits:
            coroutine.send(None)
        with pytest.raises(kind):
            coroutine.send(None)

    asyncio.run(main())
    assert heard == [kind]
