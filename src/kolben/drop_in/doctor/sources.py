"""Which files an app or an extension has."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

__all__ = ["SourceError", "extensions_of", "files_of_app", "files_of_extension"]

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages", ".git"})


class SourceError(LookupError):
    """There is nothing to look at under a name; the message says what was tried."""


def files_of_app(import_name: str, root_path: str) -> list[Path]:
    """List the sources of an app.

    Args:
        import_name: The app's.
        root_path: The app's.

    Returns:
        All Python files of the package that it is in; for an app in a module by itself, that module
        and those in its folder and below that are loaded.
    """
    name = import_name.partition(".")[0]
    package = sys.modules.get(name)
    if package is not None and hasattr(package, "__path__"):
        return [file for folder in package.__path__ for file in _below(Path(folder))]
    root = Path(root_path).resolve()
    own = getattr(sys.modules.get(import_name), "__file__", None)
    loaded = {Path(own).resolve()} if own else set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py"):
            path = Path(file).resolve()
            if path.is_relative_to(root) and not _SKIPPED & set(path.parts):
                loaded.add(path)
    return sorted(loaded)


def files_of_extension(name: str) -> list[Path]:
    """List the sources of an installed extension.

    Args:
        name: Its distribution (`Flask-Login`) or its package (`flask_login`).

    Returns:
        Its Python files, tests left out.

    Raises:
        SourceError: Nothing of that name is installed.
    """
    try:
        files = _of_distribution(distribution(name))
    except PackageNotFoundError:
        files = []
    files = files or _of_package(name) or _of_package(re.sub(r"[-.]+", "_", name).lower())
    if not files:
        raise SourceError(
            f"no distribution and no package {name!r} with Python sources is installed in"
            f" {sys.prefix}"
        )
    return files


def extensions_of(files: list[Path], before: set[str]) -> dict[str, list[Path]]:
    """Find the extensions of Flask that an app uses.

    Args:
        files: The app's own.
        before: Names of modules that were loaded before the app.

    Returns:
        By the package's name, the sources of those that the files import or that came with the app.
    """
    own = {file.resolve() for file in files}
    named = {name for file in files for name in _imported(file)}
    found: dict[str, list[Path]] = {}
    for name in sorted(sys.modules):
        file = getattr(sys.modules[name], "__file__", None)
        is_extension = "." not in name and name.startswith(("flask_", "flaskext"))
        if not is_extension or not isinstance(file, str) or Path(file).resolve() in own:
            continue
        if name in named or name not in before:
            found[name] = _of_package(name)
    return found


def _imported(file: Path) -> set[str]:
    """Return the packages that a file imports, `flask.ext.x` as `flask_x`."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return set()
    full = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            full |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            full |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name.replace("flask.ext.", "flask_").partition(".")[0] for name in full}


def _of_distribution(found: Distribution) -> list[Path]:
    listed = (Path(str(each.locate())) for each in found.files or ())
    return sorted(path for path in listed if path.suffix == ".py" and _counts(path))


def _of_package(name: str) -> list[Path]:
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return [file for each in spec.submodule_search_locations for file in _below(Path(each))]
    return [Path(spec.origin)] if spec.origin and spec.origin.endswith(".py") else []


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.py")):
        if _counts(path.relative_to(folder)):
            yield path


def _counts(path: Path) -> bool:
    # An installed file lies below site-packages; what counts is where it lies in its own package.
    parts = set(path.parts[-4:] if path.is_absolute() else path.parts)
    skipped = _SKIPPED - {"site-packages", "dist-packages"} if path.is_absolute() else _SKIPPED
    return not (parts & (skipped | {"tests"}))
