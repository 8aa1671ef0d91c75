"""Emptying several locals together, as programs did before each request had its own Context."""

from __future__ import annotations

from collections.abc import Iterable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from .storage import Local, LocalStack, release_local

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class LocalManager:
    """Empties several locals together, for instance after each WSGI request.

    Under Kolben nothing needs it: each request runs in a ``contextvars.Context`` of its own.

    Args:
        locals: One local, several, or none yet (append to ``manager.locals`` later).

    Differs from Werkzeug: a single ``LocalStack`` is accepted, as a single ``Local`` is.
    """

    __slots__ = ("locals",)

    def __init__(
        self, locals: Local | LocalStack[Any] | Iterable[Local | LocalStack[Any]] | None = None
    ) -> None:
        self.locals: list[Local | LocalStack[Any]]
        if isinstance(locals, Local | LocalStack):
            self.locals = [locals]
        else:
            self.locals = list(locals or ())

    def cleanup(self) -> None:
        """Empty all the locals in the current context."""
        for local in self.locals:
            release_local(local)

    def make_middleware(self, app: WSGIApplication) -> WSGIApplication:
        """Wrap a WSGI application so that each response's close empties the locals.

        Args:
            app: The application to wrap.

        Returns:
            The wrapped application.
        """
        from werkzeug.wsgi import ClosingIterator

        def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return ClosingIterator(app(environ, start_response), self.cleanup)

        return application

    def middleware(self, func: WSGIApplication) -> WSGIApplication:
        """Wrap a WSGI application function, as a decorator that keeps its name.

        Args:
            func: The application function.

        Returns:
            The wrapped application.
        """
        return update_wrapper(self.make_middleware(func), func)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} storages: {len(self.locals)}>"
