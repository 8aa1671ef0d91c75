"""``python -m bench imports``: the time to import a framework, and to ask for --help."""

import os
import subprocess
import sys
from argparse import Namespace
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.apps import PEERS, is_installed
from bench.report import OURS, Report

IN_CHILD = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
FIRST_APP = {
    OURS: "import kolben; kolben.Kolben('app')",
    "Flask": "import flask; flask.Flask('app')",
    "Falcon": "import falcon; falcon.App()",
    "Bottle": "import bottle; bottle.Bottle()",
}
HELP = {OURS: "kolben", "Flask": "flask"}


class Children:
    """Fresh processes of Python, whose bytecode is written to a folder of its own.

    The first round, which is not counted, writes it. An environment that forbids bytecode
    (``PYTHONDONTWRITEBYTECODE``), and a checkout that was never compiled, would have the compiler
    measured instead, and for Kolben alone: pip compiles what it installs.

    Args:
        bytecode: The folder.
    """

    def __init__(self, bytecode: str) -> None:
        self.environ = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        self.environ.pop("PYTHONDONTWRITEBYTECODE", None)

    def output_of(self, *words: str) -> str:
        """Run Python with these words and return what it printed."""
        done = subprocess.run(
            [sys.executable, *words], check=True, capture_output=True, text=True, env=self.environ
        )
        return done.stdout

    def import_seconds(self, peer: str) -> float:
        """Import in a fresh process; return the seconds that it took in there."""
        return self.seconds_within(f"import {PEERS[peer][0]}")

    def first_app_seconds(self, peer: str) -> float:
        """Import and make an app in a fresh process: what `import` alone may put off."""
        return self.seconds_within(FIRST_APP[peer])

    def seconds_within(self, code: str) -> float:
        """Return the seconds that a statement took in a fresh process."""
        return float(self.output_of("-c", IN_CHILD.format(code)))

    def help_seconds(self, peer: str) -> float:
        """Ask the command line for help; return the seconds that the process took."""
        start = perf_counter()
        self.output_of("-m", HELP[peer], "--help")
        return perf_counter() - start


def run(options: Namespace) -> Report:
    """Measure in fresh processes that take turns, so that each one imports everything anew."""
    with TemporaryDirectory() as bytecode:
        return measure(Children(bytecode), options)


def measure(children: Children, options: Namespace) -> Report:
    """Measure the imports, the first apps, and the command lines."""
    peers = [peer for peer in PEERS if is_installed(peer)]
    report = Report("imports", "Imports and start of the command line", "ms")
    report.rows["import"] = in_turns(dict.fromkeys(peers, children.import_seconds), options.rounds)
    makers = [peer for peer in FIRST_APP if peer in peers]
    first_app = in_turns(dict.fromkeys(makers, children.first_app_seconds), options.rounds)
    report.rows["import, make an app"] = first_app
    speakers = [peer for peer in HELP if peer in peers]
    report.rows["--help"] = in_turns(dict.fromkeys(speakers, children.help_seconds), options.rounds)
    for row, figure in (
        ("import", "import kolben ÷ import flask"),
        ("--help", "kolben --help ÷ flask --help"),
    ):
        if gain := report.gain(row, "Flask"):
            report.figures[figure] = 1 / gain
    report.notes = [
        "Medians of fresh processes that take turns; --help counts the start of Python too."
    ]
    return report


def in_turns(measures, rounds: int) -> dict[str, float]:
    """Return each peer's median in milliseconds; a round before warms the disk's cache."""
    times: dict[str, list[float]] = {peer: [] for peer in measures}
    for number in range(rounds + 1):
        for peer, measure in measures.items():
            seconds = measure(peer)
            if number:
                times[peer].append(seconds)
    return {peer: median(found) * 1e3 for peer, found in times.items()}
