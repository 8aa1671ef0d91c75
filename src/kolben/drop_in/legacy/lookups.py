"""Functions that Flask had for itself and extensions borrowed."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from threading import RLock
from typing import Any, TypeVar

from werkzeug.utils import cached_property

from kolben.globals import app_ctx, current_app, request_ctx

__all__ = [
    "find_app",
    "get_env",
    "locked_cached_property",
    "lookup_app_object",
    "lookup_request_object",
    "total_seconds",
]

T = TypeVar("T")


def find_app() -> Any:
    """Return the app whose context is active, itself and no proxy.

    Raises:
        RuntimeError: No app's context is active.
    """
    return current_app._get_current_object()  # type: ignore[attr-defined]  # it is a proxy


def lookup_app_object(name: str) -> Any:
    """Return an attribute of the app context, for example `g`.

    Raises:
        RuntimeError: No app's context is active.
    """
    return getattr(app_ctx, name)


def lookup_request_object(name: str) -> Any:
    """Return an attribute of the request context, for example `session`.

    Raises:
        RuntimeError: No request's context is active.
    """
    return getattr(request_ctx, name)


def get_env() -> str:
    """Return what `FLASK_ENV` says, `production` if nothing."""
    return os.environ.get("FLASK_ENV") or "production"


def total_seconds(duration: timedelta) -> int:
    """Return the whole seconds of a duration."""
    return int(duration.total_seconds())


class locked_cached_property(cached_property[T]):  # noqa: N801  # it is used as a decorator
    """A property that is computed once per object, by one thread alone."""

    def __init__(
        self,
        fget: Callable[[Any], T],
        name: str | None = None,
        doc: str | None = None,
    ) -> None:
        super().__init__(fget, name=name, doc=doc)
        self.lock = RLock()

    def __get__(self, obj: Any, type: Any = None) -> Any:
        """Return the value, computing it under the lock the first time."""
        if obj is None:
            return self
        with self.lock:
            return super().__get__(obj, type)
