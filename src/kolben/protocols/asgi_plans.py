"""What the requests for a path have in common, worked out once: rule, view, and whose hooks run.

Theory of operation. A plan is made of the map's index, the table of views and the app's way, and is
kept by that way (so it is forgotten with it) if its path has no variables. Nobody tells it of
changes: whoever uses one looks whether all that it was made of is still there, as
:func:`kolben.protocols.asgi.respond_http` does.
"""

from __future__ import annotations

from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ..dispatch import is_pending
from ..scopes import scopes_of_endpoint
from ..waiting import AWAY, is_async
from .scoped_context import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..app import Kolben
    from ..http.scope import Scope
    from ..way import Way

    #: The map's index, the views by endpoint, the rule, its view, how that is begun, with which
    #: arguments (``None`` for none), what matched, whose hooks run.
    Plan = tuple[Any, Any, Any, Any, Any, dict[str, Any] | None, Any, tuple[str | None, ...]]

_CO_COROUTINE = 0x80  # of a function made with ``async def``; inspect is late to come

NO_PLAN: Plan = (None, None, None, None, None, None, None, ())
"""In the place of a plan that is not there: one that never holds."""


def find_plan(app: Kolben, scope: Scope) -> Plan:
    """Make a plan for a request.

    Args:
        app: The app.
        scope: The scope of the request.

    Returns:
        The plan; `NO_PLAN` if the lane is closed to such requests.
    """
    way = app._way
    if not way.holds():
        way = app._find_way()
    path, method = scope["path"], scope["method"]
    if not way.is_straight_by_scope or method not in METHODS:
        return NO_PLAN
    found: Any = app.url_map.match_raw(path, method)
    if found.__class__ is not tuple:
        return NO_PLAN
    rule, arguments = found
    views = app.view_functions
    view, start, scopes = _look_at(way, rule.endpoint, views.get(rule.endpoint))
    if start is not AWAY and way.session_interface.blocks:
        return NO_PLAN
    index: Any = app.url_map._index
    plan = index, views, rule, view, start, arguments or None, found, scopes
    if not arguments and path in index.tidy and rule.methods is not None:
        keep_plan(way.plans, path, plan)
    return plan


def keep_plan(plans: dict[str, Plan], path: str, plan: Plan) -> None:
    """Keep a plan, and none of those that were made before a rule was added: they hold indexes."""
    for other in plans.values():
        if other[0] is not plan[0]:
            plans.clear()
        break  # they are all of one index
    plans[path] = plan


def _look_at(way: Way, endpoint: str, view: Any) -> tuple[Any, Any, tuple[str | None, ...]]:
    """Find out what there is to know of a view, unless that is known."""
    known = way.views.get(endpoint)
    if known is None or known[0] is not view:
        known = way.views[endpoint] = view, beginning_of(view), scopes_of_endpoint(endpoint)
    return known


def beginning_of(view: Callable[..., Any] | None) -> Any:
    """Find out how a view is begun.

    Args:
        view: The view, ``None`` where there is none.

    Returns:
        What makes a coroutine of the view's arguments; `AWAY` if it has to be called in a thread.
    """
    if view.__class__ is FunctionType and view.__code__.co_flags & _CO_COROUTINE:
        return view
    return partial(_call, view) if view is not None and is_async(view) else AWAY


async def _call(view: Callable[..., Any], /, **arguments: Any) -> Any:
    """Call a view that is no plain coroutine function, and wait for what it answers with."""
    rv = view(**arguments)
    return await rv if is_pending(rv) else rv
