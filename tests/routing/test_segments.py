"""What a compiled part accepts, beside the expression that it was compiled from."""

from __future__ import annotations

import re
from typing import Any

import pytest
from werkzeug.routing import BaseConverter, Map, Rule

from kolben.routing.segments import segment_of

TEXTS = ("", "a", "ab", "abc", "7", "42", "-7", "1.5", "٣", "²", "é\n", "a.b", "Ab", "😀")


class Grouped(BaseConverter):
    """A converter whose expression has groups of its own."""

    regex = "([a-z])([a-z])?"


class Unbalanced(BaseConverter):
    """A converter whose expression closes what Werkzeug opened; Werkzeug lets it."""

    regex = "a)|(b"


def dynamic_part(segment: str) -> Any:
    url_map = Map(
        [Rule(f"/{segment}", endpoint="e")],
        converters={"grouped": Grouped, "unbalanced": Unbalanced},
    )
    rule = next(url_map.iter_rules())
    return rule._parts[-1]


WHOLE = (
    "<a>",
    "<string(length=2):a>",
    "<string(minlength=0):a>",
    "<string(minlength=2):a>",
    "<string(minlength=1, maxlength=2):a>",
    "<int:a>",
    "<int(signed=True):a>",
    "<float:a>",
    "<any(a, 'a.b'):a>",
    "<grouped:a>",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("segment", WHOLE)
def test_a_single_variable_accepts_what_its_expression_accepts(segment: str, text: str) -> None:
    part = dynamic_part(segment)
    whole = segment_of(part).whole
    assert whole is not None
    assert bool(whole(text)) is bool(re.match(part.content, text))


@pytest.mark.parametrize("segment", ["<a>.<b>", "x<a>", "<a>x", "<a>(x)", "<unbalanced:a>"])
def test_a_part_that_is_more_than_a_variable_has_to_be_taken_apart(segment: str) -> None:
    assert segment_of(dynamic_part(segment)).whole is None


def test_the_values_of_a_mixed_part_are_the_texts_of_its_variables() -> None:
    segment = segment_of(dynamic_part("v<int:major>.<grouped:minor>"))
    assert segment.take(["", "v12.ab", "x"], 1) == (("12", "ab"), ["", "v12.ab", "x"], 2)
    assert segment.take(["", "v12.3"], 1) is None


@pytest.mark.parametrize("text", ["", "a", "a/b", "/a", "a//b", "a\nb", "\na", "a/"])
def test_a_path_accepts_what_its_expression_accepts(text: str) -> None:
    part = dynamic_part("<path:a>")
    taken = segment_of(part).take(["x", *text.split("/")], 1)
    expected = re.match(part.content, text)
    assert taken == (None if expected is None else ((text,), [], 0))


def test_a_path_leaves_the_closing_slash_to_its_rule() -> None:
    url_map = Map([Rule("/<path:a>/", endpoint="e")])
    part = next(url_map.iter_rules())._parts[2]
    assert segment_of(part).take(["a", "b", ""], 0) == (("a/b",), [""], 0)
    assert segment_of(part).take(["a", "b"], 0) == (("a/b",), [], 0)
