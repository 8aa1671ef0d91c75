"""The compiled index held against Werkzeug's own matcher, on generated tables and paths."""

from __future__ import annotations

from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect, Rule, Submount, WebsocketMismatch

from kolben.routing import Miss, RouteMap
from tests.routing.tables import CONVERTERS, METHODS, brief, paths, plain_tables, tables, thorough


def ask_werkzeug(url_map: RouteMap, path: str, method: str) -> Any:
    """Match with Werkzeug's adapter; its exceptions are answers, too."""
    adapter = url_map.bind("example.com")
    try:
        return adapter.match(path, method, return_rule=True)
    except (NotFound, MethodNotAllowed, RequestRedirect, WebsocketMismatch) as error:
        return error
    except Exception as error:  # what a converter raises
        return error


def assert_same_match(url_map: RouteMap, path: str, method: str) -> bool:
    """Hold the index against Werkzeug's matcher; return whether the index had an answer."""
    answer = url_map.match_path(path, method)
    expected = ask_werkzeug(url_map, path, method)
    event(f"{'asked' if answer is None else 'answered'}: {type(expected).__name__}")
    if answer is None:
        return False
    if isinstance(answer, Miss):
        error = answer.error()
        assert type(error) is type(expected), (answer, expected)
        if answer.methods:
            assert answer.methods == set(expected.valid_methods)
        return True
    assert isinstance(expected, tuple), (answer, expected)
    assert answer[0] is expected[0]
    assert answer[1] == expected[1]
    assert list(answer[1]) == list(expected[1])
    assert [type(value) for value in answer[1].values()] == [type(v) for v in expected[1].values()]
    return True


@thorough
@given(st.data())
def test_every_answer_to_a_path_is_werkzeugs(data: st.DataObject) -> None:
    table = data.draw(tables())
    url_map = table.make()
    for _ in range(10):
        path = data.draw(paths(table))
        method = data.draw(st.sampled_from(("GET", "GET", *METHODS, "DELETE")))
        assert_same_match(url_map, path, method)


@brief
@given(st.data())
def test_a_rule_added_late_counts_at_once(data: st.DataObject) -> None:
    table = data.draw(tables())
    url_map = RouteMap(converters=CONVERTERS, **table.options)
    for rule in table.rules:
        path = data.draw(paths(table))
        assert_same_match(url_map, path, "GET")
        try:
            factory = data.draw(st.sampled_from((None, "/a", "")))
            url_map.add(Rule(**rule) if factory is None else Submount(factory, [Rule(**rule)]))
        except (ValueError, SyntaxError, TypeError):
            continue
        assert_same_match(url_map, path, "GET")


@brief
@given(st.data())
def test_the_index_answers_for_ordinary_tables_by_itself(data: st.DataObject) -> None:
    table = data.draw(plain_tables())
    url_map = table.make()
    for _ in range(8):
        path = data.draw(paths(table))
        answered = assert_same_match(url_map, path, data.draw(st.sampled_from(METHODS)))
        ordinary = path.startswith("/") and "//" not in path and "1" * 4301 not in path
        assert answered or not ordinary, path
