"""Measure, show, and hold against the goals: ``python -m bench [BENCH]``."""

import sys
from argparse import Namespace
from importlib import import_module

from bench.goals import Verdict, is_failure, judge
from bench.options import read_options
from bench.report import CannotMeasureError, Report, as_json, machine, table

BENCHES = ("inprocess", "hops", "routes", "proxies", "imports", "memory", "wire", "burst")
DETAILS = ("http_objects", "profile")  # no goals are set for these, so all leaves them out


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; return the exit status."""
    options = read_options((*BENCHES, *DETAILS), arguments)
    reports = [report for name in chosen(options) if (report := measure(name, options))]
    verdicts = [
        verdict
        for report in reports
        for verdict in judge(report.name, report.figures, options.margin)
        if not (options.ratios and verdict.goal.is_time)
    ]
    print(as_json(reports) if options.json else as_text(reports, verdicts))
    if options.plot:
        from bench.plot import draw

        draw(reports, options.plot)
    return 1 if options.check and any(map(is_failure, verdicts)) else 0


def chosen(options: Namespace) -> tuple[str, ...]:
    """Return the names of the benchmarks to run."""
    if options.bench == "all" or (options.bench is None and options.check):
        return BENCHES
    return (options.bench or "inprocess",)


def measure(name: str, options: Namespace) -> Report | None:
    """Run one benchmark; one that can't be run here says why, and is left out among others."""
    try:
        return import_module(f"bench.{name}").run(options)
    except CannotMeasureError as reason:
        if options.bench == name:
            sys.exit(f"{name}: {reason}")
        print(f"{name}: not measured: {reason}", file=sys.stderr)
        return None


def as_text(reports: list[Report], verdicts: list[Verdict]) -> str:
    """Write the machine, the tables and the verdicts."""
    where = ", ".join(f"{key} {value}" for key, value in machine().items())
    parts = [f"({where})", *map(table, reports)]
    if verdicts:
        parts.append("\n".join(["## Goals", "", *map(str, verdicts)]))
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
