"""The lifespan of a mounted ASGI application: here the app is the server."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from ..loops import end_where_begun

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

_log = logging.getLogger(__name__)


class MountedLifespan:
    """The lifespan of one application, in one task from its start to its end.

    Args:
        prefix: Where it is mounted.
        app: The application.
        state: Where it puts what its requests are given.
    """

    def __init__(self, prefix: str, app: Callable[..., Any], state: dict[str, Any]) -> None:
        self._prefix = prefix
        self._app = app
        self._state = state
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it, and wait until it has; one without a lifespan goes on without (ASGI).

        Raises:
            RuntimeError: It says that it failed.
        """
        loop = asyncio.get_running_loop()
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._started: asyncio.Future[None] = loop.create_future()
        self._ended: asyncio.Future[None] = loop.create_future()
        self._messages.put_nowait({"type": "lifespan.startup"})
        self._task = loop.create_task(self._run())
        await self._started

    async def end(self) -> None:
        """End it, and wait until it has.

        Raises:
            RuntimeError: It says that it failed.
        """
        task = self._task
        if task is not None and not task.done():
            await end_where_begun(task.get_loop(), self._tell_end)

    async def _tell_end(self) -> None:
        self._messages.put_nowait({"type": "lifespan.shutdown"})
        await self._ended

    async def _run(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self._state,
        }
        try:
            await self._app(scope, self._messages.get, self._send)
        except Exception as error:  # noqa: BLE001  (logged; there is nobody to raise it to)
            if not self._started.done():
                _log.debug("The app mounted at %s has no lifespan: %r", self._prefix, error)
            elif not self._ended.done():
                _log.exception("The lifespan of the app mounted at %s failed", self._prefix)
        finally:
            for future in (self._started, self._ended):
                if not future.done():
                    future.set_result(None)

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        phase, _, outcome = message["type"].removeprefix("lifespan.").partition(".")
        future = self._started if phase == "startup" else self._ended
        if future.done():
            return
        if outcome == "complete":
            future.set_result(None)
            return
        future.set_exception(
            RuntimeError(
                f"the app mounted at {self._prefix!r} failed at its {phase}:"
                f" {message.get('message') or 'it does not say why'}"
            )
        )
