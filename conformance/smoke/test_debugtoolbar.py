"""Flask-DebugToolbar: a toolbar in each page while debugging."""

import logging

import pytest
from flask import g, redirect, render_template_string
from flask_debugtoolbar import DebugToolbarExtension

PAGE = "<html><body>{{ word }}</body></html>"


@pytest.fixture
def site(app):
    """Return an app with the toolbar, a page, a redirect to it, and something without a body."""
    app.debug = True
    DebugToolbarExtension(app)

    @app.get("/<word>")
    def page(word):
        g.seen = word
        logging.getLogger("smoke").warning("a page for %s", word)
        return render_template_string(PAGE, word=word)

    @app.get("/away")
    def away():
        return redirect("/there")

    @app.get("/data")
    def data():
        return {"a": 1}

    return app


def test_a_page_gets_the_toolbar(site, client):
    text = client.get("/hello").text
    assert "hello" in text
    assert 'id="flDebug"' in text
    assert text.rstrip().endswith("</body></html>")


def test_each_panel_shows_something(site, client):
    text = client.get("/hello").text
    for panel in ("Version", "Timer", "Header", "RequestVars", "ConfigVars", "Template", "g"):
        assert f'id="flDebug{panel}Panel"' in text, panel
    assert "a page for hello" in text  # logged
    assert "seen" in text  # on g


def test_a_redirect_is_shown_first(site, client):
    response = client.get("/away")
    assert response.status_code == 200
    assert 'href="/there"' in response.text


def test_redirects_may_go_through(site, client):
    site.config["DEBUG_TB_INTERCEPT_REDIRECTS"] = False
    assert client.get("/away").location == "/there"


def test_other_answers_are_left_alone(site, client):
    assert client.get("/data").json == {"a": 1}


def test_its_files_are_served(site, client):
    with client.get("/_debug_toolbar/static/js/toolbar.js") as response:
        assert response.status_code == 200


def test_the_profiler_profiles_the_view(site, client):
    site.config["DEBUG_TB_PROFILER_ENABLED"] = True
    text = client.get("/hello").text
    assert 'id="flDebugProfilerTable"' in text
    assert "(page)" in text


def test_without_debugging_there_is_none(app, client):
    DebugToolbarExtension(app)
    app.get("/")(lambda: PAGE)
    assert "flDebug" not in client.get("/").text
