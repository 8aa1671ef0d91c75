"""The page about old code lists all that there is."""

from pathlib import Path

import pytest

from kolben.drop_in.doctor import rules

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "migrating.md").read_text()


@pytest.mark.parametrize(
    "table",
    [
        rules.REMOVED_NAMES,
        rules.REMOVED_MODULES,
        rules.REMOVED_SETTINGS,
        rules.APP_ATTRIBUTES,
        rules.REQUEST_ATTRIBUTES,
    ],
    ids=["names", "modules", "settings", "app", "request"],
)
def test_every_entry_is_on_the_page(table):
    shown = [name if name in rules.REMOVED_MODULES else name.rpartition(".")[2] for name in table]
    assert [name for name in shown if f"`{name}`" not in PAGE] == []


def test_every_attribute_is_on_the_page():
    known = rules.ATTRIBUTES.keys() - {"before_first_request_funcs"}  # in Kolben itself
    assert [name for name in known if f"`{name}`" not in PAGE] == []
