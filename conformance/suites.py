"""The table of suites: `suites.toml`, read into objects and checked for spelling."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

__all__ = ["REPOSITORY", "TABLE", "Rewrite", "Suite", "SuiteTable", "TableError", "load"]

REPOSITORY = Path(__file__).resolve().parent.parent
TABLE = Path(__file__).with_name("suites.toml")


class TableError(ValueError):
    """The table of suites is not what it should be."""


@dataclass(frozen=True)
class Rewrite:
    """One replacement of text in an unpacked source: every `old` in `file` becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Suite:
    """One released test suite and how to run it; `suites.toml` explains the fields."""

    name: str
    tests: tuple[str, ...]
    distribution: str = ""
    version: str = ""
    folder: str = ""
    environment: str = ""
    requirements: tuple[str, ...] = ()
    passed: int | None = None
    compare: bool = False
    drop_in: bool = True
    pytest: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    rewrite: tuple[Rewrite, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def release(self) -> str:
        """The release as pip names it, for example `flask==3.1.3`, or the folder of our own."""
        return self.folder or f"{self.distribution}=={self.version}"


@dataclass(frozen=True)
class SuiteTable:
    """All suites, what each environment has to have installed, and what all of them have."""

    suites: Mapping[str, Suite]
    requirements: Mapping[str, tuple[str, ...]]
    base: tuple[str, ...] = ()


def load(path: Path = TABLE) -> SuiteTable:
    """Read the table.

    Args:
        path: The TOML file.

    Returns:
        The suites by name, and the requirements of each environment.

    Raises:
        TableError: An entry has an unknown key, lacks a needed one, or names no environment.
    """
    data = tomllib.loads(path.read_text("utf-8"))
    base = [*_own_dependencies(), *data["base"]["requirements"]]
    requirements = {
        name: tuple(base + entry["requirements"]) for name, entry in data["environments"].items()
    }
    suites = {name: _suite(name, entry) for name, entry in data["suites"].items()}
    for suite in suites.values():
        if suite.requirements:
            requirements[suite.environment] = (*base, *suite.requirements)
        elif suite.environment not in requirements:
            raise TableError(f"suite {suite.name!r}: no environment {suite.environment!r}")
    return SuiteTable(suites, requirements, tuple(base))


def _own_dependencies() -> list[str]:
    """Return what Kolben itself depends on; it is run from its sources, not installed."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    return list(project["dependencies"])


def _suite(name: str, entry: Mapping[str, Any]) -> Suite:
    unknown = entry.keys() - {each.name for each in fields(Suite)}
    if unknown:
        raise TableError(f"suite {name!r}: unknown keys {sorted(unknown)}")
    values: dict[str, Any] = {**entry}
    for key in {"tests", "pytest", "prepare", "requirements"} & entry.keys():
        values[key] = tuple(entry[key])
    if "requirements" in entry:
        values.setdefault("environment", name)
    try:
        values["rewrite"] = tuple(Rewrite(**each) for each in entry.get("rewrite", ()))
        suite = Suite(name=name, **values)
    except TypeError as error:
        raise TableError(f"suite {name!r}: {error}") from error
    if bool(suite.folder) == bool(suite.distribution and suite.version):
        raise TableError(f"suite {name!r}: needs a distribution with its version, or a folder")
    return suite
