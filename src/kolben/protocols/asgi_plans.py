"""What requests have in common, worked out once: rule, view, and whose hooks run.

Theory of operation. A plan is made for a request that has none, of the app's map, its tables and
its way. If the app is steady (:mod:`kolben.steady`), its view async, its path without variables,
and one rule alone may answer to that at once, it is kept: for requests with such a plan there is
nothing else to look for. It is forgotten as soon as one of the things that it was made of has
changed.
"""

from __future__ import annotations

from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ..dispatch import is_pending
from ..scopes import concerns, scopes_of_endpoint
from ..signals import appcontext_pushed, connected, request_started
from ..steady import is_told, keep
from ..waiting import AWAY, is_async
from .asgi_end import is_preserved, preserved
from .scoped_context import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..app import Kolben
    from ..http.scope import Scope
    from ..scopes import Scopes
    from .scoped_context import Plan

_CO_COROUTINE = 0x80  # of a function made with ``async def``; inspect is late to come


def make_plan(app: Kolben, scope: Scope) -> Plan | None:
    """Make the plan for a request.

    Args:
        app: The app.
        scope: The scope of the request.

    Returns:
        The plan; ``None`` if the lane is closed to such requests.
    """
    # First of all: what is kept there is lost if anything changes from here on.
    plans = app._plans
    kept, by_endpoint = plans.by_scope, plans.by_endpoint
    way = app._way
    if not way.holds():
        way = app._find_way()
    method, path = scope["method"], scope["path"]
    if not way.is_straight_by_scope or method not in METHODS or scope.get("root_path"):
        return None
    plan: Plan | None = kept.setdefault(method, {}).get(path)  # of another version of HTTP
    if plan is not None:
        return plan
    found: Any = app.url_map.match_raw(path, method)
    if found.__class__ is not tuple:
        return None
    rule, arguments = found
    endpoint = rule.endpoint
    known: Any = by_endpoint.get(endpoint)
    if known is None:
        known = _look_at(app, endpoint)
        if is_told(app):
            by_endpoint[endpoint] = known
    beginning, scopes = known
    if beginning is not AWAY and way.session_interface.blocks:
        return None
    plan = beginning, found, scopes
    if (
        not arguments
        and beginning is not AWAY
        and way.answers_texts
        and not preserved
        and path not in kept[method]
    ):
        keep(app, kept, path, method, rule, endpoint, plan)
    return plan


def is_open(app: Kolben, scope: Scope, plan: Plan) -> bool:
    """Tell whether there is nothing to do before the view but what the lane does.

    Args:
        app: The app.
        scope: The scope of the request.
        plan: Its plan.
    """
    beginning, _, scopes = plan
    return not (
        (preserved and is_preserved(scope))
        or (connected and (appcontext_pushed.receivers or request_started.receivers))
        or app.config["TRUSTED_HOSTS"] is not None
        or concerns(app.url_value_preprocessors, scopes)
        or (beginning is not AWAY and concerns(app.before_request_funcs, scopes))
    )


def is_quiet(app: Kolben, scopes: Scopes) -> bool:
    """Tell whether nobody wants to see a text before it is sent, or to hear of the end.

    Args:
        app: The app.
        scopes: Whose hooks the request runs.
    """
    return not (
        connected
        or not app._way.answers_texts
        or app.after_response_funcs
        or app.teardown_appcontext_funcs
        or concerns(app.after_request_funcs, scopes)
        or concerns(app.teardown_request_funcs, scopes)
    )


def _look_at(app: Kolben, endpoint: Any) -> tuple[Any, Scopes]:
    """Find out how the view of an endpoint is begun, and whose hooks run.

    Returns:
        What makes a coroutine of the view's arguments, or `AWAY` if the view has to be called in a
        thread; and the scopes.
    """
    view: Any = app.view_functions.get(endpoint)
    scopes = scopes_of_endpoint(endpoint)
    if view.__class__ is FunctionType and view.__code__.co_flags & _CO_COROUTINE:
        return view, scopes
    is_called_here = view is not None and is_async(view)
    return partial(_call, view) if is_called_here else AWAY, scopes


async def _call(view: Callable[..., Any], /, **arguments: Any) -> Any:
    """Call a view that is no plain coroutine function, and wait for what it answers with."""
    rv = view(**arguments)
    return await rv if is_pending(rv) else rv
