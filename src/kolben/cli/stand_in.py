"""What stands for a plugin's command until it is imported, and where it can't be."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from .plugins import Plugin


class StandIn(click.Command):
    """Stands for a plugin's command: it has its name, and says whose it is.

    Args:
        plugin: The entry point.
    """

    def __init__(self, plugin: Plugin) -> None:
        super().__init__(plugin.name, short_help=f"A command of {plugin.distribution}.")
        self.plugin = plugin

    def would_import_flask(self) -> bool:
        """Tell whether to load the command would import Flask, which nobody has done by now."""
        return not self.plugin.is_native and "flask" not in sys.modules

    def load(self) -> click.Command:
        """Import the command.

        Returns:
            The command; if it can't be imported, one that gives the error when it is invoked.
        """
        try:
            command = self.plugin.load()
            if not isinstance(command, click.Command):
                raise TypeError(  # noqa: TRY301  # it is told as the others are
                    f"{self.plugin.value} is no command of click, but a {type(command).__name__}"
                )
        except Exception as error:  # noqa: BLE001  # it is kept and told
            return _broken(self.plugin, error)
        return command


def _broken(plugin: Plugin, error: Exception) -> click.Command:
    """Make a command of a plugin that can't be loaded: it takes any arguments, and fails."""

    def fail() -> NoReturn:
        import traceback

        from .tracebacks import frames_of_the_user

        lines = traceback.format_exception(type(error), error, frames_of_the_user(error))
        raise click.ClickException(
            f"The command {plugin.name!r} of {plugin.distribution} can't be loaded:\n\n"
            + "".join(lines)
        ) from error

    summary = f"{type(error).__name__}: {error}".splitlines()[0]
    return click.Command(
        plugin.name,
        callback=fail,
        short_help=f"Can't be loaded from {plugin.distribution} ({summary}).",
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
