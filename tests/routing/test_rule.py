"""Rules whose builders are compiled late."""

from __future__ import annotations

import pytest
from werkzeug.routing import BuildError, Rule

from kolben.routing import RouteMap, RouteRule
from kolben.routing.rule import tell_of
from kolben.telling import Plans, TellingSet


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


def told() -> tuple[RouteRule, Plans, Plans]:
    """Make a rule, whom it tells, and somebody else."""
    rule, plans = RouteRule("/<a>", endpoint="e", methods=["GET"]), Plans()
    assert tell_of(rule, plans)
    return rule, plans, Plans()


def is_heard(plans: Plans) -> bool:
    """Return whether plans were told to forget since the last time."""
    heard, plans.facts = not plans.facts, {"anything": True}
    return heard


def test_a_rule_tells_of_each_attribute_that_is_set_or_deleted() -> None:
    rule, plans, _ = told()
    is_heard(plans)
    rule.endpoint = "other"
    assert is_heard(plans)
    assert not is_heard(plans)
    del rule.endpoint
    assert is_heard(plans)


def test_a_rule_tells_of_its_methods() -> None:
    rule, plans, _ = told()
    is_heard(plans)
    assert rule.methods is not None
    rule.methods.discard("HEAD")
    assert is_heard(plans)


def test_a_rule_tells_nobody_else() -> None:
    rule, plans, other = told()
    assert not tell_of(rule, other)
    assert tell_of(rule, plans)


@pytest.mark.parametrize("methods", [None, {"GET"}])
def test_a_rule_with_methods_that_cannot_tell_does_not_promise_it(methods: set[str] | None) -> None:
    rule, plans, _ = told()
    rule.methods = methods
    assert not tell_of(rule, plans)


def test_a_rule_with_methods_that_tell_others_does_not_promise_it() -> None:
    rule, plans, other = told()
    rule.methods = other.heed(TellingSet({"GET"}))
    assert not tell_of(rule, plans)


def test_a_rule_of_another_class_does_not_tell() -> None:
    class Own(RouteRule):
        pass

    assert not tell_of(Own("/", endpoint="e", methods=["GET"]), Plans())
    assert not tell_of(Rule("/", endpoint="e", methods=["GET"]), Plans())


def test_a_rule_that_tells_is_like_any_other() -> None:
    rule, _, _ = told()
    copy, another = rule.empty(), RouteRule("/<b>", endpoint="e", methods=["GET"])
    of_werkzeug = Rule("/<a>", endpoint="e", methods=["GET"])
    for each in (rule, copy, another, of_werkzeug):
        RouteMap([each])
    assert rule == copy
    assert copy == rule
    assert another not in (rule, copy)
    assert of_werkzeug not in (rule, copy)
    assert repr(rule).startswith("<RouteRule '/<a>' ")
