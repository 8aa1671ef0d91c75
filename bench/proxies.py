"""``python -m bench proxies``: context-locals and their proxies, beside Werkzeug's."""

import sys
from argparse import Namespace
from collections.abc import Callable
from contextvars import ContextVar
from types import ModuleType
from typing import Any

import werkzeug.local

import kolben.local
from bench.report import OURS, Report
from bench.rounds import Contender, take_times

MODULES = {OURS: kolben.local, "Werkzeug": werkzeug.local}
REPEAT = 20
FIGURE = "request.x through the proxy, ns"
# Where a proxy looks, and what is done with it. `request`: a member of what a variable holds.
CASES = (
    ("request.x", "request.x"),
    ("request.method()", "request.method()"),
    ("request.x = 1", "request.x = 1"),
    ("request is a Request", "isinstance(request, Request)"),
    ("session['k']", "session['k']"),
    ("'k' in session", "'k' in session"),
    ("if session", "not session"),
    ("context.x (variable)", "context.x"),
    ("user.x (callable)", "user.x"),
    ("top.x (LocalStack)", "top.x"),
    ("item.x (Local)", "item.x"),
    ("LocalProxy(function)", "LocalProxy(function)"),
    ("local.x", "local.item"),
    ("local.x = 1", "local.y = 1"),
    ("stack.top", "stack.top"),
    ("stack.push, pop", "stack.push(1); stack.pop()"),
)


class Request:
    """What the proxies stand for: an attribute and a method."""

    def __init__(self):
        self.x = 1

    def method(self):
        return 1


class Context:
    """What the variable holds: shaped like a request context."""

    def __init__(self):
        self.request = Request()
        self.session = {"k": 1}
        self.x = 1


def run(options: Namespace) -> Report:
    """Measure each statement with Kolben's locals and Werkzeug's in turns.

    Args:
        options: `rounds`.
    """
    report = Report("proxies", "Locals and proxies", "ns")
    places = {name: place(module) for name, module in MODULES.items()}
    for title, statement in CASES:
        calls = [Contender(name, repeated(statement, places[name])) for name in places]
        times = take_times(calls, options.rounds)
        report.rows[title] = {name: times.median(name) / REPEAT * 1e9 for name in places}
        if title == "request.x" and sys.version_info >= (3, 13):  # what the goal is set for
            report.figures[FIGURE] = min(times.samples[OURS]) / REPEAT * 1e9
    report.notes.append(
        f"Each call runs a statement {REPEAT} times. Medians; the goal counts the best round."
    )
    return report


def place(module: ModuleType) -> dict[str, Any]:
    """Return the names that the statements use, with one of the two modules behind them."""
    variable: ContextVar[Context] = ContextVar("bench.proxies")
    variable.set(Context())
    local, stack, target = module.Local(), module.LocalStack(), Request()
    local.item = target
    stack.push(target)

    def function():
        return target

    return {
        "Request": Request,
        "LocalProxy": module.LocalProxy,
        "function": function,
        "local": local,
        "stack": stack,
        "request": module.LocalProxy(variable, "request"),
        "session": module.LocalProxy(variable, "session"),
        "context": module.LocalProxy(variable),
        "user": module.LocalProxy(function),
        "top": stack(),
        "item": local("item"),
    }


def repeated(statement: str, names: dict[str, Any]) -> Callable[[Any], Any]:
    """Compile a function that runs a statement `REPEAT` times, written out one after another."""
    scope = dict(names)
    exec("def body(_):\n" + f"    {statement}\n" * REPEAT, scope)
    body: Callable[[Any], Any] = scope["body"]
    return body
