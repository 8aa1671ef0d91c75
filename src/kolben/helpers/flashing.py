"""Messages for the next page: put into the session by one request, taken out by the next."""

from __future__ import annotations

from collections.abc import Iterable

from kolben.globals import current_app, request_ctx, session
from kolben.signals import message_flashed


def flash(message: str, category: str = "message") -> None:
    """Keep a message for the user until a template takes it with ``get_flashed_messages``.

    Args:
        message: The text; ``Markup`` stays markup.
        category: Any word; ``message``, ``info``, ``warning`` and ``error`` are customary.

    Raises:
        RuntimeError: No request context is active, or the session cannot be written (no secret
            key).
    """
    # Set anew instead of changed in place: a session kept in a store need not see changes inside
    # it.
    flashes = session.get("_flashes", [])
    flashes.append((category, message))
    session["_flashes"] = flashes
    if message_flashed.receivers:
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # it is a proxy
        message_flashed.send(
            app, _async_wrapper=app.ensure_sync, message=message, category=category
        )


def get_flashed_messages(
    with_categories: bool = False, category_filter: Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """Take the flashed messages out of the session; later calls in this request return them again.

    Args:
        with_categories: Return ``(category, message)`` pairs instead of the messages alone.
        category_filter: Return only messages of these categories; the others stay for later calls
            in this request. Empty for all.

    Returns:
        The messages in the order in which they were flashed, in a list of the caller's own.

    Raises:
        RuntimeError: No request context is active.
    """
    flashes = request_ctx.flashes
    if flashes is None:
        flashes = session.pop("_flashes") if "_flashes" in session else []
        request_ctx.flashes = flashes
    if category_filter:
        # A single string is searched like Flask does: 'error' finds the category 'error'.
        wanted = category_filter if isinstance(category_filter, str) else set(category_filter)
        flashes = [pair for pair in flashes if pair[0] in wanted]
    return list(flashes) if with_categories else [message for _, message in flashes]
