"""Who imported the real Flask: a best effort from what the loaded modules hold.

Python keeps no record of who imported a module. But `sys.modules` keeps the order in which the
imports began, and an importer begins before what it imports. So the likely one is the last module
before `flask` that refers to it; if none of those does, the first one after it.
"""

from __future__ import annotations

import sys
from itertools import chain
from types import FunctionType, ModuleType

__all__ = ["importer_of_flask"]


def importer_of_flask() -> str | None:
    """Name the module that most likely imported `flask` first.

    Returns:
        The module's name and file, or None when no loaded module refers to Flask.
    """
    names = [name for name in sys.modules if not _is_flask(name)]
    before = _loaded_before("flask")
    nearest_first = chain(
        (name for name in reversed(names) if name in before),
        (name for name in names if name not in before),
    )
    for name in nearest_first:
        module = sys.modules.get(name)
        if isinstance(module, ModuleType) and _refers_to_flask(module):
            return _described(name, module)
    return None


def _is_flask(name: object) -> bool:
    return isinstance(name, str) and (name == "flask" or name.startswith("flask."))


def _loaded_before(name: str) -> set[str]:
    """Return the names of the modules whose import began before that of `name`."""
    names = list(sys.modules)
    return set(names[: names.index(name)]) if name in names else set()


def _refers_to_flask(module: ModuleType) -> bool:
    """Tell whether a module holds Flask, something of it, or a function that imports it."""
    return any(_comes_from_flask(value) for value in list(vars(module).values()))


def _comes_from_flask(value: object) -> bool:
    if isinstance(value, ModuleType):
        return _is_flask(value.__name__)
    if isinstance(value, FunctionType):
        return _is_flask(value.__module__) or "flask" in value.__code__.co_names
    # type(value): an instance may be a proxy, which would run code if it were asked itself.
    owner = value if isinstance(value, type) else type(value)
    return _is_flask(getattr(owner, "__module__", None))


def _described(name: str, module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    return f"the module {name!r} ({file})" if file else f"the module {name!r}"
