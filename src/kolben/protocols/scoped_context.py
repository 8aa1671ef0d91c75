"""The request context of a request that came over ASGI."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException

from ..http.client import RECEIVE
from ..http.hosts import check_host, good_hosts
from ..http.scope import build_environ, fill_request, make_request, scoped, split_path
from ..latest import latest
from ..request_contexts import RequestContext
from ..scopes import APP_ONLY

if TYPE_CHECKING:
    from ..app import Kolben
    from ..http import Request
    from ..http.scope import Scope
    from ..scopes import Scopes
    from .asgi import Receive

    #: How the view is begun; what matched, ``None`` if it is still to be asked; whose hooks run.
    Plan = tuple[Any, Any, Scopes]
    #: The scope, its headers by name, and either the body that was received or what gives the next
    #: message of the client.
    Source = tuple[Scope, dict[bytes, bytes], IO[bytes] | None, Receive | None]


new = object.__new__

METHODS: dict[str, dict[str, Any]] = {
    method: {"REQUEST_METHOD": method} for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
}
"""What the steps ask the environ for, for ordinary requests without cookies, by their method."""
METHODS_WITH_COOKIE = {
    method: {**environ, "HTTP_COOKIE": ""} for method, environ in METHODS.items()
}
"""The same for those with cookies."""


class ScopeContext(RequestContext):
    """A request context whose request is made from an ASGI scope, when somebody looks at it.

    Args:
        app: The application that answers.
        plan: What requests like this have in common.
        source: What the request is made of.
    """

    # Not set for each, as nobody looks at them while it is calm; what is set on some alone is read
    # slowly on all.
    _opened = _after = None
    _holds = 0

    def __init__(self, app: Kolben, plan: Plan, source: Source) -> None:
        # PERF bench wire: 200 ns less than to let the class above do it, and to change it then
        self.app = app
        _, self._found, self._scopes = plan
        self._source = source
        self._made = None
        self._pushed = None
        self._app_ctx = None
        self._calm = True

    @property
    def _environ(self) -> dict[str, Any]:  # type: ignore[override]  # nobody sets it
        """As much of an environ as the steps ask for."""
        scope, fields = self._source[:2]
        known = METHODS_WITH_COOKIE if b"cookie" in fields else METHODS
        return known.get(scope["method"]) or _steps_environ(scope, fields)

    def __getattr__(self, name: str) -> Any:
        """Make the request when it is first looked at."""
        return self._make_request() if name == "request" else super().__getattr__(name)

    def _make_request(self) -> Request:
        """Make the request, and tell it what matching found before somebody looked at it."""
        app = self.app
        way = app._way
        scope, fields, body, receive = self._source
        request: Request
        if receive is not None:
            scope[RECEIVE] = receive, None
        if self._found is not None and way.scoped_class is not None:
            # PERF bench wire: 0.4 µs less than to look at method and path again
            request = new(way.scoped_class)
            fill_request(request, scope, fields, body, scope["method"], scope["path"])
            self._tell(request)
        else:
            request = make_request(way.request_class, scope, fields, body)
            if self._found is not None:
                self._tell(request)
        self.request = self._made = request
        request.json_module = app.json
        return request

    def _tell(self, request: Request) -> None:
        """Tell the request what matched, with arguments that it may change."""
        rule, arguments = self._found  # type: ignore[misc]  # no error here
        request.url_rule, request.view_args = rule, {**arguments}

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
                latest.host = host

    def match_request(self) -> None:
        """Find the URL rule and its arguments."""
        request = self.request
        scope, fields = self._source[:2]
        path = split_path(scope)[1] if scope.get("root_path") else scope["path"]
        if self.app._way.routes_itself and path and b"upgrade" not in fields:
            try:
                found = self.app.url_map.match_path(request.path, request.method)
            except HTTPException as error:  # of a converter of the app's own
                request.routing_exception = error
                return
            if found is not None:
                self._note_match(found)
                return
        super().match_request()

    def _close(self) -> None:
        """Close what the request holds open, and cut its reference cycles."""
        self._was_pushed = True
        request: Any = self.request
        if request.routing_exception is not None:  # its traceback's frames hold the request
            request.routing_exception.__traceback__ = None
        request.close()
        if request.has_environ:
            request.environ["werkzeug.request"] = None

    def _close_late(self) -> None:
        """Do what ``_close`` does, if anybody has looked at the request."""
        request: Any = self._made
        if request is not None:
            if request._keeps_open:
                request.close()
            if request.has_environ:
                request.environ["werkzeug.request"] = None

    def copy(self) -> RequestContext:
        """Make a second context with the same request and the same session."""
        session = self._opened if self._is_over() else self._session
        copied = RequestContext(
            self.app, environ=self.request.environ, request=self.request, session=session
        )
        copied._was_pushed = self._is_over()  # it opens the session by itself, if need be
        return copied


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
    source = scope, fields, body, None
    ctx = ScopeContext(app, (None, None, APP_ONLY), source)
    ctx._judge_host(ctx._make_request(), fields.get(b"host"))
    return ctx
