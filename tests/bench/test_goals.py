"""Goals are decided on the right side, with the margin, and only where something was measured."""

import pytest

from bench.goals import GOALS, Goal, is_failure, judge


@pytest.mark.parametrize(
    ("sense", "value", "margin", "met"),
    [
        ("at least", 10, 0, True),
        ("at least", 9.9, 0, False),
        ("at least", 8, 0.2, True),
        ("at least", 7.9, 0.2, False),
        ("at most", 10, 0, True),
        ("at most", 10.1, 0, False),
        ("at most", 12, 0.2, True),
        ("at most", 12.1, 0.2, False),
    ],
)
def test_goal_is_met_on_its_side_of_the_bound(sense, value, margin, met):
    assert Goal("x", sense, 10).is_met(value, margin) is met


def test_a_bound_of_zero_stays_zero_with_any_margin():
    assert not Goal("left", "at most", 0).is_met(1, margin=0.9)


def test_what_was_not_measured_is_no_failure_and_says_so():
    verdicts = judge("proxies", {}, margin=0)
    assert [v.value for v in verdicts] == [None] * len(GOALS["proxies"])
    assert not any(map(is_failure, verdicts))
    assert "not measured" in str(verdicts[0])


def test_what_was_missed_is_a_failure_and_says_by_how_much():
    (verdict,) = judge("proxies", {"request.x through the proxy, ns": 225.0}, margin=0)
    assert is_failure(verdict)
    assert "MISSED" in str(verdict)
    assert "225 (goal: at most 100)" in str(verdict)


def test_what_was_reached_is_no_failure():
    (verdict,) = judge("proxies", {"request.x through the proxy, ns": 90.0}, margin=0)
    assert not is_failure(verdict)
    assert "reached" in str(verdict)


def test_a_benchmark_without_goals_has_no_verdicts():
    assert judge("http_objects", {"anything": 1.0}, margin=0) == []


def test_no_figure_has_two_goals():
    for goals in GOALS.values():
        names = [goal.figure for goal in goals]
        assert len(names) == len(set(names))
