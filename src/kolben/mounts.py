"""Other applications under a prefix of an app's URLs, whichever protocol they speak.

Theory of operation. A mount is looked for before the app does anything with a request: no hook of
the app runs, no session is opened. Of several the longest prefix wins, and it ends where a segment
of the path ends. A mount comes before the app's own routes under its prefix; only one at ``/``
comes after them, and gets what no route of the app's matches. What is mounted starts and ends with
the app's life.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, NotFound

from .life.running import apart
from .protocols.speaking import speaks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from .app import Kolben
    from .http.scope import Scope
    from .protocols.asgi import Receive, Send
    from .protocols.mounted_lifespan import MountedLifespan
    from .waiting import Step


class Mount:
    """An application under a prefix.

    Args:
        prefix: Begins with a slash; ``/`` for whatever the app has no route for.
        app: The application.
        protocol: ``"wsgi"`` or ``"asgi"``; found out where it is ``None``.

    Raises:
        ValueError: The prefix or the protocol is none.
        TypeError: It cannot be told which protocol the application speaks.
    """

    def __init__(self, prefix: str, app: Callable[..., Any], protocol: str | None) -> None:
        if not prefix.startswith("/") or (prefix != "/" and prefix.endswith("/")):
            raise ValueError(
                f"cannot mount at {prefix!r}: a prefix begins with a slash and does not end with"
                " one, as '/old', or is '/'"
            )
        self.prefix = prefix
        self.app = app
        self.protocol = speaks(app, protocol)
        self.state: dict[str, Any] = {}
        self._path = prefix.rstrip("/")
        self._raw = self._path.encode().decode("latin1")
        #: Whether the host has to have started before it may answer.
        self.waits_for_start: bool = getattr(app, "waits_for_start", True)
        self._lifespan: MountedLifespan | None = None

    def covers(self, path: str) -> bool:
        """Tell whether a path is under the prefix, which is not ``/``."""
        return path.startswith(self._path) and path[len(self._path) :][:1] in {"", "/"}

    def covers_raw(self, path: str) -> bool:
        """Tell so of a path as an environ has it."""
        return path.startswith(self._raw) and path[len(self._raw) :][:1] in {"", "/"}

    # -- its life ----------------------------------------------------------------------------------

    def start(self) -> Step[None]:
        """Start the application's life, if it has one."""
        life = getattr(self.app, "_life", None)
        if self.protocol == "both" and life is not None:
            if not life.started:
                yield from apart(*life.begin())
        elif self.protocol == "asgi":
            from .protocols.mounted_lifespan import MountedLifespan

            self._lifespan = MountedLifespan(self.prefix, self.app, self.state)
            yield self._lifespan.start()

    def end(self) -> Step[None]:
        """End it."""
        life = getattr(self.app, "_life", None)
        if self.protocol == "both" and life is not None:
            if life.started:
                yield from apart(*life.finish())
        elif self._lifespan is not None:
            lifespan, self._lifespan = self._lifespan, None
            yield lifespan.end()

    # -- answering ---------------------------------------------------------------------------------

    def answer_wsgi(
        self, host: Kolben, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a WSGI request: the prefix goes from PATH_INFO to SCRIPT_NAME (PEP 3333)."""
        environ = dict(environ)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + self._raw
        environ["PATH_INFO"] = environ.get("PATH_INFO", "")[len(self._raw) :]
        if self.protocol != "asgi":
            return self.app(environ, start_response)  # type: ignore[no-any-return]
        from .protocols.asgi_in_wsgi import respond

        return respond(host, self.app, environ, start_response, self.state)

    async def answer_asgi(self, host: Kolben, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an ASGI connection: the prefix is added to ``root_path``, ``path`` keeps it."""
        from .http.scope import split_path

        root, path = split_path(scope)
        # There are servers that leave the root out of the path.
        scope = {**scope, "root_path": root + self._path, "path": root + path}
        if self.protocol != "wsgi":
            scope["state"] = dict(self.state)
            from .protocols import asgi_in_asgi as other
        else:
            from .protocols import wsgi_in_asgi as other  # type: ignore[no-redef]
        await other.respond(host, self.app, scope, receive, send)


def add_mount(mounts: list[Mount], mount: Mount) -> None:
    """Add a mount to those of an app, the longest prefix first."""
    if any(known.prefix == mount.prefix for known in mounts):
        raise ValueError(f"something is mounted at {mount.prefix!r} already")
    mounts.append(mount)
    mounts.sort(key=lambda known: len(known.prefix), reverse=True)


def mount_of_environ(app: Kolben, environ: WSGIEnvironment) -> Mount | None:
    """Find the mount that answers a WSGI request, if one does."""
    path = environ.get("PATH_INFO", "")
    for mount in app._mounts:
        if mount.prefix != "/":
            if mount.covers_raw(path):
                return mount
        elif not _has_route(
            app, environ, websocket=environ.get("HTTP_UPGRADE", "").lower() == "websocket"
        ):
            return mount
    return None


def mount_of_scope(app: Kolben, scope: Scope) -> Mount | None:
    """Find the mount that answers an ASGI connection, if one does."""
    from .http.scope import build_environ, split_path

    path = split_path(scope)[1]
    for mount in app._mounts:
        if mount.prefix != "/":
            if mount.covers(path):
                return mount
        elif not _has_route(
            app, build_environ(scope, BytesIO()), websocket=scope["type"] == "websocket"
        ):
            return mount
    return None


def _has_route(app: Kolben, environ: WSGIEnvironment, *, websocket: bool) -> bool:
    """Tell whether the app itself answers a request, be it with a redirect or a 405."""
    try:
        app._bind_to(environ).match(websocket=websocket)
    except NotFound:
        return False
    except HTTPException:
        return True
    return True
