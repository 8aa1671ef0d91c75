"""Whose hooks a request runs: those of its blueprint, of the ones around it, and of the app.

Hooks are kept in tables, scope → functions; a scope is a blueprint's dotted name, or ``None`` for
the app.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .http import Request

    Scopes = tuple[str | None, ...]
    Table = dict[Any, list[Any]]

APP_ONLY: Scopes = (None,)
# Endpoint → whose hooks it runs. Endpoints are names in the code, so there are only so many of
# them.
known_scopes: dict[str, Scopes] = {}


def scopes_of(request: Request) -> Scopes:
    """Return whose hooks a request runs: its blueprint's, the outer ones', the app's (``None``)."""
    rule = request.url_rule
    if rule is None:
        return APP_ONLY
    if not request._lean_names:
        return (*request.blueprints, None)
    return scopes_of_endpoint(rule.endpoint)


def scopes_of_endpoint(endpoint: str) -> Scopes:
    """Return whose hooks the requests for an endpoint run."""
    scopes = known_scopes.get(endpoint)
    if scopes is None:
        names: list[str | None] = []
        name = endpoint.rpartition(".")[0]
        while name:
            names.append(name)
            name = name.rpartition(".")[0]
        scopes = known_scopes[endpoint] = (*names, None) if names else APP_ONLY
    return scopes


def hooks_in(table: Table, scopes: Scopes) -> Iterator[Any]:
    """Give the hooks of some scopes one by one, of each scope the oldest first."""
    found = [hooks for scope in scopes if (hooks := table.get(scope))]
    # PERF bench blueprint: one scope's hooks need no chain, 0.3 µs less for each kind of hook
    return iter(found[0]) if len(found) == 1 else chain.from_iterable(found)


def newest_in(table: Table, scopes: Scopes) -> Iterator[Any]:
    """Give the hooks of some scopes one by one, of each scope the newest first."""
    found = [hooks for scope in scopes if (hooks := table.get(scope))]
    return reversed(found[0]) if len(found) == 1 else chain.from_iterable(map(reversed, found))


def concerns(table: Table, scopes: Scopes) -> bool:
    """Tell whether a table has hooks for some scopes."""
    # PERF bench hello: 0.2 µs, where the step itself takes 0.8 to find nothing
    for scope in scopes:  # noqa: SIM110  # no generator on this way
        if table.get(scope):
            return True
    return False
