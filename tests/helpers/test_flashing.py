"""Tests of kolben.helpers.flashing: messages kept for the next page."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from kolben import flash, get_flashed_messages, message_flashed, session


@pytest.fixture
def taken(app):
    """What the view at /take fetched, last; it passes on the options that are put in here."""
    taken = {"options": {}}

    @app.get("/take")
    def take():
        taken["messages"] = get_flashed_messages(**taken["options"])
        taken["again"] = get_flashed_messages(**taken["options"])
        return ""

    return taken


@pytest.fixture
def flashed(app, client, taken):
    """The client of a user to whom an earlier request has flashed three messages."""

    @app.get("/flash")
    def put():
        flash("plain")
        flash("broken", "error")
        flash(Markup("<b>bold</b>"), "warning")
        return ""

    client.get("/flash")
    return client


def take(client, taken, **options):
    """Let the next request fetch the messages."""
    taken["options"] = options
    client.get("/take")
    return taken["messages"]


def test_messages_come_in_order_and_stay_for_the_request(flashed, taken):
    messages = take(flashed, taken)
    assert messages == ["plain", "broken", Markup("<b>bold</b>")]
    assert isinstance(messages[2], Markup)
    assert taken["again"] == messages


def test_messages_come_with_their_categories(flashed, taken):
    messages = take(flashed, taken, with_categories=True)
    assert messages == [("message", "plain"), ("error", "broken"), ("warning", "<b>bold</b>")]


@pytest.mark.parametrize(
    "chosen", [["error", "message"], ("error", "message"), {"error", "message"}]
)
def test_messages_are_filtered_by_category(flashed, taken, chosen):
    messages = take(flashed, taken, category_filter=chosen)
    assert messages == ["plain", "broken"]


def test_a_filter_may_be_a_single_name(flashed, taken):
    messages = take(flashed, taken, category_filter="error")
    assert messages == ["broken"]


def test_what_one_request_took_the_next_does_not_see(flashed, taken):
    take(flashed, taken)
    assert take(flashed, taken) == []


def test_looking_for_messages_where_none_are_does_not_write_the_session(client, taken):
    response = client.get("/take")
    assert taken["messages"] == []
    assert "Set-Cookie" not in response.headers
    assert response.headers["Vary"] == "Cookie"


def test_a_caller_may_change_the_list_it_got(app):
    with app.test_request_context():
        flash("one")
        get_flashed_messages(with_categories=True).clear()
        assert get_flashed_messages() == ["one"]


def test_flashing_sets_the_session_key_anew(app):
    with app.test_request_context():
        session["_flashes"] = [("old", "older")]
        session.modified = False
        flash("newer")
        assert session["_flashes"] == [("old", "older"), ("message", "newer")]
        assert session.modified


def test_flashing_sends_a_signal_with_the_app_itself(app):
    heard = []

    def receiver(sender, message, category):
        heard.append((sender, message, category))

    with message_flashed.connected_to(receiver, app), app.test_request_context():
        flash("boo", "scare")
    assert heard == [(app, "boo", "scare")]
    assert heard[0][0] is app


@pytest.mark.parametrize("call", [get_flashed_messages, lambda: flash("x")], ids=["get", "flash"])
def test_without_a_request_the_error_says_how_to_get_one(call):
    with pytest.raises(RuntimeError, match="test_request_context"):
        call()
