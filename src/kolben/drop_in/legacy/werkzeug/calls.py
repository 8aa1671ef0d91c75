"""`werkzeug.utils` as it was: whether arguments fit a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["ArgumentValidationError", "bind_arguments", "validate_arguments"]


class ArgumentValidationError(ValueError):
    """Arguments do not fit a function.

    Args:
        missing: Parameters without a value.
        extra: Keywords that the function does not know.
        extra_positional: Positional arguments that are too many.
    """

    def __init__(
        self,
        missing: Sequence[str] | None = None,
        extra: Mapping[str, Any] | None = None,
        extra_positional: Sequence[Any] | None = None,
    ) -> None:
        self.missing = set(missing or ())
        self.extra = dict(extra or {})
        self.extra_positional = list(extra_positional or ())
        unknown = len(self.extra) + len(self.extra_positional)
        super().__init__(
            f"function arguments invalid. ({len(self.missing)} missing, {unknown} additional)"
        )


def bind_arguments(
    func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Tell which parameter of a function gets which argument.

    Args:
        func: The function.
        args: The positional arguments.
        kwargs: The keyword arguments.

    Returns:
        The values by the parameters' names, defaults included.

    Raises:
        ArgumentValidationError: They do not fit.
    """
    bound, missing, extra, too_many = _sorted_out(func, args, kwargs)
    if missing or extra or too_many:
        raise ArgumentValidationError(missing, extra, too_many)
    return bound


def validate_arguments(
    func: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    drop_extra: bool = True,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Check arguments before a call.

    Args:
        func: The function.
        args: The positional arguments.
        kwargs: The keyword arguments.
        drop_extra: Whether arguments that are too many are left out, or are an error.

    Returns:
        What to call the function with.

    Raises:
        ArgumentValidationError: Some are missing, or too many.
    """
    bound, missing, extra, too_many = _sorted_out(func, args, kwargs)
    if missing or ((extra or too_many) and not drop_extra):
        raise ArgumentValidationError(missing, extra, too_many)
    fitting = inspect.BoundArguments(inspect.signature(func), bound)
    return fitting.args, fitting.kwargs


def _sorted_out(
    func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str], dict[str, Any], list[Any]]:
    """Return the bound values, the missing names, the unknown keywords, the positional rest."""
    left, named = list(args), dict(kwargs)
    bound: dict[str, Any] = {}
    missing = []
    for name, parameter in inspect.signature(func).parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            bound[name], left = tuple(left), []
        elif parameter.kind is parameter.VAR_KEYWORD:
            bound[name], named = named, {}
        elif left and parameter.kind is not parameter.KEYWORD_ONLY:
            bound[name] = left.pop(0)
        elif name in named:
            bound[name] = named.pop(name)
        elif parameter.default is not parameter.empty:
            bound[name] = parameter.default
        else:
            missing.append(name)
    return bound, missing, named, left
