"""The context of one WebSocket: a request's, whose request is the connection.

So ``websocket``, ``request``, ``session``, ``g``, ``current_app`` and ``url_for`` all work in a
handler, and extensions that look at ``request`` (who is logged in?) need not know of WebSockets.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar, cast

from werkzeug.exceptions import HTTPException

from kolben.contexts import RequestContext
from kolben.dispatch import call, is_pending
from kolben.waiting import AWAY, must_leave

from . import way

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from kolben.app import Kolben
    from kolben.http import Response
    from kolben.routing.answers import Match
    from kolben.waiting import Step

    from .websocket import WebSocket

T = TypeVar("T")


class WebSocketContext(RequestContext):
    """What belongs to one WebSocket, from its handshake to its end.

    Args:
        app: The application.
        websocket: The connection; it is the context's ``request``, too.
    """

    websocket: WebSocket

    def __init__(self, app: Kolben, websocket: WebSocket) -> None:
        self.websocket = websocket
        websocket.json_module = app.json
        super().__init__(app, websocket.environ, websocket)
        if websocket._finish_handshake is None:  # a copy leaves that to the first
            websocket._finish_handshake = self.finish_handshake
        #: What the handler or a hook raised, handled or not.
        self.error: BaseException | None = None
        self._saved_cookies: list[str] = []

    def copy(self) -> WebSocketContext:
        """Make a second context with the same connection and the same session."""
        copied = type(self)(self.app, self.websocket)
        copied._opened = self._session
        return copied

    def match_request(self) -> None:
        """Find the WebSocket rule and its arguments."""
        websocket = self.websocket
        try:
            if self.url_adapter is not None:
                found = self.url_adapter.match(return_rule=True, websocket=True)
                websocket.url_rule, websocket.view_args = cast("Match", found)
        except HTTPException as error:
            websocket.routing_exception = error

    def leave(self, exc: BaseException | None) -> Step[None]:
        """Do what ``pop`` does, as a step of the way."""
        return self._leave(exc)

    def _end(self, exc: BaseException | None) -> Step[None]:
        """Run the WebSocket's teardown, then close it."""
        try:
            yield from way.do_teardown_websocket(self.app, self, exc)
        finally:
            self._close()
            self.websocket._finish_handshake = self.error = None  # no cycles

    def _close(self) -> None:
        """Cut the reference cycles; there is nothing that is held open."""
        self._was_pushed = True
        error = self.request.routing_exception
        if error is not None:
            error.__traceback__ = None
        self.request.environ["werkzeug.request"] = None

    _close_late = _close

    async def finish_handshake(self) -> Response:
        """Make the answer of an accepted handshake: the session's cookie, and what hooks add.

        Returns:
            A response of which only the headers are sent.
        """
        app = self.app
        response: Response = app.response_class(status=101)
        for function in self._after or ():
            if must_leave(function):
                response = await self._aside(call(app._way, function, response))
            else:
                result: Any = function(response)
                response = await result if is_pending(result) else result
        if app.session_interface.blocks:
            await self._aside(self._save_away(response))
        else:
            self.save_session(response)
        self._saved_cookies = response.headers.getlist("Set-Cookie")
        return response

    def _aside(self, step: Step[T]) -> Awaitable[T]:
        """Take a step, for a part of it in a thread; this Context has been entered: in a copy."""
        return self.app.threads.drive(copy_context(), step)

    def _save_away(self, response: Response) -> Step[None]:
        """Save the session where it may block."""
        yield AWAY
        self.save_session(response)

    def save_session(self, response: Response) -> None:
        """Save the session where it was opened or has to be refreshed."""
        app, interface = self.app, self.app.session_interface
        session = self._opened
        if session is None and interface.needs_refresh(app, self.request):
            session = self._session
        if session is not None and not interface.is_null_session(session):
            interface.save_session(app, session, response)
            session.modified = False

    def save_late(self) -> Step[None]:
        """Save what was changed in the session after the handshake, as far as that can be.

        A store on the server takes it. A cookie that would have to be sent comes too late, since
        the headers are out: that is logged.
        """
        session = self._opened
        if session is None or not session.modified:
            return
        if self.app.session_interface.blocks:
            yield AWAY
        response = self.app.response_class()
        self.save_session(response)
        known = {_pair(cookie) for cookie in self._saved_cookies}
        known |= {f"{name}={value}" for name, value in self.request.cookies.items()}
        late = {_pair(cookie) for cookie in response.headers.getlist("Set-Cookie")}
        if late - known:
            self.app.logger.warning(
                "The session was changed in the WebSocket %s after its handshake, so its cookie"
                " can't be sent any more and the change is lost. Change it before the first"
                " accept(), receive() or send(), or keep sessions on the server"
                " (kolben.sessions.ServerSessionInterface).",
                self.request.path,
            )


def _pair(cookie: str) -> str:
    """Return the name and the value of a ``Set-Cookie`` header."""
    return cookie.partition(";")[0]
