"""Taking a step to its end inside a ``contextvars.Context`` of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..loops import serving_here
from ..waiting import AWAY, home

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable
    from contextvars import Context

    from ..waiting import Step


def serving_loop() -> AbstractEventLoop | None:
    """Return the event loop that serves requests in or through this thread; ``None`` on WSGI."""
    loop = home.loop or serving_here()
    return loop if loop is not None and loop.is_running() else None


def name_of(f: Callable[..., Any]) -> str:
    """Return what to call a function in a message."""
    while hasattr(f, "func"):  # functools.partial
        f = f.func
    return getattr(f, "__qualname__", None) or repr(f)


def apart(context: Context, step: Step[None]) -> Step[None]:
    """Take a step inside a Context of its own, as part of a step in another one.

    Args:
        context: The Context; nobody may have entered it.
        step: The step.
    """
    resume: Callable[[Any], Any] = step.send
    value: Any = None
    while True:
        try:
            awaitable = context.run(resume, value)
        except StopIteration:
            return
        try:
            result = yield AWAY if awaitable is AWAY else _inside(context, awaitable)
        except BaseException as error:  # noqa: BLE001  (the step decides what to do with it)
            resume, value = step.throw, error
        else:
            resume, value = step.send, result


async def _inside(context: Context, awaitable: Awaitable[Any]) -> Any:
    """Await something inside a Context, without a task of its own."""
    from ..protocols.driving import inside

    return await inside(context, awaitable)
