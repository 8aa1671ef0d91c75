"""The virtual environments of the suites."""

import pytest

from conformance.environments import SetUpError, folder_of, python_with


def test_a_ready_environment_is_used_again(cache):
    folder = folder_of("ready", ["a", "b"])
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    (folder / "ready").touch()
    assert python_with("ready", ["b", "a"]) == folder / "bin" / "python"


def test_other_requirements_mean_another_environment(cache):
    assert folder_of("x", ["a==1"]) != folder_of("x", ["a==2"])


def test_an_environment_that_pip_cannot_fill_is_not_ready(cache):
    with pytest.raises(SetUpError, match="Invalid requirement"):
        python_with("bad", ["not a requirement !"])
    assert not (folder_of("bad", ["not a requirement !"]) / "ready").exists()
