"""Reports compute gains the right way round and show what they hold."""

import json

import pytest

from bench.report import Report, aligned, as_json, geometric_mean, number, table


@pytest.fixture
def slow_peer():
    return Report(
        "x", "Things", "µs", rows={"a": {"Kolben": 2.0, "Flask": 30.0}, "b": {"Flask": 5.0}}
    )


def test_gain_of_less_time_is_peer_over_ours(slow_peer):
    assert slow_peer.gain("a", "Flask") == 15


def test_gain_of_more_requests_is_ours_over_peer():
    report = Report(
        "x", "Rates", "1/s", rows={"a": {"Kolben": 30.0, "Flask": 2.0}}, more_is_better=True
    )
    assert report.gain("a", "Flask") == 15


@pytest.mark.parametrize(("row", "peer"), [("b", "Flask"), ("a", "Falcon")])
def test_gain_over_a_number_that_is_missing_is_none(slow_peer, row, peer):
    assert slow_peer.gain(row, peer) is None


def test_gain_is_none_where_the_divisor_is_zero():
    assert Report("x", "Left", "", rows={"a": {"Kolben": 3, "Flask": 0}}).gain("a", "Flask") == 0
    assert Report("x", "Left", "", rows={"a": {"Kolben": 0, "Flask": 3}}).gain("a", "Flask") is None


def test_columns_come_in_order_of_appearance(slow_peer):
    assert slow_peer.columns() == ["Kolben", "Flask"]
    assert slow_peer.peers() == ["Flask"]


def test_geometric_mean_treats_halves_and_doubles_alike():
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1)
    assert geometric_mean([2.0, 8.0]) == pytest.approx(4)


def test_geometric_mean_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="no numbers"):
        geometric_mean([])


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0, "0.00"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (12345, "12,345")],
)
def test_numbers_have_three_digits_that_count(value, text):
    assert number(value) == text


def test_table_cells_line_up():
    lines = aligned([["a", "bb"], ["ccc", "d"]])
    assert lines == ["| a   | bb |", "| --- | -: |", "| ccc |  d |"]


def test_table_shows_numbers_gains_and_notes(slow_peer):
    slow_peer.notes = ["word " * 40]
    text = table(slow_peer)
    assert "| a  |   2.00 |  30.0 |    15.0 |" in text
    assert "| b  |      - |  5.00 |       - |" in text
    assert max(map(len, text.splitlines())) <= 96


def test_json_holds_everything(slow_peer):
    told = json.loads(as_json([slow_peer]))
    assert told["reports"][0]["rows"]["a"] == {"Kolben": 2.0, "Flask": 30.0}
    assert told["machine"]["python"]
