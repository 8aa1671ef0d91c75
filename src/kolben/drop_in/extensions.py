"""`flask.ext`: extensions under the name that Flask 0.8 gave them and Flask 1.0 took away.

`flask.ext.login` is `flask_login`, with all modules below it. Extensions that were packaged
as `flaskext.login` are found too.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

from kolben.drop_in.elsewhere import RemovedLoader
from kolben.drop_in.legacy.removed import Removed

__all__ = ["PACKAGE", "extension_spec"]

PACKAGE = "flask.ext"


def extension_spec(fullname: str) -> ModuleSpec | None:
    """Return how to load a module below `flask.ext`.

    Args:
        fullname: The module's full name, for example `flask.ext.login`.

    Returns:
        The spec, or None for a module that isn't below `flask.ext`.

    Raises:
        ModuleNotFoundError: No extension of that name is installed.
    """
    name = fullname.removeprefix(f"{PACKAGE}.")
    if name == fullname:
        return None
    first, dot, rest = name.partition(".")
    for package in (f"flask_{first}", f"flaskext.{first}"):
        if package in sys.modules or _is_there(package):
            loader = _AliasLoader if dot else _ExtensionLoader
            return ModuleSpec(fullname, loader(f"{package}{dot}{rest}"))
    raise ModuleNotFoundError(
        f"No module named {fullname!r}, and no 'flask_{first}' that could stand for it: install"
        f" the extension, and write 'import flask_{first}'",
        name=fullname,
    )


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # no `flaskext`
        return False


class _AliasLoader(Loader):
    """Let a module be another one."""

    def __init__(self, target: str) -> None:
        self.target = target

    def exec_module(self, module: ModuleType) -> None:
        """Replace the new, empty module.

        Args:
            module: What the import system made under `flask.ext`.
        """
        sys.modules[module.__name__] = import_module(self.target)


class _ExtensionLoader(RemovedLoader):
    """The same for an extension itself, with the warning."""

    def __init__(self, target: str) -> None:
        super().__init__(Removed(target, target))
