"""kolben.local has what werkzeug.local has."""

import inspect

import pytest
import werkzeug.local

import kolben.local

NAMES = ["Local", "LocalManager", "LocalProxy", "LocalStack", "release_local"]


@pytest.mark.parametrize("name", NAMES[:-1])
def test_the_parameters_are_werkzeugs(name):
    theirs = inspect.signature(getattr(werkzeug.local, name).__init__)
    assert ["self", *inspect.signature(getattr(kolben.local, name)).parameters] == list(
        theirs.parameters
    )


@pytest.mark.parametrize("name", NAMES[:-1])
def test_no_member_is_missing(name):
    theirs, ours = vars(getattr(werkzeug.local, name)), dir(getattr(kolben.local, name))
    private = {"__getattr__", "__annotations__", "__wrapped__"}
    assert {n for n in theirs if not n.startswith("_Local")} - set(ours) <= private
