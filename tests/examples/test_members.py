"""The Members example runs on Kolben and, unmodified, on the real Flask; and starts by itself.

Its own tests lie beside it, in `examples/members/tests`. They import extensions, which import
`flask`; so they run in processes of their own, in which that name means the one or the other.
"""

import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
if find_spec("flask_admin") is None and os.environ.get("CI") != "true":
    pytest.skip(
        "the demo's extensions are missing: pip install 'kolben[demo]'", allow_module_level=True
    )
SUITE = "examples/members/tests"
ENVIRON = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


def run(*command, **environ):
    return subprocess.run(
        [sys.executable, *command],
        check=False,
        cwd=ROOT,
        env={**ENVIRON, **environ},
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.mark.parametrize(
    ("framework", "options"),
    [("kolben", ["-p", "kolben.drop_in.plugin"]), ("flask", [])],
)
def test_its_own_tests_pass_on(framework, options):
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", *options, SUITE)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert re.search(r"^\d+ passed", done.stdout, flags=re.MULTILINE)


def test_servers_find_an_app_on_kolben(tmp_path):
    code = "from examples.members.wsgi import app; print(type(app).__module__, app.instance_path)"
    done = run("-c", code, MEMBERS_INSTANCE=str(tmp_path))
    assert done.stdout.split() == ["kolben.app", str(tmp_path)], done.stderr


def test_launcher_prepares_everything_and_says_what_to_do(tmp_path):
    command = ["-m", "examples.members", "--port", "0", "--instance", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            says = ""
            while "All that is kept" not in says:
                line = server.stdout.readline()
                assert line, says
                says += line
            url = re.search(r"http://127\.0\.0\.1:\d+/", says)[0]
            with urlopen(url, timeout=20) as page:
                assert "Become a member" in page.read().decode()
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.stdout.read().strip() == "Good-bye."
        assert server.wait(20) == 0
    assert "ada@example.org        administrator" in says
    assert "letters, with the link to confirm the address, appear here" in says
    assert "members promote EMAIL" in says
