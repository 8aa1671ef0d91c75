"""From what a view returns to a response."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterator
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from .globals import request

if TYPE_CHECKING:
    from .app import Kolben
    from .http import Response


def coerce(app: Kolben, rv: Any) -> Response:
    """Make a response of anything that a view may return.

    Args:
        app: The app, for its response class and its JSON provider.
        rv: Text, bytes, JSON data (dict or list), an iterator, a response, a WSGI callable; or a
            tuple ``(body, status)``, ``(body, headers)``, ``(body, status, headers)``.

    Returns:
        An instance of ``app.response_class``.

    Raises:
        TypeError: The value is none of these.
    """
    body, status, headers = unpack(rv) if isinstance(rv, tuple) else (rv, None, None)
    kind = body.__class__
    if body is None:
        raise TypeError(
            f"The view function for {request.endpoint!r} did not return a valid response."
            " The function either returned None or ended without a return statement."
        )
    if kind is dict or kind is list:  # PERF 1.5 µs less than to ask first whether it is a stream
        response = app.json.response(body)
    elif isinstance(body, app.response_class):
        response = body
    elif isinstance(body, HTTPException):
        response = from_foreign(app, body)
    elif isinstance(body, str | bytes | bytearray | Iterator | AsyncIterable):
        # The class is given all at once, in case it treats status and headers in a special way.
        return app.response_class(body, status=status, headers=headers)  # type: ignore[arg-type]  # and bytearray
    elif isinstance(body, dict | list):
        response = app.json.response(body)
    else:
        response = from_foreign(app, body)
    if status is not None:
        if isinstance(status, str | bytes | bytearray):
            response.status = status  # type: ignore[assignment]  # Werkzeug takes bytes here
        else:
            response.status_code = status
    if headers:
        response.headers.update(headers)
    return response


def unpack(rv: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Split a tuple that a view returned into body, status and headers."""
    if len(rv) == 3:
        return rv
    if len(rv) != 2:
        raise TypeError(
            "The view function did not return a valid response tuple. The tuple must have the form"
            " (body, status, headers), (body, status), or (body, headers)."
        )
    if isinstance(rv[1], Headers | dict | tuple | list):
        return rv[0], None, rv[1]
    return rv[0], rv[1], None


def from_foreign(app: Kolben, body: Any) -> Response:
    """Make a response of another framework's response, an HTTP error or a WSGI callable."""
    name = type(body).__name__
    if (
        isinstance(body, HTTPException)
        and body.response is None
        and type(body).get_response is HTTPException.get_response
    ):
        # PERF bench 404: what get_response() does, without a response of Werkzeug's in between: 65
        # → 31 µs a request; and without writing the same page again: → 18 µs
        page = error_page(body)
        if page is not None:
            return app.response_class(page, body.code, None, None, "text/html; charset=utf-8")
        environ = request.environ
        return app.response_class(body.get_body(environ), body.code, body.get_headers(environ))
    if isinstance(body, BaseResponse | HTTPException) or callable(body):
        try:
            return app.response_class.force_type(body, request.environ)  # type: ignore[return-value]
        except TypeError as error:
            problem = f"{error}\n"
            cause: BaseException | None = error
    else:
        problem, cause = "", None
    raise TypeError(
        f"{problem}The view function did not return a valid response. The return type must be a"
        " string, dict, list, tuple with headers or status, Response instance, or WSGI callable,"
        f" but it was a {name}."
    ) from cause


_pages: dict[tuple[type[HTTPException], str | None], str] = {}
_MOST_PAGES = 256  # descriptions may be made of what clients send


def error_page(error: HTTPException) -> str | None:
    """Return the page of an HTTP error that has nothing of its own but class and description.

    Args:
        error: The error.

    Returns:
        What ``get_body`` gives; ``None`` for an error that may say something else each time, or in
        its headers.
    """
    kind = type(error)
    if (
        kind.get_body is not HTTPException.get_body
        or kind.get_headers is not HTTPException.get_headers
        or kind.get_description is not HTTPException.get_description
        or kind.name is not HTTPException.name
        or isinstance(kind.__dict__.get("description"), property)
        or (len(error.__dict__) > 1 and error.__dict__.keys() - {"description", "response"})
    ):
        return None
    key = kind, error.description
    page = _pages.get(key)
    if page is None:
        if len(_pages) >= _MOST_PAGES:
            _pages.clear()
        page = _pages[key] = error.get_body()
    return page
