"""A report as text and as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from itertools import groupby

from kolben.drop_in.doctor.findings import COSTS, Finding, Kind, Report

__all__ = ["as_json", "as_text"]


def as_json(reports: Sequence[Report]) -> str:
    """Return reports as one JSON list."""
    return json.dumps([report.as_data() for report in reports], indent=2)


def as_text(report: Report) -> str:
    """Return a report for people.

    Args:
        report: The report.

    Returns:
        Several lines, without the last line break.
    """
    lines = [f"{report.subject} ({_counted(report.files, 'file')})"]
    for kind in Kind:
        found = [each for each in report.findings if each.kind is kind]
        if found:
            lines += ["", f"  {kind}: {COSTS[kind]}"]
            for name, uses in groupby(sorted(found, key=_by_name), key=lambda each: each.name):
                lines += _described(name, list(uses))
    lines += [f"  can't be read: {path} ({reason})" for path, reason in report.unread.items()]
    return "\n".join([*lines, "", f"  {_summary(report)}"])


def _by_name(finding: Finding) -> tuple[str, str, int]:
    return finding.name, finding.path, finding.line


def _described(name: str, uses: list[Finding]) -> list[str]:
    first = uses[0]
    lines = [f"    {name}" + (f"  →  {first.instead}" if first.instead else "")]
    if first.cost:
        lines.append(f"        {first.cost}")
    places = [f"{_short(use.path)}:{use.line}" for use in uses if use.path]
    return lines + [f"        {place}" for place in places]


def _summary(report: Report) -> str:
    counts = [f"{report.count(kind)} {kind}" for kind in Kind if report.count(kind)]
    return ", ".join(counts) if counts else "nothing to report"


def _short(path: str) -> str:
    """Return a path as it is seen from here, if that is shorter."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return min(relative, path, key=len)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
