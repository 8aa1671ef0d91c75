"""`werkzeug.contrib.cache`: the caches that moved to the package `cachelib`."""

from __future__ import annotations

from typing import Any

__all__ = ["CACHES"]

CACHES = {
    "BaseCache": "BaseCache",
    "FileSystemCache": "FileSystemCache",
    "GAEMemcachedCache": "MemcachedCache",  # which finds App Engine's by itself
    "MemcachedCache": "MemcachedCache",
    "NullCache": "NullCache",
    "RedisCache": "RedisCache",
    "SimpleCache": "SimpleCache",
    "UWSGICache": "UWSGICache",
}


def __getattr__(name: str) -> Any:
    """Fetch a cache from `cachelib` (PEP 562).

    Raises:
        ImportError: `cachelib` isn't installed.
    """
    if name not in CACHES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    try:
        import cachelib
    except ImportError as error:
        raise ImportError(
            f"werkzeug.contrib.cache.{name} lives in cachelib now, which is not installed:"
            ' pip install "kolben[sessions]"',
            name="cachelib",
        ) from error
    return getattr(cachelib, CACHES[name])
