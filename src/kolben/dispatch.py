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

from types import GeneratorType as Generator
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequestKeyError, HTTPException, InternalServerError
from werkzeug.routing import RoutingException

from .scopes import concerns, found_in, scopes_of
from .signals import (
    appcontext_tearing_down,
    got_request_exception,
    request_finished,
    request_started,
    request_tearing_down,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .app import Kolben
    from .contexts import RequestContext
    from .http import Response
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
    """Call a hook, and wait for it if it answers with an awaitable."""
    if way.ensure_sync is not None:
        function = way.ensure_sync(function)
    result = function(*args)
    if is_pending(result):
        result = yield result
    return result


# -- the steps, in their order
# ------------------------------------------------------------------------


def full_dispatch_request(app: Kolben, ctx: RequestContext) -> Step[Response]:
    """Run the hooks before, the view, and the hooks after; a handled error is an answer too."""
    way = app._way
    if not app._got_first_request:
        yield from app._first_request.run(app)
    try:
        if request_started.receivers:
            request_started.send(app, _async_wrapper=app.ensure_sync)
        rv = None
        # PERF bench hello: taking this step with nothing to do costs 0.8 µs, asking 0.2
        if (
            (app.before_request_funcs and concerns(app.before_request_funcs, ctx.request))
            or (app.url_value_preprocessors and concerns(app.url_value_preprocessors, ctx.request))
            or way.preprocess_request is not preprocess_request
        ):
            rv = yield from way.preprocess_request(app, ctx)
        if rv is None:
            rv = way.dispatch_request(app, ctx)
            if is_pending(rv):
                rv = yield rv
    except Exception as error:  # noqa: BLE001  # handled, or raised again
        rv = yield from way.handle_user_exception(app, ctx, error)
    response = way.finalize_request(app, ctx, rv)
    if response.__class__ is Generator:
        response = yield from response
    return response  # type: ignore[no-any-return]


def preprocess_request(app: Kolben, ctx: RequestContext) -> Step[Any]:
    """Run URL value preprocessors and ``before_request`` hooks, up to the first result."""
    request, way = ctx.request, app._way
    scopes = scopes_of(request)[::-1]
    for functions in found_in(app.url_value_preprocessors, scopes):
        for function in functions:
            yield from call(way, function, request.endpoint, request.view_args)
    for functions in found_in(app.before_request_funcs, scopes):
        for function in functions:
            hook = function if way.ensure_sync is None else way.ensure_sync(function)
            rv = hook()
            if rv is not None:
                if is_pending(rv):
                    rv = yield rv
                if rv is not None:
                    return rv
    return None


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


def finalize_request(
    app: Kolben, ctx: RequestContext, rv: Any, from_error_handler: bool = False
) -> Any:
    """Make a response of what the view returned and run the hooks after it."""
    response = app.make_response(rv)
    if (
        ctx._opened is None
        and ctx._after is None
        and not (app.after_request_funcs and concerns(app.after_request_funcs, ctx.request))
        and not request_finished.receivers
        and app._way.process_response is process_response
        and not (
            "HTTP_COOKIE" in ctx.request.environ
            and app.session_interface.needs_refresh(app, ctx.request)
        )
    ):
        return response  # PERF bench hello: 0.6 µs less than the generator below
    return _after_response(app, ctx, response, from_error_handler)


def _after_response(
    app: Kolben, ctx: RequestContext, response: Response, from_error_handler: bool
) -> Step[Response]:
    """Run the hooks after the view and tell who listens; their errors count as the request's."""
    try:
        response = yield from app._way.process_response(app, ctx, response)
        if request_finished.receivers:
            request_finished.send(app, _async_wrapper=app.ensure_sync, response=response)
    except Exception:
        if not from_error_handler:
            raise
        app.logger.exception("Request finalizing failed with an error while handling an error")
    return response


def process_response(app: Kolben, ctx: RequestContext, response: Response) -> Step[Response]:
    """Run the hooks on the response, then save the session if it was opened."""
    way = app._way
    if ctx._after is not None:
        for function in ctx._after:
            response = yield from call(way, function, response)
    if app.after_request_funcs:
        for functions in found_in(app.after_request_funcs, scopes_of(ctx.request)):
            for function in reversed(functions):
                hook = function if way.ensure_sync is None else way.ensure_sync(function)
                result: Any = hook(response)
                response = (yield result) if is_pending(result) else result
    interface = app.session_interface
    session = ctx._opened
    if session is None and interface.needs_refresh(app, ctx.request):
        session = ctx._session
    if session is not None and not interface.is_null_session(session):
        interface.save_session(app, session, response)
    return response


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
        got_request_exception.send(app, _async_wrapper=app.ensure_sync, exception=error)
    propagate = app.config["PROPAGATE_EXCEPTIONS"]
    if propagate is None:
        propagate = app.testing or app.debug
    if propagate:
        try:
            raise error
        finally:
            del error
    app.log_exception((type(error), error, error.__traceback__))
    rv: Any = InternalServerError(original_exception=error)
    handler = app._find_error_handler(rv, ctx.request.blueprints)
    if handler is not None:
        rv = yield from call(app._way, handler, rv)
    response = app._way.finalize_request(app, ctx, rv, True)
    if response.__class__ is Generator:
        response = yield from response
    return response  # type: ignore[no-any-return]


def do_teardown_request(app: Kolben, ctx: RequestContext, exc: BaseException | None) -> Step[None]:
    """Run the ``teardown_request`` hooks: all of them, even if one raises."""
    if app.teardown_request_funcs:
        found = found_in(app.teardown_request_funcs, scopes_of(ctx.request))
        functions = [function for hooks in found for function in reversed(hooks)]
        if functions:
            yield from _run_all(app._way, functions, exc)
    if request_tearing_down.receivers:
        request_tearing_down.send(app, _async_wrapper=app.ensure_sync, exc=exc)


def do_teardown_appcontext(app: Kolben, _ctx: Any, exc: BaseException | None) -> Step[None]:
    """Run the ``teardown_appcontext`` hooks: all of them, even if one raises."""
    if app.teardown_appcontext_funcs:
        yield from _run_all(app._way, reversed(app.teardown_appcontext_funcs), exc)
    if appcontext_tearing_down.receivers:
        appcontext_tearing_down.send(app, _async_wrapper=app.ensure_sync, exc=exc)


def _run_all(
    way: Way, functions: Iterable[Callable[..., Any]], exc: BaseException | None
) -> Step[None]:
    """Call every function, then raise what went wrong: one error as it is, several as a group."""
    errors: list[BaseException] = []
    for function in functions:
        try:
            yield from call(way, function, exc)
        except Exception as error:  # noqa: BLE001  (collected and raised below)
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise BaseExceptionGroup(f"{len(errors)} teardown functions failed", errors)
