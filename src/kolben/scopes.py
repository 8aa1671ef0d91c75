"""Whose hooks a request runs: those of its blueprint, of the ones around it, and of the app.

Hooks are kept in tables, scope → functions; a scope is a blueprint's dotted name, or ``None`` for
the app.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .http import Request

    Scopes = tuple[str | None, ...]
    Table = dict[Any, list[Any]]

_APP_ONLY = (None,)
# Endpoint → whose hooks it runs. Endpoints are names in the code, so there are only so many of
# them.
_scopes: dict[str, Scopes] = {}


def scopes_of(request: Request) -> Scopes:
    """Return whose hooks a request runs: its blueprint's, the outer ones', the app's (``None``)."""
    rule = request.url_rule
    if rule is None:
        return _APP_ONLY
    scopes = _scopes.get(rule.endpoint)
    if scopes is None or not request._lean_names:
        scopes = (*request.blueprints, None)
        if request._lean_names:
            _scopes[rule.endpoint] = scopes
    return scopes


def found_in(table: Table, scopes: Scopes) -> Iterable[list[Any]]:
    """Return the lists of hooks that a table has for some scopes, in their order."""
    # PERF bench hello: 236 → 141 ns, for a request outside blueprints
    if scopes is _APP_ONLY:
        return (table[None],) if None in table else ()
    return [table[scope] for scope in scopes if scope in table]


def concerns(table: Table, request: Request) -> bool:
    """Tell whether a table has hooks that a request runs."""
    # PERF bench hello: 0.2 µs, where the step itself takes 0.8 to find nothing
    for scope in scopes_of(request):  # noqa: SIM110  # no generator on this way
        if table.get(scope):
            return True
    return False
