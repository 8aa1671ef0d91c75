"""Tracebacks that begin where the user's code begins."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

# Whose frames at the head of a traceback only say how a command was started.
_STARTERS = frozenset({"click", "kolben"}) | sys.stdlib_module_names


def of_the_user(error: BaseException) -> TracebackType | None:
    """Leave out the frames of click, Kolben and the import system at the head of a traceback.

    Args:
        error: An exception that left a command, or the import of an app.

    Returns:
        The rest, from the first frame of somebody else's code on. Where there is none: nothing for
        a ``SyntaxError``, which shows its place itself; else all of it, for then the mistake is
        ours.
    """
    rest = error.__traceback__
    while rest is not None:
        module = rest.tb_frame.f_globals.get("__name__") or ""
        if module.partition(".")[0] not in _STARTERS:
            return rest
        rest = rest.tb_next
    return None if isinstance(error, SyntaxError) else error.__traceback__


def describe(error: BaseException) -> str:
    """Format an exception as Python would print it, from the user's first frame on.

    Args:
        error: The exception.

    Returns:
        The text, ending in a newline.
    """
    return "".join(traceback.format_exception(type(error), error, of_the_user(error)))
