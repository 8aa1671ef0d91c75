"""The meta path finder that answers `flask` and `flask.*` with Kolben.

Three kinds of module, by the tables in `modules.py`:

- a *source* (`flask` itself, `flask.__main__`) is executed from a file in this room, under Flask's
  name;
- a *package* (`flask.sansio`) is empty;
- a *room* is an existing module of Kolben. The import system lets a loader put another object into
  `sys.modules` while it executes (see "Loading" in the language reference); so `flask.helpers` *is*
  `kolben.helpers`, and is also set as an attribute of `flask`, as after any import.

A name that isn't in the tables is not found: our packages have an empty `__path__`, or stop the
search here, so it never goes on to a real Flask, whose modules would not fit ours.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, DistributionFinder
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

from kolben.drop_in.distribution import distributions
from kolben.drop_in.elsewhere import RemovedLoader
from kolben.drop_in.extensions import extension_spec
from kolben.drop_in.legacy.names import REMOVED
from kolben.drop_in.lending import lend
from kolben.drop_in.modules import PACKAGES, REMOVED_ROOMS, ROOMS, SOURCES
from kolben.drop_in.names import NAMES
from kolben.drop_in.patching import pass_on_patches

__all__ = ["FlaskFinder", "is_ours"]

_HERE = Path(__file__).parent


class FlaskFinder(DistributionFinder):
    """Find Kolben's modules, and our distribution, under the name of Flask."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return how to load a module of Flask.

        Args:
            fullname: The module's full name.
            path: Where its package's modules lie; not used, the table knows.
            target: The module being reloaded; not used.

        Returns:
            The spec, or None for a module that isn't Flask's.

        Raises:
            ModuleNotFoundError: A module of Flask has no such module in it.
        """
        if fullname != "flask" and not fullname.startswith("flask."):
            return None
        if fullname in SOURCES:
            return _source_spec(fullname)
        if fullname in PACKAGES:
            return ModuleSpec(fullname, _PackageLoader(), origin="kolben.drop_in", is_package=True)
        if fullname in REMOVED_ROOMS:
            return ModuleSpec(fullname, RemovedLoader(REMOVED_ROOMS[fullname]))
        room = ROOMS.get(fullname)
        if room is not None:
            return ModuleSpec(fullname, _RoomLoader(room), origin=room)
        if fullname.rpartition(".")[0] in ROOMS:  # or a second copy of a file of ours were loaded
            raise ModuleNotFoundError(f"Flask has no module {fullname!r}", name=fullname)
        return extension_spec(fullname)

    def find_distributions(
        self,
        context: DistributionFinder.Context | None = None,
    ) -> Iterable[Distribution]:
        """Answer for the distribution "flask" where none is installed.

        Args:
            context: What is searched.

        Returns:
            Our distribution, or nothing.
        """
        return distributions(context or DistributionFinder.Context())


class _PackageLoader(Loader):
    """Make an empty package."""

    def exec_module(self, module: ModuleType) -> None:
        """Put nothing into it."""


class _RoomLoader(Loader):
    """Let a module of Flask be a room of Kolben."""

    def __init__(self, room: str) -> None:
        self.room = room

    def exec_module(self, module: ModuleType) -> None:
        """Replace the new, empty module by the room.

        Args:
            module: What the import system made under Flask's name.
        """
        name = module.__name__
        room = import_module(self.room)
        lend(room, name, {**REMOVED.get(name, {}), **NAMES.get(name, {})})
        pass_on_patches(room)
        sys.modules[name] = room

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the room's code, for `python -m flask.cli`.

        Args:
            fullname: The name under Flask; the room is known already.

        Returns:
            The code, or None when the room has none.
        """
        spec = find_spec(self.room)
        get_code = getattr(spec and spec.loader, "get_code", None)
        return get_code(self.room) if get_code else None


def _source_spec(fullname: str) -> ModuleSpec | None:
    is_package = "." not in fullname
    return spec_from_file_location(
        fullname,
        _HERE / SOURCES[fullname],
        submodule_search_locations=[] if is_package else None,
    )


def is_ours(module: ModuleType) -> bool:
    """Tell whether a loaded `flask` is Kolben's.

    Args:
        module: What `sys.modules` holds.

    Returns:
        True when it was executed from this room.
    """
    return getattr(module, "__file__", None) == str(_HERE / SOURCES["flask"])
