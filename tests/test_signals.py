"""kolben.signals: the names extensions connect to."""

from __future__ import annotations

import blinker
import pytest

from kolben import signals

NAMES = {
    "appcontext_popped": "appcontext-popped",
    "appcontext_pushed": "appcontext-pushed",
    "appcontext_tearing_down": "appcontext-tearing-down",
    "before_render_template": "before-render-template",
    "got_request_exception": "got-request-exception",
    "message_flashed": "message-flashed",
    "request_finished": "request-finished",
    "request_started": "request-started",
    "request_tearing_down": "request-tearing-down",
    "template_rendered": "template-rendered",
}


@pytest.mark.parametrize(("attribute", "name"), NAMES.items())
def test_every_signal_of_flask_is_here_under_its_name(attribute: str, name: str) -> None:
    signal = getattr(signals, attribute)
    assert isinstance(signal, blinker.NamedSignal)
    assert signal.name == name
    assert signals._signals[name] is signal


def test_namespace_is_blinkers_for_extensions_that_import_it_from_here() -> None:
    assert signals.Namespace is blinker.Namespace


def test_a_signal_without_receivers_is_falsy_at_its_send_sites() -> None:
    assert not signals._signals.signal("never-connected").receivers


def test_a_receiver_hears_its_own_sender_only() -> None:
    heard: list[tuple[object, str]] = []
    mine, other = object(), object()

    def receiver(sender: object, message: str) -> None:
        heard.append((sender, message))

    with signals.message_flashed.connected_to(receiver, mine):
        signals.message_flashed.send(other, message="not for us")
        signals.message_flashed.send(mine, message="for us")

    assert heard == [(mine, "for us")]
