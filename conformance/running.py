"""One run of one suite, in a process of its own, on Kolben or on the real Flask."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from conformance.cache import cache_folder, fetch, rewrite_for_kolben, unpack
from conformance.environments import SetUpError
from conformance.suites import REPOSITORY, Suite

__all__ = ["Ground", "Run", "run_suite"]

Ground = Literal["Kolben", "Flask"]

_HERE = Path(__file__).parent

#: Seconds after which a run is given up.
TIMEOUT = 1800
#: Exit codes of pytest that mean that the tests ran: all passed, some failed, none collected.
_TESTS_RAN = {0, 1, 5}
#: Variables of the caller that would change what a run does.
_PRIVATE = ("FLASK_", "KOLBEN_", "PYTEST_", "COV_", "COVERAGE_", "PYTHON", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Run:
    """What came of a run.

    Attributes:
        ground: On what the suite ran.
        outcomes: `passed`, `failed`, `skipped` or `expected failure`, by node id.
        completed: Whether pytest came to its end.
        seconds: How long it took.
        log: Where pytest's own output lies.
    """

    ground: Ground
    outcomes: dict[str, str]
    completed: bool
    seconds: float
    log: Path

    def ids(self, outcome: str) -> list[str]:
        """Return the node ids of the tests that ended in a certain way, in the order run."""
        return [nodeid for nodeid, each in self.outcomes.items() if each == outcome]


def run_suite(
    suite: Suite,
    ground: Ground,
    python: Path,
    arguments: Sequence[str] = (),
) -> Run:
    """Fetch, unpack and run a suite.

    Args:
        suite: Which one.
        ground: On what: with the drop-in on Kolben, without it on Flask.
        python: The interpreter of its environment.
        arguments: Further arguments of pytest.

    Returns:
        The outcome of each test.

    Raises:
        FetchError: The source can't be had.
        SetUpError: A command that is to prepare it failed.
    """
    log = cache_folder() / "logs" / f"{suite.name}-on-{ground.lower()}.txt"
    log.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{suite.name}-", dir=cache_folder()) as folder:
        source = _source(suite, Path(folder, "source"))
        if ground == "Kolben":
            rewrite_for_kolben(suite, source)
        record = Path(folder, "record")
        record.touch()
        environ = _environ(suite, ground, python, record)
        for line in suite.prepare:
            _prepare([str(python), *shlex.split(line)], source, environ)
        command = [str(python), *_pytest(suite, ground), *arguments, *suite.tests]
        started = time.monotonic()
        completed = _call(command, source, environ, log)
        seconds = time.monotonic() - started
        return Run(ground, _outcomes(record), completed, seconds, log)


def _source(suite: Suite, folder: Path) -> Path:
    """Put a suite's source into a new folder and return its root."""
    if suite.folder:
        return Path(shutil.copytree(_HERE / suite.folder, folder))
    return unpack(fetch(suite), folder)


def _pytest(suite: Suite, ground: Ground) -> list[str]:
    """Build the command line after the interpreter; the drop-in has to come first."""
    drop_in = ["-p", "kolben.drop_in.plugin"] if suite.drop_in and ground == "Kolben" else []
    left_out = [f"--deselect={nodeid}" for nodeid in suite.left_out]
    own = ["-p", "kolben_recorder", "-ra", "--color=no"]
    return ["-m", "pytest", *drop_in, *own, *left_out, *suite.pytest]


def _environ(suite: Suite, ground: Ground, python: Path, record: Path) -> dict[str, str]:
    """Return the run's environment: the caller's, less what would change the run.

    Programs that the tests start are those of the suite's environment, and on Kolben's ground
    the drop-in is in each Python process that they start.
    """
    environ = {key: value for key, value in os.environ.items() if not key.startswith(_PRIVATE)}
    paths = [REPOSITORY / "src", _HERE / "in_run"]
    if suite.drop_in and ground == "Kolben":
        paths.append(_HERE / "in_children")
    environ["PATH"] = os.pathsep.join([str(python.parent), environ.get("PATH", os.defpath)])
    environ["PYTHONPATH"] = os.pathsep.join(map(str, paths))
    environ["PYTHONDONTWRITEBYTECODE"] = "1"
    environ["KOLBEN_RECORD"] = str(record)
    return {**environ, **suite.env}


def _prepare(command: list[str], folder: Path, environ: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SetUpError(f"{' '.join(command[1:])} failed:\n{done.stdout}{done.stderr}")


def _call(command: list[str], folder: Path, environ: dict[str, str], log: Path) -> bool:
    """Run pytest, its output into the log; tell whether it came to its end."""
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            output.write(f"\ngiven up after {TIMEOUT} seconds\n".encode())
            return False
    return done.returncode in _TESTS_RAN


def _outcomes(record: Path) -> dict[str, str]:
    """Read the record; a test whose phases ended differently has failed if one of them has."""
    outcomes: dict[str, str] = {}
    for line in record.read_text("utf-8").splitlines():
        nodeid, outcome = json.loads(line)
        if outcomes.get(nodeid) != "failed":
            outcomes[nodeid] = outcome
    return outcomes
