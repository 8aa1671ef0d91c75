"""The start and the end of an app in one process.

Theory of operation. A :class:`Life` is begun once per process and ended once, whoever comes first:
an ASGI server by its lifespan messages, else the first request and the end of the process
(:mod:`kolben.life.ending`). A child that is forked after that begins a life of its own. Start and
end are steps (see :mod:`kolben.dispatch`) that run in one ``contextvars.Context``, each in an
application context of its own, and are driven like requests are: on ASGI by
:mod:`kolben.protocols.lifespan`, else in the thread that needs it, with the process's event loop
for what is async.

*Stopping* begins earlier than the end: when it is known that the process will go, open streams and
sockets are told, so that the server has nothing to wait for.
"""

from __future__ import annotations

from contextvars import Context, ContextVar, copy_context
from typing import TYPE_CHECKING, Any
from weakref import ref

from ..dispatch import call
from ..stacks import _cv_app, _cv_request
from ..waiting import finish_in
from . import ending
from .after import Late, expect_end
from .background import Background
from .held import hold
from .keeping import Keeper, end_on_loop, wait_on
from .running import apart, name_of, serving_loop

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable

    from ..app import Kolben
    from ..contexts import RequestContext
    from ..http import Response
    from ..mounts import Mount
    from ..waiting import Step
    from .held import Held

# The lives that are being started or ended here: requests made by their hooks do not wait for that.
_within: ContextVar[tuple[Life, ...]] = ContextVar("kolben.life", default=())


class Life:
    """The life of an app in this process.

    Args:
        app: The app.

    Attributes:
        started: Whether the start is over, so that requests may be answered.
        stopping: Whether the end is near.
        late: What runs after responses.
        background: The background tasks.
    """

    background: Background
    late: Late

    def __init__(self, app: Kolben) -> None:
        self._app = ref(app)  # no cycle: an app that nobody holds is gone at once
        self.forget()

    def forget(self) -> None:
        """Be as before the start; in a forked child nothing of the parent's life is left."""
        self.started = False
        self.stopping = False
        self.__dict__.pop("background", None)
        self.__dict__.pop("late", None)
        self._context: Context | None = None
        self._loop: AbstractEventLoop | None = None
        self._keeper: Keeper | None = None
        self._held: list[Held] = []
        self._mounts: list[Mount] = []
        self._listeners: dict[Callable[[], object], None] = {}

    def __getattr__(self, name: str) -> Any:
        """Make what keeps background tasks, and what counts those of responses, at first need."""
        made: Any
        if name == "background":
            made = Background(self.app)
        elif name == "late":
            made = Late()
        else:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self.__dict__.setdefault(name, made)  # atomic, as threads may meet

    @property
    def app(self) -> Kolben:
        """The app."""
        app = self._app()
        assert app is not None, "who uses a life holds its app"
        return app

    @property
    def busy_here(self) -> bool:
        """Whether the code that asks was called by a hook of this life's start or end."""
        return self in _within.get()

    def expect_end(self, ctx: RequestContext, response: Response) -> None:
        """Have a request's ``after_response`` functions run when its response is out."""
        expect_end(self.app, ctx, response)

    # -- its end is near
    # -----------------------------------------------------------------------------

    def when_stopping(self, listener: Callable[[], object]) -> None:
        """Call a function once the end is near, or now if it is.

        Args:
            listener: Called in whatever thread finds out, maybe by a signal handler: it may only
                set something, or use ``loop.call_soon_threadsafe``.
        """
        if self.stopping:
            listener()
            return
        self._listeners[listener] = None
        ending.watch(self.app)
        if self.stopping:
            self._tell()

    def forget_listener(self, listener: Callable[[], object]) -> None:
        """Don't call this function any more."""
        self._listeners.pop(listener, None)

    def stop(self) -> None:
        """Tell whoever wants to know that the end is near; more than one call is one."""
        self.stopping = True
        self._tell()

    def _tell(self) -> None:
        while True:
            try:  # not asked before: a thread or a signal may come between look and take
                listener, _ = self._listeners.popitem()
            except KeyError:
                return
            listener()

    # -- start
    # ---------------------------------------------------------------------------------------

    def begin(self) -> tuple[Context, Step[None]]:
        """Return the Context and the step of the start, for a driver."""
        if self.stopping:
            self.forget()
        self._context = context = copy_context()
        self._loop = serving_loop()
        context.run(_within.set, (*_within.get(), self))
        for variable in (_cv_request, _cv_app):  # it is no part of the request that asks for it
            context.run(variable.set, None)  # type: ignore[arg-type]  # as unbind() does
        return context, self._start()

    def start_now(self) -> None:
        """Start in this thread, unless that is over."""
        if not self.started:
            finish_in(*self.begin())

    def start_in_step(self) -> Step[None]:
        """Start as part of a request's step."""
        if not self.concerns_anybody(self.app):
            self.started = True
            return
        yield from apart(*self.begin())
        if self._loop is not None:  # an ASGI server that tells nothing of its end
            self._keeper = Keeper(self, self._loop)

    def _start(self) -> Step[None]:
        """Enter and call everything in its order; on an error leave what was entered."""
        app = self.app
        if not self.concerns_anybody(app):
            self.started = True
            return
        ending.watch(app)
        ctx = app.app_context()
        ctx.push()
        error: BaseException | None = None
        try:
            for f in app.while_serving_gens:
                held = hold(f)
                yield from call(app._way, held.enter)
                self._held.append(held)
            for f in app.before_serving_funcs:
                yield from call(app._way, f)
            for mount in app._mounts:
                self._mounts.append(mount)
                yield from mount.start()
        except BaseException as caught:
            error = caught
            errors: list[BaseException] = []
            yield from self._end_mounts(errors)
            yield from self._leave(errors, error)
            raise
        finally:
            yield from ctx.leave(error)
            error = None  # no cycle
        self.started = True

    def concerns_anybody(self, app: Kolben) -> bool:
        """Tell whether there is anything to start or to end.

        Args:
            app: The app whose life this is.
        """
        return bool(
            app.before_serving_funcs
            or app.while_serving_gens
            or app.after_serving_funcs
            or app._mounts
        )

    # -- end
    # -----------------------------------------------------------------------------------------

    def finish(self) -> tuple[Context, Step[None]]:
        """Return the Context and the step of the end, for a driver."""
        context = self._context
        if context is None:
            context = copy_context()
        return context, self._end()

    def end_now(self) -> None:
        """End, unless that is over: in this thread, but on the loop that it began on."""
        loop = self._loop
        if loop is None or loop.is_closed():
            finish_in(*self.finish())
        elif not loop.is_running():
            loop.run_until_complete(end_on_loop(self))
        else:
            wait_on(loop, end_on_loop(self))

    def _end(self) -> Step[None]:
        """Wait for what still runs, then call and leave everything; the first error is raised."""
        app = self.app
        self.stop()
        grace = app.config["BACKGROUND_TASK_GRACE"]
        yield from self.late.drain(app, grace)
        yield from self.background.drain(grace)
        if not self.started:
            self.background.close()
            return
        self.started = False
        app._got_first_request = False  # a life may follow
        ctx = app.app_context()
        ctx.push()
        errors: list[BaseException] = []
        try:
            yield from self._end_mounts(errors)
            for f in reversed(app.after_serving_funcs):
                yield from self._try(errors, "after_serving", f)
            yield from self._leave(errors, None)
        finally:
            try:
                yield from ctx.leave(None)
            except Exception as error:
                app.logger.exception("The teardown at the end of the app %r failed", app.name)
                errors.append(error)
        yield from self.background.drain(0)
        self.background.close()
        ending.forget(app)
        if self._keeper is not None:
            self._keeper.dismiss()
            self._keeper = None
        if errors:
            raise errors[0]

    def _end_mounts(self, errors: list[BaseException]) -> Step[None]:
        """End what was mounted, the last first."""
        while self._mounts:
            mount = self._mounts.pop()
            try:
                yield from mount.end()
            except Exception as error:
                self.app.logger.exception("The app mounted at %r failed to end", mount.prefix)
                errors.append(error)

    def _leave(self, errors: list[BaseException], error: BaseException | None) -> Step[None]:
        """Leave the generators, newest first."""
        while self._held:
            held = self._held.pop()
            yield from self._try(errors, "while_serving", held.leave, error)

    def _try(
        self, errors: list[BaseException], kind: str, f: Callable[..., Any], *args: Any
    ) -> Step[None]:
        """Call a function; what it raises is logged and kept."""
        app = self.app
        try:
            yield from call(app._way, f, *args)
        except Exception as error:
            app.logger.exception("%s function %s failed", kind, name_of(f))
            errors.append(error)
