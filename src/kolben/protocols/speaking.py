"""Which protocol an application speaks, by the looks of it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PROTOCOLS = frozenset({"wsgi", "asgi"})


def speaks(app: Callable[..., Any], protocol: str | None = None) -> str:
    """Find out which protocol an application speaks.

    Args:
        app: The application.
        protocol: What somebody said of it: ``"wsgi"``, ``"asgi"`` or nothing.

    Returns:
        ``"wsgi"``, ``"asgi"``, or ``"both"`` for an app of Kolben's.

    Raises:
        ValueError: The protocol that was said is none.
        TypeError: It cannot be told.
    """
    if protocol is not None and protocol not in PROTOCOLS:
        raise ValueError(f"protocol is 'wsgi' or 'asgi', not {protocol!r}")
    if not callable(app) or inspect.isclass(app):
        what = f"the class {app.__name__!r}" if inspect.isclass(app) else repr(app)
        raise TypeError(f"{what} is no application; give the object that answers")
    if protocol is not None:
        return protocol
    if hasattr(app, "wsgi_app") and hasattr(app, "asgi_app"):
        return "both"
    call = app if inspect.isroutine(app) else type(app).__call__
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call):
        return "asgi"
    count = _count_arguments(app)
    if count == 3:
        return "asgi"
    if count == 2:
        return "wsgi"
    raise TypeError(
        f"cannot tell which protocol {app!r} speaks: it takes neither (environ, start_response) nor"
        " (scope, receive, send); say protocol='wsgi' or protocol='asgi'"
    )


def _count_arguments(app: Callable[..., Any]) -> int | None:
    """Count the arguments that a callable has to be given; ``None`` where that cannot be told."""
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return None
    positional = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    if any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    return sum(
        parameter.kind in positional and parameter.default is inspect.Parameter.empty
        for parameter in parameters
    )
