"""`inspect.getargspec`, which Python 3.11 dropped."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["ArgSpec", "getargspec"]


class ArgSpec(NamedTuple):
    """The parameters of a function: names, `*` name, `**` name, defaults of the last ones."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def getargspec(func: Callable[..., Any]) -> ArgSpec:
    """Return the parameters of a function that has no keyword-only ones.

    Args:
        func: The function.

    Returns:
        Its parameters.

    Raises:
        ValueError: It has some, which an `ArgSpec` can't say.

    Annotations are left out; the original refused them.
    """
    spec = inspect.getfullargspec(func)
    if spec.kwonlyargs:
        raise ValueError(
            f"{getattr(func, '__name__', func)!r} has keyword-only parameters;"
            " use inspect.signature, which can tell them"
        )
    return ArgSpec(spec.args, spec.varargs, spec.varkw, spec.defaults)
