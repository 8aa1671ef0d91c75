"""``python -m bench routes``: matching paths and building URLs, beside Werkzeug's map.

The rule that is looked for is the last of its table, so whoever tries rules one after the other
shows it. Kolben and Werkzeug work on the same map, and have to agree before they are timed.
"""

import gc
from argparse import Namespace
from time import thread_time
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, MapAdapter, Rule

from bench.proxies import REPEAT, repeated
from bench.report import OURS, Report
from bench.rounds import Contender, Times, take_times
from kolben.routing import NO_MATCH, RouteMap, RouteRule

WERKZEUG = "Werkzeug"
SMALL, LARGE = 10, 10_000
SIZES = (SMALL, 100, 1_000, LARGE)
ADDED = 2_000
# The rule that is looked for, and a path that it matches.
MATCHES = {
    "static": ("/last", "/last"),
    "dynamic": ("/last/<int:id>", "/last/42"),
    "text": ("/last/<name>", "/last/somebody"),
    "two variables": ("/last/<name>/entry/<int:id>", "/last/somebody/entry/42"),
    "mixed": ("/last/<name>.<kind>", "/last/page.html"),
    "path": ("/last/<path:name>", "/last/css/site.css"),
    "uuid": ("/last/<uuid:id>", "/last/12345678-1234-5678-1234-567812345678"),
    "404": ("/last", "/nowhere/at/all"),
}
FLAT = ("static", "dynamic")
DYNAMIC = "dynamic match, µs"
ORDINARY = ("dynamic", "text", "two variables")
BUILDS = {
    "build, static": ("/last", {}),
    "build, number": ("/last/<int:id>", {"id": 42}),
    "build, text": ("/last/<name>", {"name": "some-body"}),
    "build, query": ("/last/<int:id>", {"id": 42, "page": "2"}),
}


def run(options: Namespace) -> Report:
    """Measure matching on tables of all sizes, then building, then adding.

    Args:
        options: `rounds`.
    """
    report = Report("routes", "Routes", "µs")
    for title, (rule, path) in MATCHES.items():
        measure_match(report, title, rule, path, options.rounds)
    for title, (rule, values) in BUILDS.items():
        measure_build(report, title, rule, values, options.rounds)
    report.rows[f"add a rule (of {ADDED:,})"] = {
        OURS: time_of_adding(RouteMap, RouteRule),
        WERKZEUG: time_of_adding(Map, Rule),
    }
    report.notes.append(
        f"The rule found is the last of its table. Medians of calls run {REPEAT} in a row. The goal"
        f" for a dynamic match counts the best round of the slowest of {', '.join(ORDINARY)}, with"
        f" {LARGE:,} rules; making a uuid.UUID takes most of what the uuid row takes."
    )
    return report


def measure_match(report: Report, title: str, rule: str, path: str, rounds: int) -> None:
    """Match one path on tables of all sizes, in turns; note how flat that is where a goal asks."""
    maps = {size: RouteMap(table(size, rule)) for size in SIZES}
    calls = []
    for size, url_map in maps.items():
        names = {"url_map": url_map, "adapter": url_map.bind("example.com"), "path": path}
        names["match"] = werkzeug_match
        agree(url_map.match_path(path, "GET"), werkzeug_match(names["adapter"], path), path)
        calls += both(size, "url_map.match_path(path, 'GET')", "match(adapter, path)", names)
    times = take_times(calls, rounds)
    for size in SIZES:
        report.rows[f"{title}, {size:,} rules"] = medians(times, size)
    if title in ORDINARY:
        best = min(times.samples[f"{OURS} {LARGE}"]) / REPEAT * 1e6
        report.figures[DYNAMIC] = max(best, report.figures.get(DYNAMIC, 0))
    if title in FLAT:
        flat = times.ratio(f"{OURS} {LARGE}", f"{OURS} {SMALL}")
        report.figures[f"{title} match, {LARGE:,} rules ÷ {SMALL} rules"] = flat


def measure_build(
    report: Report, title: str, rule: str, values: dict[str, Any], rounds: int
) -> None:
    """Build one URL on a table of usual size."""
    url_map = RouteMap(table(100, rule))
    names = {"url_map": url_map, "adapter": url_map.bind("example.com"), "values": values}
    agree(url_map.build_path("last", values), names["adapter"].build("last", values), rule)
    ours, theirs = "url_map.build_path('last', values)", "adapter.build('last', values)"
    report.rows[title] = medians(take_times(both(100, ours, theirs, names), rounds), 100)


def both(size: int, ours: str, theirs: str, names: dict[str, Any]) -> list[Contender]:
    """Return the two contenders on one table."""
    return [
        Contender(f"{OURS} {size}", repeated(ours, names)),
        Contender(f"{WERKZEUG} {size}", repeated(theirs, names)),
    ]


def medians(times: Times, size: int) -> dict[str, float]:
    """Return a row, in microseconds a call."""
    return {name: times.median(f"{name} {size}") / REPEAT * 1e6 for name in (OURS, WERKZEUG)}


def table(size: int, last: str, rule_class: type[Rule] = RouteRule) -> list[Rule]:
    """Return rules as an app has them: static and dynamic, and `last` at the end."""
    kinds = ("/r{0}", "/r{0}/<int:id>", "/r{0}/<name>/edit", "/api/r{0}/<int:id>/<path:rest>")
    rules = [
        rule_class(kinds[number % 4].format(number), endpoint=number, methods=["GET"])
        for number in range(size - 1)
    ]
    return [*rules, rule_class(last, endpoint="last", methods=["GET"])]


def werkzeug_match(adapter: MapAdapter, path: str) -> object:
    """Match with Werkzeug; its 404 is an answer, too."""
    try:
        return adapter.match(path, "GET", return_rule=True)
    except NotFound:
        return NO_MATCH


def agree(ours: object, theirs: object, what: str) -> None:
    """Stop the benchmark if the two don't do the same.

    Raises:
        RuntimeError: They don't.
    """
    if ours != theirs:
        raise RuntimeError(f"{what}: Kolben says {ours!r}, Werkzeug {theirs!r}")


def time_of_adding(map_class: type[Map], rule_class: type[Rule]) -> float:
    """Return the microseconds a rule takes from being made until the first path is matched."""
    gc.collect()
    start = thread_time()
    url_map = map_class(table(ADDED, "/last/<x>", rule_class))
    if isinstance(url_map, RouteMap):
        url_map.match_path("/last/x", "GET")
    url_map.bind("example.com").match("/last/x", "GET")
    return (thread_time() - start) / ADDED * 1e6
