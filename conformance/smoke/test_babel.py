"""Flask-Babel: pages in the reader's language, dates and numbers as they write them."""

from datetime import UTC, datetime

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import render_template_string, request
from flask_babel import (
    Babel,
    force_locale,
    format_currency,
    format_date,
    format_datetime,
    get_locale,
    gettext,
    lazy_gettext,
    ngettext,
    refresh,
)

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
greeting = lazy_gettext("Hello")


@pytest.fixture(autouse=True)
def _babel(app, tmp_path):
    """Let the language be the browser's, the time zone Berlin, and German known."""
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    german = Catalog(locale="de")
    german.add("Hello", "Guten Tag")
    german.add(("%(num)s apple", "%(num)s apples"), ("%(num)s Apfel", "%(num)s Äpfel"))
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, german)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(tmp_path)
    Babel(
        app,
        locale_selector=lambda: request.accept_languages.best_match(["de", "en"]),
        timezone_selector=lambda: "Europe/Berlin",
    )


def ask(client, language):
    return client.get("/", headers={"Accept-Language": language}).text


def test_each_reader_gets_their_language(app, client):
    app.get("/")(lambda: f"{gettext('Hello')}, {greeting}, {get_locale()}")
    assert ask(client, "de") == "Guten Tag, Guten Tag, de"
    assert ask(client, "en") == "Hello, Hello, en"


def test_plurals(app, client):
    app.get("/")(lambda: ngettext("%(num)s apple", "%(num)s apples", 2))
    assert ask(client, "de") == "2 Äpfel"


def test_templates_translate_and_format(app, client):
    page = "{% trans %}Hello{% endtrans %}, {{ _('Hello') }}: {{ when|dateformat('short') }}"
    app.get("/")(lambda: render_template_string(page, when=NOON.date()))
    assert ask(client, "de") == "Guten Tag, Guten Tag: 29.02.24"


def test_dates_and_money_are_written_as_the_reader_does(app, client):
    app.get("/")(
        lambda: "|".join(
            [format_date(NOON), format_datetime(NOON, "HH:mm"), format_currency(1234.5, "EUR")]
        )
    )
    assert ask(client, "de") == "29.02.2024|13:00|1.234,50\xa0€"


def test_a_language_can_be_forced_for_a_while(app, client):
    @app.get("/")
    def index():
        with force_locale("de"):
            forced = gettext("Hello")
        return f"{forced}, {gettext('Hello')}"

    assert ask(client, "en") == "Guten Tag, Hello"


def test_the_language_may_change_within_a_request(app, client):
    chosen = ["en"]
    app.extensions["babel"].locale_selector = lambda: chosen[0]

    @app.get("/")
    def index():
        before = gettext("Hello")
        chosen[0] = "de"
        refresh()
        return f"{before}, {gettext('Hello')}"

    assert ask(client, "en") == "Hello, Guten Tag"


def test_outside_a_request_the_default_holds(app):
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    app.extensions["babel"].locale_selector = None
    with app.app_context():
        assert gettext("Hello") == "Hello"
