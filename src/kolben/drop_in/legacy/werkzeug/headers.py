"""`werkzeug.http` as it was: the headers of authentication."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.datastructures import Authorization, WWWAuthenticate

__all__ = ["parse_authorization_header", "parse_www_authenticate_header"]


def parse_authorization_header(value: str | bytes | None) -> Authorization | None:
    """Read what a client says who it is.

    Args:
        value: The header `Authorization`.

    Returns:
        What it says, or None where that can't be read.
    """
    return Authorization.from_header(value.decode("latin-1") if isinstance(value, bytes) else value)


def parse_www_authenticate_header(
    value: str | None, on_update: Callable[[Any], object] | None = None
) -> WWWAuthenticate:
    """Read how a server wants to be told who a client is.

    Args:
        value: The header `WWW-Authenticate`.
        on_update: Without a meaning since Werkzeug 3.

    Returns:
        What it says; an empty scheme where that can't be read.
    """
    del on_update
    return WWWAuthenticate.from_header(value) or WWWAuthenticate("")
