"""The lifespan of an app on an ASGI server: its start before the first request, and its end.

The messages are those of the ASGI lifespan protocol, version 2.0.
"""

from __future__ import annotations

from asyncio import get_running_loop
from contextvars import copy_context
from typing import TYPE_CHECKING

from .driving import drive, note_loop
from .live import live_of

if TYPE_CHECKING:
    from ..app import Kolben
    from ..http.scope import Scope
    from .asgi import Receive, Send


async def start(app: Kolben) -> None:
    """Start an app's life on this event loop, unless that was done."""
    live_of(app, note_loop()).begin()
    if not app._life.started:
        await drive(*app._life.begin(), app.threads)


async def start_late(app: Kolben) -> None:
    """Start it by the first request, where nobody did before."""
    if not app._got_first_request:
        note_loop()
        await drive(copy_context(), app._first_request.run(app), app.threads)


async def end(app: Kolben) -> None:
    """End it, and what is still open on this event loop."""
    await live_of(app, get_running_loop()).drain()
    await drive(*app._life.finish(), app.threads)


async def run_lifespan(app: Kolben, _scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the server's messages of start and end.

    Args:
        app: The app.
        _scope: The lifespan's scope; its ``state`` is left as it is.
        receive: Gives the next message.
        send: Takes the answer.
    """
    await receive()  # lifespan.startup
    try:
        await start(app)
    except Exception as error:
        app.logger.exception("The app %r failed to start", app.name)
        await send({"type": "lifespan.startup.failed", "message": _reason(error)})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()  # lifespan.shutdown
    try:
        await end(app)
    except Exception as error:  # noqa: BLE001  # it was logged
        await send({"type": "lifespan.shutdown.failed", "message": _reason(error)})
        return
    await send({"type": "lifespan.shutdown.complete"})


def _reason(error: Exception) -> str:
    """Say in one line what went wrong."""
    return f"{type(error).__name__}: {error}"
