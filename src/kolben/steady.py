"""Whether what a lane may leave out for a request can be left out for all like it.

Theory of operation. Most apps have no hooks, trust all hosts, mount nothing, and nobody listens to
their signals. Such an app is *steady*: its requests need not look at any table, until one of them
tells that it has changed (:mod:`kolben.telling`). What changes without a word is looked at for each
request: the classes of the app. An app is never steady whose tables or map are not its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .config import Config
from .routing.rule import tell_of
from .signals import connected
from .telling import DICT_WRITES, HOOKS, TABLES

if TYPE_CHECKING:
    from .app import Kolben


_WAYS_TO_CONFIG = {
    name: getattr(Config, name, None) for name in (*DICT_WRITES, "__getitem__", "__missing__")
}


def is_told(app: Kolben) -> bool:
    """Tell whether whatever plans are made of tells when it changes.

    Args:
        app: The app; it has a `RouteMap`.
    """
    facts = app._plans.facts
    known = facts.get("told")
    if known is None:
        plans, config = app._plans, type(app.config)
        known = facts["told"] = (
            all(getattr(getattr(app, name), "told", None) is plans for name in TABLES)
            and app.url_map.told is plans
            # One that finds its values elsewhere can't know when they change.
            and all(getattr(config, name, None) is way for name, way in _WAYS_TO_CONFIG.items())
        )
    return known


def is_steady(app: Kolben) -> bool:
    """Tell whether an app is steady.

    Args:
        app: The app; it has a `RouteMap`.
    """
    facts = app._plans.facts  # first of all: a change from here on puts others in their place
    known = facts.get("steady")
    if known is None:
        known = facts["steady"] = is_told(app) and not (
            connected
            or app._mounts
            or app.config["TRUSTED_HOSTS"] is not None
            or any(getattr(app, name) for name in HOOKS)
        )
    return known


def keep(
    app: Kolben,
    kept: dict[str, dict[str, Any]],
    path: str,
    method: str,
    rule: Any,
    endpoint: Any,
    plan: tuple[Any, ...],
) -> None:
    """Keep the plan for a path and a method, if it is good until something tells of a change.

    It is where the app is steady, and the first look at the path always finds one rule alone. Where
    it is not, ``None`` is kept, so that this need not be found out again.

    Args:
        app: The app.
        kept: Where to keep it: what the app's plans had before anything was looked at.
        path: The path, as a server gives it.
        method: The method of the request.
        rule: The rule that was found.
        endpoint: The endpoint that it had when the plan was made.
        plan: The plan.
    """
    index: Any = app.url_map._index
    answers: Any = () if index is None else index.tidy.get(path, ())
    methods = rule.methods
    if not answers or methods is None or method not in methods:
        return  # there is no end of such paths and methods
    of_method = kept.setdefault(method, {})
    if not (
        len(answers) == 1 and answers[0][0] is rule and is_steady(app) and tell_of(rule, app._plans)
    ):
        of_method[path] = None
    # It tells from now on, but may have changed before that.
    elif rule.endpoint is endpoint and rule.methods is methods and method in methods:
        of_method[path] = plan
