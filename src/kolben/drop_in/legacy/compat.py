"""The module `flask._compat`: what Flask 0.x and 1.x used to run on Python 2 and 3 at once.

Extensions of that time import from it. On Python 3 each name has one meaning left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO, StringIO
from os import fspath
from types import TracebackType
from typing import NoReturn, TypeVar

__all__ = [
    "PY2",
    "BytesIO",
    "StringIO",
    "fspath",
    "implements_to_string",
    "integer_types",
    "iteritems",
    "iterkeys",
    "itervalues",
    "json_available",
    "reraise",
    "signals_available",
    "string_types",
    "text_type",
    "with_metaclass",
]

K = TypeVar("K")
V = TypeVar("V")

PY2 = False
text_type = str
string_types = (str,)
integer_types = (int,)

# What `flask` itself had of this kind.
json_available = True
signals_available = True


def iterkeys(mapping: Mapping[K, V]) -> Iterator[K]:
    """Iterate over the keys of a mapping."""
    return iter(mapping.keys())


def itervalues(mapping: Mapping[K, V]) -> Iterator[V]:
    """Iterate over the values of a mapping."""
    return iter(mapping.values())


def iteritems(mapping: Mapping[K, V]) -> Iterator[tuple[K, V]]:
    """Iterate over the pairs of a mapping."""
    return iter(mapping.items())


def reraise(
    tp: type[BaseException],  # the three parts of an exception, as in Python 2
    value: BaseException,
    tb: TracebackType | None = None,
) -> NoReturn:
    """Raise an exception again.

    Args:
        tp: Its class; not needed any more.
        value: The exception.
        tb: The traceback it is to have; None keeps its own.

    Raises:
        BaseException: What was given.
    """
    del tp
    raise value if tb is None else value.with_traceback(tb)


def implements_to_string(cls: type[K]) -> type[K]:
    """Return the class: `__str__` is text already."""
    return cls


def with_metaclass(meta: type, *bases: type) -> type:
    """Make a base class that has a metaclass.

    Args:
        meta: The metaclass.
        *bases: The bases that the class is to have.

    Returns:
        An empty class to derive from.
    """
    made: type = meta("NewBase", bases or (object,), {})
    return made
