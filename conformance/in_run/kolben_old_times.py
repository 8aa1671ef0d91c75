"""A pytest plugin for suites that were written for nose, or for unittest before Python 3.12.

Three things that they take for granted, as nose did them: `setup` and `teardown` of a plain class
run around each of its tests, a test that yields calls makes them, and unittest's second names for
assertions exist.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from unittest import TestCase

import pytest

_SECOND_NAMES = {
    "assertEquals": "assertEqual",
    "assertNotEquals": "assertNotEqual",
    "assertAlmostEquals": "assertAlmostEqual",
    "assertItemsEqual": "assertCountEqual",
    "assertRegexpMatches": "assertRegex",
    "assertNotRegexpMatches": "assertNotRegex",
    "assertRaisesRegexp": "assertRaisesRegex",
    "assert_": "assertTrue",
}

for _second, _first in _SECOND_NAMES.items():
    if not hasattr(TestCase, _second):
        setattr(TestCase, _second, getattr(TestCase, _first))


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class,
    name: str,
    obj: object,
) -> pytest.Function | None:
    """Make one test of a function that yields calls; pytest would refuse it."""
    if not (name.startswith("test") and inspect.isgeneratorfunction(obj)):
        return None
    made: pytest.Function = pytest.Function.from_parent(collector, name=name, callobj=_caller(obj))
    return made


def _caller(generator: Callable[..., object]) -> Callable[..., None]:
    """Build the test; each call is made before the generator goes on and changes its names."""

    @wraps(generator, assigned=("__name__", "__doc__"), updated=())
    def calls(*args: object) -> None:
        for call, *arguments in generator(*args):  # type: ignore[attr-defined]
            call(*arguments)

    return calls


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Run `setup` of a plain class before its test, and see to it that `teardown` runs after it."""
    instance = getattr(item, "instance", None)
    if instance is None or isinstance(instance, TestCase):
        return
    # A fixture of that name is no method.
    if inspect.ismethod(teardown := getattr(instance, "teardown", None)):
        item.addfinalizer(teardown)
    if inspect.ismethod(setup := getattr(instance, "setup", None)):
        setup()
