"""How a life hears that its process will end, and gets the chance to end before.

Theory of operation. Servers end a worker by a signal. What Python runs after the main thread
(``threading._shutdown``, in a process of ``multiprocessing`` too, where ``atexit`` is not asked) is
the last place where threads can still be started, so the lives that nobody ended are ended there.
Earlier, when the signal comes, they are told to stop (:mod:`kolben.stopping`).
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from .. import stopping
from ..loops import serving_here
from ..waiting import home

if TYPE_CHECKING:
    from ..app import Kolben

# The apps of this process whose life has something to end; held, as their hooks have to run.
_apps: dict[int, Kolben] = {}
_held: dict[int, Kolben] = {}
_at_exit = False


def watch(app: Kolben) -> None:
    """See to it that an app's life ends before the process does.

    Args:
        app: An app that has something to end.
    """
    _apps[id(app)] = app
    _come_last()
    if not stopping.watch() and home.loop is None and serving_here() is None:
        stopping.ask_main_thread()  # on an event loop its server tells


def hold(app: Kolben) -> None:
    """Keep an app to the end of the process, as something runs that the end has to wait for.

    Args:
        app: The app.
    """
    _held[id(app)] = app
    _come_last()


def let_go(app: Kolben) -> None:
    """Undo that: nothing runs any more."""
    _held.pop(id(app), None)


def forget(app: Kolben) -> None:
    """Let go of an app whose life has ended."""
    _apps.pop(id(app), None)


def stop_all() -> bool:
    """Tell all apps of this process that its end is near; return whether there are any."""
    for app in list(_apps.values()):
        app._life.stop()
    return bool(_apps)


stopping.listeners.append(stop_all)


def _come_last() -> None:
    """Have the lives ended when the main thread is done; once per process and its children."""
    global _at_exit
    if _at_exit:
        return
    _at_exit = True
    import atexit

    # Before the executors of concurrent.futures refuse work: the last registered runs first.
    import concurrent.futures.thread  # noqa: F401

    register = getattr(threading, "_register_atexit", atexit.register)
    with suppress(RuntimeError):  # the process is at its end already
        register(_end_all)


def _end_all() -> None:
    """End every life that still goes on."""
    for app in (_apps | _held).values():
        with suppress(Exception):  # it was logged, and the others have to end too
            app._life.end_now()
        forget(app)


def _forget_parent() -> None:
    """Drop the parent's lives in a forked child: its threads and tasks do not exist there."""
    for app in (_apps | _held).values():
        app._life.forget()
        app._got_first_request = False
    _apps.clear()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)
