"""What is sent of what a view returned, where nobody wants to see the response first.

Theory of operation. That is so for most requests with an async view: no hook, no signal and no
session has anything to do with the response. Text, JSON data, either with a code, and a response
that is one piece of bytes are then sent as they are, without a response object where there was
none, and the request's context is left to die.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..http import Response
from ..http.client import forget_client
from ..http.status import BODILESS
from .asgi_response import TEXT, encode_pairs, encoded_types, start_of, start_of_text

if TYPE_CHECKING:
    from contextvars import Context

    from ..app import Kolben
    from .scoped_context import ScopeContext

_BODIES = frozenset({str, dict, list})
WRITTEN = _BODIES | {tuple, Response}
"""The classes of what may be sent without further ado."""


def wants_session(app: Kolben, ctx: ScopeContext) -> bool:
    """Tell whether a session that no view has opened has to be saved; inside the Context."""
    return app._way.session_interface.needs_refresh(app, ctx.request)


def write(app: Kolben, ctx: ScopeContext, context: Context, rv: Any) -> tuple[Any, Any]:
    """Make the start of a response and its body.

    Args:
        app: The app.
        ctx: The context of the request.
        context: Its Context; nobody is in it.
        rv: What the view returned, of a class in `WRITTEN`.

    Returns:
        Both. If it takes more to make them: ``None``, and the response if one was made of what the
        view returned, else ``None`` again.
    """
    status: Any = 200
    if rv.__class__ is Response:
        parts = rv.plain_parts()
        if parts is None:
            return None, None
        return start_of(parts[0], encode_pairs(parts[1])), parts[2][0]
    if rv.__class__ is tuple:
        rv, status = rv if len(rv) == 2 else (None, None)
        if status.__class__ is not int or status in BODILESS or rv.__class__ not in _BODIES:
            return None, None
    if rv.__class__ is str:
        body = rv.encode()
        return start_of_text(body, TEXT, status), body
    return _write_json(app, ctx, context, rv, status)


def _write_json(
    app: Kolben, ctx: ScopeContext, context: Context, data: Any, status: int
) -> tuple[Any, Any]:
    """Do the same for JSON data."""
    provider: Any = app.json
    body = context.run(provider.body_of, data)
    if body is None:
        return None, None
    content_type = provider.mimetype
    if not ctx._calm:
        # What wrote it has looked at the session, or left something to be done.
        return None, context.run(app.response_class, body, status, None, content_type)
    return start_of_text(body, encoded_types[content_type], status), body


def let_go(ctx: ScopeContext, context: Context) -> None:
    """Leave the context of a request that somebody has looked at, or whose ``g``.

    Args:
        ctx: The context of the request.
        context: Its Context; nobody is in it.
    """
    made = ctx._made
    if made is not None and made._keeps_open:
        context.run(ctx.abandon)
    else:
        ctx.abandon()
    forget_client(ctx._source[0])
