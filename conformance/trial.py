"""A suite that is not in the table: any release, with the tests that its source carries.

`python -m conformance --try NAME==VERSION` has to find out what the table says of the others: where
the tests lie, and what they need to have installed. Both are looked for where projects write them
down, and may be said on the command line where that is not enough.
"""

from __future__ import annotations

import configparser
import re
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from conformance.cache import cache_folder, fetch, unpack
from conformance.suites import Suite

__all__ = ["TrialError", "extras_in", "requirements_in", "suite_of", "where_tests_lie"]

#: What the extra, the dependency group or the file with the tests' requirements is called.
_CALLED = ("test", "tests", "testing")
_FILES = (
    *("requirements/tests.txt", "requirements/test.txt", "requirements/tests.in"),
    *("requirements-test.txt", "requirements-tests.txt", "requirements_test.txt"),
    *("test-requirements.txt", "test_requirements.txt", "tests/requirements.txt"),
)
_FOLDERS = ("tests", "test", "testing")
#: What the runs have in versions of their own, and what tests don't need.
_KEPT = ("flask", "pip", "setuptools", "tox", "werkzeug", "wheel")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class TrialError(ValueError):
    """A release can't be tried: it is named wrongly, or its source carries no tests."""


def suite_of(
    release: str,
    tests: Sequence[str] = (),
    needs: Sequence[str] = (),
    without: Sequence[str] = (),
) -> Suite:
    """Make a suite of a release that the table does not have.

    Args:
        release: The release, for example `Flask-Cors==6.0.1`.
        tests: Where its tests lie, relative to the unpacked source; looked for when empty.
        needs: What they need, beside what the source says, as pip takes it.
        without: Packages that are left out of what the source says.

    Returns:
        The suite, to be run on both grounds.

    Raises:
        TrialError: The release has no version, or no tests are found.
        FetchError: The source can't be had.
    """
    distribution, _, version = release.partition("==")
    if not version:
        raise TrialError(f"{release!r} names no version; write {distribution}==VERSION")
    name = normalized(distribution)
    bare = Suite(name, (), distribution, version)
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=cache_folder()) as folder:
        source = unpack(fetch(bare), Path(folder))
        tests = tests or where_tests_lie(source, name)
        if not tests:
            raise TrialError(f"the source of {release} carries no tests")
        found = requirements_in(source, without)
        extras = extras_in(source)
    wanted = f"{distribution}{extras}=={version}"
    return Suite(
        name,
        tuple(tests),
        distribution,
        version,
        environment=f"try-{name}",
        requirements=(wanted, *found, *needs),
        compare=True,
        pytest=("--continue-on-collection-errors", "-p", "kolben_old_times"),
    )


def normalized(name: str) -> str:
    """Write a distribution's name as packages are compared (PEP 503).

    Args:
        name: The name in any spelling.

    Returns:
        The name in lower case, with hyphens.
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def where_tests_lie(source: Path, name: str) -> list[str]:
    """Find the tests in an unpacked source.

    Args:
        source: Its root.
        name: The normalized name of the distribution.

    Returns:
        The folder or the files for pytest; empty where there are none.
    """
    package = name.replace("-", "_")
    folders = [
        *_FOLDERS,
        *(f"{place}{package}/{each}" for place in ("", "src/") for each in _FOLDERS),
    ]
    for folder in folders:
        if any(Path(source, folder).rglob("*.py")):
            return [folder]
    return sorted(path.name for path in source.glob("*.py") if re.match(r"tests?(_|\.)", path.name))


def requirements_in(source: Path, without: Sequence[str] = ()) -> list[str]:
    """Collect what a source says that its tests need.

    Args:
        source: Its root.
        without: Packages to leave out.

    Returns:
        Requirements as pip takes them, without those that the runs have in versions of their own.
    """
    found = [*_groups(source), *_tox(source)]
    for name in _FILES:
        found += _file(source / name)
    return list(dict.fromkeys(_less(found, [*_KEPT, *without])))


def _less(requirements: Iterable[str], names: Iterable[str]) -> list[str]:
    unwanted = {normalized(name) for name in names}
    return [each for each in requirements if _name_in(each) not in unwanted]


def _name_in(requirement: str) -> str:
    name = _NAME.match(requirement)
    return normalized(name[0]) if name else ""


def _groups(source: Path) -> Iterator[str]:
    """Read the dependency groups for tests (PEP 735)."""
    path = source / "pyproject.toml"
    groups = (
        tomllib.loads(path.read_text("utf-8")).get("dependency-groups", {}) if path.exists() else {}
    )
    for name in _CALLED:
        yield from _group(groups, name)


def _group(groups: dict[str, list[Any]], name: str) -> Iterator[str]:
    for entry in groups.get(name, ()):
        if isinstance(entry, str):
            yield entry
        else:
            yield from _group(groups, entry["include-group"])


def _tox(source: Path) -> Iterator[str]:
    """Read what tox installs in all of its environments, not what only some have."""
    tox = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        tox.read(source / "tox.ini", "utf-8")
        deps = tox.get("testenv", "deps", fallback="")
    except configparser.Error:
        return
    yield from _lines(deps.splitlines(), source)


def _file(path: Path) -> Iterator[str]:
    if path.exists():
        yield from _lines(path.read_text("utf-8").splitlines(), path.parent)


def _lines(lines: Iterable[str], folder: Path) -> Iterator[str]:
    """Read lines as pip does, those that include another file too."""
    for line in lines:
        text = re.sub(r"(^|\s)#.*|\s--hash.*|\s*\\$", "", line).strip()
        if included := re.match(r"(?:-r|--requirement)[\s=]*(\S+)", text):
            yield from _file(folder / included[1].replace("{toxinidir}/", ""))
        elif _NAME.match(text) and not re.match(r"[^;\[@]*:", text):
            yield text


def extras_in(source: Path) -> str:
    """Find the extras with what the tests need.

    Args:
        source: The root of the unpacked source.

    Returns:
        The extras as pip takes them, for example `[test]`; nothing where there are none.
    """
    path = source / "PKG-INFO"
    text = path.read_text("utf-8") if path.exists() else ""
    there = [name for name in _CALLED if re.search(rf"(?m)^Provides-Extra: {name}$", text)]
    return f"[{','.join(there)}]" if there else ""
