"""Whether whoever made a request is still there, as far as the server lets us know."""

from __future__ import annotations

import asyncio
import select
import socket
from typing import TYPE_CHECKING, Any

from kolben.waiting import home

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIEnvironment

    from .scope import Scope

CLIENT = "kolben.client"
"""Where the scope of a request keeps its client, once somebody has asked for it."""
RECEIVE = "kolben.receive"
"""Where the scope of a request keeps the server's ``receive``, and what is left of the body."""


class Client:
    """The client of one request over ASGI.

    A server says ``http.disconnect`` to whoever receives after the end of the body; so somebody has
    to be receiving.

    Args:
        receive: The server's ``receive``.
        body: What may still have to be received of the body.
    """

    def __init__(self, receive: Any, body: Any) -> None:
        self._receive = receive
        self._body = body
        self._watcher: asyncio.Task[None] | None = None
        self._tell: list[Callable[[], None]] = []
        self._gone = False

    @property
    def gone(self) -> bool:
        """Whether the client is known to have left."""
        return self._gone or getattr(self._body, "lost", False)

    def watch(self, tell: Callable[[], None] | None = None) -> None:
        """Begin to listen for the client's leaving; on the loop.

        Args:
            tell: Called when it has left.
        """
        if tell is not None:
            self._tell.append(tell)
            if self.gone:
                tell()
        # As long as there may be more of the body, whoever reads that hears of the end.
        if (
            self._watcher is None
            and self._receive is not None
            and not self._gone
            and not getattr(self._body, "has_more", False)
        ):
            self._watcher = asyncio.get_running_loop().create_task(self._listen())

    def stop(self) -> None:
        """Stop listening."""
        self._gone = self.gone
        self._tell.clear()  # who was to be told holds the request, which holds us: no cycle
        self._receive = self._body = None  # it may hold the scope, which does so too
        watcher, self._watcher = self._watcher, None  # its frames hold us
        if watcher is not None:
            watcher.cancel()

    async def look(self) -> bool:
        """Tell whether the client has left by now."""
        self.watch()
        await asyncio.sleep(0)  # the first time the listening has only begun
        return self.gone

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        for tell in self._tell:
            tell()


def client_of(scope: Scope) -> Client | None:
    """Return the client of a request over ASGI, ``None`` where there is none to listen to.

    Args:
        scope: The request's scope.
    """
    client: Client | None = scope.get(CLIENT)
    if client is None and RECEIVE in scope:
        client = scope[CLIENT] = Client(*scope[RECEIVE])
    return client


def forget_client(scope: Scope) -> None:
    """Stop listening for the client of a request that is over."""
    scope.pop(RECEIVE, None)  # a server's may hold the scope: no cycle
    if CLIENT in scope:
        scope[CLIENT].stop()


def has_left(scope: Scope | None, environ: WSGIEnvironment | None) -> bool:
    """Tell whether the client of a request is known to have left.

    Args:
        scope: The scope, of a request over ASGI.
        environ: The environ, of a request over WSGI.
    """
    if scope is None:
        return environ is not None and _is_closed(environ)
    client = client_of(scope)
    if client is None:
        return False
    if home.loop is not None:  # a worker thread
        return asyncio.run_coroutine_threadsafe(client.look(), home.loop).result()
    client.watch()
    return client.gone


def _is_closed(environ: WSGIEnvironment) -> bool:
    """Look at the socket that some WSGI servers put into the environ."""
    sock: Any = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if not isinstance(sock, socket.socket):
        return False
    try:
        readable, _, _ = select.select([sock], [], [], 0)
        return bool(readable) and sock.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):  # closed by now; or TLS, which can't be looked into
        return sock.fileno() == -1
