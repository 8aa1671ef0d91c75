"""The straight lane over ASGI: plain code for requests around which there is little to do.

Theory of operation. As :mod:`kolben.lane` does over WSGI, this goes through the steps of a request
as plain code, and hands over the steps that are left where it can't go on. A request with a sync
view takes it in a worker thread, from its first hook to its teardown. One with an async view (or
one marked ``inline``) takes it on the loop, if no hooks concern it, so that nothing can block. The
view is begun inside the request's Context right here: one that never waits, or is done before it
does, costs no more than a call. One that waits is awaited as any other
(:mod:`kolben.protocols.driving`), from where it has come to.
"""

from __future__ import annotations

from types import CoroutineType
from typing import TYPE_CHECKING, Any

from .. import lane
from ..dispatch import answer, fail, wait_for
from ..http.hosts import good_hosts
from ..scopes import concerns, known_scopes, scopes_of_endpoint
from ..signals import appcontext_pushed, connected, request_finished, request_started
from ..stacks import _bound_app, _cv_request
from ..waiting import ASYNC, AWAY, is_async
from .asgi_body import ANNOUNCING
from .asgi_end import conclude
from .asgi_response import Answer
from .driving import Progress
from .scoped_context import late_context

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ..app import Kolben
    from ..http.scope import Scope
    from ..waiting import Step
    from ..way import Way
    from .asgi import Receive
    from .scoped_context import ScopeContext

# Bound once: a method of a ContextVar is looked up in 20 ns.
_app_on_top, _request_on_top = _bound_app.get, _cv_request.get


def is_open(app: Kolben, way: Way, scope: Scope, fields: dict[bytes, bytes]) -> bool:
    """Tell whether a request may take the lane: whether all that it leaves out has nothing to do.

    Args:
        app: The app.
        way: Its way.
        scope: The scope of the request.
        fields: Its headers, by name.
    """
    return (
        way.is_straight_by_scope
        and b"content-length" not in fields
        and b"transfer-encoding" not in fields
        and scope["http_version"] in ANNOUNCING
        and not (connected and (appcontext_pushed.receivers or request_started.receivers))
        and _app_on_top(None) is None
        and _request_on_top(None) is None
        and fields.get(b"host") in good_hosts
        and app.config["TRUSTED_HOSTS"] is None
        and scope["method"] != "OPTIONS"
        and not scope.get("root_path")
        and b"upgrade" not in fields
        and "kolben.preserve_context" not in scope
    )


def take(
    app: Kolben, way: Way, scope: Scope, fields: dict[bytes, bytes], receive: Receive
) -> bytes | tuple[Progress, Step[None] | None] | None:
    """Take a request along the lane, as far as it leads on the loop; runs inside its Context.

    Args:
        app: The app.
        way: Its way.
        scope: The scope of the request.
        fields: Its headers, by name.
        receive: Gives the next message of the client.

    Returns:
        The text of an answer that is no more than that, where the request has come to its end;
        else where the answer is put, with the steps that are left (``None`` at the end). ``None``
        where the lane is closed.
    """
    found: Any
    if (
        not is_open(app, way, scope, fields)
        or (found := app.url_map.match_raw(scope["path"], scope["method"])).__class__ is not tuple
    ):
        return None
    endpoint = found[0].endpoint
    scopes = known_scopes.get(endpoint) or scopes_of_endpoint(endpoint)
    view: Any = app.view_functions.get(endpoint)
    if view is None or (  # that is an error, which the steps handle
        app.url_value_preprocessors and concerns(app.url_value_preprocessors, scopes)
    ):
        return None
    code = getattr(view, "__code__", None)
    # PERF bench wire: 60 ns less than to ask is_async(), which looks there first, too
    if not ((code is not None and code.co_flags & ASYNC) or is_async(view)):
        ctx, progress = late_context(app, scope, fields, receive), Progress()
        return progress, take_away(app, way, ctx, scope, found, progress)
    if (
        way.session_interface.blocks
        or (app.before_request_funcs and concerns(app.before_request_funcs, scopes))
        or (app.after_request_funcs and concerns(app.after_request_funcs, scopes))
    ):
        return None
    ctx = late_context(app, scope, fields, receive)
    ctx._found, ctx._scopes = found, scopes
    ctx._pushed = lane.bind_request(ctx), None, None
    response = _answer(app, way, ctx, view, found[1])
    if response.__class__ is bytes and is_over(app, ctx):
        ctx.abandon()
        return response
    return _end(app, ctx, scope, response)


def _end(
    app: Kolben, ctx: ScopeContext, scope: Scope, response: Any
) -> tuple[Progress, Step[None] | None]:
    """Put the answer of a request where it is looked for, and see what is left to do."""
    progress = Progress()
    if response.__class__ is lane.Rest:
        ctx.settle()
        return progress, conclude(app, ctx, scope, progress, response.step)
    try:
        progress.answer = response if response.__class__ is bytes else Answer(response, ctx)
    except BaseException as error:  # noqa: BLE001  # raised again where the steps would meet it
        ctx.settle()
        return progress, conclude(app, ctx, scope, progress, fail(error))
    progress.later = ctx._later
    if is_over(app, ctx):
        ctx.abandon()
        return progress, None
    return progress, leave(ctx, progress)


def take_away(
    app: Kolben, way: Way, ctx: ScopeContext, scope: Scope, found: Any, progress: Progress
) -> Step[None]:
    """Take a request along the lane in a worker thread, where everything may block.

    Args:
        app: The app.
        way: Its way.
        ctx: The context of the request.
        scope: Its scope.
        found: What matching found.
        progress: Where the answer is put; bytes are a text that needs no response object.
    """
    yield AWAY
    ctx.enter(found)
    response = _answer_away(app, way, ctx, found)
    if response.__class__ is not lane.Rest:
        try:
            progress.answer = response if response.__class__ is bytes else Answer(response, ctx)
        except BaseException as error:  # noqa: BLE001  # raised again where the steps would meet it
            response = lane.Rest(fail(error))
    if response.__class__ is lane.Rest:
        ctx.settle()
        yield from conclude(app, ctx, scope, progress, response.step)
        return
    progress.later = ctx._later
    progress.ending = True
    left = lane.leave(app, ctx)
    if left is not None:
        yield from left


def _answer_away(app: Kolben, way: Way, ctx: ScopeContext, found: Any) -> Any:
    """Run the hooks before, the view, and what makes a response of its answer."""
    rule, arguments = found
    scopes = ctx._scopes = scopes_of_endpoint(rule.endpoint)
    try:
        if app.before_request_funcs and concerns(app.before_request_funcs, scopes):
            rv = lane._before_and_view(app, ctx, scopes)
        else:
            rv = app.view_functions[rule.endpoint](**arguments)
    except BaseException as error:  # noqa: BLE001  # raised again where the steps would meet it
        return lane.Rest(answer(app, ctx, fail(error)))
    try:
        return lane.finalize(app, way, ctx, rv)
    except BaseException as error:  # noqa: BLE001  # the same
        return lane.Rest(fail(error))


def _answer(
    app: Kolben, way: Way, ctx: ScopeContext, view: Callable[..., Any], arguments: dict[str, Any]
) -> Any:
    """Call the view, and make a response of what it answers, as far as that goes without waiting.

    Returns:
        The response, bytes of text, or a `Rest`.
    """
    # A step that fails is raised again where the steps would have met its error.
    try:
        rv = view(**arguments) if arguments else view()
        if rv.__class__ is CoroutineType:
            try:
                waits_for = rv.send(None)
            except StopIteration as done:
                rv = done.value
            else:
                return lane.Rest(answer(app, ctx, wait_for(Begun(rv, waits_for))))
    except BaseException as error:  # noqa: BLE001
        return lane.Rest(answer(app, ctx, fail(error)))
    if (
        ctx._after is not None
        or (connected and request_finished.receivers)
        or app.after_response_funcs
    ):
        return lane.Rest(answer(app, ctx, wait_for(rv)))  # what may block is run there
    try:
        return lane.finalize(app, way, ctx, rv)
    except BaseException as error:  # noqa: BLE001
        return lane.Rest(fail(error))


def is_over(app: Kolben, ctx: ScopeContext) -> bool:
    """Tell whether nobody has to be told of the end of a request."""
    return not (
        ctx._holds
        or app.teardown_appcontext_funcs
        or (app.teardown_request_funcs and concerns(app.teardown_request_funcs, ctx._scopes))
        or (connected and lane.end_is_heard())
        or _request_on_top(None) is not ctx
    )


def leave(ctx: ScopeContext, progress: Progress) -> Step[None]:
    """Leave the context, as the last step of a request."""
    progress.ending = True
    step = ctx.leave(None)
    if step is not None:
        yield from step


class Begun:
    """A coroutine that has been begun, to be awaited from there.

    Args:
        coroutine: The coroutine.
        waits_for: What it yielded to the loop.
    """

    __slots__ = ("_coroutine", "_waits_for")

    def __init__(self, coroutine: Any, waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        coroutine, waits_for = self._coroutine, self._waits_for
        self._waits_for = None
        try:
            while True:
                try:
                    value = yield waits_for
                except GeneratorExit:
                    coroutine.close()
                    raise
                except BaseException as error:  # noqa: BLE001  (it goes where it was meant to go)
                    waits_for = coroutine.throw(error)
                else:
                    waits_for = coroutine.send(value)
        except StopIteration as done:
            return done.value

    def close(self) -> None:
        """Give the coroutine up."""
        self._coroutine.close()
