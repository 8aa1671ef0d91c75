"""The virtual environments that suites run in, made once and kept in the cache.

An environment is known by its Python and its requirements: change one and another is made. Kolben
isn't installed in it but imported from this checkout's sources, so it serves every checkout.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.cache import cache_folder

__all__ = ["SetUpError", "folder_of", "python_with"]


class SetUpError(RuntimeError):
    """An environment can't be made."""


def python_with(name: str, requirements: Sequence[str]) -> Path:
    """Return a Python that has the requirements installed.

    Args:
        name: What the environment is called in the table.
        requirements: What pip is to install, with versions where they matter.

    Returns:
        The interpreter of a virtual environment, of the same version as this one.

    Raises:
        SetUpError: The environment can't be made, or pip can't fill it.
    """
    folder = folder_of(name, requirements)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / "ready"
    if not (ready.exists() and python.exists()):
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(python), "-m", "pip", "install", "-qq", *requirements])
        ready.touch()
    return python


def folder_of(name: str, requirements: Sequence[str]) -> Path:
    """Return where an environment lies, whether it has been made or not.

    Args:
        name: What it is called in the table.
        requirements: What is installed in it, in any order.

    Returns:
        A folder in the cache, of its own for each version of Python and each set of requirements.
    """
    key = hashlib.sha256("\n".join(sorted(requirements)).encode()).hexdigest()[:12]
    return cache_folder() / "environments" / f"{name}-{sys.version.split()[0]}-{key}"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetUpError(f"{' '.join(command[:5])} … failed:\n{done.stdout}{done.stderr}")
