"""What the processes of ``kolben serve`` do with the app: a look at it first, then to serve it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import click

from .script import ScriptInfo
from .tracebacks import describe

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from kolben.app import Kolben

# Seconds that a child is given to end by itself, once it has said what it was started for.
_PATIENCE = 1.0


@dataclass(frozen=True)
class Target:
    """Which app is served, and how; goes to each worker.

    Attributes:
        path: As given to ``--app``, or ``None`` to look in the usual files.
        create_app: The program's own factory, if it has one.
        interface: ``"wsgi"`` or ``"asgi"``; ``None`` while that is not known.
        threads: For sync code.
        health: Where to answer health checks.
    """

    path: str | None
    create_app: Callable[..., Kolben] | None
    sets_debug: bool
    interface: str | None = None
    threads: int | None = None
    health: str | None = None

    def load(self) -> Kolben:
        """Load the app, as every command does."""
        info = ScriptInfo(self.path, self.create_app, self.sets_debug, load_dotenv_defaults=False)
        return info.load_app()


@dataclass(frozen=True)
class Found:
    """What a look at the app has shown.

    Attributes:
        name: The app's name.
        debug: Whether it is in debug mode.
        seconds: How long loading took.
        grace: How long its background tasks may take at the end, in seconds.
        reasons: Why ASGI is better for it.
        static: Folder, URL prefix and age in seconds of its static files; or why the app has to
            serve them itself.
    """

    name: str
    debug: bool
    seconds: float
    grace: float
    reasons: list[str] = field(default_factory=list)
    static: Any = None


def look_at(target: Target) -> Found:
    """Load the app in a child process, so that this one stays free of its code.

    The workers then load the app as it is when they start, after a reload too.

    Args:
        target: The app.

    Returns:
        What it is like.

    Raises:
        SystemExit: It cannot be loaded; the child has said why.
    """
    import multiprocessing

    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    child: Any = context.Process(target=_report, args=(target, sender))  # type: ignore[attr-defined]
    child.start()
    sender.close()
    try:
        told = receiver.recv()
    except EOFError:
        told = None
    child.join(_PATIENCE)
    if child.is_alive():  # as a thread is that the app has started
        child.kill()
        child.join()
        code = 1
    else:
        code = child.exitcode or 1
    if told is None:
        raise SystemExit(code)
    return Found(**told)


def _report(target: Target, sender: Connection) -> None:
    """Load the app and tell what it is like; in the child."""
    before = time.perf_counter()
    try:
        app = _load_or_exit(target)
    except SystemExit:
        sender.close()  # now, as a thread of the app's may keep this process
        raise
    from .interface import async_parts

    found = Found(
        app.name,
        bool(app.debug),
        time.perf_counter() - before,
        float(app.config["BACKGROUND_TASK_GRACE"]),
        async_parts(app),
        _static_files(app),
    )
    sender.send(asdict(found))
    sender.close()


def _load_or_exit(target: Target) -> Kolben:
    """Load the app; what goes wrong is shown from the user's first line on."""
    try:
        return target.load()
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001  # it is shown as Python would show it
        click.echo(describe(error), err=True, nl=False)
        click.echo("The app could not be loaded.", err=True)
        sys.exit(1)


def _static_files(app: Kolben) -> list[Any] | str:
    """Tell which folder a server may serve by itself, or why none."""
    from kolben.app import Kolben

    folder = app.static_folder
    if folder is None or not os.path.isdir(folder):
        return "the app has no static folder"
    for name in ("send_static_file", "get_send_file_max_age"):
        if getattr(type(app), name) is not getattr(Kolben, name) or name in vars(app):
            return f"the app has its own {name}"
    if app.url_map.host_matching or not app.static_url_path:
        return "the app matches hosts" if app.static_url_path else "its files have no URL prefix"
    if _answers_below(app, f"{app.static_url_path}/"):
        return f"the app itself answers below {app.static_url_path}/, too"
    with app.app_context():
        age = app.get_send_file_max_age("")
    return [folder, app.static_url_path, age or 0]


def _answers_below(app: Kolben, prefix: str) -> bool:
    """Tell whether an app has more than its static files below a prefix."""
    places = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    places += [f"{mount.prefix}/" for mount in app._mounts]
    return any(place.startswith(prefix) for place in places)


def load_in_worker(target: Target) -> Any:
    """Load the app in a worker, for the server to call.

    Args:
        target: The app.

    Returns:
        The app, ready: on WSGI its life has begun, on ASGI the server begins it.
    """
    app = _load_or_exit(target)
    if target.threads is not None:
        app.config["ASGI_THREADS"] = target.threads
    if target.health is not None:
        from kolben.health import HealthCheck

        app.mount(target.health, HealthCheck(app))
    if target.interface == "wsgi":
        _hear_signals(app)
        try:
            app._life.start_now()
        except Exception as error:  # noqa: BLE001  # shown; the server sees that the worker ends
            click.echo(describe(error), err=True, nl=False)
            click.echo("A before_serving or while_serving function failed.", err=True)
            sys.exit(1)
    return app


def _hear_signals(app: Kolben) -> None:
    """Tell the app at once of the signal that ends this worker.

    The server puts its own handlers after this, and its main thread then runs no Python code; but
    Python writes each signal to a file descriptor as it comes.
    """
    if not hasattr(signal, "set_wakeup_fd"):
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def listen() -> None:
        while numbers := os.read(reading, 64):
            if not {signal.SIGTERM, signal.SIGINT}.isdisjoint(numbers):
                app._life.stop()

    threading.Thread(target=listen, name="kolben-signals", daemon=True).start()
