"""The multi-dict that query arguments, form fields and cookies come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import ImmutableMultiDict as WerkzeugImmutableMultiDict
from werkzeug.exceptions import BadRequestKeyError

# Bound once.
new_fields, fill_fields, _dict_get = dict.__new__, dict.update, dict.get


class ImmutableMultiDict(WerkzeugImmutableMultiDict[str, Any]):
    """Werkzeug's ``ImmutableMultiDict`` with a shorter way to the first value of a key.

    It means the same in every respect; ``[]``, ``get`` and ``in`` just cost less.
    """

    # PERF python -m bench.http_objects: get() 270 → 130 ns; get() of a missing key 1420 → 120 ns,
    # since no BadRequestKeyError is made only to be caught

    def __getitem__(self, key: str) -> Any:
        """Give the first value of a key.

        Raises:
            BadRequestKeyError: The key is missing; a ``KeyError`` that would answer with a 400.
        """
        values: Any = _dict_get(self, key)
        if values:
            return values[0]
        raise BadRequestKeyError(key)

    if not TYPE_CHECKING:  # there it keeps Werkzeug's overloads

        def get(
            self, key: str, default: Any = None, type: Callable[[Any], Any] | None = None
        ) -> Any:
            """Give the first value of a key, converted if asked for.

            Args:
                key: The key.
                default: What is returned if the key is missing or its value cannot be converted.
                type: Converts the value; if it raises ``ValueError`` or ``TypeError``: the default.

            Returns:
                The value, what ``type`` made of it, or the default.
            """
            values: Any = _dict_get(self, key)
            if not values:
                return default
            if type is None:
                return values[0]
            try:
                return type(values[0])
            except (ValueError, TypeError):
                return default


def make_fields(values: dict[str, list[Any]]) -> ImmutableMultiDict:
    """Wrap lists of values, which must not be empty, without copying them.

    Args:
        values: The values of each key, in the order in which they came.

    Returns:
        The multi-dict that now owns the lists.
    """
    # PERF python -m bench.http_objects: from one pair, through __init__ 1210 → 430 ns
    fields = new_fields(ImmutableMultiDict)
    fill_fields(fields, values)
    return fields
