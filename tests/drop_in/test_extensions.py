"""Extensions as they are released, in their documented main use, in a process with the drop-in."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SMOKE = REPOSITORY / "conformance" / "smoke"
MODULES = ("babel", "bcrypt", "debugtoolbar", "mail", "principal", "session")


def test_each_smoke_test_is_run_here():
    assert sorted(SMOKE.glob("test_*.py")) == [SMOKE / f"test_{name}.py" for name in MODULES]


@pytest.mark.parametrize("name", MODULES)
def test_the_extension_runs_as_it_is(name):
    if find_spec(f"flask_{name}") is None:
        pytest.skip(f"needs the extension flask_{name}: pip install 'kolben[test]'")
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # quicker
    command = [sys.executable, "-m", "pytest", "-q", "-p", "kolben.drop_in.plugin"]
    done = subprocess.run(
        [*command, "-c", os.devnull, "--rootdir", SMOKE, SMOKE / f"test_{name}.py"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
