"""Tracebacks that begin where the user's code begins."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

# Whose frames at the head of a traceback only say how a command was started.
_STARTERS = frozenset({"click", "kolben"}) | sys.stdlib_module_names


def frames_of_the_user(error: BaseException) -> TracebackType | None:
    """Leave out the frames of click, Kolben and the import system at the head of a traceback.

    Args:
        error: An exception that left a command, or the import of an app.

    Returns:
        The rest, from the first frame of somebody else's code on; ``None`` where there is none.
    """
    rest = error.__traceback__
    while rest is not None:
        module = rest.tb_frame.f_globals.get("__name__") or ""
        if module.partition(".")[0] not in _STARTERS:
            return rest
        rest = rest.tb_next
    return None


def of_the_user(error: BaseException) -> TracebackType | None:
    """Choose the frames that help somebody whose command or app failed.

    Args:
        error: The exception.

    Returns:
        Those of :func:`frames_of_the_user`. Where there is none: nothing for a ``SyntaxError``,
        which shows its place itself; else all of them, for then the mistake is ours.
    """
    found = frames_of_the_user(error)
    if found is None and not isinstance(error, SyntaxError):
        return error.__traceback__
    return found


def describe(error: BaseException) -> str:
    """Format an exception as Python would print it, from the user's first frame on.

    Args:
        error: The exception.

    Returns:
        The text, ending in a newline.
    """
    import traceback  # 2 ms that nobody pays for who has no error

    return "".join(traceback.format_exception(type(error), error, of_the_user(error)))
