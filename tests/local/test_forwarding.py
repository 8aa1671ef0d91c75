"""Every operator of a proxy is the object's."""

import asyncio
import copy
import math
import operator
import pickle
from contextvars import ContextVar
from datetime import date

import pytest

from kolben.local import Local, LocalProxy

KINDS = ["variable", "member", "callable", "local"]


@pytest.fixture(params=KINDS)
def proxy_of(request):
    """Make a proxy of each kind for an object."""

    def make(target):
        local = Local()
        local.target = target
        variable = ContextVar("tests.forwarding")
        variable.set(local if request.param == "member" else target)
        return {
            "variable": lambda: LocalProxy(variable),
            "member": lambda: LocalProxy(variable, "target"),
            "callable": lambda: LocalProxy(lambda: target),
            "local": lambda: local("target"),
        }[request.param]()

    return make


BINARY = ["lt", "le", "eq", "ne", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod"]
BINARY += ["lshift", "rshift", "and_", "or_", "xor", "pow"]
IN_PLACE = ["iadd", "isub", "imul", "imatmul", "itruediv", "ifloordiv", "imod", "ipow"]
IN_PLACE += ["ilshift", "irshift", "iand", "ior", "ixor"]


@pytest.mark.parametrize("name", [*BINARY, "divmod"])
def test_an_operator_works_from_both_sides(proxy_of, name):
    op = divmod if name == "divmod" else getattr(operator, name)
    assert op(proxy_of(7), 3) == op(7, 3)
    assert op(7, proxy_of(3)) == op(7, 3)
    assert op(proxy_of(7), proxy_of(3)) == op(7, 3)


def test_matrix_multiplication_works_from_both_sides(proxy_of):
    class Matrix:
        def __matmul__(self, other):
            return ("left", other)

        def __rmatmul__(self, other):
            return ("right", other)

    assert proxy_of(Matrix()) @ 1 == ("left", 1)
    assert 1 @ proxy_of(Matrix()) == ("right", 1)


@pytest.mark.parametrize("name", IN_PLACE)
def test_an_in_place_operator_updates_the_object_and_gives_the_proxy(proxy_of, name):
    class Recorder:
        got = None

    def record(self, other):
        self.got = other
        return self

    setattr(Recorder, f"__{name}__", record)
    target = Recorder()
    proxy = proxy_of(target)
    assert getattr(operator, name)(proxy, 5) is proxy
    assert target.got == 5


def test_an_in_place_operator_on_an_immutable_object_changes_nothing(proxy_of):
    proxy = same = proxy_of(1)
    proxy += 1
    assert proxy is same
    assert proxy == 1


UNARY = [operator.neg, operator.pos, operator.invert, abs, hash, str, repr, bool, bin, hex, oct]
UNARY += [int, float, complex, math.trunc, math.floor, math.ceil, round, operator.index]


@pytest.mark.parametrize("function", UNARY)
def test_a_function_of_a_number_sees_the_number(proxy_of, function):
    assert function(proxy_of(-5)) == function(-5)


def test_a_number_is_rounded_to_digits(proxy_of):
    assert round(proxy_of(3.14159), 2) == 3.14


def test_a_power_takes_a_modulus(proxy_of):
    assert pow(proxy_of(3), 4, 5) == 1


def test_a_format_is_the_objects(proxy_of):
    assert f"{proxy_of(date(2024, 2, 29)):%d.%m.}" == "29.02."


def test_a_proxy_is_bytes_if_the_object_is(proxy_of):
    assert bytes(proxy_of(bytearray(b"ab"))) == b"ab"


def test_a_proxy_is_an_index(proxy_of):
    assert "abc"[proxy_of(1)] == "b"


def test_a_proxy_is_the_same_key_as_its_object(proxy_of):
    assert {"key": 1}[proxy_of("key")] == 1


def test_items_are_the_objects(proxy_of):
    target = [1, 2, 3]
    proxy = proxy_of(target)
    proxy[0] = 9
    del proxy[1]
    assert target == [9, 3]
    assert (proxy[1], len(proxy), 3 in proxy, 2 in proxy) == (3, 2, True, False)


def test_iteration_is_the_objects(proxy_of):
    assert list(proxy_of([1, 2])) == [1, 2]
    assert list(reversed(proxy_of([1, 2]))) == [2, 1]
    assert next(proxy_of(iter([1, 2]))) == 1


def test_a_length_hint_is_the_objects(proxy_of):
    assert operator.length_hint(proxy_of(iter([1, 2]))) == 2


def test_a_call_is_the_objects(proxy_of):
    assert proxy_of(dict)([("a", 1)], b=2) == {"a": 1, "b": 2}


def test_a_proxy_for_a_class_is_good_for_isinstance(proxy_of):
    assert isinstance(True, proxy_of(int))
    assert issubclass(bool, proxy_of(int))


def test_a_with_block_is_the_objects(proxy_of):
    class Guard:
        seen = ()

        def __enter__(self):
            return "entered"

        def __exit__(self, kind, error, traceback):
            self.seen = (kind, str(error))
            return True

    guard = Guard()
    with proxy_of(guard) as entered:
        raise ValueError("swallowed")
    assert entered == "entered"
    assert guard.seen == (ValueError, "swallowed")


def test_an_async_with_block_is_the_objects(proxy_of):
    class Guard:
        left = False

        async def __aenter__(self):
            return "entered"

        async def __aexit__(self, *exc):
            self.left = True

    async def use(proxy):
        async with proxy as entered:
            return entered

    guard = Guard()
    assert asyncio.run(use(proxy_of(guard))) == "entered"
    assert guard.left


def test_a_proxy_can_be_awaited(proxy_of):
    async def answer():
        return 42

    async def use(proxy):
        return await proxy

    assert asyncio.run(use(proxy_of(answer()))) == 42


def test_async_iteration_is_the_objects(proxy_of):
    async def count():
        yield 1
        yield 2

    async def use(proxy):
        first = await anext(proxy)
        return [first, *[number async for number in proxy]]

    assert asyncio.run(use(proxy_of(count()))) == [1, 2]


def test_a_copy_is_a_copy_of_the_object(proxy_of):
    target = [[1]]
    copied = copy.copy(proxy_of(target))
    assert type(copied) is list
    assert copied == target
    assert copied is not target
    assert copied[0] is target[0]


def test_a_deep_copy_is_one_of_the_object(proxy_of):
    target = [[1]]
    copied = copy.deepcopy(proxy_of(target))
    assert type(copied) is list
    assert copied == target
    assert copied[0] is not target[0]


def test_a_deep_copy_keeps_what_is_shared(proxy_of):
    target = [1]
    copied = copy.deepcopy({"proxy": proxy_of(target), "plain": target})
    assert copied["proxy"] is copied["plain"]


def test_a_deep_copy_of_what_cannot_be_copied_is_the_object(proxy_of):
    assert copy.deepcopy(proxy_of(operator.add)) is operator.add


@pytest.mark.parametrize("pickle_protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_proxy_is_not_pickled(proxy_of, pickle_protocol):
    with pytest.raises(TypeError, match=r"can't be pickled.*_get_current_object\(\)"):
        pickle.dumps(proxy_of([1]), pickle_protocol)


@pytest.mark.parametrize(
    "use",
    [
        str,
        len,
        iter,
        hash,
        lambda p: p + 1,
        lambda p: 1 + p,
        lambda p: p == 1,
        lambda p: p[0],
        lambda p: p(),
        lambda p: setattr(p, "x", 1),
        lambda p: delattr(p, "x"),
        lambda p: operator.iadd(p, 1),
        lambda p: p.anything,
        lambda p: p.__dict__,
        lambda p: p._get_current_object(),
    ],
)
def test_an_unbound_proxy_raises_its_message(use):
    proxy = LocalProxy(ContextVar("empty"), "member", unbound_message="nothing here")
    with pytest.raises(RuntimeError, match=r"^nothing here$"):
        use(proxy)
