"""What a benchmark hands back, and how it is shown: as a table, as JSON, as a picture."""

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass, field
from math import prod
from pathlib import Path
from textwrap import wrap
from typing import Any

OURS = "Kolben"
WIDTH = 96


class CannotMeasureError(Exception):
    """Something that a benchmark needs is not here; the text says how to get it."""


@dataclass
class Report:
    """Numbers in rows (what was done) and columns (who did it), and what follows from them.

    Args:
        name: The benchmark's name, as on the command line.
        title: What was measured.
        unit: What the numbers count: ``µs``, ``ms``, ``bytes``, ``requests/s``…
        rows: For each row the number of each column; a column that has none is left out.
        more_is_better: Whether a higher number is the better one.
        figures: What goals are set for, by name (see `bench.goals`).
        notes: How to read the numbers, a paragraph each.
    """

    name: str
    title: str
    unit: str
    rows: dict[str, dict[str, float]] = field(default_factory=dict)
    more_is_better: bool = False
    figures: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def columns(self) -> list[str]:
        """Return every column's name once, in order of appearance."""
        return list(dict.fromkeys(name for row in self.rows.values() for name in row))

    def peers(self) -> list[str]:
        """Return the columns that Kolben is held against."""
        return [name for name in self.columns() if name != OURS]

    def gain(self, row: str, peer: str) -> float | None:
        """Return how many times better Kolben is than a peer in a row."""
        numbers = self.rows[row]
        if OURS not in numbers or peer not in numbers:
            return None
        pair = (
            (numbers[OURS], numbers[peer])
            if self.more_is_better
            else (numbers[peer], numbers[OURS])
        )
        return pair[0] / pair[1] if pair[1] else None


def geometric_mean(numbers: list[float]) -> float:
    """Return the geometric mean, the right one for ratios.

    Raises:
        ValueError: There are no numbers.
    """
    if not numbers:
        raise ValueError("the geometric mean of no numbers does not exist")
    return prod(number ** (1 / len(numbers)) for number in numbers)


def table(report: Report) -> str:
    """Draw the report as text: the numbers, and what Kolben gains over each peer."""
    peers = [peer for peer in report.peers() if any(report.gain(row, peer) for row in report.rows)]
    head = [f"{report.unit}", *report.columns(), *(f"× {peer}" for peer in peers)]
    lines = [
        [
            row,
            *(number(report.rows[row].get(column)) for column in report.columns()),
            *(number(report.gain(row, peer)) for peer in peers),
        ]
        for row in report.rows
    ]
    return "\n".join([f"## {report.title}", "", *aligned([head, *lines]), *notes(report)])


def notes(report: Report) -> list[str]:
    """Return the notes as wrapped paragraphs, each after an empty line."""
    return [line for note in report.notes for line in ("", *wrap(note, WIDTH))]


def number(value: float | None) -> str:
    """Write a number with three digits that count, or a dash for none."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def aligned(lines: list[list[str]]) -> list[str]:
    """Lay cells out as a Markdown table whose columns line up: the first left, the others right."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = [
        [line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]
        for line in lines
    ]
    return [f"| {' | '.join(cells)} |" for cells in (padded[0], rule, *padded[1:])]


def machine() -> dict[str, str]:
    """Describe where the numbers come from."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "build": "debug" if hasattr(sys, "gettotalrefcount") else "release",
    }


def processor() -> str:
    """Return the processor's name where the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def as_json(reports: list[Report]) -> str:
    """Write the reports and the machine as JSON."""
    everything: dict[str, Any] = {
        "machine": machine(),
        "reports": [asdict(report) for report in reports],
    }
    return json.dumps(everything, indent=2, ensure_ascii=False)
