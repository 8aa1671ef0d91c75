"""What an app does besides answering: it lives, works in the background, and has others mounted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self

from .life import Life
from .life.running import name_of
from .life_hooks import LifeHooks
from .mounts import Mount, add_mount
from .scaffold import setupmethod

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

    from .app import Kolben
    from .waiting import Step


class Serving(LifeHooks):
    """The part of an app that has a life in each process."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        app: Any = self
        self._life = Life(app)
        self._mounts: list[Mount] = []

    async def _take_along(self, context: Context, step: Step[Any]) -> Any:
        """Take a step to its end inside a Context of its own, on the event loop that runs here.

        Args:
            context: The Context; nobody may have entered it.
            step: The step.

        Returns:
            What the step returned.
        """
        from .protocols.driving import drive

        app: Any = self
        return await drive(context, step, app.threads)

    def add_background_task(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Run a function beside the requests, starting now; nobody waits for its result.

        It runs in a copy of the current ``contextvars.Context``, in an application context of its
        own (``g`` is empty, ``teardown_appcontext`` functions run at its end), and in a copy of the
        request context if there is one: ``request`` can be read as far as the request was received,
        and what it writes to ``session`` goes nowhere. An ``async def`` function runs on the event
        loop that serves the requests, a ``def`` one in one of ``BACKGROUND_TASK_THREADS`` threads.

        What it raises is logged with its name. At the end of the process it is waited for, at most
        ``BACKGROUND_TASK_GRACE`` seconds; then it is cancelled, or left behind in its thread.

        Args:
            f: The function.
            *args: For it.
            **kwargs: For it.

        Raises:
            TypeError: ``f`` is no function: what it returns when it is called, say.

        Differs from Flask: it has none.
        """
        if not callable(f):
            raise TypeError(
                f"a background task is a function, not {f!r}; give the function itself and its"
                " arguments: add_background_task(send, mail), not add_background_task(send(mail))"
            )
        app: Any = self
        self._life.background.add(app, partial(f, *args, **kwargs), name_of(f), f)

    @setupmethod
    def mount(self, prefix: str, app: Callable[..., Any], *, protocol: str | None = None) -> None:
        """Let another application answer whatever is under a prefix.

        It may speak WSGI or ASGI, whatever the server speaks; an app of Kolben's, Flask's,
        Starlette's, FastAPI's. The longest prefix wins, and comes before this app's own routes; one
        at ``/`` gets what no route of this app's matches. None of this app's hooks run for it, and
        ``url_for`` knows nothing of it. It starts and ends with this app (ASGI lifespan).

        Args:
            prefix: As ``"/old"``; it goes to ``SCRIPT_NAME`` (PEP 3333) or ``root_path`` (ASGI).
            app: The application.
            protocol: ``"wsgi"`` or ``"asgi"``, where it can't be told by what ``app`` looks like.

        Raises:
            ValueError: The prefix is none, or is taken.
            TypeError: ``app`` is no application, or one that hides its protocol.

        Differs from Flask: it has none.
        """
        host: Any = self
        if app is host:
            raise ValueError("an app cannot be mounted on itself")
        add_mount(self._mounts, Mount(prefix, app, protocol))

    def serving(self) -> Serve:
        """Live without a server, in a ``with`` or ``async with`` block: for tests and scripts.

        At its start the ``before_serving`` functions run, at its end the background tasks are
        waited for and the ``after_serving`` functions run.

        Differs from Flask: it has none.
        """
        app: Any = self
        return Serve(app)


class Serve:
    """A life from the start of a block to its end.

    Args:
        app: The app.
    """

    def __init__(self, app: Kolben) -> None:
        self._app = app

    def __enter__(self) -> Self:
        self._app._life.start_now()
        return self

    def __exit__(self, *_: object) -> None:
        self._app._life.end_now()

    async def __aenter__(self) -> Self:
        from .protocols.lifespan import start

        await start(self._app)
        return self

    async def __aexit__(self, *_: object) -> None:
        from .protocols.lifespan import end

        await end(self._app)
