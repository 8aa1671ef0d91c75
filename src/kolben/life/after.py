"""What runs when a response is out: ``after_response`` and ``after_this_response``.

Theory of operation. Where a request has such functions, its context is held beyond its end, as a
stream holds it, so that the functions find it whole and the teardown comes after them. On WSGI they
run when the server closes the body (PEP 3333), on ASGI when the last message was sent. To a server
the request is over by then, and some end a process without a thought of them (Granian, Werkzeug's):
so the end of the life waits for them.
"""

from __future__ import annotations

import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from weakref import ref

from ..dispatch import call
from ..scopes import newest_in, scopes_of
from ..waiting import finish_in, run_off_loop
from . import ending
from .running import name_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from ..app import Kolben
    from ..contexts import RequestContext
    from ..http import Response
    from ..waiting import Step


class Later:
    """The functions that wait for the end of one response.

    Args:
        app: The app.
        ctx: The request's context, which is the current one.
        response: Gives the response; what the response itself holds must not hold it in turn.
        functions: What is called, in order.
    """

    def __init__(
        self,
        app: Kolben,
        ctx: RequestContext,
        response: Callable[[], Response | None],
        functions: list[Callable[[Any], Any]],
    ) -> None:
        self._app = app
        self._response = response
        self._functions = functions
        self.context = copy_context()
        ctx.hold()
        self._held: RequestContext | None = ctx

    def step(self) -> Step[None]:
        """Call the functions, then let the request end; runs inside ``context``, once."""
        held, self._held = self._held, None
        if held is None:
            return
        held._later = None  # our Context holds it: no cycle
        app = self._app
        over = app._life.late.add(app)
        try:
            for function in self._functions:
                try:
                    yield from call(app._way, function, self._response())
                except Exception:
                    app.logger.exception("after_response function %s failed", name_of(function))
        finally:
            try:
                yield from held.leave_hold(None)
            finally:
                over.set_result(None)

    def run_now(self) -> None:
        """Do so in this thread."""
        finish_in(self.context, self.step())

    def __del__(self) -> None:
        if getattr(self, "_held", None) is not None:  # the response was dropped, never closed
            self._functions = []
            run_off_loop(self.run_now)


class Late:
    """What runs after responses at this moment in one process."""

    def __init__(self) -> None:
        self._running: set[Future[None]] = set()
        self._lock = threading.Lock()

    def add(self, app: Kolben) -> Future[None]:
        """Take note of one more.

        Args:
            app: The app.

        Returns:
            What has to be done when it is over.
        """
        from concurrent.futures import Future  # late: most apps do without it

        over: Future[None] = Future()
        with self._lock:
            self._running.add(over)
            ending.hold(app)
        over.add_done_callback(lambda over: self._discard(app, over))
        return over

    def _discard(self, app: Kolben, over: Future[None]) -> None:
        with self._lock:
            self._running.discard(over)
            if not self._running:
                ending.let_go(app)

    def drain(self, app: Kolben, grace: float) -> Step[None]:
        """Wait until nothing runs any more, at most ``grace`` seconds.

        Args:
            app: The app.
            grace: How long, in seconds.
        """
        if self._running:
            yield self._drain(app, grace)

    async def _drain(self, app: Kolben, grace: float) -> None:
        from asyncio import wait, wrap_future

        _, left = await wait([wrap_future(over) for over in [*self._running]], timeout=grace)
        if left:
            app.logger.warning(
                "The after_response functions of %d responses were left behind: they did not end"
                " within BACKGROUND_TASK_GRACE (%s s)",
                len(left),
                grace,
            )


def expect_end(app: Kolben, ctx: RequestContext, response: Response) -> None:
    """Have the functions of a request run when its response is out; called as it is ready.

    Args:
        app: The app.
        ctx: The request's context, which is the current one.
        response: The response.
    """
    functions = list(ctx._after_response or ())
    functions += newest_in(app.after_response_funcs, scopes_of(ctx.request))
    if not functions:
        return
    own = vars(ctx.request)
    if "scope" in own or "asgi.scope" in own.get("environ", ()):
        ctx._later = Later(app, ctx, lambda: response, functions)
    else:
        response.call_on_close(Later(app, ctx, ref(response), functions).run_now)
