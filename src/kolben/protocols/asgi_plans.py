"""What the requests for a path have in common, worked out once: rule, view, and whose hooks run.

Theory of operation. A plan is made for a request that has none, of the map's index, the table of
views and the app's way. That of a path without variables, to which one rule alone may answer at
once, is kept by the way, and is forgotten with it. Nobody tells it of changes: whoever uses one
looks whether all that it was made of is still there, as :func:`kolben.protocols.asgi.respond_http`
does.
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
    from ..way import Way

    #: The map's index, the rule, its view, how that is begun, with which arguments (``None`` for
    #: none), what matched, whose hooks run.
    Plan = tuple[Any, Any, Any, Any, dict[str, Any] | None, Any, tuple[str | None, ...]]

_CO_COROUTINE = 0x80  # of a function made with ``async def``; inspect is late to come

NO_PLAN: Plan = (None, None, None, None, None, None, ())
"""In the place of a plan that is not there: it has no index and no rule."""


def make_plan(app: Kolben, path: str, method: str) -> Plan:
    """Make the plan for a request.

    Args:
        app: The app.
        path: The path of the request, as its scope has it.
        method: Its method.

    Returns:
        The plan; `NO_PLAN` if the lane is closed to such requests.
    """
    way = app._way
    if not way.holds():
        way = app._find_way()
    if not way.is_straight_by_scope or method not in METHODS:
        return NO_PLAN
    index: Any = app.url_map._index
    found: Any = app.url_map.match_raw(path, method)
    if found.__class__ is not tuple:
        return NO_PLAN
    rule, arguments = found
    view = app.view_functions.get(rule.endpoint)
    known = way.views.get(rule.endpoint)
    if known is None or known[0] is not view:
        known = view, _beginning_of(view), scopes_of_endpoint(rule.endpoint)
        way.views[rule.endpoint] = known
    _, beginning, scopes = known
    if beginning is not AWAY and way.session_interface.blocks:
        return NO_PLAN
    plan = index, rule, view, beginning, arguments or None, found, scopes
    # A rule that another thread has added meanwhile may be what matched, or come before it.
    if index is not None and index is app.url_map._index and not arguments:
        _keep(way, path, plan)
    return plan


def _keep(way: Way, path: str, plan: Plan) -> None:
    """Keep a plan if the first look at its path always finds its rule, and no plans of old."""
    index, rule = plan[:2]
    answers = index.tidy.get(path, ())
    if len(answers) == 1 and answers[0][0] is rule and rule.methods is not None:
        if way.planned is not index:  # the others would hold an index each
            way.plans, way.planned = {}, index
        way.plans[path] = plan


def _beginning_of(view: Callable[..., Any] | None) -> Any:
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
