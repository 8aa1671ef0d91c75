"""The straight lane: the way of a request on which nobody has to be waited for.

Theory of operation. :mod:`kolben.dispatch` tells the steps of a request as generators, which may
wait anywhere. Nearly every request waits nowhere, and most steps have nothing to do. The lane goes
through the same steps in the same order as plain code; for each step it names the one in
:mod:`kolben.dispatch` that says the same in full. Where the lane can't go on, since a function
answered with an awaitable, or something failed, it hands over the steps that are left, as a
generator, with what it has. So what it leaves out is only what would not have happened.

Whether a request may take the lane at all is asked first (:func:`reach`): the app overrides no
step, serves already, and nobody listens to the signals on the way. Hooks are looked up in the app's
own tables, at the moment of their step, so one that was added a moment ago is run. Only an app that
has none is not asked again until its tables tell (:mod:`kolben.steady`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .dispatch import (
    after_hooks,
    after_response,
    answer,
    begin,
    dispatch_request,
    expect_end,
    fail,
    is_pending,
    reach_result,
    rest_of_after,
    rest_of_before,
    rest_of_teardown,
    session_to_save,
    wait_for,
)
from .http import Response
from .http.hosts import good_hosts
from .scopes import (
    APP_ONLY,
    concerns,
    hooks_in,
    known_scopes,
    newest_in,
    scopes_of_endpoint,
)
from .signals import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    connected,
    request_finished,
    request_started,
    request_tearing_down,
)
from .stacks import FIRST_CELL, _bound_app, _cv_request
from .steady import keep
from .telling import NO_PLANS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.exceptions import HTTPException

    from .app import Kolben
    from .contexts import RequestContext
    from .scopes import Scopes
    from .waiting import Step
    from .way import Way


# Bound once: a method of a ContextVar is looked up in 20 ns.
_app_on_top, _request_on_top = _bound_app.get, _cv_request.get
bind_request = _cv_request.set

HTML = Response.default_mimetype

CLOSED: Any = object()
"""What `reach` gives where the lane is closed to a request."""


class Rest:
    """The steps that are left up to the response, where the lane can't go on.

    Args:
        step: The generator that takes them.
    """

    __slots__ = ("step",)

    def __init__(self, step: Step[Response]) -> None:
        self.step = step


def reach(  # noqa: C901, PLR0911
    app: Kolben, way: Way, ctx: RequestContext, environ: WSGIEnvironment
) -> Any:
    """Match, run the hooks before, and the view: ``match_request``, ``reach_result``.

    Args:
        app: The app.
        way: Its way.
        ctx: The context of the request; nothing has been done with it.
        environ: The WSGI environment.

    Returns:
        What a hook or the view returned, which may have to be awaited; or a `Rest`. `CLOSED` if
        the request may not take the lane, as something that it leaves out would have to be done.
    """
    if not (
        way.is_straight
        and not (connected and (appcontext_pushed.receivers or request_started.receivers))
        and _app_on_top(None) is None
        and _request_on_top(None) is None
        and environ.get("HTTP_HOST") in good_hosts
        and (method := environ["REQUEST_METHOD"]) != "OPTIONS"
        and "HTTP_UPGRADE" not in environ  # a WebSocket has rules of its own
        and "werkzeug.debug.preserve_context" not in environ
    ):
        return CLOSED
    path = environ["PATH_INFO"]
    kept = app._plans.by_environ
    plan = kept.get(method, NO_PLANS).get(path)
    if plan is not None:
        # PERF bench hello: 10 % of a request's instructions less than to match and to look
        rule, view, scopes = plan
        ctx._found = rule, {}
        if scopes is not APP_ONLY:
            ctx._scopes = scopes
        bind_request(ctx)
        ctx._pushed = FIRST_CELL
        return view()
    if app.config["TRUSTED_HOSTS"] is not None:
        return CLOSED
    found: Any = app.url_map.match_raw(path, method)
    if found.__class__ is not tuple:
        if found is None:
            return Rest(begin(app, ctx))
        return _missed(app, ctx, found.error())
    # PERF bench hello: 60 ns less than to call ctx.enter(found)
    ctx._found = found
    bind_request(ctx)
    ctx._pushed = FIRST_CELL
    rule, arguments = found
    endpoint = rule.endpoint
    scopes = APP_ONLY
    if "." in endpoint:
        scopes = ctx._scopes = known_scopes.get(endpoint) or scopes_of_endpoint(endpoint)
    # Of hooks for other blueprints alone, as most are, the first test knows.
    table: Any = app.url_value_preprocessors
    if table and (None in table or scopes is not APP_ONLY) and concerns(table, scopes):
        return Rest(answer(app, ctx, reach_result(app, ctx)))
    table = app.before_request_funcs
    if table and (None in table or scopes is not APP_ONLY) and concerns(table, scopes):
        return _before_and_view(app, ctx, scopes)
    view = app.view_functions[endpoint]
    if arguments:
        return view(**arguments)
    if path not in kept.get(method, NO_PLANS):
        keep(app, kept, path, method, rule, endpoint, (rule, view, scopes))
    return view()


def _missed(app: Kolben, ctx: RequestContext, error: HTTPException) -> Any:
    """Answer with the error where no rule matched: ``handle_user_exception``."""
    ctx.enter(error)
    if (
        concerns(app.url_value_preprocessors, APP_ONLY)
        or concerns(app.before_request_funcs, APP_ONLY)
        or app.config["TRAP_HTTP_EXCEPTIONS"]
        or (app.error_handler_spec and app._find_error_handler(error, []) is not None)
    ):
        return Rest(answer(app, ctx, reach_result(app, ctx)))
    return error


def _before_and_view(app: Kolben, ctx: RequestContext, scopes: Scopes) -> Any:
    """Run the hooks up to the first result, then the view: ``preprocess_request``."""
    hooks = hooks_in(app.before_request_funcs, scopes[::-1])
    for hook in hooks:
        rv = hook()
        if rv is not None:
            if is_pending(rv):
                return Rest(answer(app, ctx, rest_of_before(app, ctx, hooks, rv)))
            return rv
    if ctx._made is not None:  # somebody who looked at it may have changed it
        return dispatch_request(app, ctx)
    rule, arguments = ctx._found  # type: ignore[misc]  # a Match
    return app.view_functions[rule.endpoint](**arguments)


def finalize(app: Kolben, way: Way, ctx: RequestContext, rv: Any) -> Any:
    """Make a response of what the view returned, and run the hooks after: ``finalize_request``.

    Returns:
        The response; bytes of text, of which nobody needs a response object; or a `Rest`.
    """
    kind = rv.__class__
    if (kind is not str and (kind is Rest or is_pending(rv))) or app._way is not way:
        return rv if kind is Rest else Rest(answer(app, ctx, wait_for(rv)))
    environ, table = ctx._environ, app.after_request_funcs
    if (
        ctx._opened is None
        and not ctx._holds
        and ctx._after is None
        and not (
            table
            and (None in table or ctx._scopes is not APP_ONLY)
            and concerns(table, ctx._scopes)
        )
        and not (connected and request_finished.receivers)
        and not app.after_response_funcs
        and not ("HTTP_COOKIE" in environ and way.session_interface.needs_refresh(app, ctx.request))
    ):
        if (
            kind is str
            and way.response_class is Response
            and Response.default_mimetype is HTML
            and environ["REQUEST_METHOD"] != "HEAD"
        ):
            return rv.encode()
        rv = app.make_response(rv)
        if ctx._opened is None and ctx._after is None and not ctx._holds:
            return rv
        # What made it has looked at the session, or left something to be done.
    if ctx._holds:  # a stream, whose first chunk may have to be waited for
        return Rest(after_response(app, ctx, app.make_response(rv), from_error_handler=False))
    return _after(app, ctx, app.make_response(rv))


def _after(app: Kolben, ctx: RequestContext, response: Response) -> Any:
    """Run the hooks after the view, save the session, tell who listens: ``process_response``."""
    hooks = after_hooks(app, ctx, ctx._scopes)
    for hook in hooks:
        result: Any = hook(response)
        if result is not response and is_pending(result):
            return Rest(rest_of_after(app, ctx, hooks, result))
        response = result
    session = None
    if ctx._opened is not None or "HTTP_COOKIE" in ctx._environ:
        session = session_to_save(app, ctx)
    if session is not None:
        app.session_interface.save_session(app, session, response)
    if request_finished.receivers:
        request_finished.send(app, _async_wrapper=app.ensure_sync, response=response)
    expect_end(app, ctx, response)
    return response


def end_is_heard() -> bool:
    """Tell whether anybody listens to the signals at the end of a request."""
    return bool(
        request_tearing_down.receivers
        or appcontext_tearing_down.receivers
        or appcontext_popped.receivers
    )


def leave(app: Kolben, ctx: RequestContext) -> Step[None] | None:
    """Run the teardown functions and leave the contexts: ``RequestContext.leave``.

    Returns:
        The steps that are left, if any.
    """
    if ctx._holds or (connected and end_is_heard()) or _request_on_top(None) is not ctx:
        return ctx.leave(None)
    table, scopes = app.teardown_request_funcs, ctx._scopes
    if table and (None in table or scopes is not APP_ONLY) and concerns(table, scopes):
        hooks = newest_in(table, scopes)
        failure = _tear_down(hooks)
        if failure is not None:
            return ctx.leave_while(rest_of_teardown(app._way, failure, hooks))
    if app.teardown_appcontext_funcs:
        app_ctx = ctx.leave_request()
        hooks = reversed(app.teardown_appcontext_funcs)
        failure = _tear_down(hooks)
        if failure is not None:
            return app_ctx.leave(None, rest_of_teardown(app._way, failure, hooks))
        app_ctx._pushed = None
        return None
    # PERF bench hello: 50 ns less than to call ctx.abandon()
    ctx._pushed = None
    if ctx._app_ctx is not None:
        ctx._app_ctx._pushed = None
    if ctx._made is not None:
        ctx._close_late()
    return None


def _tear_down(hooks: Iterator[Callable[..., Any]]) -> Step[None] | None:
    """Run teardown functions up to one that fails or has to be awaited; return what it did."""
    for hook in hooks:
        try:
            result = hook(None)
        except BaseException as error:  # noqa: BLE001  # raised again by the step
            return fail(error)
        if result is not None and is_pending(result):
            return wait_for(result)
    return None
