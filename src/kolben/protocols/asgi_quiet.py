"""The quiet end of a request over ASGI: nothing is left to do but to send what its view returned.

Theory of operation. That is so for most requests with an async view: no hook, no signal and no
session wants to see the response. Text, JSON data, either with a code, and a response that is one
piece of bytes are then sent as they are, without a response object where there was none, and the
request's context is left to die.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import lane
from ..http import Response
from ..http.client import forget_client
from ..http.status import BODILESS
from ..scopes import concerns
from ..signals import connected
from ..stacks import _cv_request
from .asgi_response import TEXT, encode_pairs, encoded_types, start_of, start_of_text

if TYPE_CHECKING:
    from contextvars import Context

    from ..app import Kolben
    from .scoped_context import ScopeContext

_BODIES = frozenset({str, dict, list})
WRITTEN = _BODIES | {tuple, Response}
"""The classes of what may be sent without further ado."""


def end_quietly(
    app: Kolben, ctx: ScopeContext, context: Context, rv: Any
) -> tuple[dict[str, Any], bytes] | Response | None:
    """End a request of which nothing is left but to send what its view returned.

    Args:
        app: The app.
        ctx: The context of the request.
        context: Its Context; nobody is in it.
        rv: What the view returned: text, JSON data, or either with a code.

    Returns:
        The start of the response, and its body. If there is more to do: ``None``, or the response
        that was made of what the view returned.
    """
    after: Any = app.after_request_funcs
    last: Any = app.teardown_request_funcs
    if (
        ctx._after is not None
        or ctx._opened is not None
        or ctx._holds
        or connected
        or not app._way.answers_texts
        or Response.default_mimetype is not lane.HTML
        or app.teardown_appcontext_funcs
        or app.after_response_funcs
        or context.get(_cv_request) is not ctx
        or (after and concerns(after, ctx._scopes))
        or (last and concerns(last, ctx._scopes))
    ):
        return None
    try:
        if "HTTP_COOKIE" in ctx._environ and context.run(_wants_session, app, ctx):
            return None
        if rv.__class__ is str:
            body = rv.encode()
            start = start_of_text(body, TEXT, 200)
        else:
            start, body = _write(app, ctx, context, rv)
    except Exception:  # noqa: BLE001  # raised again where it can be handled
        return None
    if start is None:
        return body
    made = ctx._made
    if made is None and ctx._app_ctx is None:
        ctx._pushed = None
        return start, body
    if made is not None and made._keeps_open:
        context.run(ctx.abandon)
    else:
        ctx.abandon()
    forget_client(ctx._source[0])
    return start, body


def _wants_session(app: Kolben, ctx: ScopeContext) -> bool:
    """Tell whether a session that no view has opened has to be saved; inside the Context."""
    return app._way.session_interface.needs_refresh(app, ctx.request)


def _write(app: Kolben, ctx: ScopeContext, context: Context, rv: Any) -> Any:
    """Make the start of a response and its body; ``None`` and maybe a response if it takes more."""
    if rv.__class__ is Response:
        parts = rv.plain_parts()
        if parts is None:
            return None, None
        return start_of(parts[0], encode_pairs(parts[1])), parts[2][0]
    status: Any = 200
    if rv.__class__ is tuple:
        rv, status = rv if len(rv) == 2 else (None, None)
        if status.__class__ is not int or status in BODILESS or rv.__class__ not in _BODIES:
            return None, None
    if rv.__class__ is str:
        body = rv.encode()
        return start_of_text(body, TEXT, status), body
    return _write_json(app, ctx, context, rv, status)


def _write_json(app: Kolben, ctx: ScopeContext, context: Context, data: Any, status: int) -> Any:
    """Do the same for JSON data."""
    provider: Any = app.json
    body = context.run(provider.body_of, data)
    if body is None:
        return None, None
    content_type = provider.mimetype
    if ctx._after is not None or ctx._opened is not None or ctx._holds:
        # What wrote it has looked at the session, or left something to be done.
        return None, context.run(app.response_class, body, status, None, content_type)
    return start_of_text(body, encoded_types[content_type], status), body
