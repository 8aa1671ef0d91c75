"""``python -m bench memory``: what apps and requests hold, and what they leave behind.

Each framework is looked at in a process of its own (`bench.memory_child`), by `tracemalloc`,
which counts every byte that Python allocates and nothing else.
"""

import json
import subprocess
import sys
from argparse import Namespace

from bench.apps import is_installed
from bench.report import OURS, Report

PEERS = (OURS, "Flask")
ROWS = {
    "an idle app, bytes": "idle",
    "a request in flight, bytes": "in_flight",
    "a request in flight that looked at request, session and g, bytes": "in_flight_used",
    "objects left by 10,000 good requests": "left_good",
    "objects left by 10,000 failing requests": "left_failing",
    "resident memory after both, KiB more": "resident",
}
RATIOS = {
    "idle app ÷ Flask's": "an idle app, bytes",
    "request in flight ÷ Flask's": "a request in flight, bytes",
}
NOTE = (
    "Bytes are tracemalloc's. In flight is a thread that waits in the view, less one that waits in "
    "a raw WSGI callable. The garbage collector is off while objects are counted: a cycle shows."
)


def run(_options: Namespace) -> Report:
    """Measure each framework in its own process."""
    return summary({peer: in_child(peer) for peer in PEERS if is_installed(peer)})


def summary(found: dict[str, dict[str, float]]) -> Report:
    """Make the report of what the children found."""
    report = Report("memory", "Memory", "")
    report.rows = {
        row: {peer: numbers[key] for peer, numbers in found.items()} for row, key in ROWS.items()
    }
    for figure, row in RATIOS.items():
        if "Flask" in found:
            report.figures[figure] = report.rows[row][OURS] / report.rows[row]["Flask"]
    for kind in ("good", "failing"):
        figure = f"objects left by 10,000 {kind} requests"
        report.figures[figure] = report.rows[figure][OURS]
    report.notes.append(NOTE)
    return report


def in_child(peer: str) -> dict[str, float]:
    """Measure one framework in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.memory_child", peer],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    numbers: dict[str, float] = json.loads(done.stdout)
    return numbers
