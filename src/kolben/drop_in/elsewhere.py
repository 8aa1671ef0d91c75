"""What is done to modules that are not Flask's: names lent, classes dressed, lost modules found.

Two finders. `LentFinder` stands in front and lets a module of its tables be loaded by whoever loads
it. Then it lends it the names that it lost (see `lending.py`: a lent name is asked for last, so
what a module has itself is never touched), and puts back what objects of its classes lost.
`RoomsFinder` stands behind all others and answers for modules that nobody else knows. Both work
under the drop-in only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from kolben.drop_in.legacy.elsewhere import NAMES, ROOMS
from kolben.drop_in.legacy.removed import Removed, RemovedNameError
from kolben.drop_in.lending import lend, resolve

__all__ = ["LentFinder", "RoomsFinder", "mind_modules"]

#: Module → what puts back the attributes that Flask's objects had.
_DRESSERS = {
    "kolben.app": ("kolben.drop_in.legacy.on_app:dress",),
    "kolben.blueprints": ("kolben.drop_in.legacy.on_blueprint:dress",),
    "kolben.config": ("kolben.drop_in.legacy.on_config:dress",),
    "kolben.contexts": (
        "kolben.drop_in.legacy.on_contexts:dress",
        "kolben.drop_in.manners:say_flask_in_repr",
    ),
    "kolben.json.provider": ("kolben.drop_in.legacy.on_json:dress",),
    "werkzeug.local": ("kolben.drop_in.proxies:answer_for_ours",),
    "werkzeug.wrappers.request": ("kolben.drop_in.legacy.on_wrappers:dress_request",),
    "werkzeug.wrappers.response": ("kolben.drop_in.legacy.on_wrappers:dress_response",),
}


def mind_modules() -> None:
    """Do to the modules of the tables what is to be done, now or when they are loaded."""
    finder = LentFinder([name for name in (*NAMES, *_DRESSERS) if name in sys.modules])
    finder.change_loaded()
    sys.meta_path.insert(0, finder)
    sys.meta_path.append(RoomsFinder())


def _change(module: ModuleType, name: str) -> None:
    if name in NAMES:
        lend(module, name, NAMES[name])
    for target in _DRESSERS.get(name, ()):
        dress: Any = resolve(target)
        dress(module)


class LentFinder(MetaPathFinder):
    """Let a module get back what was lost as soon as it is loaded.

    Args:
        waiting: Names of modules of the tables whose import began before this finder was there.
    """

    def __init__(self, waiting: Iterable[str] = ()) -> None:
        self.waiting = list(waiting)

    def change_loaded(self) -> None:
        """Change the modules that were imported before; those being imported have to wait."""
        waiting, self.waiting = self.waiting, []
        for name in waiting:
            module = sys.modules.get(name)
            if module is None:
                continue
            if getattr(module.__spec__, "_initializing", False):  # by the import system
                self.waiting.append(name)
            else:
                _change(module, name)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return how the module is loaded by others, and then changed.

        Args:
            fullname: The module's full name.
            path: Where its package's modules lie.
            target: The module being reloaded.

        Returns:
            The spec, or None for a module that isn't in the table.
        """
        if self.waiting:
            self.change_loaded()
        if fullname not in NAMES and fullname not in _DRESSERS:
            return None
        spec = self._found_by_others(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _ChangingLoader(spec.loader)
        return spec

    def _found_by_others(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(fullname, path, target)):
                return spec
        return None


class _ChangingLoader(Loader):
    """Load a module with its own loader, which it shows, and change it then."""

    def __init__(self, own: Loader) -> None:
        self.own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module as its own loader does."""
        return self.own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module as its own loader does.

        Args:
            module: The new module.
        """
        module.__loader__ = self.own
        if module.__spec__ is not None:
            module.__spec__.loader = self.own
        self.own.exec_module(module)
        _change(module, module.__name__)


class RoomsFinder(MetaPathFinder):
    """Find modules that a library had and nobody has any more."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return how to load what stands for a removed module.

        Args:
            fullname: The module's full name.
            path: Where its package's modules lie; not used.
            target: The module being reloaded; not used.

        Returns:
            The spec, or None for a module that isn't in the table.
        """
        removed = ROOMS.get(fullname)
        if removed is None:
            return None
        return ModuleSpec(fullname, RemovedLoader(removed), is_package=not removed.target)


class RemovedLoader(Loader):
    """Let a removed module be the room that stands for it, with a warning.

    Args:
        removed: Where it is now; without a target it is an empty package.
    """

    def __init__(self, removed: Removed) -> None:
        self.removed = removed

    def exec_module(self, module: ModuleType) -> None:
        """Replace the new, empty module by the room.

        Args:
            module: What the import system made under the removed name.

        Raises:
            ModuleNotFoundError: Deprecation warnings are errors; so it is gone.
        """
        if not self.removed.target:
            return
        try:
            self.removed.warn(module.__name__, stacklevel=2)
        except RemovedNameError as error:
            raise ModuleNotFoundError(str(error), name=module.__name__) from error
        sys.modules[module.__name__] = import_module(self.removed.target)
