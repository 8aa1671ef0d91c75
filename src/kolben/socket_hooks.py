"""What an app and a blueprint share for WebSockets: handlers and hooks.

They are kept as those of requests are (see :mod:`kolben.scaffold`), in tables of their own: the
hooks of requests do not run for a WebSocket, since most of them return or change a response.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

from .scaffold import Scaffold, setupmethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from . import typing as ft

F = TypeVar("F", bound="Callable[..., Any]")

#: The tables of hooks, for whoever merges them.
SOCKET_HOOKS = ("before_websocket_funcs", "after_websocket_funcs", "teardown_websocket_funcs")


class SocketHooks(Scaffold):
    """The part of an app or a blueprint that has WebSockets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Scope → functions, for each kind of hook.
        self.before_websocket_funcs: dict[
            ft.AppOrBlueprintKey, list[ft.BeforeWebSocketCallable]
        ] = defaultdict(list)
        self.after_websocket_funcs: dict[
            ft.AppOrBlueprintKey, list[ft.AfterWebSocketCallable[Any]]
        ] = defaultdict(list)
        self.teardown_websocket_funcs: dict[ft.AppOrBlueprintKey, list[ft.TeardownCallable]] = (
            defaultdict(list)
        )

    @setupmethod
    def websocket(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register the decorated function as the handler of a WebSocket's URL rule.

        ::

            @app.websocket("/ws/<int:room>")
            async def chat(room):
                async for message in websocket:
                    await websocket.send(message)

        Args:
            rule: The rule, with arguments in angle brackets, as for ``route``.
            **options: What ``add_websocket`` takes.
        """

        def decorator(f: F) -> F:
            self.add_websocket(rule, options.pop("endpoint", None), f, **options)
            return f

        return decorator

    @setupmethod
    def add_websocket(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.WebSocketCallable | None = None,
        **options: Any,
    ) -> None:
        """Map a URL rule to a WebSocket's endpoint and handler.

        Args:
            rule: The rule; it must start with a slash.
            endpoint: The name for ``url_for``, which builds a ``ws://`` or ``wss://`` URL; the
                function's name by default.
            view_func: The handler, ``async def`` or ``def``.
            **options: For Werkzeug's ``Rule``: ``defaults``, ``strict_slashes``, …

        Raises:
            TypeError: ``methods`` was given: a handshake is a ``GET``.
        """
        if "methods" in options:
            raise TypeError(
                "a WebSocket has no 'methods': its handshake is a GET (RFC 6455, 4.1);"
                " leave them out, or register a view with route()"
            )
        options = {"provide_automatic_options": False, **options, "websocket": True}
        view: Any = view_func
        self.add_url_rule(rule, endpoint, view, **options)

    @setupmethod
    def before_websocket(self, f: F) -> F:
        """Run a function before each WebSocket's handler.

        If it returns something, the handshake is refused with that as the response.
        """
        self.before_websocket_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def after_websocket(self, f: F) -> F:
        """Run a function after each WebSocket's handler.

        It is given the response with which the handshake is refused, and returns that or another
        one; ``None`` where the handshake was not refused, and then what it returns is ignored.
        """
        self.after_websocket_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def teardown_websocket(self, f: F) -> F:
        """Run a function when a WebSocket's context ends, whatever happened.

        It is given the unhandled exception, ``asyncio.CancelledError`` where the client has left
        before the handler was done, or ``None``; its result is ignored. It should not raise.
        """
        self.teardown_websocket_funcs.setdefault(None, []).append(f)
        return f
