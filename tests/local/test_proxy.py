"""What a proxy stands for, and how its attributes are found."""

import gc
import inspect
import traceback
from collections.abc import Mapping
from contextvars import ContextVar, copy_context
from operator import attrgetter
from types import SimpleNamespace
from unittest import mock
from weakref import ref

import pytest

from kolben.local import Local, LocalProxy, LocalStack
from kolben.local.proxy import _variable_proxy_classes


class Target:
    """An object to stand for."""

    plain = 1

    def method(self):
        return ("called on", self)

    @property
    def broken_by_attribute(self):
        return self.no_such_name

    @property
    def broken_by_lookup(self):
        return {}["no such key"]

    @property
    def broken_by_runtime(self):
        raise RuntimeError("the object's own")


def sources(target):
    """Give the arguments of a proxy for the target, for each kind of source."""
    holder = SimpleNamespace(target=target, deep=SimpleNamespace(target=target))
    local, stack = Local(), LocalStack()
    local.target = target
    stack.push(holder)
    direct, through = ContextVar("direct"), ContextVar("through")
    direct.set(target)
    through.set(holder)
    return {
        "variable": (direct,),
        "member of a variable": (through, "target"),
        "dotted": (through, "deep.target"),
        "function": (lambda: target,),
        "member of a function": (lambda: holder, "target"),
        "local": (local, "target"),
        "member of a stack": (stack, "target"),
    }


KINDS = list(sources(None))


@pytest.fixture
def target():
    return Target()


@pytest.fixture(params=KINDS)
def proxy(request, target):
    """Make a proxy of each kind for the target."""
    return LocalProxy(*sources(target)[request.param])


@pytest.fixture(params=["variable", "member of a variable", "local", "stack", "function"])
def unbound(request):
    """Make a proxy of each kind for nothing."""

    def outside():
        raise RuntimeError("outside")

    return {
        "variable": lambda: LocalProxy(ContextVar("empty")),
        "member of a variable": lambda: LocalProxy(ContextVar("empty"), "member"),
        "local": lambda: Local()("member"),
        "stack": lambda: LocalStack()(),
        "function": lambda: LocalProxy(outside),
    }[request.param]()


def test_the_object_itself_can_be_had(proxy, target):
    assert proxy._get_current_object() is target


def test_attributes_are_the_objects(proxy, target):
    assert proxy.plain == 1
    assert proxy.method() == ("called on", target)
    assert proxy.__dict__ is target.__dict__
    assert proxy.__doc__ == Target.__doc__
    assert proxy.__module__ == __name__


def test_attributes_are_set_and_deleted_on_the_object(proxy, target):
    proxy.new = 1
    assert target.new == 1
    del proxy.new
    assert not hasattr(target, "new")


def test_a_proxy_is_an_instance_of_both_classes(proxy):
    assert isinstance(proxy, Target)
    assert isinstance(proxy, LocalProxy)
    assert issubclass(type(proxy), LocalProxy)
    assert proxy.__class__ is Target


def test_a_missing_attribute_is_the_objects_error(proxy):
    with pytest.raises(AttributeError, match=r"'Target' object has no attribute 'missing'"):
        proxy.missing  # noqa: B018
    assert getattr(proxy, "missing", "default") == "default"


def test_hasattr_tells_the_truth_about_the_object(proxy):
    assert hasattr(proxy, "method")
    assert not hasattr(proxy, "__iter__")
    assert not hasattr(proxy, "__await__")


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("broken_by_attribute", AttributeError, "no_such_name"),
        ("broken_by_lookup", KeyError, "no such key"),
        ("broken_by_runtime", RuntimeError, "the object's own"),
    ],
)
def test_an_error_in_a_property_arrives_whole(proxy, name, error, text):
    with pytest.raises(error, match=text) as caught:
        getattr(proxy, name)
    assert name in [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]


def test_a_property_that_fails_is_asked_once(proxy, target):
    calls = []

    class Counting(Target):
        @property
        def once(self):
            calls.append(1)
            return self.no_such_name

    target.__class__ = Counting
    assert not hasattr(proxy, "once")
    assert calls == [1]


def test_dir_is_the_objects(proxy, target):
    assert dir(proxy) == dir(target)


def test_vars_are_the_objects(proxy, target):
    target.x = 1
    assert vars(proxy) == {"x": 1}


def test_names_that_the_object_makes_up_do_not_hide_the_proxys_own():
    target = mock.MagicMock()
    proxy = LocalProxy(lambda: target)
    assert proxy._get_current_object() is target


@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_to_a_proxy_stands_for_the_proxy(kind, target):
    inner = LocalProxy(lambda: target)
    outer = LocalProxy(*sources(inner)[kind])
    assert outer._get_current_object() is inner
    assert outer.method() == ("called on", target)


def test_an_attribute_can_be_patched_and_comes_back(proxy, target):
    with mock.patch.object(proxy, "method", return_value="patched"):
        assert target.method() == "patched"
    assert "method" not in vars(target)


def test_a_proxy_for_a_mapping_is_a_mapping():
    assert isinstance(LocalProxy(dict), Mapping)


def test_a_function_can_be_turned_into_a_proxy_by_decoration():
    @LocalProxy
    def answer():
        return 42

    assert answer == 42


def test_a_function_is_asked_at_each_use():
    numbers = iter([1, 2])
    proxy = LocalProxy(lambda: next(numbers))
    assert [int(proxy), int(proxy)] == [1, 2]


def test_a_variables_default_is_what_its_proxy_stands_for():
    variable = ContextVar("with default", default=3 + 4j)
    assert LocalProxy(variable).imag == 4
    assert LocalProxy(variable, "real").is_integer()


def test_a_variable_may_hold_none():
    variable = ContextVar("none")
    variable.set(None)
    assert LocalProxy(variable) == None  # noqa: E711
    assert LocalProxy(variable).__class__ is type(None)


def test_a_member_of_none_is_unbound():
    variable = ContextVar("none")
    variable.set(None)
    proxy = LocalProxy(variable, "member")
    assert not proxy
    with pytest.raises(RuntimeError, match=r"'none' holds None"):
        proxy.anything  # noqa: B018


def test_a_member_that_is_missing_is_named():
    variable = ContextVar("holder")
    variable.set(SimpleNamespace())
    with pytest.raises(AttributeError, match=r"no attribute 'member'"):
        LocalProxy(variable, "member").anything  # noqa: B018


def test_members_of_one_variable_are_not_mixed_up():
    variable = ContextVar("holder")
    variable.set(SimpleNamespace(a="A", b="B"))
    a, b = LocalProxy(variable, "a"), LocalProxy(variable, "b")
    assert [a.lower(), b.lower(), a.lower()] == ["a", "b", "a"]


@pytest.mark.parametrize("member", ["_own", "getattr", "get", "name", "LookupError", "MEMBER"])
def test_a_member_may_have_any_name(member):
    variable = ContextVar("holder")
    variable.set(SimpleNamespace(**{member: "value"}))
    assert LocalProxy(variable, member).upper() == "VALUE"


def test_an_unbound_proxy_says_so(unbound):
    assert repr(unbound) == "<LocalProxy unbound>"
    assert unbound.__repr__() == "<LocalProxy unbound>"


def test_an_unbound_proxy_is_false(unbound):
    assert not unbound


def test_an_unbound_proxy_has_no_names(unbound):
    assert dir(unbound) == []


def test_an_unbound_proxy_is_a_local_proxy(unbound):
    assert isinstance(unbound, LocalProxy)
    assert unbound.__class__ is type(unbound)
    assert unbound.__doc__ == LocalProxy.__doc__


def test_an_unbound_proxy_gives_its_source_to_who_unwraps_it():
    variable = ContextVar("empty")
    assert LocalProxy(variable).__wrapped__ is variable
    assert inspect.unwrap(LocalProxy(variable, "member")) is variable


def test_a_bound_proxy_is_unwrapped_as_its_object_is(proxy, target):
    assert not hasattr(proxy, "__wrapped__")
    target.__wrapped__ = "inner"
    assert proxy.__wrapped__ == "inner"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: LocalProxy(ContextVar("user")), "the ContextVar 'user' is not set"),
        (lambda: LocalProxy(ContextVar("user"), "name"), "the ContextVar 'user' is not set"),
        (lambda: LocalStack()(), "the LocalStack is empty"),
        (lambda: Local()("user"), "'user' is not set on the Local"),
    ],
)
def test_without_a_message_the_error_says_what_is_missing(make, why):
    with pytest.raises(RuntimeError, match=f"object is not bound: {why} in the current context"):
        make().anything  # noqa: B018


@pytest.mark.parametrize(
    "make",
    [
        lambda: LocalProxy(ContextVar("user"), unbound_message="log in"),
        lambda: LocalProxy(ContextVar("user"), "name", unbound_message="log in"),
        lambda: LocalStack()(unbound_message="log in"),
        lambda: Local()("user", unbound_message="log in"),
    ],
)
def test_a_message_is_what_the_error_says(make):
    with pytest.raises(RuntimeError, match=r"^log in$") as caught:
        make().anything  # noqa: B018
    assert "LookupError" not in "".join(traceback.format_exception(caught.value))


def test_a_local_needs_a_name():
    with pytest.raises(TypeError, match=r"needs a 'name'"):
        LocalProxy(Local())


def test_what_cannot_be_a_source_is_named():
    with pytest.raises(TypeError, match=r"can't make a proxy for 42 \(int\); give a Local"):
        LocalProxy(42)


def test_an_error_of_a_function_is_not_taken_for_unbound():
    proxy = LocalProxy(lambda: {}["no such key"])
    with pytest.raises(KeyError, match="no such key"):
        bool(proxy)


def test_a_proxy_with_a_type_does_not_stamp_its_object():
    target = Target()
    proxy = LocalProxy[Target](lambda: target)
    assert proxy.plain == 1
    assert vars(target) == {}


def test_a_typed_proxy_may_be_made_while_unbound():
    assert not LocalProxy[Target](ContextVar("empty"))


class Titled(LocalProxy):
    """A subclass with names of its own."""

    kind = "titled"

    def __init__(self, local, title):
        super().__init__(local)
        object.__setattr__(self, "title", title)

    def describe(self):
        return f"{self.title}: {self.plain}"


@pytest.mark.parametrize("kind", ["variable", "function"])
def test_a_subclass_has_names_of_its_own(kind, target):
    proxy = Titled(*sources(target)[kind], "Target")
    assert proxy.describe() == "Target: 1"
    assert proxy.kind == "titled"
    assert type(proxy) is Titled
    assert isinstance(proxy, Target)


def test_an_unbound_proxy_of_a_subclass_is_called_by_its_name():
    assert repr(Titled(ContextVar("empty"), "Empty")) == "<Titled unbound>"


def test_a_subclass_may_find_attributes_by_itself(target):
    class Upper(LocalProxy):
        def __getattribute__(self, name):
            return super().__getattribute__(name.lower())

    class Further(Upper):
        pass

    assert Further(lambda: target).PLAIN == 1


def test_proxies_for_the_same_share_a_class():
    variable = ContextVar("shared")
    assert type(LocalProxy(variable, "x")) is type(LocalProxy(variable, "x"))


def test_a_proxy_for_a_function_costs_no_class():
    assert type(LocalProxy(dict)) is LocalProxy


def test_the_class_of_a_variables_proxies_goes_with_the_last_of_them():
    variable = ContextVar("short-lived")
    first, second = LocalProxy(variable, "x"), LocalProxy(variable, "x")
    cls = ref(type(first))
    del first
    gc.collect()
    assert type(second) is cls()
    del second
    gc.collect()
    assert cls() is None
    assert not [key for key in _variable_proxy_classes if key[0] is variable]


def test_a_proxy_follows_its_context():
    variable = ContextVar("followed")
    proxy = LocalProxy(variable, "real")
    variable.set(1)
    context = copy_context()
    variable.set(2)
    read = attrgetter("real")
    assert (read(proxy), context.run(read, proxy)) == (2, 1)
