"""Functions that Flask had for itself and extensions borrowed."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from threading import RLock
from typing import IO, Any, TypeVar

from jinja2.utils import htmlsafe_json_dumps
from werkzeug import security
from werkzeug.exceptions import NotFound
from werkzeug.utils import cached_property

from kolben.globals import app_ctx, current_app, request_ctx
from kolben.json import dumps

__all__ = [
    "APP_MESSAGE",
    "REQUEST_MESSAGE",
    "find_app",
    "get_env",
    "htmlsafe_dump",
    "htmlsafe_dumps",
    "locked_cached_property",
    "lookup_app_object",
    "lookup_request_object",
    "make_test_environ_builder",
    "safe_join",
    "total_seconds",
]

T = TypeVar("T")

APP_MESSAGE = "Working outside of application context."
REQUEST_MESSAGE = "Working outside of request context."


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


def htmlsafe_dumps(obj: Any, **kwargs: Any) -> str:
    """Serialize to JSON that may stand in HTML, also inside of `<script>`.

    Args:
        obj: The data.
        **kwargs: For `flask.json.dumps`.

    Returns:
        JSON text without `<`, `>`, `&` and `'`, marked as safe.
    """
    return htmlsafe_json_dumps(obj, dumps=dumps, **kwargs)


def htmlsafe_dump(obj: Any, fp: IO[str], **kwargs: Any) -> None:
    """Write to a file what `htmlsafe_dumps` returns."""
    fp.write(htmlsafe_dumps(obj, **kwargs))


def make_test_environ_builder(
    app: Any, path: str = "/", base_url: str | None = None, *args: Any, **kwargs: Any
) -> Any:
    """Return an `EnvironBuilder` for an app.

    Args:
        app: The app, whose settings are the defaults.
        path: The path.
        base_url: The URL that it is below.
        *args: For Werkzeug's `EnvironBuilder`.
        **kwargs: For Werkzeug's `EnvironBuilder`, and `subdomain`, `url_scheme`, `json`.
    """
    from kolben.testing import EnvironBuilder

    subdomain, url_scheme = kwargs.pop("subdomain", None), kwargs.pop("url_scheme", None)
    return EnvironBuilder(app, path, base_url, subdomain, url_scheme, *args, **kwargs)


def safe_join(directory: str, *pathnames: str) -> str:
    """Join a folder and paths that came from outside.

    Args:
        directory: The trusted folder.
        *pathnames: The untrusted paths.

    Returns:
        The path.

    Raises:
        NotFound: It would lead out of the folder.
    """
    path = security.safe_join(directory, *pathnames)
    if path is None:
        raise NotFound
    return path


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
