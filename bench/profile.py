"""``python -m bench profile [CASE…]``: where Kolben's time goes, by cProfile."""

import cProfile
import pstats
from argparse import Namespace

from bench.apps import build
from bench.cases import CASES
from bench.report import OURS
from bench.wsgi import driver

CALLS = 20_000
LINES = 25


def run(options: Namespace) -> None:
    """Profile the cases named, or the first; print the functions that take most time themselves."""
    app = build(OURS)
    for case in CASES:
        if case.name not in (options.only or [CASES[0].name]):
            continue
        drive, fresh = driver(app), case.check(OURS, app).environs()
        profiler = cProfile.Profile()
        for _ in range(CALLS):
            environ = fresh()
            profiler.enable()
            drive(environ)
            profiler.disable()
        print(f"## {case.name}: {CALLS:,} requests (seconds ÷ {CALLS:,} = a request's)")
        pstats.Stats(profiler).sort_stats("tottime").print_stats(LINES)
