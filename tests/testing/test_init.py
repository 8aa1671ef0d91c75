import subprocess
import sys

import pytest

import kolben.testing


@pytest.mark.parametrize("name", kolben.testing.__all__)
def test_every_public_name_can_be_loaded(name):
    assert getattr(kolben.testing, name) is not None
    assert name in dir(kolben.testing)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"'kolben\.testing' has no attribute 'nonsense'"):
        kolben.testing.nonsense  # noqa: B018


def test_flasks_names_are_the_same_objects():
    assert kolben.testing.FlaskClient is kolben.testing.KolbenClient
    assert kolben.testing.FlaskCliRunner is kolben.testing.KolbenCliRunner


def test_the_client_does_without_click():
    code = "import sys\nfrom kolben.testing import KolbenClient\nprint('click' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
