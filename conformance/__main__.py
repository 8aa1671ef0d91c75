"""The command: `python -m conformance NAME…`, or `all`, or `list`, or `--try NAME==VERSION`."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence

from conformance.cache import FetchError
from conformance.environments import SetUpError, python_with
from conformance.running import run_suite
from conformance.suites import Suite, SuiteTable, load
from conformance.trial import TrialError, suite_of
from conformance.verdict import complaints, described

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the suites that the command line names.

    Args:
        argv: The command line; `sys.argv` when None.

    Returns:
        The exit code: 0 when every suite is as expected, 1 when one isn't, 2 for a wrong command.
    """
    table = load()
    options = _parser().parse_args(argv)
    if options.names == ["list"]:
        for suite in table.suites.values():
            print(f"{suite.name:<20} {suite.release}")
        return 0
    if not (options.names or options.releases):
        print("name a suite, or 'all', or 'list', or --try a release", file=sys.stderr)
        return 2
    names = list(table.suites) if options.names == ["all"] else options.names
    unknown = [name for name in names if name not in table.suites]
    if unknown:
        print(f"no suite {unknown[0]!r}; there are: {', '.join(table.suites)}", file=sys.stderr)
        return 2
    results = [_as_expected(table.suites[name], table, options) for name in names]
    results += [_tried(release, table, options) for release in options.releases]
    print(f"conformance: {results.count(True)} of {len(results)} suites as expected", flush=True)
    return 0 if all(results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m conformance",
        description="Run released test suites on Kolben.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a suite, or 'all', or 'list'")
    parser.add_argument(
        "--compare",
        action="store_true",
        help="run on the real Flask too, also the suites whose table does not ask for it",
    )
    parser.add_argument(
        "--try",
        action="append",
        default=[],
        dest="releases",
        metavar="NAME==VERSION",
        help="compare any release whose source carries tests",
    )
    parser.add_argument(
        "--tests",
        action="append",
        default=[],
        metavar="PATH",
        help="with --try: where the tests lie in the source, if that is not found",
    )
    parser.add_argument(
        "--with",
        action="append",
        default=[],
        dest="needs",
        metavar="REQUIREMENT",
        help="with --try: what the tests need beside what the source says",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="with --try: what the source says that the tests need, and is not to be had here",
    )
    parser.add_argument(
        "--pytest",
        action="append",
        default=[],
        metavar="ARGUMENT",
        help="one more argument of pytest, for example --pytest=-x",
    )
    return parser


def _tried(release: str, table: SuiteTable, options: argparse.Namespace) -> bool:
    """Run the tests of a release that the table does not have."""
    try:
        suite = suite_of(release, options.tests, options.needs, options.without)
    except (FetchError, TrialError) as error:
        print(f"{release}\n  NOT AS EXPECTED: {error}", flush=True)
        return False
    # pytest and Werkzeug are those that the release asks for, where it does.
    base = [each for each in table.base if not each.startswith(("pytest==", "werkzeug=="))]
    requirements = {suite.environment: (*base, "pytest", *suite.requirements)}
    return _as_expected(suite, SuiteTable({}, requirements), options)


def _as_expected(suite: Suite, table: SuiteTable, options: argparse.Namespace) -> bool:
    """Run one suite, print what came of it, and tell whether that is as it has to be."""
    try:
        python = python_with(suite.environment, table.requirements[suite.environment])
        kolben = run_suite(suite, "Kolben", python, options.pytest)
        flask = None
        if suite.compare or options.compare:
            flask = run_suite(suite, "Flask", python, options.pytest)
    except (FetchError, SetUpError) as error:
        print(f"{suite.name} ({suite.release})\n  NOT AS EXPECTED: {error}", flush=True)
        return False
    found = complaints(suite, kolben, flask)
    runs = [kolben] if flask is None else [kolben, flask]
    print(f"Python {platform.python_version()}: {described(suite, runs, found)}", flush=True)
    return not found


if __name__ == "__main__":
    raise SystemExit(main())
