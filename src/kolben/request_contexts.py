"""The request context, and what runs when it is pushed and popped.

Theory of operation: see :mod:`kolben.contexts`. What both contexts have in common is in
:mod:`kolben.app_contexts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from werkzeug.exceptions import HTTPException
from werkzeug.routing.exceptions import WebsocketMismatch

from .app_contexts import AppContext, _check_top, _Context, _pushed_cell
from .http.hosts import check_host
from .http.request import Request
from .http.upgrade import UpgradeRequired
from .scopes import APP_ONLY, concerns, scopes_of
from .signals import (
    appcontext_popped,
    appcontext_tearing_down,
    request_tearing_down,
)
from .stacks import FIRST_CELL, _bound_app, _cv_app, _cv_request, unbind
from .waiting import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.routing import MapAdapter

    from .app import Kolben
    from .life.after import Later
    from .routing.answers import Match, Miss
    from .sessions import SessionMixin
    from .typing import AfterRequestCallable
    from .waiting import Step

# Bound once: a method of a ContextVar is looked up in 20 ns.
_bind_app, _bind_request = _bound_app.set, _cv_request.set

new = object.__new__
LATE: Any = object()
"""In the place of a request: one that is made when somebody looks at it."""


class RequestContext(_Context):
    """What belongs to one request: ``request`` and ``session``, and what its end has to run.

    Args:
        app: The application that answers.
        environ: The WSGI environment.
        request: A ready request object, else one is made.
        session: A ready session, else it is opened from the request.
    """

    _variable = _cv_request

    app: Kolben
    request: Request
    url_adapter: MapAdapter | None
    flashes: list[tuple[str, str]] | None = None
    # What few requests have, on the class, so that the others do not pay for setting it.
    _later: Later | None = None
    _after_response: list[Callable[[Any], Any]] | None = None
    _deferred: tuple[AppContext | None] | None = None
    _was_pushed = False
    _opened: SessionMixin | None

    def __init__(
        self,
        app: Kolben,
        environ: WSGIEnvironment,
        request: Request | None = None,
        session: SessionMixin | None = None,
    ) -> None:
        self.app = app
        self._environ = environ
        self._opened = session
        # Set here though None: an attribute that the class has too takes 20 ns longer to read.
        self._after: list[AfterRequestCallable[Any]] | None = None
        self._found: Match | HTTPException | None = None
        self._made: Request | None = None
        self._scopes = APP_ONLY
        self._pushed = None
        self._app_ctx: AppContext | None = None  # that was made late
        self._holds = 0
        if request is not LATE:
            self._begin(request)

    def _begin(self, request: Request | None) -> None:
        """Make the request, if there is none, and judge the host that it was made to."""
        app = self.app
        if request is None:
            request = self._make_request()
        else:
            self.request = self._made = request
        try:
            if app._way.routes_itself:
                check_host(request.environ, app.config["TRUSTED_HOSTS"])
            else:
                self.url_adapter = app.create_url_adapter(request)
        except HTTPException as error:
            self.url_adapter = None
            request.routing_exception = error

    def _make_request(self) -> Request:
        """Make the request from the start."""
        request = self.request = self._made = self.app._way.request_class(self._environ)
        return request

    def __getattr__(self, name: str) -> Any:
        """Make the request or the URL adapter when it is first looked at."""
        if name == "request":
            found = self._found
            if found is None:
                return self._make_request()
            environ = self._environ
            cls = self.app._way.request_class
            if cls is Request:
                # PERF bench header: 0.3 µs less than to look at method and path again
                request = new(Request)
                request.environ = environ
                request.method = environ["REQUEST_METHOD"]
                request.path = environ["PATH_INFO"]
                environ["werkzeug.request"] = request
            else:
                request = cls(environ)
            self.request = self._made = request
            if found.__class__ is tuple:
                request.url_rule, request.view_args = found
            else:
                request.routing_exception = cast("HTTPException", found)
            return request
        if name == "url_adapter":
            adapter = self.url_adapter = self.app.create_url_adapter(self.request)
            return adapter
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def _after_request_functions(self) -> list[AfterRequestCallable[Any]]:
        """What ``after_this_request`` registered, in order."""
        if self._after is None:
            self._after = []
            self._calm = False
        return self._after

    @property
    def _session(self) -> SessionMixin | None:
        """The session, opened if need be; looking at it here does not count as access."""
        if self._opened is None and self._has_begun():
            self._open_session()
        return self._opened

    @_session.setter
    def _session(self, session: SessionMixin | None) -> None:
        self._opened = session
        self._calm = False

    @property
    def session(self) -> SessionMixin:
        """The session of this request; reading it marks it as accessed.

        Raises:
            RuntimeError: The context was not pushed yet.
        """
        session = self._opened
        if session is None:
            if not self._has_begun():
                raise RuntimeError(
                    "the session is opened when the request context is pushed;"
                    " use 'with ctx:' or ctx.push() first"
                )
            session = self._open_session()
        session.accessed = True
        return session

    @session.setter
    def session(self, session: SessionMixin) -> None:
        self._opened = session
        self._calm = False

    def _has_begun(self) -> bool:
        """Tell whether this context is or was pushed; who kept it may still read the session."""
        return (
            self._pushed is not None
            or self._found is not None
            or self._deferred is not None
            or self._was_pushed
        )

    def _is_over(self) -> bool:
        """Tell whether this context was pushed and left, so that nobody saves its session."""
        return self._has_begun() and self._pushed is None and self._deferred is None

    def _open_session(self) -> SessionMixin:
        """Open the session, or a null session where none can be had."""
        interface = self.app.session_interface
        session = interface.open_session(self.app, self.request)
        if session is None:
            session = interface.make_null_session(self.app)
        self._opened = session
        self._calm = False
        return session

    def copy(self) -> RequestContext:
        """Make a second context with the same request and the same session."""
        session = self._opened if self._is_over() else self._session
        copied = type(self)(
            self.app, environ=self.request.environ, request=self.request, session=session
        )
        copied._was_pushed = self._is_over()  # it opens the session by itself, if need be
        return copied

    def match_request(self) -> None:
        """Find the URL rule and its arguments; a subclass may match in its own way."""
        request = self.request
        environ = request.environ
        try:
            if (
                self.app._way.routes_itself
                and environ.get("PATH_INFO")
                and "HTTP_UPGRADE" not in environ  # a WebSocket has rules of its own
            ):
                known = self.app.url_map.match_path(request.path, request.method)
                if known is not None:
                    self._note_match(known)
                    return
            if self.url_adapter is not None:
                found = cast("Match", self.url_adapter.match(return_rule=True))
                request.url_rule, request.view_args = found
                if found[0].websocket:  # asked for over WSGI
                    request.routing_exception = UpgradeRequired()
        except WebsocketMismatch as error:
            is_plain = "HTTP_UPGRADE" not in environ
            request.routing_exception = UpgradeRequired() if is_plain else error
        except HTTPException as error:  # also of a converter of the app's own
            request.routing_exception = error

    def _note_match(self, found: Match | Miss) -> None:
        """Tell the request what its URL matched."""
        request = self.request
        if isinstance(found, tuple):
            request.url_rule, request.view_args = found
        else:
            request.routing_exception = found.error()

    def push(self) -> None:
        """Bind this context, and an application context where this app's is not on top."""
        app = self.app
        app_ctx = _cv_app.get(None)
        if app_ctx is None or app_ctx.app is not app:
            app_ctx = app.app_context()
            app_ctx.push()
        else:
            app_ctx = None
        below = _cv_request.get(None)
        if below is not None:
            below._calm = False
        self._pushed = (_cv_request.set(self), app_ctx, self._pushed)
        if self._opened is None and not app.session_interface.opens_lazily:
            self._open_session()
        if self.request.routing_exception is None:
            self.match_request()

    def enter(self, found: Match | HTTPException) -> None:
        """Do what ``push`` does where nothing is bound and nobody is told.

        The application context is made when somebody looks at it (:class:`~.stacks.AppVariable`).

        Args:
            found: What matching found.
        """
        self._found = found
        _bind_request(self)
        self._pushed = FIRST_CELL

    def bind_app(self) -> AppContext:
        """Make the application context that ``enter`` left out, and bind it here and now.

        Returns:
            The context: one for this request, whichever ``contextvars.Context`` asks.
        """
        app_ctx = self._app_ctx
        if app_ctx is None:
            made = AppContext(self.app)
            # Two threads may ask at once. Nothing is called between look and store, so the
            # interpreter doesn't change threads there: the first wins.
            if self._app_ctx is None:
                self._app_ctx = made
            app_ctx = self._app_ctx
        token = _bind_app(app_ctx)
        if app_ctx._pushed is None and self._pushed is not None:
            app_ctx._pushed = (token, None, None)
            self._pushed = (self._pushed[0], app_ctx, self._pushed[2])
        return app_ctx

    def settle(self) -> None:
        """Make up for what ``enter`` left out, so that this is a context like any other."""
        self._calm = False
        if self._found is not None and self._pushed is not None and self._pushed[1] is None:
            self.bind_app()

    def abandon(self) -> None:
        """Do what ``pop`` does where nobody is told and the ``contextvars.Context`` ends, too.

        The context stays bound, in a Context that nobody enters again.
        """
        # PERF bench hello: 124 ns less than to unbind
        self._pushed = None  # tokens know their Context, which holds us: no cycle
        if self._app_ctx is not None:
            self._app_ctx._pushed = None
        if self._made is not None:
            self._close_late()

    def _close_late(self) -> None:
        """Do what ``_close`` does, if anybody has looked at the request."""
        request = self._made
        if request is not None:
            if request._keeps_open:
                request.close()
            self._environ["werkzeug.request"] = None

    def leave(self, exc: BaseException | None) -> Step[None] | None:
        """Do what ``pop`` does, as a step of the way: a generator if there is anything to run."""
        self.settle()
        pushed = self._pushed
        app = self.app
        if (
            pushed is None
            or pushed[2] is not None
            or self._holds
            or (
                app.teardown_request_funcs
                and concerns(app.teardown_request_funcs, scopes_of(self.request))
            )
            or app.teardown_appcontext_funcs
            or request_tearing_down.receivers
            or appcontext_tearing_down.receivers
            or appcontext_popped.receivers
            or not app._way.plain_teardown
            or (pushed[1] is not None and type(pushed[1]) is not AppContext)
            or _cv_request.get(None) is not self
        ):
            return self._leave(exc)
        # PERF bench hello: nobody has to be told: push and leave 6.1 → 3.1 µs, no generators
        token, app_ctx, self._pushed = pushed
        unbind(_cv_request, token)
        if app_ctx is not None:
            token, _, app_ctx._pushed = app_ctx._pushed
            unbind(_cv_app, token)
        self._close()
        return None

    def leave_while(self, teardown: Step[None]) -> Step[None]:
        """Do what ``pop`` does, where some of the request's teardown has been done already."""
        self.settle()
        return self._leave(None, teardown)

    def leave_request(self) -> AppContext:
        """Do the first half of ``pop``, once the request's teardown is done.

        Returns:
            The application context, which is still bound.
        """
        self.settle()
        token, app_ctx, self._pushed = _pushed_cell(self)
        unbind(_cv_request, token)
        self._close_late()
        return app_ctx  # type: ignore[no-any-return]

    def _leave(self, exc: BaseException | None, teardown: Step[None] | None = None) -> Step[None]:
        """Undo the newest push; if it is the last, run the teardown unless somebody holds on."""
        top = _cv_request.get(None)
        token, app_ctx, below = _pushed_cell(self)
        # An error's traceback may hold the very stream that holds this context, so it is not kept.
        if below is None and self._holds and exc is None:
            self._deferred = (app_ctx,)
            self._unbind()
            if app_ctx is not None:
                app_ctx._unbind()
        else:
            try:
                if below is None:
                    yield from self._end(exc) if teardown is None else self._end_with(teardown)
            finally:
                self._pushed = below
                unbind(_cv_request, token)
                if app_ctx is not None:
                    yield from app_ctx.leave(exc)
        _check_top(top, self, "request")

    def hold(self) -> None:
        """Keep this context alive beyond its last pop, until ``release`` was called as often."""
        self._holds += 1
        self._calm = False

    def release(self, exc: BaseException | None = None) -> None:
        """Give up one ``hold``; the last one runs the teardown that a pop has put off.

        Call it where this context is still the current one, that is in a ``contextvars.Context``
        that was copied while it was bound.

        Args:
            exc: What went wrong meanwhile, for the teardown functions.
        """
        finish(self.leave_hold(exc))

    def leave_hold(self, exc: BaseException | None) -> Step[None]:
        """Do what ``release`` does, as a step of the way."""
        self._holds -= 1
        if self._holds or self._pushed is not None or self._deferred is None:
            return
        app = self.app
        (app_ctx,), self._deferred = self._deferred, None
        try:
            yield from self._end(exc)
        finally:
            if app_ctx is not None:
                yield from app._way.do_teardown_appcontext(app, app_ctx, exc)
                if appcontext_popped.receivers:
                    appcontext_popped.send(app, _async_wrapper=app.ensure_sync)

    def _end(self, exc: BaseException | None) -> Step[None]:
        """Run the request's teardown, then close it."""
        return self._end_with(self.app._way.do_teardown_request(self.app, self, exc))

    def _end_with(self, teardown: Step[None]) -> Step[None]:
        """Run a teardown, then close the request."""
        try:
            yield from teardown
        finally:
            self._close()

    def _close(self) -> None:
        """Close what the request holds open, and cut its reference cycles."""
        self._was_pushed = True
        request = self.request
        if request.routing_exception is not None:  # its traceback's frames hold the request
            request.routing_exception.__traceback__ = None
        request.close()
        request.environ["werkzeug.request"] = None

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.request.url!r} [{self.request.method}]"
            f" of {self.app.name}>"
        )
