"""Environment variables: ``.env`` files, and two prefixes for one option.

``KOLBEN_X`` is the native name of a setting, ``FLASK_X`` still works, and ``KOLBEN_X`` wins. Click
knows one prefix for a command; :func:`answer_to_flask_names` teaches options the other.
"""

# pathlib would be imported for these few calls alone, at every start.

from __future__ import annotations

import os
from collections.abc import Callable

import click

NATIVE_PREFIX = "KOLBEN"
FLASK_PREFIX = "FLASK"
DEFAULT_FILES = (".flaskenv", ".kolbenenv", ".env")
"""Looked for upwards from the working directory; a later one wins over an earlier one."""

_FALSE = frozenset({"0", "false", "no"})


def read(name: str) -> str | None:
    """Read a setting from the environment.

    Args:
        name: The setting without its prefix, as ``"DEBUG"``.

    Returns:
        ``KOLBEN_name`` if it is set and not empty, else ``FLASK_name``, else ``None``.
    """
    environ = os.environ
    return environ.get(f"{NATIVE_PREFIX}_{name}") or environ.get(f"{FLASK_PREFIX}_{name}") or None


def wants_default_files(default: bool) -> bool:
    """Tell whether the default ``.env`` files shall be loaded.

    Args:
        default: The answer when ``KOLBEN_SKIP_DOTENV`` and ``FLASK_SKIP_DOTENV`` are unset.

    Returns:
        False when one of them is set to anything but "0", "false" or "no".
    """
    value = read("SKIP_DOTENV")
    return default if value is None else value.lower() in _FALSE


def load_dotenv(path: str | os.PathLike[str] | None = None, load_defaults: bool = True) -> bool:
    """Set environment variables from ``.env`` files.

    A given file wins over ``.env``, which wins over ``.kolbenenv``, which wins over ``.flaskenv``.
    What is in the environment already wins over all of them, under either prefix: ``FLASK_APP`` in
    the environment is not overruled by ``KOLBEN_APP`` in a file.

    Args:
        path: A file to load; one that does not exist is passed over.
        load_defaults: Whether to look for the default files.

    Returns:
        True when a file had at least one variable. False as well when python-dotenv is not
        installed; a tip is printed if there is a file that it would have read.

    Differs from Flask: reads ``.kolbenenv`` too.
    """
    files = [found for name in DEFAULT_FILES if (found := _nearest(name))] if load_defaults else []
    if path is not None and os.path.isfile(path):
        files.append(os.fspath(path))
    if not files:
        return False
    try:
        from dotenv import dotenv_values  # 10 ms, so not before there is something to read
    except ImportError:
        click.secho(
            f" * Tip: {os.path.basename(files[-1])} is not read, because python-dotenv is missing."
            " Install it: pip install 'kolben[dotenv]'.",
            fg="yellow",
            err=True,
        )
        return False

    data: dict[str, str | None] = {}
    for file in files:
        data |= dotenv_values(file, encoding="utf-8")
    _add_to_environment(data)
    return bool(data)


def _nearest(name: str) -> str | None:
    """Find a file in the working directory or the nearest folder above it."""
    folder = os.getcwd()
    while True:
        candidate = os.path.join(folder, name)
        if os.path.isfile(candidate):
            return candidate
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _add_to_environment(data: dict[str, str | None]) -> None:
    """Set the variables which the environment has under neither prefix."""
    given = frozenset(os.environ)
    for key, value in data.items():
        prefix, _, name = key.partition("_")
        flask_key = f"{FLASK_PREFIX}_{name}" if prefix == NATIVE_PREFIX else key
        if value is not None and key not in given and flask_key not in given:
            os.environ[key] = value


def answer_to_flask_names(command: click.Command) -> None:
    """Let a command's options read ``FLASK_...`` where ``KOLBEN_...`` is not set.

    Which name an option reads depends on the context that it is parsed in (``auto_envvar_prefix``
    and the names of the commands on the way), so the options decide when they are asked. An option
    that is parsed under another prefix is not changed in what it does.

    Args:
        command: A command of anybody's making. Its options, and if it is a group those of the
            commands below it, are adjusted in place, once.
    """
    for param in command.params:
        if isinstance(param, click.Option) and "resolve_envvar_value" not in vars(param):
            vars(param)["resolve_envvar_value"] = _either_name(param.resolve_envvar_value)
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            answer_to_flask_names(subcommand)


def _either_name(
    resolve: Callable[[click.Context], str | None],
) -> Callable[[click.Context], str | None]:
    """Ask an option a second time, under Flask's prefix, if it found nothing under ours."""

    def resolve_either(ctx: click.Context) -> str | None:
        value = resolve(ctx)
        native = ctx.auto_envvar_prefix
        if value is not None or not f"{native}_".startswith(f"{NATIVE_PREFIX}_"):
            return value
        ctx.auto_envvar_prefix = f"{FLASK_PREFIX}{str(native).removeprefix(NATIVE_PREFIX)}"
        try:
            return resolve(ctx)
        finally:
            ctx.auto_envvar_prefix = native

    return resolve_either
