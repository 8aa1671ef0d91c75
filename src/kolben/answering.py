"""What an app answers with: its contexts, and the response it makes of a view's result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .coercion import coerce
from .contexts import AppContext, RequestContext
from .http import Request, Response
from .sessions import SecureCookieSessionInterface, SessionInterface
from .urls import UrlBuilder
from .way import ORIGINALS, Dispatcher, overridable

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from . import typing as ft
    from .json.provider import JSONProvider


class Answering(UrlBuilder):
    """The part of an app that makes contexts and responses."""

    #: Classes that an app may replace, in a subclass or on the app.
    request_class: type[Request] = Request
    response_class: type[Response] = Response
    session_interface: SessionInterface = SecureCookieSessionInterface()

    json: JSONProvider

    @overridable
    def make_response(self, rv: ft.ResponseReturnValue) -> Response:
        """Make a response of what a view returned.

        Args:
            rv: Text, bytes, JSON data (dict or list), an iterator, a response, a WSGI callable; or
                a tuple ``(body, status)``, ``(body, headers)``, ``(body, status, headers)``.

        Returns:
            An instance of ``response_class``.

        Raises:
            TypeError: The value is none of these.
        """
        kind = rv.__class__
        if kind is str or kind is bytes:
            return self.response_class(rv)  # type: ignore[arg-type]
        if kind is dict or kind is list:
            return self.json.response(rv)
        if kind is self.response_class:
            return rv  # type: ignore[return-value]
        app: Any = self
        return coerce(app, rv)

    @overridable
    def app_context(self) -> AppContext:
        """Make an application context: ``with app.app_context(): …`` outside of requests."""
        app: Any = self
        return AppContext(app)

    @overridable
    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        """Make the request context of a WSGI environment."""
        app: Any = self
        return RequestContext(app, environ)


for _name in ("request_class", "response_class", "session_interface"):
    ORIGINALS[_name] = getattr(Answering, _name)
Dispatcher.outermost = Answering
