"""Where fetched things lie, and how they get there.

`$KOLBEN_CONFORMANCE_CACHE`, or `kolben/conformance` in `$XDG_CACHE_HOME` or `~/.cache`. A source
distribution is fetched once; every run unpacks it anew, so no run sees what another one left.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

from conformance.suites import Suite

__all__ = ["FetchError", "cache_folder", "fetch", "rewrite_for_kolben", "unpack"]


class FetchError(RuntimeError):
    """A source distribution can't be had, or isn't what the table says."""


def cache_folder() -> Path:
    """Return the folder for everything fetched or built, made if it isn't there."""
    chosen = os.environ.get("KOLBEN_CONFORMANCE_CACHE")
    if chosen:
        folder = Path(chosen)
    else:
        base = os.environ.get("XDG_CACHE_HOME")
        folder = (Path(base) if base else Path.home() / ".cache") / "kolben" / "conformance"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def fetch(suite: Suite) -> Path:
    """Fetch a suite's source distribution with pip, unless the cache has it.

    Args:
        suite: Whose release.

    Returns:
        The archive.

    Raises:
        FetchError: pip could not fetch it.
    """
    folder = cache_folder() / "sdists" / f"{suite.distribution}-{suite.version}"
    if archive := _archive_in(folder):
        return archive
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary", suite.distribution, "--dest", str(folder), suite.release]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    archive = _archive_in(folder)
    if done.returncode or archive is None:
        raise FetchError(f"pip could not fetch the source of {suite.release}:\n{done.stderr}")
    return archive


def _archive_in(folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob("*.tar.gz"))), None)


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a source distribution.

    Args:
        archive: What `fetch` returned.
        folder: Where to; made if it isn't there, and empty.

    Returns:
        The root of the unpacked source.

    Raises:
        FetchError: The archive has no single root.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    roots = list(folder.iterdir())
    if len(roots) != 1:
        raise FetchError(f"{archive.name} has {len(roots)} roots, not one")
    return roots[0]


def rewrite_for_kolben(suite: Suite, source: Path) -> None:
    """Make the suite's replacements of text in its unpacked source.

    Args:
        suite: The suite.
        source: What `unpack` returned.

    Raises:
        FetchError: A text that is to be replaced is not there.
    """
    for rewrite in suite.rewrite:
        path = source / rewrite.file
        text = path.read_text("utf-8")
        if rewrite.old not in text:
            raise FetchError(f"{suite.name}: {rewrite.file} has no text {rewrite.old!r} to replace")
        path.write_text(text.replace(rewrite.old, rewrite.new), "utf-8")
