"""Take times so that noise hits all contenders alike.

All contenders live in one process and take turns: in each round everyone gets one sample,
and the order moves on by one from round to round. So a slow second of the machine slows
everybody's sample of that round, and the *ratio* of two contenders within a round says
more than two times taken apart. A time is the median of its rounds, and a ratio is the
median of the rounds' ratios.

The clock counts the time that this thread had a core (`time.thread_time`): nobody waits in a
call, so that is all it costs, and what the machine does for others meanwhile is not in it.

What a call needs (an environ, a body to read) is made before the clock starts. What a call
leaves behind is dropped while the clock runs, as a server would, so freeing it is paid for.
The garbage collector stays on: cycles that a framework makes are its own costs. Before each
sample everything that exists is frozen (`gc.freeze`), so that nobody pays for the
neighbours' heap.
"""

import gc
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from time import thread_time
from typing import Any

SAMPLE_SECONDS = 0.012
BATCH = 100


@dataclass(frozen=True)
class Contender:
    """One of those who are compared.

    Args:
        name: The column's title.
        call: Does the work once, with what `make` made.
        make: Makes what one call needs, outside of the time that is taken.
    """

    name: str
    call: Callable[[Any], Any]
    make: Callable[[], Any] = dict


@dataclass
class Times:
    """Seconds a call, one number per round for each contender."""

    samples: dict[str, list[float]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """Return the median of a contender's rounds, in seconds."""
        return median(self.samples[name])

    def ratio(self, slow: str, fast: str) -> float:
        """Return how many times `slow` takes what `fast` takes: median of the rounds' ratios."""
        pairs = zip(self.samples[slow], self.samples[fast], strict=True)
        return median(a / b for a, b in pairs)

    def best_ratio(self, slow: str, fast: str) -> float:
        """Return the ratio of the two best rounds; the least that noise can touch."""
        return min(self.samples[slow]) / min(self.samples[fast])


def take_times(contenders: Iterable[Contender], rounds: int) -> Times:
    """Measure the contenders in turns.

    Args:
        contenders: Those to compare; each is run for a short while first, untimed.
        rounds: Samples of each.

    Returns:
        The times of all rounds.
    """
    crowd = list(contenders)
    for contender in crowd:
        sample(contender, SAMPLE_SECONDS / 4)
    times = Times({contender.name: [] for contender in crowd})
    for number in range(rounds):
        first = number % len(crowd)
        for contender in crowd[first:] + crowd[:first]:
            times.samples[contender.name].append(sample(contender, SAMPLE_SECONDS))
    return times


def sample(contender: Contender, enough: float) -> float:
    """Run batches until enough seconds are measured; return seconds a call."""
    gc.collect()
    gc.freeze()
    spent, calls = 0.0, 0
    try:
        while spent < enough:
            spent += time_batch(contender)
            calls += BATCH
    finally:
        gc.unfreeze()
    return spent / calls


def time_batch(contender: Contender) -> float:
    """Return the seconds that one batch of calls takes, without making what they need."""
    call, make = contender.call, contender.make
    needed = [make() for _ in range(BATCH)]
    take = needed.pop
    start = thread_time()
    for _ in range(BATCH):
        call(take())
    return thread_time() - start
