"""A bounded memory for small results that depend on nothing but their key."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(dict[K, V]):
    """Remember what a function makes of each key: ``memory[key]`` calls it once.

    When there are too many keys, all are forgotten: what clients send must not fill our memory.

    Args:
        make: Makes the value of a key. What it raises, the look-up raises.
        limit: How many keys are remembered at most.
    """

    # PERF python -m bench.http_objects: a Content-Length pair 105 → 49 ns (61 with lru_cache)

    def __init__(self, make: Callable[[K], V], limit: int) -> None:
        super().__init__()
        self.make = make
        self.limit = limit

    def __missing__(self, key: K) -> V:
        """Make the value of a new key."""
        value = self.make(key)
        if len(self) >= self.limit:
            self.clear()
        self[key] = value
        return value
