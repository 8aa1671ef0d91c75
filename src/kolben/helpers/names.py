"""What can be told from a name: a module's folder, and the blueprints a nested one lies in."""

from __future__ import annotations

import os
import sys


def get_root_path(import_name: str) -> str:
    """Find the folder of a module or package, if possible without importing it.

    Args:
        import_name: The dotted name, usually an app's ``__name__``.

    Returns:
        The absolute path of the folder that holds its file; the current working directory for a
        module that is not found or has none (an interactive ``__main__``).

    Raises:
        RuntimeError: The module exists but does not say where (a namespace package, an import
            hook).
    """
    filename = getattr(sys.modules.get(import_name), "__file__", None)
    if filename is None:
        filename = _find_file(import_name)
    if filename is None:
        return os.getcwd()
    # A symbolic link is left as it is, unlike with Path.resolve().
    return os.path.dirname(os.path.abspath(filename))


def _find_file(import_name: str) -> str | None:
    """Ask the import system for a module's file; ``None`` when it knows no such module."""
    from importlib.util import find_spec

    try:
        spec = find_spec(import_name)
    except (ImportError, ValueError):  # no parent package; a __main__ without a spec
        return None
    if spec is None or spec.loader is None:
        return None
    if hasattr(spec.loader, "get_filename"):
        return str(spec.loader.get_filename(import_name))
    return _import_for_file(import_name)


def _import_for_file(import_name: str) -> str:
    """Import a module whose loader cannot name its file, and look at what came."""
    from importlib import import_module

    filename = getattr(import_module(import_name), "__file__", None)
    if filename is None:
        raise RuntimeError(
            f"No root path can be found for the module {import_name!r}: it has no '__file__',"
            " as with a namespace package or an import hook that does not set one. Pass"
            " 'root_path=' to the app or blueprint, or name a module that lies in a file."
        )
    return str(filename)


def _split_blueprint_path(name: str) -> list[str]:
    """List the names of a blueprint and of those around it: a.b gives [a.b, a]."""
    names = [name]
    while "." in name:
        name = name.rpartition(".")[0]
        names.append(name)
    return names
