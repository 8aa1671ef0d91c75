"""The server of ``kolben serve``: Granian, told in our terms."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import granian
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.log import LogLevels

from .worker import look_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from .worker import Found, Target


class Address(NamedTuple):
    """Where the server listens, and its certificate and key."""

    host: str
    port: int
    cert: str | None
    key: str | None

    @property
    def url(self) -> str:
        """The URL to open."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.cert else ''}://{host}:{self.port}"


_Granian: Any = granian.Granian  # one class with the GIL, another one without


class Server(_Granian):  # type: ignore[misc]  # chosen at run time
    """Granian, which looks at the app before it replaces workers."""

    looked_at: Target

    def serve(
        self,
        spawn_target: Callable[..., None] | None = None,
        target_loader: Callable[..., Callable[..., Any]] | None = None,
        wrap_loader: bool = True,
    ) -> None:
        """Serve until a signal comes.

        Args:
            spawn_target: As Granian has it.
            target_loader: Called with the target, in each worker.
            wrap_loader: As Granian has it.
        """
        assert target_loader is not None, "the app is loaded by us"
        super().serve(spawn_target, partial(target_loader, self.looked_at), wrap_loader)

    def _reload(self, spawn_target: Any, target_loader: Any) -> None:
        """Replace the workers, unless the new code cannot be loaded: then the old ones stay."""
        try:
            found = look_at(self.looked_at)
        except SystemExit:
            click.echo("The workers go on with the code that they have.", err=True)
            self.reload_signal = False
            self.main_loop_interrupt.clear()
            return
        self.respawn_interval = _time_to_start(found)
        click.echo("Loading the code anew …")
        super()._reload(spawn_target, target_loader)
        click.echo("All workers run the new code.")


def _time_to_start(found: Found) -> float:
    """Return how many seconds a new worker is given before an old one ends."""
    return max(1.0, 2 * found.seconds)


def make_server(
    target: Target,
    found: Found,
    address: Address,
    files: list[Any] | None,
    options: dict[str, Any],
) -> Server:
    """Make the server.

    Args:
        target: The app.
        found: What it is like.
        address: Where to listen.
        files: Folder, URL prefix and age of the static files that the server serves.
        options: ``workers``, ``http``, ``access_log``, ``reload``, ``graceful_timeout``.
    """
    settings: dict[str, Any] = {}
    if files is not None:
        folder, prefix, age = files
        settings = {
            "static_path_mount": [Path(folder)],
            "static_path_route": [prefix],
            "static_path_expires": age,
        }
    if address.cert is not None and address.key is not None:
        settings |= {"ssl_cert": Path(address.cert), "ssl_key": Path(address.key)}
    if options["reload"]:
        settings["reload_filter"] = _sources()
    wsgi = target.interface == "wsgi"
    server = Server(
        target.path or "app",
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI if wsgi else Interfaces.ASGI,
        workers=options["workers"],
        blocking_threads=target.threads if wsgi else None,
        http={"auto": HTTPModes.auto, "1": HTTPModes.http1, "2": HTTPModes.http2}[options["http"]],
        websockets=not wsgi,
        log_level=LogLevels.warning,
        log_access=options["access_log"],
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        respawn_interval=_time_to_start(found),
        workers_kill_timeout=math.ceil(max(options["graceful_timeout"], found.grace + 1)),
        reload=options["reload"],
        reload_ignore_worker_failure=True,
        **settings,
    )
    server.looked_at = target
    return server


def _sources() -> type[Any]:
    """Make the filter of the files that are watched: what an app writes itself is none of them.

    Else a log, a database or a session file in the folder restarts the workers with each request.
    """
    from watchfiles import PythonFilter

    class Sources(PythonFilter):
        """Files that are an app's code, templates and settings."""

        def __init__(self) -> None:
            super().__init__(extra_extensions=_WATCHED)

    return Sources


_WATCHED = (".html", ".jinja", ".jinja2", ".j2", ".mako", ".toml", ".ini", ".cfg", ".env")
