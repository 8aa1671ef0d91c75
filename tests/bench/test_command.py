"""The command line chooses, measures, judges and exits as it says."""

import json
import os
import sys
from types import ModuleType

import pytest

from bench import __main__ as command
from bench.burst import JUDGED
from bench.burst import summary as burst_summary
from bench.goals import GOALS, Goal
from bench.inprocess import gains
from bench.memory import summary as memory_summary
from bench.report import CannotMeasureError, Report
from bench.rounds import Times
from bench.wire import read_wrk
from bench.wire import summary as wire_summary


@pytest.fixture
def bench(monkeypatch):
    """Put a benchmark of a known result where `proxies` is."""

    def put(run):
        module = ModuleType("bench.proxies")
        module.run = run
        monkeypatch.setitem(sys.modules, "bench.proxies", module)

    return put


def measured(nanoseconds):
    figures = {"request.x through the proxy, ns": nanoseconds}
    return lambda _options: Report(
        "proxies", "Proxies", "ns", {"x": {"Kolben": nanoseconds}}, figures=figures
    )


@pytest.mark.parametrize(("nanoseconds", "status"), [(90.0, 0), (150.0, 1)])
def test_check_exits_by_the_verdict(bench, capsys, nanoseconds, status):
    bench(measured(nanoseconds))
    assert command.main(["proxies", "--check"]) == status
    assert ("MISSED" in capsys.readouterr().out) is bool(status)


def test_margin_lets_a_near_miss_pass(bench):
    bench(measured(110.0))
    assert command.main(["proxies", "--check", "--margin", "0.2"]) == 0


def test_without_check_a_miss_is_only_told(bench, capsys):
    bench(measured(150.0))
    assert command.main(["proxies"]) == 0
    assert "MISSED" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "status"), [([], 1), (["--ratios"], 0)])
def test_ratios_leaves_times_unjudged(bench, capsys, words, status):
    bench(measured(150.0))
    assert command.main(["proxies", "--check", *words]) == status
    assert ("MISSED" in capsys.readouterr().out) is bool(status)


def test_ratios_are_judged_where_times_are_not(bench, monkeypatch):
    ratio = Goal("request.x ÷ an attribute's", "at most", 2)
    monkeypatch.setitem(GOALS, "proxies", (*GOALS["proxies"], ratio))
    figures = {"request.x through the proxy, ns": 150.0, ratio.figure: 3.0}
    bench(lambda _options: Report("proxies", "Proxies", "ns", {"x": {}}, figures=figures))
    assert command.main(["proxies", "--check", "--ratios"]) == 1


def test_json_is_all_that_is_printed(bench, capsys):
    bench(measured(90.0))
    command.main(["proxies", "--json"])
    assert json.loads(capsys.readouterr().out)["reports"][0]["name"] == "proxies"


def test_what_cannot_be_measured_ends_with_the_reason_if_asked_for(bench):
    def run(_options):
        raise CannotMeasureError("wrk is not on the PATH")

    bench(run)
    with pytest.raises(SystemExit, match="proxies: wrk is not on the PATH"):
        command.main(["proxies"])


@pytest.mark.parametrize(
    "words", [["--margin", "1"], ["--margin", "-0.1"], ["--rounds", "0"], ["nonsense"]]
)
def test_wrong_words_are_refused(words, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(words)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_check_alone_means_every_benchmark():
    assert command.chosen(command.read_options(command.BENCHES, ["--check"])) == command.BENCHES
    assert command.chosen(command.read_options(command.BENCHES, [])) == ("inprocess",)


def test_gain_is_the_better_of_median_and_best_rounds():
    times = Times({"Kolben": [1.0, 2.0, 2.0], "Flask": [12.0, 16.0, 16.0]})
    assert gains("hello", times) == {"hello \N{MULTIPLICATION SIGN} Flask": 12.0}


def test_memory_figures_are_shares_of_flask():
    ours = {
        "idle": 50,
        "in_flight": 30,
        "in_flight_used": 1,
        "left_good": 0,
        "left_failing": 2,
        "resident": 0,
    }
    flask = dict.fromkeys(ours, 100)
    figures = memory_summary({"Kolben": ours, "Flask": flask}).figures
    assert figures["idle app ÷ Flask's"] == 0.5
    assert figures["objects left by 10,000 failing requests"] == 2


def test_wire_figures_are_shares_of_the_peers_rates():
    report = wire_summary({"raw callable": [100.0], "Kolben": [80.0], "Flask": [10.0]})
    assert report.figures == {"requests/s ÷ raw callable's": 0.8, "requests/s ÷ Flask's": 8.0}
    assert report.gain("hello", "Flask") == 8


def test_rate_is_read_from_wrk():
    assert read_wrk("Running 3s test\nRequests/sec:  12345.67\nTransfer/sec: 1MB\n") == 12345.67


def test_error_answers_on_the_wire_are_no_rate():
    with pytest.raises(CannotMeasureError, match="Non-2xx"):
        read_wrk("  Non-2xx or 3xx responses: 5\nRequests/sec:  12345.67\n")


def test_wire_shows_medians_and_judges_the_ratios_within_turns():
    report = wire_summary({"Kolben": [40.0, 50.0, 80.0], "Flask": [10.0, 5.0, 40.0]})
    assert report.rows["hello"] == {"Kolben": 50.0, "Flask": 10.0}
    assert report.figures == {"requests/s ÷ Flask's": 4.0}


@pytest.fixture
def one_core():
    """Leave this thread one core."""
    had = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(had)})
    yield min(had)
    os.sched_setaffinity(0, had)


def test_with_one_core_what_was_measured_elsewhere_is_still_summed_up(one_core):
    burst = burst_summary({JUDGED: {"Kolben": [1.0], "Starlette": [2.0]}})
    assert f"Granian on core {one_core}, wrk" in wire_summary({"Kolben": [1.0]}).notes[0]
    assert f"core {one_core}, the client" in burst.notes[0]


def test_burst_shows_medians_and_judges_best_rounds():
    report = burst_summary({JUDGED: {"Kolben": [30.0, 40.0, 90.0], "Starlette": [60.0] * 3}})
    assert report.rows[JUDGED] == {"Kolben": 40.0, "Starlette": 60.0}
    assert report.figures == {
        "p99 of the fast ones, ms": 30.0,
        "p99 of the fast ones ÷ Starlette's": 0.5,
    }
