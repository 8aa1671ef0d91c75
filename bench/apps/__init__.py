"""One app per contender, all with the same routes; `contenders` builds those installed here."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from bench.cases import CASES
from bench.report import OURS
from bench.wsgi import WSGIApp

FILLER_ROUTES = 86  # with the cases' fourteen that makes a hundred
INSTALL = "pip install 'kolben[bench]'"

# Column → (distribution's module, module here that has `build`).
PEERS = {
    OURS: ("kolben", "bench.apps.kolben_app"),
    "Flask": ("flask", "bench.apps.flask_app"),
    "Falcon": ("falcon", "bench.apps.falcon_app"),
    "Bottle": ("bottle", "bench.apps.bottle_app"),
    "Django": ("django", "bench.apps.django_app"),
}


def is_installed(peer: str) -> bool:
    """Tell whether a contender can be built here."""
    return find_spec(PEERS[peer][0]) is not None


def missing() -> list[str]:
    """Return the peers that are not installed."""
    return [peer for peer in PEERS if not is_installed(peer)]


def build(peer: str) -> WSGIApp:
    """Build a contender's app."""
    maker: Callable[[], WSGIApp] = import_module(PEERS[peer][1]).build
    return maker()


def contenders() -> dict[str, WSGIApp]:
    """Build the app of every contender that is installed, Kolben first."""
    return {peer: build(peer) for peer in PEERS if is_installed(peer)}


def cases_of(peer: str) -> tuple[str, ...]:
    """Return the names of the cases that a contender's app answers."""
    everything = tuple(case.name for case in CASES)
    return getattr(import_module(PEERS[peer][1]), "CASES", everything)
