"""``python -m bench burst``: how long fast requests take among slow ones, a thousand at once.

Half of them are to a sync view that sleeps for 50 ms, half to an async one that answers at once.
The server, Uvicorn or Granian, has one worker on one core; the client is a process of its own on
another (`bench.burst_client`).
"""

import json
import subprocess
import sys
from argparse import Namespace
from contextlib import ExitStack
from importlib.util import find_spec
from statistics import median
from urllib.parse import urlsplit

from bench.apps import INSTALL
from bench.burst_client import CASES
from bench.report import OURS, CannotMeasureError, Report
from bench.wire import RAW, cores, require_tools, serving

ROUNDS = 5
FILES = 4096
TARGETS = {
    OURS: "bench.apps.burst_apps:kolben",
    "Starlette": "bench.apps.burst_apps:starlette",
    RAW: "bench.apps.burst_apps:raw",
}
SERVERS = ("uvicorn", "granian")
JUDGED = "granian, mixed"

Found = dict[str, dict[str, list[float]]]


def run(options: Namespace) -> Report:
    """Measure all servers in turns, for five rounds at most."""
    require_tools()
    for module in (*SERVERS, "starlette"):
        if find_spec(module) is None:
            raise CannotMeasureError(f"{module} is not installed: {INSTALL}")
    allow_files()
    found: Found = {}
    with ExitStack() as stack:
        served = {
            (server, peer): stack.enter_context(serving(target, "asgi", server))
            for server in SERVERS
            for peer, target in TARGETS.items()
        }
        for _ in range(min(options.rounds, ROUNDS)):
            for case in CASES:
                for (server, peer), url in served.items():
                    row = found.setdefault(f"{server}, {case}", {})
                    row.setdefault(peer, []).append(ask(url, case)["p99"])
    return summary(found)


def allow_files() -> None:
    """Let this process, and those that it starts, open as many files as this takes.

    Raises:
        CannotMeasureError: The system does not allow it.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        raise CannotMeasureError(f"{FILES} open files are needed, and {hard} allowed: ulimit -Hn")
    if soft != resource.RLIM_INFINITY and soft < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))


def ask(url: str, case: str) -> dict[str, float]:
    """Let the client ask from the second core.

    Raises:
        CannotMeasureError: Not every request was answered rightly.
    """
    command = ["taskset", "-c", str(cores()[1]), sys.executable, "-m", "bench.burst_client"]
    done = subprocess.run(
        [*command, str(urlsplit(url).port), case], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotMeasureError(f"{case}: {done.stderr}")
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def summary(found: Found) -> Report:
    """Make the report of all rounds."""
    report = Report("burst", "Fast requests among slow ones, a thousand at once: p99", "ms")
    for case, rounds in found.items():
        report.rows[case] = {peer: median(times) for peer, times in rounds.items()}
    report.notes.append(
        f"One worker on core {cores()[0]}, the client on core {cores()[1]}; half of the thousand"
        " are to a view that sleeps for 50 ms, and the other half, which are timed, to one that"
        " answers at once. Those are made at once on connections that are open, in this order, or"
        " on new ones; or, all the time, each as soon as the one before it is answered. The raw"
        " callable needs no threads: it is what the server itself takes. Medians of rounds that"
        f" take turns; a goal counts the best round of '{JUDGED}'."
    )
    best = {peer: min(times) for peer, times in found[JUDGED].items()}
    report.figures["p99 of the fast ones, ms"] = best[OURS]
    report.figures["p99 of the fast ones ÷ Starlette's"] = best[OURS] / best["Starlette"]
    return report
