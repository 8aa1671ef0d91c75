"""JSON the way the current app does it; plain :mod:`json` where there is no app.

The functions take what those of :mod:`json` take. With an app context they go through ``app.json``,
the app's JSON provider, so that an app decides in one place how its JSON is made.
"""

from __future__ import annotations

import json as _json
from typing import IO, TYPE_CHECKING, Any, AnyStr

from kolben.stacks import active_app

from .provider import _default

if TYPE_CHECKING:
    from kolben.http import Response

__all__ = ["dump", "dumps", "jsonify", "load", "loads"]


def dumps(obj: Any, **kwargs: Any) -> str:
    """Serialize to JSON text.

    Args:
        obj: The data. Dates, decimals, UUIDs, dataclasses and objects with ``__html__`` are known.
        **kwargs: Passed to the app's provider, or to ``json.dumps``.

    Returns:
        The text.

    Raises:
        TypeError: Something in ``obj`` can't be serialized.
    """
    app = active_app()
    if app is not None:
        return app.json.dumps(obj, **kwargs)
    kwargs.setdefault("default", _default)
    return _json.dumps(obj, **kwargs)


def dump(obj: Any, fp: IO[str], **kwargs: Any) -> None:
    """Serialize to JSON text and write it to a file.

    Args:
        obj: The data, as for `dumps`.
        fp: A file open for text; JSON is UTF-8 (RFC 8259, 8.1).
        **kwargs: Passed to the app's provider, or to ``json.dump``.

    Raises:
        TypeError: Something in ``obj`` can't be serialized.
    """
    app = active_app()
    if app is not None:
        app.json.dump(obj, fp, **kwargs)
        return
    kwargs.setdefault("default", _default)
    _json.dump(obj, fp, **kwargs)


def loads(s: str | bytes, **kwargs: Any) -> Any:
    """Read JSON text.

    Args:
        s: Text, or its UTF-8 bytes.
        **kwargs: Passed to the app's provider, or to ``json.loads``.

    Returns:
        The data.

    Raises:
        ValueError: It is not JSON.
    """
    app = active_app()
    if app is not None:
        return app.json.loads(s, **kwargs)
    return _json.loads(s, **kwargs)


def load(fp: IO[AnyStr], **kwargs: Any) -> Any:
    """Read JSON text from a file.

    Args:
        fp: A file open for text, or for UTF-8 bytes.
        **kwargs: Passed to the app's provider, or to ``json.load``.

    Returns:
        The data.

    Raises:
        ValueError: It is not JSON.
    """
    app = active_app()
    if app is not None:
        return app.json.load(fp, **kwargs)
    return _json.load(fp, **kwargs)


def jsonify(*args: Any, **kwargs: Any) -> Response:
    """Make a JSON response; a view that returns a dict or a list needs no call of this.

    Args:
        *args: The value; several values are a list; no value at all is null.
        **kwargs: The items of an object, instead of ``args``.

    Returns:
        A response made by the app's provider, indented in debug mode.

    Raises:
        RuntimeError: There is no app context.
        TypeError: Both kinds of arguments were given, or something can't be serialized.
    """
    app = active_app()
    if app is None:
        raise RuntimeError(
            "Working outside of application context. jsonify makes its response with the current"
            " app: call it in a view, or inside `with app.app_context():`."
        )
    return app.json.response(*args, **kwargs)
