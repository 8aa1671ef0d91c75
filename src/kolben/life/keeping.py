"""A life on an event loop whose server tells nothing of the end: ASGI without lifespan.

Theory of operation. Such a server just lets its loop go, and ``asyncio.run`` then cancels the tasks
that are left, and waits for them. One of them is the keeper: when it is cancelled it ends the life.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..loops import note

# asyncio is imported late: apps without async functions do without it.
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import Coroutine

    from .cycle import Life


class Keeper:
    """A task that ends a life when its loop ends.

    Args:
        life: The life.
        loop: The loop that it began on, which runs.
    """

    def __init__(self, life: Life, loop: AbstractEventLoop) -> None:
        self._life = life
        self._task: Task[None] | None = None
        loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        from asyncio import get_running_loop

        self._task = get_running_loop().create_task(self._keep(), name="kolben-keeper")

    def dismiss(self) -> None:
        """Let the task go: the life has ended."""
        task, self._task = self._task, None
        if task is not None and not task.get_loop().is_closed():
            task.get_loop().call_soon_threadsafe(task.cancel)

    async def _keep(self) -> None:
        from asyncio import CancelledError, get_running_loop

        try:
            await get_running_loop().create_future()
        except CancelledError:
            if self._task is not None:  # it was not dismissed
                with suppress(Exception):  # it was logged
                    await end_on_loop(self._life)


async def end_on_loop(life: Life) -> None:
    """End a life on the event loop that it began on."""
    from asyncio import get_running_loop

    from ..protocols.driving import drive

    note(get_running_loop())
    context, step = life.finish()
    driven: Any = drive(context, step, life.app.threads)
    await driven


def wait_on(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, None]) -> None:
    """Block until a coroutine is done on a loop that runs in another thread."""
    from asyncio import get_running_loop, run_coroutine_threadsafe

    with suppress(RuntimeError):
        if get_running_loop() is loop:
            coroutine.close()
            raise AssertionError("end a life on its own event loop with 'async with app.serving()'")
    run_coroutine_threadsafe(coroutine, loop).result()
