"""``python -m bench wire``: requests a second through a real server.

One Granian worker is pinned to one core and wrk to another. All servers are there from the start,
and take turns of a second, over WSGI and then over ASGI: others' programs slow a whole turn, and
what counts is the ratio within turns. The raw callable and ours are asked in pairs, several times
in each turn, since the goal between them is the narrowest. All answer "Hello, World!" from an app
with a hundred routes.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from statistics import mean, median
from time import monotonic
from urllib.error import URLError
from urllib.request import urlopen

from bench.apps import INSTALL, is_installed
from bench.apps.asgi_apps import ASGI_PEERS
from bench.report import OURS, CannotMeasureError, Report

# With 16 the server's two threads wait for wrk as often as they work, and it decides how the system
# wakes them: a raw callable then answers less than Falcon. With 64 the server is what is slow.
CONNECTIONS = 64
SECONDS = 1
PATIENCE = 20.0
ROUNDS = 5
TURNS = 3  # of each round
PAIRS = 3  # of the raw callable and us in each turn, where there is more than one round
RAW = "raw callable"
TARGETS = {RAW: "bench.wsgi:raw"} | {
    peer: f"bench.apps.{peer.lower()}_app:build" for peer in (OURS, "Falcon", "Flask")
}
ASGI_TARGETS = {RAW: "bench.apps.asgi_apps:raw"} | {
    peer: f"bench.apps.asgi_apps:{factory}" for peer, (_, factory) in ASGI_PEERS.items()
}


def run(options: Namespace) -> Report:
    """Measure each server in turns, for five rounds at most."""
    require_tools()
    targets = {peer: t for peer, t in TARGETS.items() if peer == RAW or is_installed(peer)}
    over_asgi = {
        peer: target
        for peer, target in ASGI_TARGETS.items()
        if peer == RAW or find_spec(ASGI_PEERS[peer][0])
    }
    rounds = min(options.rounds, ROUNDS)
    report = summary(measure(targets, rounds, "wsgi"))
    add_asgi(report, measure(over_asgi, rounds, "asgi"))
    return report


def measure(targets: dict[str, str], rounds: int, interface: str) -> dict[str, list[float]]:
    """Ask each target in turns; give its rates, for each turn the mean."""
    found: dict[str, list[float]] = {peer: [] for peer in targets}
    pairs = [RAW, OURS] * (PAIRS if rounds > 1 else 1)
    order = pairs + [peer for peer in targets if peer not in pairs]
    with ExitStack() as stack:
        urls = {
            peer: stack.enter_context(serving(target, interface))
            for peer, target in targets.items()
        }
        for url in urls.values():
            requests_a_second(url)  # warms up
        for _ in range(rounds * TURNS):
            turn: dict[str, list[float]] = {peer: [] for peer in urls}
            for peer in order:
                turn[peer].append(requests_a_second(urls[peer]))
            for peer, rates in turn.items():
                found[peer].append(mean(rates))
    return found


def share(found: dict[str, list[float]], peer: str) -> float:
    """Give our rate as a part of a peer's: of the ratios within turns the median."""
    return median(ours / theirs for ours, theirs in zip(found[OURS], found[peer], strict=True))


def add_asgi(report: Report, found: dict[str, list[float]]) -> None:
    """Add the rates over ASGI to a report."""
    rates = {peer: median(rounds) for peer, rounds in found.items()}
    report.rows["hello, ASGI"] = {OURS: rates[OURS]} | rates
    for peer in rates:
        if peer != OURS:
            figure = "raw callable's" if peer == RAW else f"{peer}'s"
            report.figures[f"ASGI requests/s ÷ {figure}"] = share(found, peer)


def summary(found: dict[str, list[float]]) -> Report:
    """Make the report of all rounds' rates over WSGI."""
    rates = {peer: median(rounds) for peer, rounds in found.items()}
    report = Report(
        "wire", "On the wire: one Granian worker on one core", "requests/s", more_is_better=True
    )
    report.rows["hello"] = {OURS: rates[OURS]} | rates
    for peer, figure in ((RAW, "raw callable's"), ("Falcon", "Falcon's"), ("Flask", "Flask's")):
        if peer in rates:
            report.figures[f"requests/s ÷ {figure}"] = share(found, peer)
    report.notes.append(
        f"Granian on core {cores()[0]}, wrk on core {cores()[1]} with one thread and "
        f"{CONNECTIONS} connections for {SECONDS} s; medians of {len(found[OURS])} turns each; "
        "a goal counts the median of the ratios within turns."
    )
    return report


def require_tools() -> None:
    """Find what is needed.

    Raises:
        CannotMeasureError: A tool is missing, or there is only one core.
    """
    if find_spec("granian") is None:
        raise CannotMeasureError(f"Granian is not installed: {INSTALL}")
    for tool, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(tool) is None:
            raise CannotMeasureError(f"{tool} is not on the PATH: apt-get install {package}")
    if len(set(cores())) < 2:
        raise CannotMeasureError("server and client need a core each, and there is one")


def cores() -> tuple[int, int]:
    """Return the server's core and the client's; the same one where this process has no other."""
    first, *others = sorted(os.sched_getaffinity(0))
    return first, others[0] if others else first


@contextmanager
def serving(target: str, interface: str = "wsgi", program: str = "granian") -> Iterator[str]:
    """Serve a target on the first core; give its URL once it answers rightly."""
    port = free_port()
    factory = [] if target.endswith(":raw") else ["--factory"]
    command = [
        "taskset", "-c", str(cores()[0]), sys.executable, "-m", program, target, *factory,
        "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--log-level", "error",
    ]  # fmt: skip
    if program == "granian":
        blocking = ["--blocking-threads", "1"] if interface == "wsgi" else []
        command += ["--interface", interface, *blocking, "--runtime-threads", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{port}/"
            await_answer(url, server)
            yield url
        finally:
            server.terminate()


def await_answer(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Ask until the server answers, and see that it says the right thing.

    Raises:
        CannotMeasureError: The server ended, or did not answer in time, or wrongly.
    """
    until = monotonic() + PATIENCE
    while monotonic() < until and server.poll() is None:
        try:
            with urlopen(url, timeout=1) as answer:
                if answer.read() == b"Hello, World!":
                    return
                raise CannotMeasureError(f"{server.args} answers wrongly")
        except (URLError, ConnectionError, TimeoutError):
            continue
    raise CannotMeasureError(f"no answer from {server.args}")


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port: int = asking.getsockname()[1]
        return port


def requests_a_second(url: str) -> float:
    """Let wrk ask from the second core."""
    wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", url]
    command = ["taskset", "-c", str(cores()[1]), *wrk]
    return read_wrk(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def read_wrk(said: str) -> float:
    """Read the rate from what wrk says.

    Raises:
        CannotMeasureError: Some answers were errors, or there is no rate.
    """
    rate = re.search(r"^Requests/sec:\s*([\d.]+)", said, re.MULTILINE)
    if rate is None or "Non-2xx" in said:
        raise CannotMeasureError(f"wrk says: {said}")
    return float(rate[1])
