"""What runs say."""

from pathlib import Path

import pytest

from conformance.running import Run
from conformance.verdict import complaints, counts, described


def run(ground="Kolben", completed=True, **outcomes):
    return Run(ground, outcomes, completed, 1.25, Path("log"))


def test_counts_name_the_usual_outcomes_and_the_others_there_are():
    text = counts(run(a="passed", b="passed", c="expected failure"))
    assert text == "2 passed, 0 failed, 0 skipped, 1 expected failure"


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ({"a": "passed", "b": "passed"}, []),
        ({"a": "passed"}, ["1 tests passed, 2 have to"]),
        ({"a": "passed", "b": "failed"}, ["1 tests passed, 2 have to", "failed: b"]),
        ({"a": "passed", "b": "passed", "c": "skipped"}, ["skipped: c"]),
    ],
)
def test_an_exact_suite_passes_whole_or_not_at_all(made_up, outcomes, expected):
    assert complaints(made_up(passed=2), run(**outcomes)) == expected


def test_without_a_number_nothing_may_fail(made_up):
    assert complaints(made_up(), run(a="passed", b="skipped", c="failed")) == ["failed: c"]


def test_a_comparison_asks_only_for_what_passes_on_flask(made_up):
    flask = run("Flask", a="passed", b="passed", c="failed", d="passed")
    kolben = run("Kolben", a="passed", b="failed", c="failed")
    assert complaints(made_up(), kolben, flask) == [
        "passes on Flask, not on Kolben: b",
        "passes on Flask, not on Kolben: d",
    ]


def test_a_run_without_a_passed_test_is_no_success(made_up):
    assert complaints(made_up(), run()) == ["no test passed on Kolben"]


def test_a_run_that_broke_off_is_no_success(made_up):
    flask = run("Flask", completed=False, a="passed")
    assert complaints(made_up(), run(a="passed"), flask) == ["the run on Flask broke off"]


def test_the_description_has_both_counts_and_what_is_wrong(made_up):
    flask = run("Flask", a="passed", b="failed")
    kolben = run("Kolben", a="failed", b="failed")
    suite = made_up(left_out={"c": "needs a server"})
    assert described(suite, [kolben, flask], ["passes on Flask, not on Kolben: a"]) == (
        "made-up (made_up==1.0)\n"
        "  on Kolben: 0 passed, 2 failed, 0 skipped in 1.2 s\n"
        "  on Flask:  1 passed, 1 failed, 0 skipped in 1.2 s\n"
        "  fails on Flask: b\n"
        "  left out: c (needs a server)\n"
        "  NOT AS EXPECTED: passes on Flask, not on Kolben: a\n"
        "  output of the run on Kolben: log\n"
        "  output of the run on Flask: log"
    )


def test_the_description_says_that_nothing_was_lost(made_up):
    flask = run("Flask", a="passed")
    text = described(made_up(), [run(a="passed"), flask], [])
    assert text.endswith("\n  passes on Flask, not on Kolben: none")


def test_of_many_failures_on_flask_the_first_are_named(made_up):
    flask = run("Flask", **{f"t{number}": "failed" for number in range(12)})
    text = described(made_up(), [run(a="passed"), flask], [])
    assert "  fails on Flask: t9\n  and 2 more, in log\n" in text
