"""The test client: Werkzeug's, which knows an app's config, session and contexts.

Theory of operation. A request runs in a ``contextvars.Context`` of its own, so nothing of it is
left for the test to look at. Inside a ``with client:`` block the client therefore puts a callable
into the environ (``werkzeug.debug.preserve_context``); the app hands it the application context and
the request context of the request, and the client pushes them again, here, until its next request
or the end of the block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit
from weakref import WeakSet

import werkzeug.test
from werkzeug.wrappers import Request
from werkzeug.wsgi import get_current_url

from kolben.globals import _app_ctx_stack, _request_ctx_stack

from .asgi import PRESERVE, cv_aside
from .live import LiveClient
from .twins import AwaitableTwins

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.datastructures import Headers
    from werkzeug.test import TestResponse

    from kolben.app import Kolben
    from kolben.sessions import SessionMixin

# The contexts which any client has pushed again, and may have to lift off those of another.
_preserved: WeakSet[Any] = WeakSet()


@cache
def werkzeug_version() -> str:
    """Get the version of the installed Werkzeug, for the ``User-Agent`` header.

    Returns:
        The version, as ``"3.1.9"``.
    """
    from importlib.metadata import version

    return version("werkzeug")


class EnvironBuilder(werkzeug.test.EnvironBuilder):
    """Builds a WSGI environ, with defaults from an app's config.

    Args:
        app: The app that is to be asked.
        path: The path, with or without a query; a whole URL sets scheme and host too.
        base_url: Where the app is rooted. If left out it is made of ``PREFERRED_URL_SCHEME``,
            ``SERVER_NAME`` (else ``localhost``) and ``APPLICATION_ROOT``.
        subdomain: Put before ``SERVER_NAME``.
        url_scheme: Used in place of ``PREFERRED_URL_SCHEME``.
        *args: Passed to :class:`werkzeug.test.EnvironBuilder`.
        **kwargs: Passed to it as well; ``json=`` is serialised as the app would.

    Raises:
        ValueError: ``base_url`` was given together with ``subdomain`` or ``url_scheme``.

    Differs from Flask: that is an ``AssertionError`` there.
    """

    def __init__(
        self,
        app: Kolben,
        path: str = "/",
        base_url: str | None = None,
        subdomain: str | None = None,
        url_scheme: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if base_url is None:
            path, base_url = _locate(app, path, subdomain, url_scheme)
        elif subdomain or url_scheme:
            raise ValueError(
                f"base_url {base_url!r} says all that 'subdomain' and 'url_scheme' could say;"
                " pass either it or them"
            )
        self.app = app
        super().__init__(path, base_url, *args, **kwargs)

    def json_dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialise the ``json`` argument with the app's JSON provider.

        Args:
            obj: The data.
            **kwargs: Passed to ``app.json.dumps``.

        Returns:
            JSON text.
        """
        return self.app.json.dumps(obj, **kwargs)


def _locate(
    app: Kolben, path: str, subdomain: str | None, url_scheme: str | None
) -> tuple[str, str]:
    """Split a path or URL into a path with query, and a base URL completed from the config."""
    url = urlsplit(path)
    host = app.config.get("SERVER_NAME") or "localhost"
    if subdomain:
        host = f"{subdomain}.{host}"
    scheme = url.scheme or url_scheme or app.config["PREFERRED_URL_SCHEME"]
    root = app.config["APPLICATION_ROOT"].lstrip("/")
    query = f"?{url.query}" if url.query else ""
    return f"{url.path}{query}", f"{scheme}://{url.netloc or host}/{root}"


class KolbenClient(AwaitableTwins, LiveClient):
    """Makes requests to an app without a server; ``app.test_client()`` makes one.

    ``get``, ``post`` and the others have awaitable twins: ``await client.aget("/")``.

    As a context manager it keeps the contexts of the last request, so that ``request``, ``session``
    and ``g`` can be looked at after it. Several clients may do so at once; the contexts on top are
    those of the client that was used last.

    Args:
        *args: Passed to :class:`werkzeug.test.Client`: the app first.
        protocol: What it speaks to the app: ``"wsgi"`` or ``"asgi"``.
        **kwargs: Passed to it as well: ``use_cookies``, ``response_wrapper`` ...

    Attributes:
        protocol: As given.
        environ_base: What each request's environ starts with; change it to send a header each time.
        preserve_context: Whether the client is in a ``with`` block.

    Differs from Flask: clients in ``with`` blocks may be used by turns and left in any order.
    """

    application: Kolben

    def __init__(self, *args: Any, protocol: str = "wsgi", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if protocol not in {"wsgi", "asgi"}:
            raise ValueError(f"a test client speaks 'wsgi' or 'asgi', not {protocol!r}")
        self.protocol = protocol
        self.preserve_context = False
        self.environ_base: dict[str, Any] = {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": f"Werkzeug/{werkzeug_version()}",
        }
        self._new_contexts: list[AbstractContextManager[Any]] = []
        self._kept: list[AbstractContextManager[Any]] = []

    @contextmanager
    def session_transaction(self, *args: Any, **kwargs: Any) -> Iterator[SessionMixin]:
        """Change the session that the client will send, from within the test.

        ::

            with client.session_transaction() as session:
                session["user_id"] = 1

        Args:
            *args: Passed to ``app.test_request_context``, for sessions that depend on the request.
            **kwargs: Passed to it as well.

        Yields:
            The session. It is saved, and its cookie stored in the client, when the block ends well.

        Raises:
            TypeError: The client has no cookies.
            RuntimeError: The session interface opened none (with cookies: ``SECRET_KEY`` is not
                set).
        """
        if self._cookies is None:
            raise TypeError("Cookies are disabled. Enable them: app.test_client(use_cookies=True).")
        app = self.application
        interface = app.session_interface
        ctx = app.test_request_context(*args, **kwargs)
        self._add_cookies_to_wsgi(ctx.request.environ)
        with ctx:
            session = interface.open_session(app, ctx.request)
        if session is None:
            raise RuntimeError("Session backend did not open a session. Is SECRET_KEY set?")

        yield session

        if interface.is_null_session(session):
            return
        response = app.response_class()
        with ctx:
            interface.save_session(app, session, response)
        self._update_cookies_from_response(
            ctx.request.host.partition(":")[0],
            ctx.request.path,
            response.headers.getlist("Set-Cookie"),
        )

    def open(
        self,
        *args: Any,
        buffered: bool = False,
        follow_redirects: bool = False,
        **kwargs: Any,
    ) -> TestResponse:
        """Make a request; ``get``, ``post`` and the like come here.

        Args:
            *args: An :class:`EnvironBuilder`, an environ, a request, or arguments for the builder.
            buffered: Whether to read the whole body and close it before returning.
            follow_redirects: Whether to follow redirects; ``response.history`` has the ones on the
                way.
            **kwargs: Arguments for the builder: ``query_string``, ``data``, ``json``, ``headers``
                ...

        Returns:
            The response; ``response.json`` is read with the app's JSON provider.
        """
        called = cv_aside.get()
        if called is not None:  # the thread of a twin, be it for what a redirect leads to
            called.contexts.clear()
            request = self._make_request(args, kwargs)
            return self._finish(self._send(request, buffered, follow_redirects))
        request = self._make_request(args, kwargs)
        self._forget_contexts()
        response = self._send(request, buffered, follow_redirects)
        self._enter_contexts(self._new_contexts)
        return self._finish(response)

    def _forget_contexts(self) -> None:
        """Leave the contexts of an earlier request, be it before a redirect or one that failed."""
        self._new_contexts.clear()
        self._leave_contexts()

    def _send(self, request: Request, buffered: bool, follow_redirects: bool) -> TestResponse:
        """Send the request."""
        return super().open(request, buffered=buffered, follow_redirects=follow_redirects)

    def _finish(self, response: TestResponse) -> TestResponse:
        """Let the response read JSON as the app does."""
        vars(response)["json_module"] = self.application.json
        return response

    def run_wsgi_app(
        self, environ: WSGIEnvironment, buffered: bool = False
    ) -> tuple[Iterable[bytes], str, Headers]:
        """Make the request that an environ describes, over the client's protocol.

        Args:
            environ: From the builder.
            buffered: Whether to read the whole body before returning.

        Returns:
            The body, the status line and the headers.
        """
        if self.protocol == "wsgi":
            return super().run_wsgi_app(environ, buffered=buffered)
        from .asgi import AsgiAsWsgi

        self._add_cookies_to_wsgi(environ)
        app = AsgiAsWsgi(self.application.__call__)
        body, status, headers = werkzeug.test.run_wsgi_app(app, environ, buffered=buffered)
        url = urlsplit(get_current_url(environ))
        self._update_cookies_from_response(
            url.hostname or "localhost", url.path, headers.getlist("Set-Cookie")
        )
        return body, status, headers

    def _make_request(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Request:
        """Make a request object of anything that :meth:`open` takes."""
        given = args[0] if args else None
        if isinstance(given, werkzeug.test.EnvironBuilder):
            builder = copy(given)
            builder.environ_base = self._copy_environ(dict(builder.environ_base or {}))
            return builder.get_request()
        if isinstance(given, dict):
            return EnvironBuilder.from_environ(
                given, app=self.application, environ_base=self._copy_environ({})
            ).get_request()
        if isinstance(given, Request):
            request = copy(given)
            environ = dict(request.environ)
            environ.pop(PRESERVE, None)  # a wish of the block that it was sent in before
            request.environ = self._copy_environ(environ)
            return request
        return self._request_from_builder_args(args, kwargs)

    def _request_from_builder_args(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Request:
        """Make a request of arguments for :class:`EnvironBuilder`."""
        kwargs["environ_base"] = self._copy_environ(kwargs.get("environ_base") or {})
        builder = EnvironBuilder(self.application, *args, **kwargs)
        try:
            return builder.get_request()
        finally:
            builder.close()

    def _copy_environ(self, other: WSGIEnvironment) -> WSGIEnvironment:
        """Add the client's defaults; in a ``with`` block, the wish for the contexts too."""
        environ = {**self.environ_base, **other}
        if self.preserve_context:
            # Requests that are awaited at the same time have each a list of their own.
            called = cv_aside.get()
            contexts = self._new_contexts if called is None else called.contexts
            environ[PRESERVE] = contexts.append
        return environ

    def _enter_contexts(self, contexts: list[AbstractContextManager[Any]]) -> None:
        """Push the contexts that the app handed over, and take them from the list."""
        for context in contexts:
            context.__enter__()
            self._kept.append(context)
            _preserved.add(context)
        contexts.clear()

    def _leave_contexts(self) -> None:
        """Pop the contexts of the last request, from below those of other clients if need be."""
        if not self._kept:
            return
        # What another task's request left is bound in that task's Context, and gone with it.
        bound: list[Any] = [*_request_ctx_stack._list(), *_app_ctx_stack._list()]
        kept = [context for context in self._kept if context in bound]
        self._kept = []
        lifted = [(stack, _lift(stack, kept)) for stack in (_request_ctx_stack, _app_ctx_stack)]
        try:
            with ExitStack() as leaving:
                for context in kept:
                    leaving.push(context)
        finally:
            for stack, contexts in lifted:
                for context in reversed(contexts):
                    stack.push(context)

    def __enter__(self) -> Self:
        if self.preserve_context:
            raise RuntimeError(
                "Cannot nest client invocations: this client is in a 'with' block already;"
                " make a second one with app.test_client()"
            )
        self.preserve_context = True
        return self

    async def __aenter__(self) -> Self:
        from asyncio import current_task

        self._owner = current_task()
        return self.__enter__()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._owner = None
        self.__exit__(exc_type, exc_value, tb)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.preserve_context = False
        self._leave_contexts()


def _lift(stack: Any, kept: list[AbstractContextManager[Any]]) -> list[Any]:
    """Unbind what other clients have above ``kept``; anything else is left where it is."""
    lifted = []
    while (top := stack.top) is not None and top not in kept and top in _preserved:
        lifted.append(stack.pop())
    return lifted
