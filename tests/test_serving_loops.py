"""Which event loops answer requests: noted once, forgotten when they have stopped."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import weakref

import pytest

from kolben import Kolben
from kolben.loops import serving, serving_here
from tests.protocols.scopes import call, scope_of


@pytest.fixture
def app():
    made = Kolben("serving", static_folder=None)

    @made.get("/")
    async def index():
        return str(serving_here() is asyncio.get_running_loop())

    return made


async def ask(app):
    return (await call(app, scope_of()))[1]["body"].decode()


def test_the_loop_of_a_request_is_one_that_serves(app):
    assert asyncio.run(ask(app)) == "True"


def test_no_loop_serves_where_none_runs(app):
    asyncio.run(ask(app))
    assert serving_here() is None


def test_a_loop_that_runs_beside_one_that_serves_does_not(app):
    asyncio.run(ask(app))

    async def here():
        return serving_here()

    assert asyncio.run(here()) is None


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_loop_that_has_stopped_is_forgotten_when_another_serves(app, is_closed):
    loops = []
    for _ in range(5):
        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(ask(app)) == "True"
        if is_closed:
            loop.close()
        loops.append(loop)
    assert serving & set(loops) == {loops[-1]}
    for loop in loops:
        loop.close()
    left = [weakref.ref(loop) for loop in loops[:-1]]
    del loop, loops
    gc.collect()
    assert [loop() for loop in left] == [None] * 4


def test_a_loop_that_goes_on_after_another_has_served_serves_again(app):
    one, two = asyncio.new_event_loop(), asyncio.new_event_loop()
    for loop in (one, two, one, one, two):
        assert loop.run_until_complete(ask(app)) == "True"
    one.close()
    two.close()


def test_loops_of_many_threads_serve_at_once(app):
    answers = []
    ready = threading.Barrier(8)

    async def ask_often():
        ready.wait()
        for _ in range(50):
            answers.append(await ask(app))  # one by one

    threads = [threading.Thread(target=asyncio.run, args=(ask_often(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["True"] * 400


FORKS = """
import asyncio, os, sys
from kolben import Kolben
from kolben.loops import serving
from tests.protocols.scopes import call, scope_of
app = Kolben("forks", static_folder=None)
app.add_url_rule("/", "index", lambda: "index")
asyncio.run(call(app, scope_of()))
assert len(serving) == 1
if os.fork() == 0:
    os._exit(len(serving))
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="this system has no fork")
def test_a_forked_child_has_none_of_its_parents_loops():
    ran = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, check=True)
    assert ran.stdout == "0\n"
