"""Ratios come from rounds that belong together; batches drop what they were given."""

import pytest

from bench.rounds import BATCH, Contender, Times, take_times, time_batch


@pytest.fixture
def times():
    # The second round was slow for everybody, the third for the fast one alone.
    return Times({"slow": [10.0, 40.0, 11.0], "fast": [1.0, 4.0, 2.0]})


def test_time_is_the_median_round(times):
    assert times.median("slow") == 11


def test_ratio_is_the_median_of_the_rounds_ratios(times):
    assert times.ratio("slow", "fast") == 10


def test_best_ratio_compares_the_best_rounds(times):
    assert times.best_ratio("slow", "fast") == 10


def test_everybody_has_a_sample_of_every_round():
    found = take_times([Contender("a", len), Contender("b", bool)], rounds=2)
    assert {name: len(samples) for name, samples in found.samples.items()} == {"a": 2, "b": 2}
    assert all(sample > 0 for samples in found.samples.values() for sample in samples)


def test_each_call_gets_something_of_its_own():
    seen = []
    time_batch(Contender("a", seen.append, make=dict))
    assert len({id(one) for one in seen}) == BATCH


def test_what_a_call_got_is_dropped_before_the_next():
    class Needed:
        alive = 0

        def __init__(self):
            Needed.alive += 1

        def __del__(self):
            Needed.alive -= 1

    counts = []
    time_batch(Contender("a", lambda _needed: counts.append(Needed.alive), make=Needed))
    assert counts == list(range(BATCH, 0, -1))
