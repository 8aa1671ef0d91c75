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


class Own(RouteRule):
    """A class of an app's own."""


class Computed(RouteRule):
    """One whose endpoints nobody sets."""

    @property
    def endpoint(self) -> str:
        return "computed"

    @endpoint.setter
    def endpoint(self, endpoint: str) -> None:
        pass


class Final(RouteRule):
    """One that wants to know something of its subclasses."""

    def __init_subclass__(cls, *, reason: str) -> None:
        pass


class Slotted(RouteRule):
    """One with a slot."""

    __slots__ = ("more",)


class Equal(RouteRule):
    """One with an equality of its own."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rule)

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("rule_class", [Rule, Computed, Final])
def test_a_rule_that_cannot_tell_does_not_promise_it(rule_class: type[Rule]) -> None:
    assert not tell_of(rule_class("/", endpoint="e", methods=["GET"]), Plans())


def test_a_rule_that_was_made_from_one_that_tells_may_tell_others() -> None:
    rule, plans, other = told()
    copy = rule.empty()
    assert tell_of(copy, other)
    is_heard(plans)
    copy.endpoint = "other"
    assert is_heard(other)
    assert not is_heard(plans)


@pytest.mark.parametrize("rule_class", [RouteRule, Own, Slotted])
def test_a_rule_that_tells_is_like_any_other(rule_class: type[RouteRule]) -> None:
    paths = ["/<a>", "/<a>", "/<b>"]
    rule, same, another = (rule_class(p, endpoint="e", methods=["GET"]) for p in paths)
    others = [cls("/<a>", endpoint="e", methods=["GET"]) for cls in (Rule, RouteRule, Own)]
    others = [other for other in others if type(other) is not rule_class]
    assert tell_of(rule, Plans())
    for each in (rule, same, another, *others):
        RouteMap([each])
    assert rule == same
    assert same == rule
    assert another not in (rule, same)
    assert not any(rule == other or other == rule for other in others)
    assert repr(rule) == repr(same)
    assert isinstance(rule, rule_class)
    with pytest.raises(TypeError, match=f"unhashable type: '{rule_class.__name__}'"):
        hash(rule)


def test_a_rule_that_tells_keeps_the_equality_of_its_class() -> None:
    rule = Equal("/", endpoint="e", methods=["GET"])
    assert tell_of(rule, Plans())
    assert rule == Rule("/other", endpoint="f")
