"""The command: `python -m conformance [--compare] NAME…`, or `all`, or `list`."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence

from conformance.cache import FetchError
from conformance.environments import SetUpError, python_with
from conformance.running import run_suite
from conformance.suites import Suite, SuiteTable, load
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
    names = list(table.suites) if options.names == ["all"] else options.names
    unknown = [name for name in names if name not in table.suites]
    if unknown:
        print(f"no suite {unknown[0]!r}; there are: {', '.join(table.suites)}", file=sys.stderr)
        return 2
    results = [_as_expected(table.suites[name], table, options) for name in names]
    print(f"conformance: {results.count(True)} of {len(results)} suites as expected", flush=True)
    return 0 if all(results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m conformance",
        description="Run released test suites on Kolben.",
    )
    parser.add_argument("names", nargs="+", metavar="NAME", help="a suite, or 'all', or 'list'")
    parser.add_argument(
        "--compare",
        action="store_true",
        help="run on the real Flask too, also the suites whose table does not ask for it",
    )
    parser.add_argument(
        "--pytest",
        action="append",
        default=[],
        metavar="ARGUMENT",
        help="one more argument of pytest, for example --pytest=-x",
    )
    return parser


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
