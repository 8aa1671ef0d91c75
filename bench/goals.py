"""What is wanted, as a table, and whether it is reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SIMPLE = ("hello", "user/int", "query", "json echo", "form", "header", "cookie", "404")


@dataclass(frozen=True)
class Goal:
    """A bound that a figure must keep.

    Args:
        figure: The figure's name in a report.
        sense: On which side of the bound it must be.
        bound: The bound.
    """

    figure: str
    sense: Literal["at least", "at most"]
    bound: float

    @property
    def is_time(self) -> bool:
        """Whether the figure is a time, which means something on the goal's machine alone."""
        return self.figure.endswith((", ns", ", µs", ", ms"))

    def is_met(self, value: float, margin: float = 0.0) -> bool:
        """Decide, with the bound moved by a share of itself so that noise can't fail a run."""
        if self.sense == "at least":
            return value >= self.bound * (1 - margin)
        return value <= self.bound * (1 + margin)


@dataclass(frozen=True)
class Verdict:
    """A goal, what was measured, and whether that is enough; `value` None was not measured."""

    goal: Goal
    value: float | None
    is_met: bool

    def __str__(self) -> str:
        """Say it in one line."""
        goal = self.goal
        if self.value is None:
            return f"  not measured  {goal.figure}"
        word = "reached" if self.is_met else "MISSED"
        return f"  {word:12}  {goal.figure}: {self.value:.3g} (goal: {goal.sense} {goal.bound:g})"


GOALS: dict[str, tuple[Goal, ...]] = {
    "inprocess": (
        *(Goal(f"{case} × Flask", "at least", 10) for case in SIMPLE),
        Goal("geometric mean of the simple cases × Flask", "at least", 15),
        *(Goal(f"{case} × Falcon", "at least", 1) for case in SIMPLE),
        *(Goal(f"{case} × Bottle", "at least", 1) for case in SIMPLE),
        *(
            Goal(f"{case} × Flask", "at least", 8)
            for case in ("blueprint", "redirect", "session read")
        ),
        *(
            Goal(f"{case} × Flask", "at least", 3)
            for case in ("session write", "template", "upload")
        ),
    ),
    "hops": (
        # 100 µs on a machine on which Flask takes 387: a ratio means the same on any machine.
        Goal("async view on WSGI ÷ Flask's", "at most", 100 / 387),
        Goal("sync view on ASGI ÷ Starlette's", "at most", 0.7),
    ),
    "routes": (
        Goal("static match, 10,000 rules ÷ 10 rules", "at most", 1.2),
        Goal("dynamic match, 10,000 rules ÷ 10 rules", "at most", 1.2),
        Goal("dynamic match, µs", "at most", 2),
    ),
    "proxies": (Goal("request.x through the proxy, ns", "at most", 100),),
    "imports": (
        Goal("import kolben ÷ import flask", "at most", 1 / 3),
        Goal("kolben --help ÷ flask --help", "at most", 1 / 2),
    ),
    "memory": (
        Goal("idle app ÷ Flask's", "at most", 1),
        Goal("request in flight ÷ Flask's", "at most", 1),
        Goal("objects left by 10,000 good requests", "at most", 0),
        Goal("objects left by 10,000 failing requests", "at most", 0),
    ),
    "wire": (
        Goal("requests/s ÷ raw callable's", "at least", 0.8),
        Goal("requests/s ÷ Falcon's", "at least", 1),
        Goal("requests/s ÷ Flask's", "at least", 4),
        Goal("ASGI requests/s ÷ raw callable's", "at least", 0.9),
        *(
            Goal(f"ASGI requests/s ÷ {peer}'s", "at least", 1)
            for peer in ("Starlette", "BlackSheep", "Falcon", "Litestar", "FastAPI")
        ),
        Goal("ASGI requests/s ÷ Quart's", "at least", 4),
    ),
    "burst": (
        Goal("p99 of the fast ones, ms", "at most", 50),
        Goal("p99 of the fast ones ÷ Starlette's", "at most", 1),
    ),
}


def judge(bench: str, figures: Mapping[str, float], margin: float) -> list[Verdict]:
    """Hold a report's figures against the goals of its benchmark."""
    verdicts = []
    for goal in GOALS.get(bench, ()):
        value = figures.get(goal.figure)
        verdicts.append(Verdict(goal, value, value is not None and goal.is_met(value, margin)))
    return verdicts


def is_failure(verdict: Verdict) -> bool:
    """Tell a goal that was measured and missed from one that this machine could not measure."""
    return verdict.value is not None and not verdict.is_met
