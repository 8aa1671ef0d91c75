import subprocess
import sys

import pytest

HEAVY = (
    "asyncio",
    "code",
    "dotenv",
    "email",
    "flask",
    "importlib.metadata",
    "jinja2",
    "kolben.app",
    "socket",
    "ssl",
    "traceback",
    "werkzeug",
)

WHAT_IS_LOADED = f"""import sys
before = {{*sys.modules}}  # what measures coverage loads some of them itself
loaded = lambda: [name for name in {HEAVY} if name in sys.modules and name not in before]
"""


@pytest.fixture
def kolben(tmp_path):
    """Run ``python -m kolben`` in an empty folder."""

    def run(*arguments, code=None):
        start = ["-m", "kolben"] if code is None else ["-c", code]
        command = [sys.executable, *start, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )

    return run


def test_the_command_lists_what_it_can_do(kolben):
    result = kolben("--help")
    assert result.returncode == 0
    assert "Usage: python -m kolben" in result.stdout
    assert all(f"  {name} " in result.stdout for name in ("run", "routes", "shell"))


def test_routes_of_a_factory_with_an_argument(project, kolben):
    project(
        "served.py",
        "from kolben import Kolben\n"
        "def make(prefix):\n"
        "    app = Kolben(__name__)\n"
        "    app.add_url_rule(f'/{prefix}/x', endpoint='x')\n"
        "    return app\n",
    )
    result = kolben("--app", 'served:make("from-factory")', "routes")
    assert "/from-factory/x" in result.stdout


def test_an_error_of_the_users_module_shows_the_users_frames_only(project, kolben):
    project("served.py", "def fail():\n    raise ValueError('mine')\n\nfail()\n")
    result = kolben("--app", "served", "routes")
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "served.py" in lines[1]
    assert lines[-1] == "ValueError: mine"
    assert "click" not in result.stderr
    assert "locate.py" not in result.stderr


def test_a_command_that_raises_shows_the_users_frames_only(project, kolben):
    project(
        "app.py",
        "from kolben import Kolben\n"
        "app = Kolben(__name__)\n"
        "@app.cli.command()\n"
        "def fail():\n"
        "    raise ValueError('mine')\n",
    )
    result = kolben("fail")
    assert result.returncode == 1
    assert "app.py" in result.stderr.splitlines()[1]


def test_a_wrong_option_is_a_usage_error(kolben):
    result = kolben("--nonsense")
    assert result.returncode == 2
    assert "No such option" in result.stderr


def test_help_loads_nothing_that_it_does_not_need(kolben):
    code = (
        f"{WHAT_IS_LOADED}import kolben.cli\n"
        "try: kolben.cli.main()\n"
        "finally: print(loaded(), file=sys.stderr)\n"
    )
    assert kolben("--help", code=code).stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("room", ["groups", "script", "env"])
def test_the_groups_load_click_and_nothing_of_the_rest(kolben, room):
    code = (
        f"{WHAT_IS_LOADED}import kolben.cli.{room}\n"
        "print(loaded())\n"
        "print(sorted(name for name in sys.modules if name.startswith('kolben.cli.')))\n"
    )
    heavy, rooms = kolben(code=code).stdout.splitlines()
    assert heavy == "[]"
    assert not {"kolben.cli.run", "kolben.cli.options", "kolben.cli.locate"} & set(eval(rooms))
