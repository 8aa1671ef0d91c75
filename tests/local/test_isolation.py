"""Nobody sees the values of another thread, task, greenlet or copied Context."""

import asyncio
import subprocess
import sys
from contextvars import ContextVar, copy_context
from textwrap import dedent
from threading import Barrier, Thread

import pytest

from kolben.local import Local, LocalProxy, LocalStack

WORKERS = 8
local, stack = Local(), LocalStack()
variable = ContextVar("tests.isolation")
from_local, from_stack = local("value"), stack()
from_variable, from_member = LocalProxy(variable), LocalProxy(variable, "real")


def write(number):
    """Leave a number in every kind of local."""
    local.value = number
    stack.push(number)
    variable.set(number)


def read():
    """Return what every kind of local, and every kind of proxy, holds here."""
    return {
        "local": local.value,
        "stack": stack.top,
        "local proxy": int(from_local),
        "stack proxy": int(from_stack),
        "variable proxy": int(from_variable),
        "member proxy": int(from_member),
        "attribute": from_variable.real,
        "attribute of a member": from_member.real,
    }


def is_own(found, number):
    return set(found.values()) == {number}


def test_threads_see_only_their_own():
    barrier, found = Barrier(WORKERS), {}

    def work(number):
        write(number)
        barrier.wait()  # all have written before the first one reads
        found[number] = read()

    threads = [Thread(target=work, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == WORKERS
    assert all(is_own(found[number], number) for number in found)


def test_a_new_thread_starts_unbound():
    found = []
    copy_context().run(write, 1)
    thread = Thread(target=lambda: found.append((list(local), stack.top, repr(from_variable))))
    thread.start()
    thread.join()
    assert found == [([], None, "<LocalProxy unbound>")]


def test_tasks_see_only_their_own():
    async def work(number, barrier):
        write(number)
        await barrier.wait()
        return read()

    async def main():
        barrier = asyncio.Barrier(WORKERS)
        return await asyncio.gather(*(work(number, barrier) for number in range(WORKERS)))

    assert all(is_own(found, number) for number, found in enumerate(asyncio.run(main())))


def test_a_task_starts_with_what_its_parent_had_and_cannot_change_it():
    async def child():
        inherited = read()
        write(2)
        return inherited

    async def main():
        write(1)
        inherited = await asyncio.create_task(child())
        return inherited, read()

    inherited, left = asyncio.run(main())
    assert is_own(inherited, 1)
    assert is_own(left, 1)


def test_a_copied_context_does_not_see_later_writes():
    def body():
        write(1)
        copied = copy_context()
        write(2)
        return copied.run(read), read()

    earlier, now = copy_context().run(body)
    assert is_own(earlier, 1)
    assert is_own(now, 2)


def test_a_pop_in_a_copied_context_leaves_the_original():
    def body():
        stack.push("kept")
        assert copy_context().run(stack.pop) == "kept"
        return stack.top

    assert copy_context().run(body) == "kept"


def test_what_was_forgotten_in_a_context_is_gone_with_it():
    copy_context().run(stack.push, "forgotten")
    assert stack.top is None


GREENLETS = """
    {patch}
    import gevent
    from kolben.local import Local, LocalProxy, LocalStack
    local, stack = Local(), LocalStack()
    proxy, top = local("value"), stack()

    def work(number):
        local.value = number
        stack.push(number)
        gevent.sleep(0)  # every other greenlet writes before this one goes on
        return local.value == stack.top == proxy.real == top.real == number

    greenlets = [gevent.spawn(work, number) for number in range(200)]
    gevent.joinall(greenlets, raise_error=True)
    print(sum(greenlet.value for greenlet in greenlets), list(local), stack.top)
"""


@pytest.mark.parametrize(
    "patch", ["", "from gevent import monkey; monkey.patch_all()"], ids=["plain", "patched"]
)
def test_greenlets_see_only_their_own(patch):
    pytest.importorskip("gevent", reason="gevent is not installed")
    program = dedent(GREENLETS.format(patch=patch))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "200 [] None\n", done.stderr
