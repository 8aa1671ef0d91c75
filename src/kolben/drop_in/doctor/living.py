"""Looking at a loaded app: what it overrides, and what its requests come by."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from kolben.drop_in.doctor import rules
from kolben.drop_in.doctor.calls import ASYNC_COST
from kolben.drop_in.doctor.findings import Finding, Kind
from kolben.http import Request
from kolben.json.provider import DefaultJSONProvider
from kolben.way import ORIGINALS

if TYPE_CHECKING:
    from kolben.app import Kolben

__all__ = ["examine"]

#: Measured with "Hello, World!": 4 µs in the straight lane, 15 to 28 µs with one override.
_OVERRIDE_COST = "a small request takes four to seven times as long"
_ADAPTER_COST = "each request goes through Werkzeug's matcher: a small one takes 15 times as long"


def examine(app: Kolben) -> list[Finding]:
    """Look at an app.

    Args:
        app: The app.

    Returns:
        What was found, by where it is.
    """
    return sorted({*_overrides(app), *_hooks(app), *_interfaces(app), *_coders(app)})


def _place(thing: Any) -> tuple[str, int]:
    """Return the file and the line where a function or a class is, as far as it can be told."""
    try:
        plain = inspect.unwrap(getattr(thing, "__func__", thing))
        path = inspect.getsourcefile(plain) or "?"
        code = getattr(plain, "__code__", None)
        line = code.co_firstlineno if code else inspect.getsourcelines(plain)[1]
    except (OSError, TypeError):
        return "?", 0
    return path, line


def _overrides(app: Kolben) -> Iterator[Finding]:
    cls = type(app)
    for name, original in ORIGINALS.items():
        method = vars(app).get(name, getattr(cls, name))
        if method is original:
            continue
        path, line = _place(method)
        owner = "app" if name in vars(app) else _definer(cls, name).__name__
        cost = _ADAPTER_COST if name == "create_url_adapter" else _OVERRIDE_COST
        instead = rules.OVERRIDES.get(name, "a hook")
        yield Finding(path, line, Kind.OVERRIDDEN, f"{owner}.{name}", instead, cost)
    if app.subdomain_matching or app.url_map.host_matching:
        cost = "each request goes through Werkzeug's matcher, which is asked by host"
        name = "host_matching" if app.url_map.host_matching else "subdomain_matching"
        yield Finding("", 0, Kind.SLOW, name, "", cost)


def _definer(cls: type, name: str) -> type:
    return next(each for each in cls.__mro__ if name in vars(each))


def _hooks(app: Kolben) -> Iterator[Finding]:
    for kind in ("before_request_funcs", "after_request_funcs", "teardown_request_funcs"):
        for functions in getattr(app, kind).values():
            yield from _async(functions, kind.removesuffix("_funcs"))
    yield from _async(app.teardown_appcontext_funcs, "teardown_appcontext")
    for function in app.before_first_request_funcs:
        path, line = _place(function)
        name = f"before_first_request({getattr(function, '__name__', function)})"
        instead = rules.ATTRIBUTES["before_first_request"]
        yield Finding(path, line, Kind.REMOVED, name, instead)


def _async(functions: list[Callable[..., Any]], kind: str) -> Iterator[Finding]:
    for function in functions:
        if inspect.iscoroutinefunction(function):
            path, line = _place(function)
            name = f"async def {function.__name__} as {kind}"
            instead = "a plain function, or a server that speaks ASGI"
            yield Finding(path, line, Kind.SLOW, name, instead, ASYNC_COST)


def _interfaces(app: Kolben) -> Iterator[Finding]:
    sessions = type(app.session_interface)
    if not getattr(app.session_interface, "opens_lazily", False):
        path, line = _place(sessions)
        instead = "opens_lazily = True on it, if it can wait until somebody looks"
        cost = "a session is opened and saved with each request, and the straight lane is left"
        yield Finding(
            path, line, Kind.SLOW, f"session_interface {sessions.__name__}", instead, cost
        )
    requests: Any = app.request_class
    if issubclass(requests, Request) and not requests._plain:
        path, line = _place(requests)
        cost = "overrides attributes that are worked out lazily otherwise"
        yield Finding(path, line, Kind.SLOW, f"request_class {requests.__name__}", "", cost)


def _coders(app: Kolben) -> Iterator[Finding]:
    from kolben.drop_in.legacy.coders import CodingJSONProvider, coder_of

    if isinstance(app.json, CodingJSONProvider):
        for kind in ("encoder", "decoder"):
            coder = coder_of(app, kind)
            if coder is not None:
                path, line = _place(coder)
                name, instead = f"app.json_{kind}", rules.ATTRIBUTES[f"json_{kind}"]
                cost = "JSON is made by json.dumps with that class, several times slower"
                yield Finding(path, line, Kind.REMOVED, name, instead, cost)
    elif not isinstance(app.json, DefaultJSONProvider):
        path, line = _place(type(app.json))
        name = f"app.json {type(app.json).__name__}"
        yield Finding(path, line, Kind.OVERRIDDEN, name, "", "as fast as it is itself")
