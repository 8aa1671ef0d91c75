"""The request context of a request that came over ASGI."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException

from ..contexts import LATE, RequestContext
from ..http.client import RECEIVE
from ..http.hosts import check_host, good_hosts
from ..http.scope import build_environ, make_request, scoped, split_path

if TYPE_CHECKING:
    from ..app import Kolben
    from ..http import Request
    from ..http.scope import Scope
    from .asgi import Receive


# What the steps ask the environ for, for requests that have no cookies.
_METHODS = {
    method: {"REQUEST_METHOD": method}
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
}


class ScopeContext(RequestContext):
    """A request context whose request is made from an ASGI scope.

    `late_context` and `make_context` make them.
    """

    _source: tuple[Scope, dict[bytes, bytes], IO[bytes] | None, Receive | None]

    def __getattr__(self, name: str) -> Any:
        """Make the request when it is first looked at."""
        return self._make_request() if name == "request" else super().__getattr__(name)

    def _make_request(self) -> Request:
        """Make the request, and tell it what matching found before somebody looked at it."""
        app, found = self.app, self._found
        scope, fields, body, receive = self._source
        if receive is not None:
            scope[RECEIVE] = receive, None
        request = make_request(app._way.request_class, scope, fields, body)
        self.request = self._made = request
        request.json_module = app.json
        if found is not None:
            request.url_rule, request.view_args = found  # type: ignore[misc]  # no error here
        return request  # type: ignore[no-any-return]

    def _judge_host(self, request: Request, host: bytes | None) -> None:
        """Find out whether the host that the request was made to can be."""
        app = self.app
        way = app._way
        trusted = app.config["TRUSTED_HOSTS"]
        if way.routes_itself and trusted is None and host in good_hosts:
            return
        try:
            if way.routes_itself:
                check_host(request.environ, trusted)
            else:
                self.url_adapter = app.create_url_adapter(request)
        except HTTPException as error:
            self.url_adapter = None
            request.routing_exception = error
        else:
            if host and trusted is None and request.environ.get("HTTP_HOST") in good_hosts:
                good_hosts.add(host)  # as a scope has it

    def match_request(self) -> None:
        """Find the URL rule and its arguments."""
        request = self.request
        scope, fields = self._source[:2]
        path = split_path(scope)[1] if scope.get("root_path") else scope["path"]
        if self.app._way.routes_itself and path and b"upgrade" not in fields:
            found = self.app.url_map.match_path(request.path, request.method)
            if found is not None:
                if isinstance(found, tuple):
                    request.url_rule, request.view_args = found
                else:
                    request.routing_exception = found.error()
                return
        super().match_request()

    def _close(self) -> None:
        """Close what the request holds open, and cut its reference cycles."""
        self._was_pushed = True
        request = self.request
        if request.routing_exception is not None:  # its traceback's frames hold the request
            request.routing_exception.__traceback__ = None
        request.close()
        if "environ" in request.__dict__:
            request.environ["werkzeug.request"] = None

    def _close_late(self) -> None:
        """Do what ``_close`` does, if anybody has looked at the request."""
        if self._made is not None:
            self._close()

    def copy(self) -> RequestContext:
        """Make a second context with the same request and the same session."""
        session = self._opened if self._is_over() else self._session
        copied = RequestContext(
            self.app, environ=self.request.environ, request=self.request, session=session
        )
        copied._was_pushed = self._is_over()  # it opens the session by itself, if need be
        return copied


def late_context(
    app: Kolben, scope: Scope, fields: dict[bytes, bytes], receive: Receive
) -> ScopeContext:
    """Make the context of a request without a body, which is made when somebody looks at it.

    Args:
        app: The application that answers.
        scope: The scope; its host was found good.
        fields: Its headers, by name.
        receive: Gives the next message of the client.
    """
    environ = _METHODS.get(scope["method"])
    if environ is None or b"cookie" in fields:
        environ = _steps_environ(scope, fields)
    # PERF bench wire: 80 ns less than to leave out the None; what has all arguments is run inline
    ctx = ScopeContext(app, environ, LATE, None)
    ctx._source = scope, fields, None, receive
    return ctx


def _steps_environ(scope: Scope, fields: dict[bytes, bytes]) -> dict[str, Any]:
    """Make as much of an environ as the steps ask for."""
    method = {"REQUEST_METHOD": scope["method"]}
    return method | {"HTTP_COOKIE": ""} if b"cookie" in fields else method


def make_context(
    app: Kolben, scope: Scope, fields: dict[bytes, bytes], body: IO[bytes] | None
) -> RequestContext:
    """Make the request context of a scope, by way of an environ where the app wants one.

    Args:
        app: The application that answers.
        scope: The scope.
        fields: Its headers, by name.
        body: The body that was received, ``None`` for none.
    """
    if app._way.makes_contexts or scoped[app.request_class] is None:
        from io import BytesIO

        return app.request_context(build_environ(scope, BytesIO() if body is None else body))
    ctx = ScopeContext(app, _steps_environ(scope, fields), LATE, None)
    ctx._source = scope, fields, body, None
    ctx._judge_host(ctx._make_request(), fields.get(b"host"))
    return ctx
