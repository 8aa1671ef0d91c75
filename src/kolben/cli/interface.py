"""Which protocol an app is best served with: WSGI, unless something in it is async."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from kolben.waiting import is_async, is_inline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kolben.app import Kolben

# The lists of hooks by what they are called, and those that are kept by scope.
_LISTS = (
    ("before_serving_funcs", "before_serving"),
    ("while_serving_gens", "while_serving"),
    ("after_serving_funcs", "after_serving"),
    ("teardown_appcontext_funcs", "teardown_appcontext"),
    ("before_first_request_funcs", "before_first_request"),
)
_TABLES = (
    ("before_request_funcs", "before_request"),
    ("after_request_funcs", "after_request"),
    ("after_response_funcs", "after_response"),
    ("teardown_request_funcs", "teardown_request"),
    ("url_value_preprocessors", "url_value_preprocessor"),
    ("template_context_processors", "context_processor"),
)


def async_parts(app: Kolben) -> list[str]:
    """List what in an app is better served over ASGI.

    Args:
        app: The app.

    Returns:
        A phrase for each: ``"view 'feed' is async"``. Nothing where WSGI does as well.
    """
    return list(dict.fromkeys([*_routes(app), *_hooks(app), *_mounts(app)]))


def _routes(app: Kolben) -> Iterator[str]:
    """Look at the views and the WebSockets."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions.get(rule.endpoint)
        if rule.websocket:
            yield f"{rule.rule} is a WebSocket"
        elif view is not None and _is_async_view(view):
            yield f"view {rule.endpoint!r} is async"
        elif view is not None and _sends_events(view):
            yield f"view {rule.endpoint!r} sends server-sent events"


def _is_async_view(view: Callable[..., Any]) -> bool:
    """Tell whether a view, or a method of the class that it was made of, is async."""
    cls = getattr(view, "view_class", None)
    if cls is None:
        return _is_async(view)
    names = {
        "dispatch_request",
        *(method.lower() for method in getattr(cls, "methods", None) or ()),
    }
    return any(_is_async(getattr(cls, name)) for name in names if hasattr(cls, name))


def _is_async(function: Callable[..., Any]) -> bool:
    """Tell whether a function is async below its decorators, and not just marked ``inline``."""
    return any(
        inspect.iscoroutinefunction(f) if is_inline(f) else is_async(f)
        for f in (function, inspect.unwrap(function))
    )


def _sends_events(view: Callable[..., Any]) -> bool:
    """Tell whether a view names ``sse`` in its code, which is all that can be seen of it here."""
    function: Any = inspect.unwrap(view)
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    from kolben.helpers.events import sse

    names = function.__globals__
    return any(names.get(name) is sse for name in code.co_names)


def _hooks(app: Kolben) -> Iterator[str]:
    """Look at the hooks and the error handlers."""
    for attribute, kind in _LISTS:
        yield from _named(kind, getattr(app, attribute))
    for attribute, kind in _TABLES:
        for functions in getattr(app, attribute).values():
            yield from _named(kind, functions)
    for by_code in app.error_handler_spec.values():
        for handlers in by_code.values():
            yield from _named("error handler", handlers.values())


def _named(kind: str, functions: Any) -> Iterator[str]:
    for function in functions:
        if _is_async(function):
            yield f"{kind} {getattr(function, '__name__', repr(function))!r} is async"


def _mounts(app: Kolben) -> Iterator[str]:
    """Look at what is mounted."""
    for mount in app._mounts:
        if mount.protocol == "asgi":
            yield f"an ASGI app is mounted at {mount.prefix}"
        elif mount.protocol == "both" and hasattr(mount.app, "url_map"):
            host: Any = mount.app
            for part in async_parts(host):
                yield f"at {mount.prefix} {part}"
