"""What a miss means."""

from __future__ import annotations

from werkzeug.exceptions import MethodNotAllowed, NotFound

from kolben.routing import NO_MATCH, Miss


def test_a_miss_without_methods_is_a_404() -> None:
    assert isinstance(NO_MATCH.error(), NotFound)
    assert repr(NO_MATCH) == "<Miss no such path>"


def test_a_miss_with_methods_is_a_405_that_names_them() -> None:
    error = Miss({"POST", "PUT"}).error()
    assert isinstance(error, MethodNotAllowed)
    assert sorted(error.valid_methods or ()) == ["POST", "PUT"]
    assert repr(Miss({"POST", "PUT"})) == "<Miss POST, PUT>"
