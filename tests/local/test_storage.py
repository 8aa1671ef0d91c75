"""Local, LocalStack and release_local, in one context."""

from contextvars import ContextVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kolben.local import Local, LocalProxy, LocalStack, release_local


def test_a_local_keeps_attributes():
    local = Local()
    local.user = "Ada"
    assert local.user == "Ada"


def test_a_missing_attribute_is_named():
    with pytest.raises(AttributeError, match=r"'user' is not set on this Local") as caught:
        Local().user  # noqa: B018
    assert caught.value.name == "user"


def test_an_attribute_can_be_deleted():
    local = Local()
    local.user = "Ada"
    del local.user
    assert not hasattr(local, "user")


def test_deleting_a_missing_attribute_says_so():
    with pytest.raises(AttributeError, match=r"'user' is not set .* can't be deleted"):
        del Local().user


def test_a_local_iterates_over_names_and_values():
    local = Local()
    local.a, local.b = 1, 2
    assert dict(local) == {"a": 1, "b": 2}


def test_a_local_may_be_given_its_variable():
    variable = ContextVar("mine")
    Local(variable).a = 1
    assert variable.get() == {"a": 1}


def test_a_local_never_changes_a_stored_dict():
    variable = ContextVar("mine")
    local = Local(variable)
    local.a = 1
    before = variable.get()
    local.a = 2
    del local.a
    assert before == {"a": 1}


def test_calling_a_local_gives_a_proxy():
    local = Local()
    proxy = local("user")
    local.user = "Ada"
    assert type(proxy) is LocalProxy
    assert proxy == "Ada"


def test_a_released_local_is_empty():
    local = Local()
    local.user = "Ada"
    release_local(local)
    assert list(local) == []


def test_push_gives_the_stack_bottom_first():
    stack = LocalStack()
    stack.push(1)
    assert stack.push(2) == [1, 2]


def test_an_empty_stack_pops_none():
    assert LocalStack().pop() is None


def test_an_empty_stack_has_none_on_top():
    stack = LocalStack()
    assert stack.top is None
    stack.push(1)
    stack.pop()
    assert stack.top is None


def test_a_released_stack_is_empty():
    stack = LocalStack()
    stack.push(1)
    release_local(stack)
    assert stack.top is None


def test_a_stack_may_be_given_its_variable():
    variable = ContextVar("mine")
    LocalStack(variable).push(1)
    assert variable.get() == [1]


def test_a_list_that_push_returned_stays_as_it_is():
    stack = LocalStack()
    first = stack.push(1)
    stack.push(2)
    stack.pop()
    assert first == [1]


def test_calling_a_stack_gives_a_proxy_for_the_top():
    stack = LocalStack()
    proxy = stack()
    stack.push([1])
    assert proxy == [1]
    stack.push([2])
    assert proxy == [2]


def test_calling_a_stack_with_a_name_gives_a_proxy_for_that_attribute():
    stack = LocalStack()
    proxy = stack("real")
    stack.push(3 + 4j)
    assert proxy == 3


def test_a_subclass_of_a_stack_decides_what_is_on_top():
    class Bottom(LocalStack):
        @property
        def top(self):
            return "bottom"

    assert Bottom()() == "bottom"


@given(st.lists(st.one_of(st.none(), st.integers())))
def test_any_pushes_and_pops_do_what_a_list_does(steps):
    stack, model = LocalStack(), []
    for step in steps:
        if step is None:
            assert stack.pop() == (model.pop() if model else None)
        else:
            model.append(step)
            assert stack.push(step) == model
        assert stack.top == (model[-1] if model else None)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.integers()))))
def test_any_writes_and_deletes_do_what_a_dict_does(steps):
    local, model = Local(), {}
    for name, value in steps:
        if value is not None:
            setattr(local, name, value)
            model[name] = value
        elif name in model:
            delattr(local, name)
            del model[name]
        assert dict(local) == model
