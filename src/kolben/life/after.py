"""What runs when a response is out: ``after_response`` and ``after_this_response``.

Theory of operation. Where a request has such functions, its context is held beyond its end, as a
stream holds it, so that the functions find it whole and the teardown comes after them. On WSGI they
run when the server closes the body (PEP 3333), on ASGI when the last message was sent.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from weakref import ref

from ..dispatch import call
from ..scopes import newest_in, scopes_of
from ..waiting import finish_in, run_off_loop
from .running import name_of

if TYPE_CHECKING:
    from collections.abc import Callable

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
        try:
            for function in self._functions:
                try:
                    yield from call(app._way, function, self._response())
                except Exception:
                    app.logger.exception("after_response function %s failed", name_of(function))
        finally:
            yield from held.leave_hold(None)

    def run_now(self) -> None:
        """Do so in this thread."""
        finish_in(self.context, self.step())

    def __del__(self) -> None:
        if getattr(self, "_held", None) is not None:  # the response was dropped, never closed
            self._functions = []
            run_off_loop(self.run_now)


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
