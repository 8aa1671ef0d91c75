"""The ready-made builders held against Werkzeug's own, on generated tables and values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from kolben.routing import RouteMap, RouteRule
from tests.routing.tables import METHODS, STATIC, VALUES, brief, plain_tables, tables, thorough


def ask_werkzeug_to_build(
    url_map: RouteMap, endpoint: str, values: dict[str, Any], method: str | None, own: str
) -> Any:
    """Build with Werkzeug's adapter, bound as to a request with the method `own`."""
    adapter = url_map.bind("example.com", default_method=own)
    try:
        return adapter.build(endpoint, values, method)
    except Exception as error:
        return error


@thorough
@given(st.data())
def test_every_url_built_is_werkzeugs(data: st.DataObject) -> None:
    table = data.draw(tables())
    url_map = table.make()
    names = st.sampled_from(("p", "q", "r", "d", "who", "x", "y-z", ".self", "a b", "ü"))
    for _ in range(8):
        endpoint = data.draw(st.sampled_from(("e0", "e1", "e2", "e3", "none")))
        values = data.draw(st.dictionaries(names, VALUES, max_size=5))
        method = data.draw(st.sampled_from((None, None, *METHODS)))
        own = data.draw(st.sampled_from(METHODS))
        built = url_map.build_path(endpoint, values, method, own)
        event(f"built: {built is not None}")
        if built is not None:
            expected = ask_werkzeug_to_build(url_map, endpoint, values, method, own)
            assert built == expected
            assert type(built) is str


@brief
@given(st.data())
def test_urls_of_ordinary_tables_are_built_without_werkzeug(data: st.DataObject) -> None:
    table = data.draw(plain_tables())
    url_map = table.make()
    simple = st.one_of(st.sampled_from(STATIC), st.integers(0, 9), st.none())
    for number in range(len(table.rules)):
        values = data.draw(st.dictionaries(st.sampled_from(("p", "q", "x", "y")), simple))
        built = url_map.build_path(f"e{number}", values)
        expected = ask_werkzeug_to_build(url_map, f"e{number}", values, None, "GET")
        assert built == (None if isinstance(expected, Exception) else expected)


def test_a_url_has_the_path_and_the_other_values_as_a_query() -> None:
    url_map = RouteMap([RouteRule("/a b/<name>/<int:id>", endpoint="e")])
    values = {"name": "ü/x", "id": "07", "q": "a b&c", "n": 1, "none": None}
    assert url_map.build_path("e", values) == "/a%20b/%C3%BC/x/7?q=a+b%26c&n=1"


def test_the_rule_for_the_requests_own_method_is_preferred() -> None:
    rules = [
        Rule("/get", endpoint="e", methods=["GET"]),
        Rule("/post", endpoint="e", methods=["POST"]),
    ]
    url_map = RouteMap(rules)
    assert url_map.build_path("e", {}, None, "POST") == "/post"
    assert url_map.build_path("e", {}, None, "PUT") == "/get"
    assert url_map.build_path("e", {}, "POST", "GET") == "/post"
    assert url_map.build_path("e", {}, "PUT", "GET") is None


def test_the_rule_whose_default_fits_is_preferred() -> None:
    rules = [Rule("/", endpoint="e", defaults={"p": 1}), Rule("/p/<int:p>", endpoint="e")]
    url_map = RouteMap(rules)
    assert url_map.build_path("e", {"p": 1}) == "/"
    assert url_map.build_path("e", {"p": 2}) == "/p/2"


@pytest.mark.parametrize(
    "values", [{}, {"x": None}, {"x": "c"}, {"x": "a", "q": ["1", "2"]}, {"x": "a", "q": object()}]
)
def test_what_only_werkzeug_can_build_is_left_to_it(values: dict[str, Any]) -> None:
    url_map = RouteMap([Rule("/<any(a, b):x>", endpoint="e")])
    assert url_map.build_path("e", values) is None


def test_other_mappings_and_unknown_endpoints_are_left_to_werkzeug() -> None:
    url_map = RouteMap([Rule("/<x>", endpoint="e")])
    assert url_map.build_path("e", MultiDict({"x": "a"})) is None
    assert url_map.build_path("unknown", {"x": "a"}) is None


def test_a_rule_class_that_builds_in_its_own_way_is_left_alone() -> None:
    class Shouting(Rule):
        def build(self, values: Any, append_unknown: bool = True) -> tuple[str, str]:
            return "", "/LOUD"

    assert RouteMap([Shouting("/quiet", endpoint="e")]).build_path("e", {}) is None


def test_a_rule_added_late_is_built_from() -> None:
    url_map = RouteMap([Rule("/a/<x>", endpoint="e")])
    assert url_map.build_path("e", {"x": 1}) == "/a/1"
    url_map.add(Rule("/b/<x>/<y>", endpoint="e"))
    assert url_map.build_path("e", {"x": 1, "y": 2}) == "/b/1/2"
