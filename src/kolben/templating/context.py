"""The variables that a template gets besides those it was rendered with."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from kolben.stacks import _cv_app, _cv_request
from kolben.waiting import is_loop, wait_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kolben.app import Kolben


def _default_template_ctx_processor() -> dict[str, Any]:
    """Put the objects behind ``g`` and ``request`` in the place of their proxies, which are slower.

    The session stays a proxy, a global of the environment: only a template that looks at it opens
    it and makes the response vary by cookie.
    """
    variables: dict[str, Any] = {}
    app_context = _cv_app.get(None)
    if app_context is not None:
        variables["g"] = app_context.g
    request_context = _cv_request.get(None)
    if request_context is not None:
        variables["request"] = request_context.request
    return variables


def update_context(app: Kolben, context: dict[str, Any]) -> None:
    """Add what the context processors return to a template's variables.

    The app's processors run first, then those of the blueprint that serves the request, from the
    outer to the inner where blueprints are nested.

    Args:
        app: The app that renders.
        context: The variables given to the render function, changed in place; they win over what a
            processor returns.
    """
    processors = app.template_context_processors
    names: Iterable[str | None] = (None,)
    if len(processors) > 1:
        request_context = _cv_request.get(None)
        if request_context is not None:
            names = chain(names, reversed(request_context.request.blueprints))
    given = context.copy()
    for name in names:
        if name in processors:
            for processor in processors[name]:
                if processor is _default_template_ctx_processor:
                    context.update(_default_template_ctx_processor())
                else:
                    context.update(_call(app, processor))
    context.update(given)


def _call(app: Kolben, processor: Callable[[], Any]) -> dict[str, Any]:
    """Call a context processor; an async one is waited for, even on an event loop."""
    if not is_loop():
        values: Any = app.ensure_sync(processor)()
    else:  # an async view renders, and rendering is sync
        values = processor()
    return wait_aside(values) if hasattr(values, "__await__") else values
