"""Rules whose builders are compiled late."""

from __future__ import annotations

import pytest
from werkzeug.routing import BuildError, Rule

from kolben.routing import RouteMap, RouteRule


@pytest.mark.parametrize("rule_class", [Rule, RouteRule])
def test_werkzeugs_adapter_builds_the_same_url_first_and_later(rule_class: type[Rule]) -> None:
    adapter = RouteMap([rule_class("/<int:id>", endpoint="e")]).bind("example.com")
    for _ in range(2):
        assert adapter.build("e", {"id": 4, "q": "x y"}) == "/4?q=x+y"
        assert adapter.build("e", {"id": 4, "q": "x"}, append_unknown=False) == "/4"
    with pytest.raises(BuildError, match="Did you forget to specify values"):
        adapter.build("e")


@pytest.mark.parametrize("rule_class", [Rule, RouteRule])
def test_a_variable_that_comes_twice_is_refused_when_it_is_added(rule_class: type[Rule]) -> None:
    with pytest.raises(SyntaxError, match="duplicate"):
        RouteMap([rule_class("/<a>/<a>", endpoint="e")])


@pytest.mark.parametrize("rule_class", [Rule, RouteRule])
def test_a_variable_named_none_is_refused_when_it_is_added(rule_class: type[Rule]) -> None:
    with pytest.raises(ValueError, match="None"):
        RouteMap([rule_class("/<None>", endpoint="e")])


@pytest.mark.parametrize("rule_class", [Rule, RouteRule])
def test_a_default_that_its_converter_refuses_is_refused(rule_class: type[Rule]) -> None:
    with pytest.raises(ValueError, match="is not one of 'a'"):
        RouteMap([rule_class("/<any(a):x>", defaults={"x": "b"}, endpoint="e")])


def test_a_rule_is_a_werkzeug_rule_and_so_are_its_copies() -> None:
    copy = RouteRule("/<a>", endpoint="e").empty()
    assert isinstance(copy, RouteRule)
    assert isinstance(copy, Rule)
