import pytest

import kolben.cli


@pytest.mark.parametrize("name", kolben.cli.__all__)
def test_every_public_name_can_be_loaded(name):
    assert getattr(kolben.cli, name) is not None
    assert name in dir(kolben.cli)


@pytest.mark.parametrize("name", sorted(set(kolben.cli._HOMES) - set(kolben.cli.__all__)))
def test_every_name_that_a_test_may_replace_can_be_loaded(name):
    assert getattr(kolben.cli, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"'kolben\.cli' has no attribute 'nonsense'"):
        kolben.cli.nonsense  # noqa: B018


def test_flasks_names_are_the_same_objects():
    assert kolben.cli.FlaskGroup is kolben.cli.KolbenGroup
