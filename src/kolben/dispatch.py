"""The way of a request, from a pushed context to a finished response and its teardown.

Theory of operation. Each step of the way is a function over the app and the request's context. It
answers with its result, or, where hooks have to be run or waited for, with a generator that will:
the generator yields what has to be awaited (whatever an ``async def`` view or hook returned) and is
sent the result; a driver decides where the awaitable runs (:mod:`kolben.protocols`). With sync
callables nothing is ever yielded, and a step with nothing to do is a plain call. So the order is
written once, for both protocols and both kinds of function.

The public methods of the same names (``preprocess_request``, ``dispatch_request`` …) are what Flask
documents for overriding. They run the same steps to their end at once; which of them an app has
made its own is found out by :mod:`kolben.way`, and those are called instead.
"""

from __future__ import annotations

from itertools import chain
from types import GeneratorType as Generator
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequestKeyError, HTTPException, InternalServerError
from werkzeug.routing import RoutingException

from .loops import serving, serving_here
from .scopes import concerns, hooks_in, newest_in, scopes_of
from .signals import (
    appcontext_tearing_down,
    got_request_exception,
    request_finished,
    request_started,
    request_tearing_down,
)
from .waiting import AWAY, must_leave

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from blinker import Signal

    from .app import Kolben
    from .contexts import RequestContext
    from .http import Response
    from .scopes import Scopes
    from .sessions import SessionMixin
    from .waiting import Step
    from .way import Way


# What views and hooks return nearly always; only other things are asked whether they can be
# awaited.
_READY = frozenset({str, bytes, dict, list, tuple, type(None), int, bool})


def is_pending(value: object) -> bool:
    """Tell whether a callable answered with an awaitable rather than with a result."""
    kind = value.__class__
    return kind not in _READY and hasattr(kind, "__await__")


def call(way: Way, function: Callable[..., Any], *args: Any) -> Step[Any]:
    """Call a hook where it may block, and wait for it if it answers with an awaitable."""
    if way.ensure_sync is not None:
        function = way.ensure_sync(function)
    if serving and must_leave(function):
        yield AWAY
    result = function(*args)
    if is_pending(result):
        result = yield result
    return result


def tell(signal: Signal, app: Kolben, **data: Any) -> Step[None]:
    """Send a signal where its receivers may block; ask first whether there are any.

    Args:
        signal: The signal.
        app: Its sender.
        **data: What the receivers are told.
    """
    if serving_here() is not None:
        yield AWAY
    signal.send(app, _async_wrapper=app.ensure_sync, **data)


# -- the steps, in their order
# ------------------------------------------------------------------------


def begin(app: Kolben, ctx: RequestContext) -> Step[Response]:
    """Push the context, and find the response."""
    ctx.push()
    return (yield from app._way.full_dispatch_request(app, ctx))


def full_dispatch_request(app: Kolben, ctx: RequestContext) -> Step[Response]:
    """Run the hooks before, the view, and the hooks after; a handled error is an answer too."""
    if not app._got_first_request:
        yield from app._first_request.run(app)
    return (yield from answer(app, ctx, reach_result(app, ctx)))


def answer(app: Kolben, ctx: RequestContext, result: Step[Any]) -> Step[Response]:
    """Go on from what leads to the view's result, or to an error, to the finished response."""
    way = app._way
    try:
        rv = yield from result
    except Exception as error:  # noqa: BLE001  # handled, or raised again
        rv = yield from way.handle_user_exception(app, ctx, error)
    response = way.finalize_request(app, ctx, rv)
    rv = None  # an error that is its own answer holds this frame by its traceback: no cycle
    if response.__class__ is Generator:
        response = yield from response
    return response  # type: ignore[no-any-return]


def reach_result(app: Kolben, ctx: RequestContext) -> Step[Any]:
    """Run the hooks before, and the view unless one of them had a result."""
    way = app._way
    if request_started.receivers:
        yield from tell(request_started, app)
    rv = None
    # PERF bench hello: taking this step with nothing to do costs 0.8 µs, asking 0.2
    scopes = scopes_of(ctx.request)
    if (
        (app.before_request_funcs and concerns(app.before_request_funcs, scopes))
        or (app.url_value_preprocessors and concerns(app.url_value_preprocessors, scopes))
        or way.preprocess_request is not preprocess_request
    ):
        rv = yield from way.preprocess_request(app, ctx)
    if rv is None:
        if serving and _view_must_leave(app, ctx):
            yield AWAY
        rv = way.dispatch_request(app, ctx)
        if is_pending(rv):
            rv = yield rv
    return rv


def wait_for(rv: Any) -> Step[Any]:
    """Give what a view or a hook answered with, after waiting for it if need be."""
    if is_pending(rv):
        rv = yield rv
    return rv


def fail(error: BaseException) -> Step[Any]:
    """Raise an error where it can be handled."""
    try:
        raise error
    finally:
        del error  # its traceback holds this frame: it would be a cycle, left to the collector
    yield  # a step is a generator


def preprocess_request(app: Kolben, ctx: RequestContext) -> Step[Any]:
    """Run URL value preprocessors and ``before_request`` hooks, up to the first result."""
    request, way = ctx.request, app._way
    scopes = scopes_of(request)[::-1]
    for function in hooks_in(app.url_value_preprocessors, scopes):
        yield from call(way, function, request.endpoint, request.view_args)
    return (yield from run_before(way, hooks_in(app.before_request_funcs, scopes)))


def run_before(way: Way, hooks: Iterable[Callable[..., Any]]) -> Step[Any]:
    """Run ``before_request`` hooks up to the first result."""
    for function in hooks:
        hook = function if way.ensure_sync is None else way.ensure_sync(function)
        if serving and must_leave(hook):
            yield AWAY
        rv = hook()
        if rv is not None:
            if is_pending(rv):
                rv = yield rv
            if rv is not None:
                return rv
    return None


def rest_of_before(
    app: Kolben, ctx: RequestContext, hooks: Iterable[Callable[..., Any]], rv: Any
) -> Step[Any]:
    """Go on where a ``before_request`` hook has answered with an awaitable."""
    rv = yield rv
    if rv is None:
        rv = yield from run_before(app._way, hooks)
    if rv is None:
        if serving and _view_must_leave(app, ctx):
            yield AWAY
        rv = dispatch_request(app, ctx)
        if is_pending(rv):
            rv = yield rv
    return rv


def dispatch_request(app: Kolben, ctx: RequestContext) -> Any:
    """Call the view that the URL rule names; what it returns may have to be awaited."""
    request = ctx.request
    if request.routing_exception is not None:
        app.raise_routing_exception(request)
    rule: Any = request.url_rule
    if request.method == "OPTIONS" and getattr(rule, "provide_automatic_options", False):
        return app.make_default_options_response()
    view: Any = app.view_functions[rule.endpoint]
    if app._way.ensure_sync is not None:
        view = app._way.ensure_sync(view)
    return view(**request.view_args)  # type: ignore[arg-type]


def _view_must_leave(app: Kolben, ctx: RequestContext) -> bool:
    """Tell whether the view, or the method that calls it, should not run on an event loop."""
    way = app._way
    if way.ensure_sync is not None or way.dispatch_request is not dispatch_request:
        return True
    rule: Any = ctx.request.url_rule
    if rule is None:
        return False
    view = app.view_functions.get(rule.endpoint)
    return view is not None and must_leave(view)


def finalize_request(
    app: Kolben, ctx: RequestContext, rv: Any, from_error_handler: bool = False
) -> Any:
    """Make a response of what the view returned and run the hooks after it."""
    response = app.make_response(rv)
    if (
        ctx._opened is None
        and not ctx._holds
        and ctx._after is None
        and not (
            app.after_request_funcs and concerns(app.after_request_funcs, scopes_of(ctx.request))
        )
        and not request_finished.receivers
        and not app.after_response_funcs
        and app._way.process_response is process_response
        and not (
            "HTTP_COOKIE" in ctx._environ and app.session_interface.needs_refresh(app, ctx.request)
        )
    ):
        return response  # PERF bench hello: 0.6 µs less than the generator below
    return after_response(app, ctx, response, from_error_handler)


def after_response(
    app: Kolben, ctx: RequestContext, response: Response, from_error_handler: bool
) -> Step[Response]:
    """Run the hooks after the view and tell who listens; their errors count as the request's."""
    made = response
    try:
        if ctx._holds:  # the first chunk may change the session, and the headers are not out yet
            start = getattr(getattr(response, "response", None), "start", None)
            if start is not None:
                yield from start()
        response = yield from app._way.process_response(app, ctx, response)
        if request_finished.receivers:
            yield from tell(request_finished, app, response=response)
    except GeneratorExit:
        raise
    except BaseException as error:
        if not from_error_handler or not isinstance(error, Exception):
            if ctx._holds:
                yield from close_stream(made)
            raise
        app.logger.exception("Request finalizing failed with an error while handling an error")
    expect_end(app, ctx, response)
    return response


def close_stream(response: Response) -> Step[None]:
    """Close a response that nobody will send, whose stream has begun."""
    stream: Any = getattr(response, "response", None)
    if serving_here() is not None and hasattr(stream, "aclose"):
        yield stream.aclose()
    else:
        response.close()


def expect_end(app: Kolben, ctx: RequestContext, response: Response) -> None:
    """Remember what has to run when the response is out; see :mod:`kolben.life.after`."""
    if ctx._after_response is not None or app.after_response_funcs:
        app._life.expect_end(ctx, response)


def process_response(app: Kolben, ctx: RequestContext, response: Response) -> Step[Response]:
    """Run the hooks on the response, then save the session if it was opened."""
    return (
        yield from finish_response(
            app, ctx, after_hooks(app, ctx, scopes_of(ctx.request)), response
        )
    )


def after_hooks(app: Kolben, ctx: RequestContext, scopes: Scopes) -> Iterator[Callable[..., Any]]:
    """Give what is run on the response, in its order."""
    hooks = newest_in(app.after_request_funcs, scopes)
    return hooks if ctx._after is None else chain(ctx._after, hooks)


def finish_response(
    app: Kolben, ctx: RequestContext, hooks: Iterable[Callable[..., Any]], response: Response
) -> Step[Response]:
    """Run these hooks on the response, then save the session."""
    way = app._way
    for function in hooks:
        hook = function if way.ensure_sync is None else way.ensure_sync(function)
        if serving and must_leave(hook):
            yield AWAY
        result: Any = hook(response)
        response = (yield result) if is_pending(result) else result
    session = session_to_save(app, ctx)
    if session is not None:
        if serving_here() is not None and app.session_interface.blocks:
            yield AWAY
        app.session_interface.save_session(app, session, response)
    return response


def rest_of_after(
    app: Kolben, ctx: RequestContext, hooks: Iterable[Callable[..., Any]], awaitable: Any
) -> Step[Response]:
    """Go on where a hook on the response has answered with an awaitable."""
    response = yield awaitable
    response = yield from finish_response(app, ctx, hooks, response)
    if request_finished.receivers:
        yield from tell(request_finished, app, response=response)
    expect_end(app, ctx, response)
    return response


def session_to_save(app: Kolben, ctx: RequestContext) -> SessionMixin | None:
    """Return the session if it was opened, or has to be saved all the same."""
    interface = app.session_interface
    session = ctx._opened
    if session is None and interface.needs_refresh(app, ctx.request):
        session = ctx._session
    return None if session is None or interface.is_null_session(session) else session


def handle_user_exception(app: Kolben, ctx: RequestContext, error: Exception) -> Step[Any]:
    """Find the handler for an error of a view or a hook; without one it is raised again."""
    if isinstance(error, BadRequestKeyError) and (
        app.debug or app.config["TRAP_BAD_REQUEST_ERRORS"]
    ):
        error.show_exception = True
    if isinstance(error, HTTPException) and not app.trap_http_exception(error):
        return (yield from app._way.handle_http_exception(app, ctx, error))
    handler = app._find_error_handler(error, ctx.request.blueprints)
    if handler is None:
        try:
            raise error
        finally:
            del error  # its traceback holds this frame: it would be a cycle, left to the collector
    return (yield from call(app._way, handler, error))


def handle_http_exception(app: Kolben, ctx: RequestContext, error: HTTPException) -> Step[Any]:
    """Answer an HTTP error with its handler, or with itself."""
    # Proxied exceptions have no code, and a redirect of the router is an answer, not an error.
    if error.code is None or isinstance(error, RoutingException):
        return error
    handler = app._find_error_handler(error, ctx.request.blueprints)
    if handler is None:
        return error
    return (yield from call(app._way, handler, error))


def handle_exception(app: Kolben, ctx: RequestContext, error: Exception) -> Step[Response]:
    """Log an error that nobody handled and answer 500, or let it through while debugging."""
    if got_request_exception.receivers:
        yield from tell(got_request_exception, app, exception=error)
    if propagates(app):
        try:
            raise error
        finally:
            del error
    app.log_exception((type(error), error, error.__traceback__))
    rv = yield from internal_error(app, ctx, error)
    response = app._way.finalize_request(app, ctx, rv, True)
    if response.__class__ is Generator:
        response = yield from response
    return response  # type: ignore[no-any-return]


def propagates(app: Kolben) -> bool:
    """Tell whether an error that nobody handled is let through rather than answered with a 500."""
    propagate = app.config["PROPAGATE_EXCEPTIONS"]
    return bool(app.testing or app.debug if propagate is None else propagate)


def internal_error(app: Kolben, ctx: RequestContext, error: Exception) -> Step[Any]:
    """Answer an error that nobody handled as the handler for 500 does, or with a plain 500."""
    rv = InternalServerError(original_exception=error)
    handler = app._find_error_handler(rv, ctx.request.blueprints)
    return rv if handler is None else (yield from call(app._way, handler, rv))


def do_teardown_request(app: Kolben, ctx: RequestContext, exc: BaseException | None) -> Step[None]:
    """Run the ``teardown_request`` hooks: all of them, even if one raises."""
    if app.teardown_request_funcs:
        hooks = newest_in(app.teardown_request_funcs, scopes_of(ctx.request))
        yield from _run_all(app._way, list(hooks), exc)
    if request_tearing_down.receivers:
        yield from tell(request_tearing_down, app, exc=exc)


def do_teardown_appcontext(app: Kolben, _ctx: Any, exc: BaseException | None) -> Step[None]:
    """Run the ``teardown_appcontext`` hooks: all of them, even if one raises."""
    if app.teardown_appcontext_funcs:
        yield from _run_all(app._way, reversed(app.teardown_appcontext_funcs), exc)
    if appcontext_tearing_down.receivers:
        yield from tell(appcontext_tearing_down, app, exc=exc)


def _run_all(
    way: Way, functions: Iterable[Callable[..., Any]], exc: BaseException | None
) -> Step[None]:
    """Call every function, then raise what went wrong: one error as it is, several as a group."""
    errors: list[BaseException] = []
    for function in functions:
        try:
            yield from call(way, function, exc)
        except GeneratorExit:
            raise
        except BaseException as error:  # noqa: BLE001  (collected and raised below)
            errors.append(error)
    _raise_all(errors)


def rest_of_teardown(
    way: Way, first: Step[None], hooks: Iterable[Callable[..., Any]]
) -> Step[None]:
    """Go on where a teardown function has failed, or answered with an awaitable."""
    errors: list[BaseException] = []
    for step in chain((first,), (call(way, hook, None) for hook in hooks)):
        try:
            yield from step
        except GeneratorExit:
            raise
        except BaseException as error:  # noqa: BLE001  (collected and raised below)
            errors.append(error)
    _raise_all(errors)


def _raise_all(errors: list[BaseException]) -> None:
    """Raise what went wrong: one error as it is, several as a group."""
    try:
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise BaseExceptionGroup(f"{len(errors)} teardown functions failed", errors[:])
    finally:
        errors.clear()  # their tracebacks hold the frames that hold the list: no cycle
