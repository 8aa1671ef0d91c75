"""`inspect.getargspec`."""

import pytest

from kolben.drop_in.legacy.python import getargspec


def test_the_parameters_come_in_four_parts():
    def f(a, b=1, *c, **d): ...

    assert getargspec(f) == (["a", "b"], "c", "d", (1,))
    assert getargspec(f).keywords == "d"


def test_what_it_can_not_say_is_an_error():
    def f(*, a): ...

    with pytest.raises(ValueError, match=r"'f' has keyword-only parameters.* inspect.signature"):
        getargspec(f)


def test_annotations_are_left_out():
    def f(a: int = 1) -> None: ...

    assert getargspec(f) == (["a"], None, None, (1,))
