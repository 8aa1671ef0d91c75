"""Groups of commands: :class:`AppGroup` for an app, :class:`KolbenGroup` for a whole program."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, overload

import click

from .env import NATIVE_PREFIX, answer_to_flask_names
from .script import ScriptInfo, active_app, pass_script_info, run_async, with_appcontext

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from kolben.app import Kolben

    from .stand_in import StandIn

__all__ = ["AppGroup", "KolbenGroup", "ScriptInfo", "pass_script_info", "with_appcontext"]


class AppGroup(click.Group):
    """A click group whose commands run inside the app's context.

    ``app.cli`` and ``blueprint.cli`` are of this class.
    """

    @overload
    def command(self, func: Callable[..., Any], /) -> click.Command: ...

    @overload
    def command(
        self, *args: Any, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], click.Command]: ...

    def command(
        self, *args: Any, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], click.Command] | click.Command:
        """Make a command of a function, as :meth:`click.Group.command`.

        Args:
            *args: Passed to click.
            **kwargs: Passed to click, but for ``with_appcontext=False``, which leaves the context
                out.

        Returns:
            The decorator; the command itself where this is the decorator (no parentheses).

        Differs from Flask: may be used without parentheses, as click's own.
        """
        wrap = with_appcontext if kwargs.pop("with_appcontext", True) else run_async
        if args and callable(args[0]):
            command: click.Command = super().command(wrap(args[0]))
            return command
        register: Callable[..., click.Command] = super().command(*args, **kwargs)
        return lambda f: register(wrap(f))


# What ``@group.group()`` makes, unless a subclass or the argument ``cls`` says otherwise.
AppGroup.group_class = AppGroup


class KolbenGroup(AppGroup):
    """The group of a whole program: the built-in commands, those of plugins, those of the app.

    Args:
        add_default_commands: Whether to have ``run``, ``serve``, ``shell`` and ``routes``.
        create_app: A function that returns the app; without it the app is found by ``--app``.
        add_version_option: Whether to have ``--version``.
        load_dotenv: Whether to load the default ``.env`` files.
        set_debug_flag: Whether ``app.debug`` is set from the environment when the app is loaded.
        **extra: Passed to :class:`click.Group`.

    Differs from Flask: options read ``KOLBEN_...`` from the environment, and ``FLASK_...`` where
    that is not set; plugins are found in the entry point groups ``kolben.commands`` and
    ``flask.commands``, and each is imported when its command is asked for.
    """

    def __init__(
        self,
        add_default_commands: bool = True,
        create_app: Callable[..., Kolben] | None = None,
        add_version_option: bool = True,
        load_dotenv: bool = True,
        set_debug_flag: bool = True,
        **extra: Any,
    ) -> None:
        from . import options

        params = list(extra.pop("params", None) or ())
        # All three are eager or early, and processed in this order: a file may name the app.
        params += [options.env_file_option, options.app_option, options.debug_option]
        if add_version_option:
            params.append(options.version_option)
        settings = extra.pop("context_settings", None) or {}
        settings = {"auto_envvar_prefix": NATIVE_PREFIX, **settings}
        super().__init__(params=params, context_settings=settings, **extra)

        self.create_app = create_app
        self.load_dotenv = load_dotenv
        self.set_debug_flag = set_debug_flag
        self._loaded_plugin_commands = False
        self._is_listing = False
        if add_default_commands:
            self._add_default_commands()

    def _add_default_commands(self) -> None:
        """Add ``run``, ``serve``, ``shell`` and ``routes``."""
        from .routes import routes_command
        from .run import run_command
        from .serve import serve_command
        from .shell import shell_command

        for command in (run_command, serve_command, shell_command, routes_command):
            self.add_command(command)

    def _load_plugin_commands(self) -> None:
        """Add what stands for the commands that installed distributions offer, once."""
        if self._loaded_plugin_commands:
            return
        from .plugins import installed
        from .stand_in import StandIn

        for plugin in installed():
            self.add_command(StandIn(plugin))
        self._loaded_plugin_commands = True

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Find a command: built in, from a plugin, or the app's.

        A plugin is imported when its command is asked for. One that was written for Flask is
        imported after the app, which may have installed the drop-in by then. For a command of the
        app its context is pushed until ``ctx`` closes. An app that cannot be found is reported on
        stderr; the command is then unknown.

        Args:
            ctx: The context of this group.
            name: The command's name.

        Returns:
            The command, or ``None``.
        """
        from .stand_in import StandIn

        self._load_plugin_commands()
        command = super().get_command(ctx, name)
        if command is None:
            command = self._get_app_command(ctx, name)
        elif isinstance(command, StandIn):
            command = self._get_plugin_command(ctx, command)
        if command is not None:
            answer_to_flask_names(command)
        return command

    def _get_plugin_command(self, ctx: click.Context, stand_in: StandIn) -> click.Command:
        """Import a plugin's command, unless it is only listed and that would import Flask."""
        if self._is_listing and stand_in.would_import_flask():
            return stand_in
        if not self._is_listing and not stand_in.plugin.is_native:
            ctx.ensure_object(ScriptInfo).try_app()
        command = stand_in.load()
        self.add_command(command, stand_in.plugin.name)
        return command

    def _get_app_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Find a command of the app, and activate the app for it."""
        from .locate import NoAppException

        try:
            app = ctx.ensure_object(ScriptInfo).load_app()
        except NoAppException as error:
            _report(f"Error: {error.format_message()}")
            return None
        if active_app() is not app:
            ctx.with_resource(app.app_context())
        return app.cli.get_command(ctx, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of all commands; an app that fails to load is reported on stderr.

        Args:
            ctx: The context of this group.

        Returns:
            The names, sorted.
        """
        from .locate import NoAppException

        self._load_plugin_commands()
        names = set(super().list_commands(ctx))
        try:
            names.update(ctx.ensure_object(ScriptInfo).load_app().cli.list_commands(ctx))
        except NoAppException as error:
            _report(f"Error: {error.format_message()}")
        except Exception as error:  # noqa: BLE001  # shown; help works without the app too
            from .tracebacks import describe

            _report(describe(error))
        return sorted(names)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what help says of the commands, without importing Flask for it.

        Args:
            ctx: The context of this group.
            formatter: Where to write.
        """
        with self._listing():
            super().format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """List what a word on the command line may become, without importing Flask for it.

        Args:
            ctx: The context of this group.
            incomplete: The word so far.

        Returns:
            Names of commands and options.
        """
        with self._listing():
            return super().shell_complete(ctx, incomplete)

    @contextmanager
    def _listing(self) -> Iterator[None]:
        """Let :meth:`get_command` know that its commands are to be described and not invoked."""
        self._is_listing = True
        try:
            yield
        finally:
            self._is_listing = False

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Parse the arguments as click does, with a new :class:`ScriptInfo`.

        Args:
            info_name: The program's name for usage messages.
            args: The arguments.
            parent: The context of the group above.
            **extra: Passed to :class:`click.Context`; ``obj`` takes the place of the new one.

        Returns:
            The context.
        """
        # app.run() does nothing while this is set: a module that calls it without a __main__ guard
        # would otherwise serve at import and never come to the command.
        os.environ["FLASK_RUN_FROM_CLI"] = "true"
        answer_to_flask_names(self)
        if "obj" not in extra and "obj" not in self.context_settings:
            extra["obj"] = ScriptInfo(
                create_app=self.create_app,
                set_debug_flag=self.set_debug_flag,
                load_dotenv_defaults=self.load_dotenv,
            )
        return super().make_context(info_name, args, parent=parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse this group's options, as :meth:`click.Group.parse_args`.

        Args:
            ctx: The context of this group.
            args: The arguments.

        Returns:
            The arguments that are left.
        """
        asks_for_help = len(args) == 1 and args[0] in self.get_help_option_names(ctx)
        if asks_for_help or (not args and self.no_args_is_help):
            # Help is shown before these two would be processed, but it lists the app's commands,
            # and a file or the environment may say which app that is.
            from .options import app_option, env_file_option

            env_file_option.handle_parse_result(ctx, {}, [])
            app_option.handle_parse_result(ctx, {}, [])
        try:
            return super().parse_args(ctx, args)
        except BaseException:
            # Help that lists an app's commands has pushed its context, and ends the program from
            # here. Nobody closes a context whose arguments were not parsed to the end.
            ctx.close()
            raise


def _report(text: str) -> None:
    """Print a problem in red on stderr, and an empty line after it."""
    click.secho(f"{text}\n", err=True, fg="red")
