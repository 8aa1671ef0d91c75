"""What a request is made of, for those who use it beyond its end: background tasks.

Theory of operation. Whoever will use the request is one of its keepers until it is done. What would
be closed at the end of the request is closed by the last of them instead. A keeper leaves before it
looks whether the end has come, and the end leaves word before it looks for keepers, so that one of
the two finds the other gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .request import Request


def keep(request: Request, keeper: object) -> None:
    """Let the body of a request last until this keeper gives it up.

    Args:
        request: The request.
        keeper: Who uses it.
    """
    vars(request).setdefault("_keepers", set()).add(keeper)  # atomic, as threads may meet


def give_up(request: Request, keeper: object) -> bool:
    """Be done with a request; the last who is closes what is left of its body.

    Args:
        request: The request.
        keeper: Who kept it.

    Returns:
        Whether it was the last.
    """
    keepers = vars(request)["_keepers"]
    keepers.discard(keeper)
    if not keepers:
        _close(request)
    return not keepers


def close_after(request: Request, close: Callable[[], object]) -> None:
    """Close something at the end of a request, or when its last keeper has given it up.

    Args:
        request: The request.
        close: What does so.
    """
    vars(request)["_close_late"] = close
    if not vars(request).get("_keepers"):
        _close(request)


def _close(request: Request) -> None:
    """Close what was left to the last keeper, if that has been told yet."""
    close = vars(request).pop("_close_late", None)
    if close is not None:
        close()
