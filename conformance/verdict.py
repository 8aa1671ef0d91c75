"""What the runs of a suite say: as text, and as pass or fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from conformance.running import Run
from conformance.suites import Suite

__all__ = ["complaints", "counts", "described"]

#: How many tests that fail on Flask itself are named.
_SHOWN = 10


def counts(run: Run) -> str:
    """Count a run's outcomes.

    Args:
        run: The run.

    Returns:
        For example `490 passed, 0 failed, 0 skipped`.
    """
    number = Counter(run.outcomes.values())
    shown = ["passed", "failed", "skipped"]
    shown += [outcome for outcome in sorted(number) if outcome not in shown]
    return ", ".join(f"{number[outcome]} {outcome}" for outcome in shown)


def complaints(suite: Suite, kolben: Run, flask: Run | None = None) -> list[str]:
    """Say what is not as it has to be.

    Args:
        suite: The suite.
        kolben: Its run on Kolben.
        flask: Its run on the real Flask, if there was one.

    Returns:
        One line per complaint; none when the suite is as expected.
    """
    runs = [kolben] if flask is None else [kolben, flask]
    broken = [f"the run on {run.ground} broke off" for run in runs if not run.completed]
    if not kolben.ids("passed"):
        broken.append("no test passed on Kolben")
    if broken:
        return broken
    found: list[str] = []
    if suite.passed is not None:
        found += _not_exact(suite.passed, kolben)
    elif flask is None:
        found += [f"failed: {nodeid}" for nodeid in kolben.ids("failed")]
    if flask is not None:
        lost = [nodeid for nodeid in flask.ids("passed") if kolben.outcomes.get(nodeid) != "passed"]
        found += [f"passes on Flask, not on Kolben: {nodeid}" for nodeid in lost]
    return found


def _not_exact(expected: int, run: Run) -> Iterable[str]:
    """Hold a run against the exact number of tests that have to pass, with no other outcome."""
    passed = len(run.ids("passed"))
    if passed != expected:
        yield f"{passed} tests passed, {expected} have to"
    for nodeid, outcome in run.outcomes.items():
        if outcome != "passed":
            yield f"{outcome}: {nodeid}"


def described(suite: Suite, runs: Sequence[Run], found: Sequence[str]) -> str:
    """Describe the runs of a suite.

    Args:
        suite: The suite.
        runs: Its runs.
        found: The complaints.

    Returns:
        Several lines of text.
    """
    lines = [f"  on {run.ground + ':':<8}{counts(run)} in {run.seconds:.1f} s" for run in runs]
    for run in runs:
        if run.ground == "Flask":
            lines += _some([f"  fails on Flask: {nodeid}" for nodeid in run.ids("failed")], run)
            lines += ["  passes on Flask, not on Kolben: none"] * (not found)
    lines += [f"  left out: {nodeid} ({reason})" for nodeid, reason in suite.left_out.items()]
    lines += [f"  NOT AS EXPECTED: {line}" for line in found]
    if found:
        lines += [f"  output of the run on {run.ground}: {run.log}" for run in runs]
    return "\n".join(chain([f"{suite.name} ({suite.release})"], lines))


def _some(lines: list[str], run: Run) -> list[str]:
    """Show the first of many lines, and where all of them are."""
    if len(lines) <= _SHOWN:
        return lines
    return [*lines[:_SHOWN], f"  and {len(lines) - _SHOWN} more, in {run.log}"]
