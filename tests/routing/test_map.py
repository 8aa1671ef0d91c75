"""`RouteMap`: a real Werkzeug map whose index is never out of date."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import (
    BaseConverter,
    EndpointPrefix,
    Map,
    Rule,
    RuleFactory,
    RuleTemplate,
    Subdomain,
    Submount,
)

from kolben.routing import NO_MATCH, Match, Miss, RouteMap, RouteRule


class Odd(BaseConverter):
    """A converter that fails instead of refusing."""

    def to_python(self, value: str) -> int:
        return int(value)


class Broken(BaseConverter):
    """A converter that can't match anything."""

    regex = "("


def found(answer: Match | Miss | None) -> tuple[Any, dict[str, Any]]:
    """Return endpoint and arguments of a match."""
    assert isinstance(answer, tuple), answer
    return answer[0].endpoint, answer[1]


@pytest.fixture
def shop() -> RouteMap:
    return RouteMap(
        [
            RouteRule("/", endpoint="home", methods=["GET"]),
            RouteRule("/item/<int:id>", endpoint="item", methods=["GET"]),
            RouteRule("/item/<int:id>", endpoint="edit", methods=["PUT"]),
            RouteRule("/item/<name>", endpoint="named"),
            RouteRule("/item/new", endpoint="new", defaults={"draft": True}),
            RouteRule("/lists/", endpoint="lists", strict_slashes=False),
            RouteRule("/files/<path:name>", endpoint="file"),
        ]
    )


def test_it_is_a_werkzeug_map(shop: RouteMap) -> None:
    assert isinstance(shop, Map)
    assert shop.bind("example.com").match("/item/4") == ("item", {"id": 4})
    assert shop.is_endpoint_expecting("item", "id")


@pytest.mark.parametrize(
    ("path", "method", "endpoint", "arguments"),
    [
        ("/", "GET", "home", {}),
        ("/", "HEAD", "home", {}),
        ("/item/4", "GET", "item", {"id": 4}),
        ("/item/4", "PUT", "edit", {"id": 4}),
        ("/item/4", "DELETE", "named", {"name": "4"}),
        ("/item/new", "GET", "new", {"draft": True}),
        ("/item/x", "GET", "named", {"name": "x"}),
        ("/lists", "GET", "lists", {}),
        ("/lists/", "GET", "lists", {}),
        ("/files/a/b.css", "GET", "file", {"name": "a/b.css"}),
        ("//item/4", "GET", "item", {"id": 4}),
    ],
)
def test_an_ordinary_path_is_answered(
    shop: RouteMap, path: str, method: str, endpoint: str, arguments: dict[str, Any]
) -> None:
    assert found(shop.match_path(path, method)) == (endpoint, arguments)


def test_every_match_has_arguments_of_its_own(shop: RouteMap) -> None:
    found(shop.match_path("/item/new", "GET"))[1]["draft"] = "scribbled over"
    assert found(shop.match_path("/item/new", "GET"))[1] == {"draft": True}


def test_a_path_that_does_not_exist_is_a_miss(shop: RouteMap) -> None:
    assert shop.match_path("/nowhere", "GET") is NO_MATCH


def test_a_method_that_is_not_allowed_is_a_miss_with_those_that_are(shop: RouteMap) -> None:
    answer = shop.match_path("/", "POST")
    assert isinstance(answer, Miss)
    assert answer.methods == {"GET", "HEAD"}


def test_a_websocket_rule_adds_nothing_to_the_methods_that_are_allowed() -> None:
    rules = [
        Rule("/a", endpoint="e", methods=["GET"], websocket=True),
        Rule("/a", endpoint="f", methods=["POST"]),
    ]
    answer = RouteMap(rules).match_path("/a", "GET")
    assert isinstance(answer, Miss)
    assert answer.methods == {"POST"}


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ([Rule("/a/", endpoint="e")], "/a"),
        ([Rule("/a/b/", endpoint="e"), Rule("/a/<x>", endpoint="f")], "/a/b"),
        ([Rule("/<x>/", endpoint="e")], "/a"),
        ([Rule("/a/b", endpoint="e")], "/a//b"),
        ([Rule("/a/b", endpoint="e")], ""),
        ([Rule("/a", endpoint="e", redirect_to="/b")], "/a"),
        ([Rule("/a", endpoint="e", alias=True), Rule("/b", endpoint="e")], "/a"),
        ([Rule("/a", endpoint="e", websocket=True)], "/a"),
        ([Rule("/<odd:x>", endpoint="e")], "/a"),
        ([Rule("/<broken:x>", endpoint="e")], "/a"),
        ([Rule("/b", endpoint="e"), Rule("/<x>", endpoint="f", subdomain="<path:s>")], "/a"),
        (
            [Rule("/", endpoint="e", defaults={"p": 1}), Rule("/p/<int:p>", endpoint="e")],
            "/p/1",
        ),
    ],
)
def test_what_only_werkzeug_can_decide_is_left_to_it(rules: list[Rule], path: str) -> None:
    url_map = RouteMap(rules, converters={"odd": Odd, "broken": Broken})
    assert url_map.match_path(path, "GET") is None


def test_a_page_that_is_not_the_default_one_is_not_redirected() -> None:
    rules = [Rule("/", endpoint="e", defaults={"p": 1}), Rule("/p/<int:p>", endpoint="e")]
    assert found(RouteMap(rules).match_path("/p/2", "GET")) == ("e", {"p": 2})


def test_a_tolerant_branch_wins_over_a_variable() -> None:
    rules = [Rule("/a/b/", endpoint="e", strict_slashes=False), Rule("/a/<x>", endpoint="f")]
    assert found(RouteMap(rules).match_path("/a/b", "GET")) == ("e", {})


def test_a_converter_that_refuses_ends_the_search() -> None:
    url_map = RouteMap([Rule("/<int(max=5):n>", endpoint="e"), Rule("/<x>", endpoint="f")])
    assert url_map.match_path("/6", "GET") is NO_MATCH
    with pytest.raises(HTTPException, match="404"):
        url_map.bind("example.com").match("/6")


def test_a_number_of_more_digits_than_python_reads_is_left_to_werkzeug() -> None:
    url_map = RouteMap([Rule("/<int:n>", endpoint="e")])
    assert url_map.match_path("/" + "1" * 5000, "GET") is None


def test_host_matching_is_left_to_werkzeug() -> None:
    url_map = RouteMap([Rule("/", endpoint="e", host="example.com")], host_matching=True)
    assert url_map.match_path("/", "GET") is None
    assert url_map.build_path("e", {}) is None


def test_rules_of_another_subdomain_are_not_found_on_the_default_one() -> None:
    url_map = RouteMap([Subdomain("api", [Rule("/a", endpoint="e")]), Rule("/b", endpoint="f")])
    assert url_map.match_path("/a", "GET") is NO_MATCH
    assert url_map.build_path("e", {}) is None


FACTORIES: dict[str, Callable[[], RuleFactory]] = {
    "rule": lambda: Rule("/new", endpoint="new"),
    "submount": lambda: Submount("/new", [Rule("/", endpoint="new", strict_slashes=False)]),
    "prefix": lambda: EndpointPrefix("n", [Rule("/new", endpoint="ew")]),
    "template": lambda: RuleTemplate([Rule("/$name", endpoint="$name")])(name="new"),
}


@pytest.mark.parametrize("road", FACTORIES)
def test_a_rule_added_after_the_first_match_is_found(shop: RouteMap, road: str) -> None:
    assert shop.match_path("/new", "GET") is NO_MATCH
    assert shop.build_path("new", {}) == "/item/new"
    shop.add(FACTORIES[road]())
    assert found(shop.match_path("/new", "GET")) == ("new", {})
    values = [rule.rule for rule in shop.iter_rules("new")]
    assert len(values) == 2


def test_a_map_edited_by_hand_is_compiled_again(shop: RouteMap) -> None:
    assert shop.match_path("/by-hand", "GET") is NO_MATCH
    rule = Rule("/by-hand", endpoint="by-hand")
    rule.bind(shop)
    shop._matcher.add(rule)
    shop._rules_by_endpoint["by-hand"] = [rule]
    shop._remap = True
    assert found(shop.match_path("/by-hand", "GET")) == ("by-hand", {})


def test_a_setting_changed_after_the_first_match_counts(shop: RouteMap) -> None:
    assert shop.match_path("/files//a", "GET") is None
    shop.merge_slashes = False
    assert shop.match_path("/files//a", "GET") is NO_MATCH
    shop.default_subdomain = "www"
    assert shop.match_path("/", "GET") is NO_MATCH
    shop.host_matching = True
    assert shop.match_path("/", "GET") is None


def test_methods_changed_in_place_count(shop: RouteMap) -> None:
    rule = next(shop.iter_rules("home"))
    assert isinstance(shop.match_path("/", "POST"), Miss)
    assert rule.methods is not None
    rule.methods.add("POST")
    assert found(shop.match_path("/", "POST")) == ("home", {})
    rule.methods = {"PUT"}
    assert isinstance(shop.match_path("/", "POST"), Miss)


def test_one_unrelated_rule_does_not_change_which_rule_matches(shop: RouteMap) -> None:
    before = found(shop.match_path("/item/4", "GET"))
    shop.add(Rule("/<anything>/<int:more>/<path:rest>", endpoint="unrelated"))
    assert found(shop.match_path("/item/4", "GET")) == before


def test_first_requests_at_the_same_time_see_the_same_whole_index() -> None:
    url_map = RouteMap([RouteRule(f"/r{n}/<int:id>", endpoint=n) for n in range(300)])
    start = threading.Barrier(8)
    answers: list[Any] = []

    def first_request(number: int) -> None:
        start.wait()
        answers.append(found(url_map.match_path(f"/r{number}/7", "GET")) == (number, {"id": 7}))

    threads = [threading.Thread(target=first_request, args=(n * 40,)) for n in range(7)]
    for thread in threads:
        thread.start()
    start.wait()
    for thread in threads:
        thread.join()
    assert answers == [True] * 7


def test_rules_may_be_added_while_other_threads_match() -> None:
    url_map = RouteMap([RouteRule("/r/<int:id>", endpoint="r")])
    stop = threading.Event()
    answers = set()

    def match_on() -> None:
        while not stop.is_set():
            answers.add(found(url_map.match_path("/r/7", "GET"))[0])

    threads = [threading.Thread(target=match_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(200):
        url_map.add(RouteRule(f"/{number}", endpoint=number))
        assert found(url_map.match_path(f"/{number}", "GET")) == (number, {})
    stop.set()
    for thread in threads:
        thread.join()
    assert answers == {"r"}
