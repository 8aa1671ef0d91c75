"""The public methods of the way of a request, and how it is noticed that an app overrides some.

Theory of operation. ``Way`` holds, for each step of :mod:`kolben.dispatch`, what this app runs
there: the step itself, or a call of the app's own method. It is made again when a method is set on
the app object (``Dispatcher.__setattr__``) and when one is set on a class of the app
(``Way.holds``, asked at the start of every request), so that an extension may replace a method
whenever it likes.
"""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from types import GeneratorType as Generator
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary

from . import dispatch
from .dispatch import is_pending
from .http import Response
from .http.scope import scoped
from .routing import RouteMap
from .socket_hooks import SocketHooks
from .telling import TABLES
from .waiting import finish, wait

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType

    from werkzeug.exceptions import HTTPException

    from .app import Kolben
    from .contexts import RequestContext
    from .http import Request
    from .sessions import SessionInterface
    from .telling import Plans
    from .typing import ResponseReturnValue
    from .waiting import Step

F = TypeVar("F", bound="Callable[..., Any]")

_sentinel: Any = object()

STEPS = (
    "full_dispatch_request",
    "preprocess_request",
    "dispatch_request",
    "finalize_request",
    "process_response",
    "handle_user_exception",
    "handle_http_exception",
    "handle_exception",
    "do_teardown_request",
    "do_teardown_appcontext",
)
PLAIN = frozenset({"dispatch_request", "finalize_request"})
CONVERTERS = ("ensure_sync", "async_to_sync")
#: What :mod:`kolben.answering` has on the class, and an app or a subclass may have its own of.
KINDS = ("request_class", "response_class", "session_interface")
OTHERS = ("url_map", "subdomain_matching", "_got_first_request")
WATCHED = {*STEPS, *CONVERTERS, *KINDS, *TABLES, *OTHERS}

#: The methods below, in :mod:`kolben.urls` and in :mod:`kolben.answering`, and the kinds, as they
#: are before anybody overrides them.
ORIGINALS: dict[str, Any] = {}


# How many names each class of apps had when it was made.
_sizes: WeakKeyDictionary[type, int] = WeakKeyDictionary()


def overridable(method: F) -> F:
    """Mark a method whose override on a class or an app has to be noticed."""
    ORIGINALS[method.__name__] = method
    WATCHED.add(method.__name__)
    return method


def _call_own(name: str, app: Kolben, _ctx: RequestContext, *args: Any) -> Step[Any]:
    """Take a step by calling the method with which an app overrides it."""
    try:
        result = getattr(app, name)(*args)
    finally:
        args = ()  # an error's traceback holds this frame: no cycle
    if is_pending(result):
        result = yield result
    return result


def _call_own_plainly(name: str, app: Kolben, _ctx: RequestContext, *args: Any) -> Any:
    """Do the same for a step that is a plain function: its caller waits for the result."""
    return getattr(app, name)(*args)


class Way:
    """What one app runs at each step.

    Args:
        app: The app; its class and its own attributes are looked at now.
    """

    __slots__ = (
        *STEPS,
        "_bases",
        "_cls",
        "_methods",
        "answers_texts",
        "count",
        "ensure_sync",
        "injects",
        "is_straight",
        "is_straight_by_scope",
        "makes_contexts",
        "names",
        "names_expected",
        "plain_teardown",
        "request_class",
        "response_class",
        "routes_itself",
        "scoped_class",
        "session_interface",
    )

    full_dispatch_request: Callable[..., Step[Response]]
    preprocess_request: Callable[..., Step[Any]]
    dispatch_request: Callable[..., Any]
    finalize_request: Callable[..., Any]
    process_response: Callable[..., Step[Response]]
    handle_user_exception: Callable[..., Step[Any]]
    handle_http_exception: Callable[..., Step[Any]]
    handle_exception: Callable[..., Step[Response]]
    do_teardown_request: Callable[..., Step[None]]
    do_teardown_appcontext: Callable[..., Step[None]]
    request_class: type[Request]
    response_class: type[Response]
    session_interface: SessionInterface

    def __init__(self, app: Dispatcher) -> None:
        cls, own = type(app), vars(app)

        on_class = _overridden_on(cls)

        def overrides(name: str) -> bool:
            return name in own or on_class(name)

        # Live views of the names of the classes that may override a method, with how many they had
        # when the classes were made.
        bases = cls.__mro__[: cls.__mro__.index(Dispatcher.outermost)]
        sizes = [(vars(base), _sizes.setdefault(base, len(vars(base)))) for base in bases]
        (self.names, self.count), *self._bases = sizes
        # As long as nothing was put on a class since, the sizes tell that it is still so; after
        # that the methods themselves are compared.
        self._cls = cls
        pristine = self._sizes_hold() and not any(map(on_class, ORIGINALS))
        self._methods = None if pristine else _methods_of(cls)
        #: How many names the app's class has as long as the way holds; -1 if it takes more to tell.
        self.names_expected = self.count if pristine and not self._bases else -1
        for name in STEPS:
            own_step = partial(_call_own_plainly if name in PLAIN else _call_own, name)
            setattr(self, name, own_step if overrides(name) else getattr(dispatch, name))
        #: The app's own way of making functions synchronous, ``None`` where it has none.
        self.ensure_sync: Callable[..., Any] | None = (
            app.ensure_sync if any(map(overrides, CONVERTERS)) else None
        )
        #: Whether the ends of the contexts are told to the hooks and signals alone.
        self.plain_teardown = not (
            overrides("do_teardown_request") or overrides("do_teardown_appcontext")
        )
        #: Whether the compiled routes may be asked without Werkzeug's adapter.
        self.routes_itself = (
            not overrides("create_url_adapter")
            and isinstance(own.get("url_map"), RouteMap)
            and not own.get("subdomain_matching")
        )
        #: Whether the app makes its contexts of requests by itself.
        self.makes_contexts = overrides("request_context")
        #: Whether the app itself, and not only its hooks, adds to the values of URLs.
        self.injects = overrides("inject_url_defaults")
        for name in KINDS:
            setattr(self, name, getattr(app, name))
        #: Whether the app serves and overrides nothing at all, so that there is a straight lane.
        self.is_straight = (
            self.routes_itself
            and own.get("_got_first_request", False)
            and self.session_interface.opens_lazily
            and getattr(self.request_class, "_lean_names", False)
            and not any(overrides(name) for name in ORIGINALS if name not in KINDS)
        )
        #: The class of requests over ASGI on the lane, which are made from a scope.
        self.scoped_class = scoped[self.request_class] if self.is_straight else None
        #: Whether there is a lane for them, too.
        self.is_straight_by_scope = self.scoped_class is not None
        #: Whether a text that a view over ASGI returns needs no response object.
        self.answers_texts = self.is_straight_by_scope and self.response_class is Response

    def holds(self) -> bool:
        """Tell whether the classes of the app still have the methods that they had."""
        # PERF bench hello: 1,700 → 110 ns, beside comparing the 13 methods
        if self._methods is None:
            return len(self.names) == self.count and (not self._bases or self._sizes_hold())
        return bool(self._methods == _methods_of(self._cls))

    def _sizes_hold(self) -> bool:
        """Tell whether every class has as many names as when it was made."""
        return len(self.names) == self.count and all(
            len(names) == size for names, size in self._bases
        )


def _methods_of(cls: type[Dispatcher]) -> Any:
    """Return what a class has under each name that may be overridden."""
    return attrgetter(*ORIGINALS)(cls)


def _overridden_on(cls: type[Dispatcher]) -> Callable[[str], bool]:
    """Return a function that tells whether a class has another method than the original."""
    return lambda name: getattr(cls, name) is not ORIGINALS[name]


class Dispatcher(SocketHooks):
    """The part of an app that takes a request through its steps; each of them can be overridden."""

    #: The last class of an app's that is a part of it, as this one is; overrides come before it.
    outermost: ClassVar[type[Dispatcher]]

    _way: Way
    _plans: Plans

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Remember how many names a class of apps has before anybody puts more on it."""
        super().__init_subclass__(**kwargs)
        _sizes[cls] = len(vars(cls))

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name in WATCHED and "_way" in vars(self):
            self._find_way()

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        if name in WATCHED:
            self._find_way()

    def _find_way(self) -> Way:
        """Look at this app's methods again."""
        self._plans = self._plans.of(self)
        way = Way(self)
        object.__setattr__(self, "_way", way)
        plans = self._plans
        plans.names, plans.count = way.names, way.names_expected
        plans.forget()
        return way

    @overridable
    def full_dispatch_request(self) -> Response:
        """Take the current request through all hooks and the view, handled errors included.

        Returns:
            The finished response.
        """
        return finish(dispatch.full_dispatch_request(*self._here()))

    @overridable
    def preprocess_request(self) -> ResponseReturnValue | None:
        """Run the URL value preprocessors and the ``before_request`` hooks of app and blueprints.

        Returns:
            The first result of a hook that is not ``None``; the view is then skipped.
        """
        return finish(dispatch.preprocess_request(*self._here()))  # type: ignore[no-any-return]

    @overridable
    def dispatch_request(self) -> ResponseReturnValue:
        """Call the view that matched, or raise the error that the router found.

        Returns:
            What the view returned.
        """
        rv = dispatch.dispatch_request(*self._here())
        return wait(rv) if is_pending(rv) else rv  # type: ignore[no-any-return]

    @overridable
    def finalize_request(
        self, rv: ResponseReturnValue | HTTPException, from_error_handler: bool = False
    ) -> Response:
        """Make a response of a view's result and run the hooks after it.

        Args:
            rv: What the view or an error handler returned.
            from_error_handler: Whether errors of the hooks are only logged, since there is one
            already.

        Returns:
            The finished response.
        """
        answer = dispatch.finalize_request(*self._here(), rv, from_error_handler)
        response: Response = finish(answer) if isinstance(answer, Generator) else answer
        return response

    @overridable
    def process_response(self, response: Response) -> Response:
        """Run the ``after_request`` hooks, newest first, and save the session.

        Args:
            response: The response so far.

        Returns:
            It, or the one that a hook put in its place.
        """
        return finish(dispatch.process_response(*self._here(), response))

    @overridable
    def handle_user_exception(self, e: Exception) -> HTTPException | ResponseReturnValue:
        """Answer an error that a view or a hook raised.

        Args:
            e: The error.

        Returns:
            What its handler returned; HTTP errors without a handler are their own answer.

        Raises:
            Exception: ``e`` itself, where no handler was found.
        """
        return finish(dispatch.handle_user_exception(*self._here(), e))  # type: ignore[no-any-return]

    @overridable
    def handle_http_exception(self, e: HTTPException) -> HTTPException | ResponseReturnValue:
        """Answer an HTTP error with its handler, or with itself.

        Args:
            e: The error; one without a code, and a redirect of the router, is returned as it is.
        """
        return finish(dispatch.handle_http_exception(*self._here(), e))  # type: ignore[no-any-return]

    @overridable
    def handle_exception(self, e: Exception) -> Response:
        """Answer an error that nobody handled: log it, then 500 or the handler for 500.

        Args:
            e: The error; a handler gets it as ``original_exception``.

        Returns:
            The finished response.

        Raises:
            Exception: ``e`` itself while testing, debugging, or with ``PROPAGATE_EXCEPTIONS``.
        """
        return finish(dispatch.handle_exception(*self._here(), e))

    @overridable
    def do_teardown_request(self, exc: BaseException | None = _sentinel) -> None:
        """Run the ``teardown_request`` hooks, newest first, the blueprint's before the app's.

        Args:
            exc: The unhandled error of the request, if there was one; by default the current one.

        Raises:
            Exception: What a hook raised, once all of them ran; several come as an exception group.

        Differs from Flask: a hook that raises does not keep the others from running.
        """
        finish(dispatch.do_teardown_request(*self._here(), _current(exc)))

    @overridable
    def do_teardown_appcontext(self, exc: BaseException | None = _sentinel) -> None:
        """Run the ``teardown_appcontext`` hooks, newest first.

        Args:
            exc: The unhandled error, if there was one; by default the current one.

        Raises:
            Exception: What a hook raised, once all of them ran; several come as an exception group.

        Differs from Flask: a hook that raises does not keep the others from running.
        """
        app: Any = self
        finish(dispatch.do_teardown_appcontext(app, None, _current(exc)))

    @overridable
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Make a function that can be called from sync code.

        Args:
            func: Any function; plain ones are returned as they are.

        Returns:
            A function that blocks until the coroutine that ``func`` makes is done.
        """
        from inspect import iscoroutinefunction

        return self.async_to_sync(func) if iscoroutinefunction(func) else func

    @overridable
    def async_to_sync(self, func: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        """Make a sync function of an ``async def`` one.

        Args:
            func: A function that returns a coroutine.

        Returns:
            A function that runs it on the process's event loop and blocks until it is done.

        Differs from Flask: the loop is one for the whole process, and ``asgiref`` is not needed.
        """
        from functools import wraps

        @wraps(func)
        def run(*args: Any, **kwargs: Any) -> Any:
            return wait(func(*args, **kwargs))

        return run

    @overridable
    def raise_routing_exception(self, request: Request) -> Any:
        """Raise what the router found instead of a rule; the place to answer it in another way.

        Args:
            request: The request, with ``routing_exception`` set.

        Raises:
            HTTPException: The routing error. In debug mode a redirect that would lose a form's data
            is
                explained instead.
        """
        from werkzeug.routing import RequestRedirect

        error: Any = request.routing_exception
        if (
            not self.debug  # type: ignore[attr-defined]
            or not isinstance(error, RequestRedirect)
            or error.code in {307, 308}
            or request.method in {"GET", "HEAD", "OPTIONS"}
        ):
            try:
                raise error
            finally:
                del error  # its traceback holds this frame: no cycle
        from .debughelpers import FormDataRoutingRedirect

        raise FormDataRoutingRedirect(request)

    @overridable
    def trap_http_exception(self, e: Exception) -> bool:
        """Tell whether an HTTP error is to be treated like any other exception.

        Args:
            e: The error.

        Returns:
            ``True`` with ``TRAP_HTTP_EXCEPTIONS``, for bad requests with
            ``TRAP_BAD_REQUEST_ERRORS``, and for missing form keys in debug mode where that is not
            set.
        """
        from werkzeug.exceptions import BadRequest, BadRequestKeyError

        config = self.config  # type: ignore[attr-defined]
        if config["TRAP_HTTP_EXCEPTIONS"]:
            return True
        trap_bad_request = config["TRAP_BAD_REQUEST_ERRORS"]
        if trap_bad_request is None:
            return bool(self.debug) and isinstance(e, BadRequestKeyError)  # type: ignore[attr-defined]
        return bool(trap_bad_request) and isinstance(e, BadRequest)

    def should_ignore_error(self, error: BaseException | None) -> bool:
        """Tell whether teardown functions should not hear of an error; override to hide some."""
        return False

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> None:
        """Log an error that nobody handled, with the path and the method of the request.

        Args:
            exc_info: As from ``sys.exc_info()``.
        """
        request = self._here()[1].request
        self.logger.error(  # type: ignore[attr-defined]
            "Exception on %s [%s]", request.path, request.method, exc_info=exc_info
        )

    def _here(self) -> tuple[Any, Any]:
        """Return this app and the current request context, as a step wants them."""
        from .globals import request_ctx

        return self, request_ctx._get_current_object()


def _current(exc: BaseException | None) -> BaseException | None:
    """Return the exception given, or the one being handled where none was."""
    import sys

    return sys.exc_info()[1] if exc is _sentinel else exc
