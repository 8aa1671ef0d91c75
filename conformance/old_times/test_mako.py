"""Flask-Mako 0.4."""

import pytest
from flask import template_rendered, url_for
from flask.ext.mako import (
    MakoTemplates,
    TemplateError,
    render_template,
    render_template_def,
    render_template_string,
)
from werkzeug.debug import DebuggedApplication
from werkzeug.test import Client

PAGE = """<%def name="row(x)"><li>${x}</li></%def>
% for each in things:
${row(each)}
% endfor
${request.path} ${url_for("index")} ${session.get("no", "none")} ${greeting}"""


@pytest.fixture
def mako(app):
    MakoTemplates(app)
    folder = app.root_path / "templates"
    (folder / "page.html").write_text(PAGE)
    (folder / "broken.html").write_text("one\ntwo\n${1 // 0}\n")
    app.context_processor(lambda: {"greeting": "hello"})
    app.add_url_rule("/", "index", lambda: render_template("page.html", things=["a", "b"]))
    app.add_url_rule("/def", "def", lambda: render_template_def("page.html", "row", x="z"))
    app.add_url_rule("/string", "string", lambda: render_template_string("${1 + 1}"))
    app.add_url_rule("/broken", "broken", lambda: render_template("broken.html"))
    return app


def test_a_template_is_rendered_with_flasks_variables(mako):
    text = mako.test_client().get("/").text
    assert text.split() == ["<li>a</li>", "<li>b</li>", "/", "/", "none", "hello"]


def test_a_def_and_a_string_are_rendered(mako):
    client = mako.test_client()
    assert client.get("/def").text == "<li>z</li>"
    assert client.get("/string").text == "2"


def test_the_signal_is_sent(mako):
    seen = []
    with template_rendered.connected_to(lambda sender, template, **_: seen.append(template), mako):
        mako.test_client().get("/")
    assert [template.uri for template in seen] == ["page.html"]


def test_an_error_names_its_template_and_line(mako):
    with pytest.raises(TemplateError) as caught:
        mako.test_client().get("/broken")
    assert "broken.html" in caught.value.text
    shown = caught.value.werkzeug_debug_traceback(*caught._excinfo)
    last = shown.frames[-1]
    assert (last.filename.endswith("broken.html"), last.lineno) == (True, 3)
    assert last.current_line == "${1 // 0}"


def test_the_debugger_shows_the_templates_line(mako):
    page = Client(DebuggedApplication(mako)).get("/broken", headers={"Host": "localhost"}).text
    assert "broken.html" in page
    assert "${1 // 0}" in page


def test_templates_of_blueprints_and_of_the_app_are_found_without_a_request(mako):
    with mako.test_request_context():
        assert url_for("index") == "/"
        assert render_template_string("${config['TESTING']}") == "True"
