"""A pytest plugin that notes each test's outcome, in the process that runs a suite.

It lies in a folder of its own, which is all of this repository that a suite finds on `sys.path`
beside Kolben's sources. Each line of the file named by `$KOLBEN_RECORD` is a JSON pair: a test's
node id, and how one phase of it ended.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

_RECORD = Path(os.environ["KOLBEN_RECORD"])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how a phase of a test ended, unless it is a set-up or tear-down that went well."""
    if report.when == "call" or not report.passed:
        _note(report.nodeid, "expected failure" if hasattr(report, "wasxfail") else report.outcome)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note a file that could not be collected, or was skipped whole."""
    if not report.passed:
        _note(report.nodeid, report.outcome)


def _note(nodeid: str, outcome: str) -> None:
    with _RECORD.open("a", encoding="utf-8") as record:
        record.write(json.dumps([nodeid, outcome]) + "\n")
