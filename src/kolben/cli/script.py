"""What a command knows of its app: :class:`ScriptInfo`, and the decorators that hand it over."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from .env import wants_default_files

if TYPE_CHECKING:
    from kolben.app import Kolben

F = TypeVar("F", bound=Callable[..., Any])

# Tried in the working directory when no app was named.
_USUAL_FILES = ("wsgi.py", "app.py")


class ScriptInfo:
    """The app that a command line is about, loaded when somebody asks for it.

    It is click's ``ctx.obj``; :class:`~kolben.cli.groups.KolbenGroup` makes one for each run.

    Args:
        app_import_path: Where the app is, as given to ``--app``: ``"module:name"``.
        create_app: A function that returns the app; it is preferred to the path.
        set_debug_flag: Whether loading sets ``app.debug`` from ``KOLBEN_DEBUG`` or ``FLASK_DEBUG``.
        load_dotenv_defaults: Whether the default ``.env`` files shall be loaded. This object does
            not load them; the option ``--env-file`` does, and reads here whether it should.

    Attributes:
        data: A dict for the use of commands.
    """

    def __init__(
        self,
        app_import_path: str | None = None,
        create_app: Callable[..., Kolben] | None = None,
        set_debug_flag: bool = True,
        load_dotenv_defaults: bool = True,
    ) -> None:
        self.app_import_path = app_import_path
        self.create_app = create_app
        self.data: dict[Any, Any] = {}
        self.set_debug_flag = set_debug_flag
        self.load_dotenv_defaults = wants_default_files(load_dotenv_defaults)
        self._loaded_app: Kolben | None = None
        self._failure: Exception | None = None

    def load_app(self) -> Kolben:
        """Load the app, the first time; later calls return the same object.

        Returns:
            The application.

        Raises:
            NoAppException: No app was named and none is in ``wsgi.py`` or ``app.py`` here, or
                what was named is none.
            Exception: Whatever the app's own module or factory raises.
        """
        if self._loaded_app is not None:
            return self._loaded_app
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        app = self._find_app()
        if self.set_debug_flag:
            from kolben import cli

            app.debug = cli.get_debug_flag()
        self._loaded_app = app
        return app

    def try_app(self) -> None:
        """Load the app if that is possible; else leave its error to the next :meth:`load_app`.

        So who needs the app reports why there is none, and its code is not executed a second time,
        in the midst of what the first time has left behind.
        """
        try:
            self.load_app()
        except Exception as error:  # noqa: BLE001  # it is raised when the app is needed
            self._failure = error

    def _find_app(self) -> Kolben:
        """Get the app from the factory, from the path, or from a file with a usual name."""
        if self.create_app is not None:
            return self.create_app()

        from . import locate

        if self.app_import_path:
            module, name = _split_import_path(self.app_import_path)
            return locate.locate_app(locate.prepare_import(module), name)
        for file in _USUAL_FILES:
            module = locate.prepare_import(file)
            app = locate.locate_app(module, None, raise_if_not_found=False)
            if app is not None:
                return app
        raise locate.NoAppException(
            "Could not locate an application. Name it with 'kolben --app module:name' or in the"
            " environment variable KOLBEN_APP (FLASK_APP is read too), or put it into a file"
            " 'wsgi.py' or 'app.py' in the current directory."
        )


def _split_import_path(path: str) -> tuple[str, str | None]:
    """Split at the first colon that is not that of a Windows drive."""
    at = path.find(":")
    while at != -1 and path[at + 1 : at + 2] in {"/", "\\"}:
        at = path.find(":", at + 1)
    return (path, None) if at == -1 else (path[:at], path[at + 1 :])


pass_script_info = click.make_pass_decorator(ScriptInfo, ensure=True)
"""Pass the :class:`ScriptInfo` of the run to a command, as its first argument."""


def with_appcontext(f: F) -> F:
    """Run a command inside the app's context, so that ``current_app`` and ``g`` work.

    Commands made with ``@app.cli.command()`` and ``@blueprint.cli.command()`` have it already. A
    context that is active when the command starts is used and left alone.

    Args:
        f: The command's function.

    Returns:
        The function for ``click.command``.

    Raises:
        NoAppException: When the command runs and no app can be loaded.
    """

    def run_in_context(*args: Any, **kwargs: Any) -> Any:
        ctx = click.get_current_context()
        if active_app() is None:
            app = ctx.ensure_object(ScriptInfo).load_app()
            ctx.with_resource(app.app_context())
        return ctx.invoke(run_async(f), *args, **kwargs)

    return cast("F", update_wrapper(run_in_context, f))


def run_async(f: F) -> F:
    """Make a function for click of an ``async def`` one; any other is returned as it is.

    Args:
        f: The command's function.

    Returns:
        A function that waits until the coroutine is done.
    """
    from inspect import iscoroutinefunction

    if not iscoroutinefunction(f):
        return f

    def run(*args: Any, **kwargs: Any) -> Any:
        from kolben.waiting import wait

        return wait(f(*args, **kwargs))

    return cast("F", update_wrapper(run, f))


def active_app() -> Kolben | None:
    """Get the app of the context that is active now.

    Returns:
        The application, or ``None`` outside of any context.
    """
    from kolben.globals import _app_ctx_stack

    context = _app_ctx_stack.top
    return None if context is None else context.app
