"""What one does with an app while writing it: contexts and clients for tests, a shell, a run.

The tools themselves are fetched when somebody asks for one; a process that serves loads none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .globals import g
from .scaffold import setupmethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from . import typing as ft
    from .contexts import RequestContext
    from .testing import KolbenClient, KolbenCliRunner

F = TypeVar("F", bound="Callable[..., Any]")


class Workbench:
    """The part of an app that lends itself to the tools."""

    #: Classes that an app may replace, in a subclass or on the app.
    test_client_class: type[KolbenClient] | None = None
    test_cli_runner_class: type[KolbenCliRunner] | None = None

    shell_context_processors: list[ft.ShellContextProcessorCallable]

    def test_request_context(self, *args: Any, **kwargs: Any) -> RequestContext:
        """Make a request context without a server: ``with app.test_request_context("/path"): …``.

        Args:
            *args: For Werkzeug's ``EnvironBuilder``: path, base URL, …
            **kwargs: For the same, and ``subdomain``, ``url_scheme``, ``json``.
        """
        from .testing import EnvironBuilder

        app: Any = self
        builder = EnvironBuilder(app, *args, **kwargs)
        try:
            context: RequestContext = app.request_context(builder.get_environ())
        finally:
            builder.close()
        return context

    def test_client(self, use_cookies: bool = True, **kwargs: Any) -> KolbenClient:
        """Make a client that calls this app without a server.

        Args:
            use_cookies: Whether it keeps cookies.
            **kwargs: For ``test_client_class``.
        """
        cls: Any = self.test_client_class
        if cls is None:
            from .testing import KolbenClient

            cls = KolbenClient
        app: Any = self
        client: KolbenClient = cls(app, app.response_class, use_cookies=use_cookies, **kwargs)
        return client

    def test_cli_runner(self, **kwargs: Any) -> KolbenCliRunner:
        """Make a runner of this app's commands; ``kwargs`` are for ``test_cli_runner_class``."""
        cls: Any = self.test_cli_runner_class
        if cls is None:
            from .testing import KolbenCliRunner

            cls = KolbenCliRunner
        runner: KolbenCliRunner = cls(self, **kwargs)
        return runner

    @setupmethod
    def shell_context_processor(self, f: F) -> F:
        """Add what a function returns, a dictionary, to the names of the interactive shell."""
        self.shell_context_processors.append(f)
        return f

    def make_shell_context(self) -> dict[str, Any]:
        """Return the names of the interactive shell: ``app``, ``g``, and the processors' ones."""
        names: dict[str, Any] = {"app": self, "g": g}
        for processor in self.shell_context_processors:
            names.update(processor())
        return names

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        debug: bool | None = None,
        load_dotenv: bool = True,
        **options: Any,
    ) -> None:
        """Serve with the development server, until Ctrl-C; not for production.

        Args:
            host: Address; from ``SERVER_NAME``, else 127.0.0.1.
            port: From ``SERVER_NAME``, else 5000.
            debug: Turns debug mode on or off.
            load_dotenv: Whether ``.env`` files are read first.
            **options: For Werkzeug's ``run_simple``.
        """
        from .cli.run import run_app

        app: Any = self
        run_app(app, host, port, debug, load_dotenv, options)
