import sys

import pytest

from kolben import Kolben
from kolben.cli import KolbenGroup


@pytest.fixture
def app():
    app = Kolben("shelled")
    app.shell_context_processor(lambda: {"answer": 42})
    return app


@pytest.fixture
def shell(app, runner, monkeypatch):
    """Type into the shell; returns what it printed."""
    monkeypatch.delattr(sys, "__interactivehook__", raising=False)

    def type_in(*lines, **options):
        program = KolbenGroup(create_app=lambda: app)
        result = runner.invoke(
            program, ["shell"], input="".join(f"{x}\n" for x in lines), **options
        )
        assert result.exit_code == 0, result.output
        return result.output

    return type_in


def test_the_shell_knows_the_app_and_what_processors_add(shell):
    output = shell("print(app.name, answer + 1)")
    assert "shelled 43" in output


def test_the_shell_runs_in_the_app_context(shell):
    assert "in shelled" in shell("import kolben", "print('in', kolben.current_app.name)")


def test_the_shell_says_where_it_is(app, shell):
    output = shell()
    assert f"Python {sys.version}" in output
    assert f"App: {app.import_name}" in output
    assert f"Instance: {app.instance_path}" in output


def test_the_startup_file_is_run_first(shell, tmp_path):
    startup = tmp_path / "startup.py"
    startup.write_text("answer = 1\nother = 'from startup'\n", encoding="utf-8")
    output = shell("print(answer, other)", env={"PYTHONSTARTUP": str(startup)})
    assert "42 from startup" in output


def test_the_interactive_hook_is_called(shell, monkeypatch):
    calls = []
    monkeypatch.setattr(sys, "__interactivehook__", lambda: calls.append(1), raising=False)
    shell()
    assert calls == [1]


def test_the_interactive_hook_is_called_without_readline_too(shell, monkeypatch):
    calls = []
    monkeypatch.setitem(sys.modules, "readline", None)
    monkeypatch.setattr(sys, "__interactivehook__", lambda: calls.append(1), raising=False)
    shell()
    assert calls == [1]
