"""Tests of kolben.templating.blocks: one block of a page."""

from __future__ import annotations

import jinja2
import pytest

from kolben import before_render_template, template_rendered
from kolben.templating import BlockNotFound, render_block

TEMPLATES = {
    "base.html": "<html>{% block title %}Base {{ brand }}{% endblock %}"
    "{% block body %}{% endblock %}{% block foot %}foot {{ mark }}{% endblock %}"
    "{{ explode() }}</html>",
    "page.html": "{% extends 'base.html' %}{% from 'macros.html' import item with context %}"
    "{% set mark = 'of page' %}"
    "{% block title %}Page, {{ super() }}{% endblock %}"
    "{% block body %}{{ explode() }}{% block rows %}{% for x in items %}{{ item(x) }}{% endfor %}"
    "{% endblock %}{% endblock %}",
    "macros.html": "{% macro item(x) %}<li>{{ x }}</li>{% endmacro %}",
    "flat.html": "{% set mark = 'M' %}{% import 'macros.html' as m %}"
    "{% block a %}{{ m.item(mark) }}{% endblock %}{{ explode() }}",
    "none.html": "nothing",
    "bad.html": "x\n{% block a %}\n{{ 1 // zero }}\n{% endblock %}",
    "base.mako": "<%block name='title'>Base ${brand}</%block>${self.body()}"
    "<%block name='foot'>foot</%block>${explode()}",
    "page.mako": "<%inherit file='base.mako'/><%block name='title'>Page ${brand}</%block>"
    "<%def name='item(x, y=2)'><li>${x} ${y}</li></%def>"
    "<%def name='kept(x)' buffered='True'>kept ${x}</%def>"
    "<%block name='rows'>\n% for x in items:\n${item(x)}\n% endfor\n</%block>"
    "<%block>${explode()}</%block>",
    "bad.mako": "<%block name='a'>\n\n${1 / zero}</%block>",
}


def explode() -> None:
    raise AssertionError("more than the block was rendered")


@pytest.fixture
def app(app):
    app.jinja_loader = jinja2.DictLoader(TEMPLATES)
    app.context_processor(lambda: {"brand": "<B>", "explode": explode})
    return app


@pytest.fixture
def render(app):
    def render(*args, **variables):
        with app.test_request_context():
            return render_block(*args, **variables)

    return render


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ("title", "Page, Base &lt;B&gt;"),
        ("rows", "<li>1</li><li>&lt;</li>"),
        ("foot", "foot of page"),
    ],
)
def test_a_jinja_block_is_rendered_alone(render, block, text):
    assert render("page.html", block, items=[1, "<"]) == text


def test_a_block_sees_what_the_top_level_sets_and_imports(render):
    assert render("flat.html", "a") == "<li>M</li>"


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ("title", "Page &lt;B&gt;"),
        ("foot", "foot"),
        ("rows", "<li>1 2</li><li>&lt; 2</li>"),
        ("item", "<li>x 5</li>"),
        ("kept", "kept x"),
    ],
)
def test_a_mako_block_or_def_is_rendered_alone(render, block, text):
    pytest.importorskip("mako", reason="Mako is not installed")
    assert "".join(render("page.mako", block, items=[1, "<"], x="x", y=5).split("\n")) == text


def test_a_mako_def_keeps_its_defaults(render):
    pytest.importorskip("mako", reason="Mako is not installed")
    assert render("page.mako", "item", x="x") == "<li>x 2</li>"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("page.html", "'page.html' has no block 'row'; it has 'body', 'foot', 'rows', 'title'"),
        ("none.html", "'none.html' has no block 'row'; it has none at all"),
        ("page.mako", "'page.mako' has no block 'row'; it has 'foot', 'item', 'kept', 'rows', 'ti"),
    ],
)
def test_a_missing_block_is_an_error_that_lists_those_there_are(render, template, message):
    if template.endswith(".mako"):
        pytest.importorskip("mako", reason="Mako is not installed")
    with pytest.raises(BlockNotFound) as caught:
        render(template, "row")
    assert message in str(caught.value)


def test_both_signals_are_sent(app, render):
    heard = []
    with (
        before_render_template.connected_to(lambda s, template, **e: heard.append(template.name)),
        template_rendered.connected_to(lambda s, template, **e: heard.append(template.name)),
    ):
        render("flat.html", "a")
    assert heard == ["flat.html"] * 2


@pytest.mark.parametrize("template", ["bad.html", "bad.mako"])
def test_an_error_shows_the_templates_line(app, render, template):
    if template.endswith(".mako"):
        pytest.importorskip("mako", reason="Mako is not installed")
    with pytest.raises(ZeroDivisionError) as caught:
        render(template, "a", zero=0)
    traceback = caught.value.__traceback__
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    assert traceback.tb_lineno == 3


def test_an_error_of_the_view_in_a_block_is_its_own(render):
    with pytest.raises(jinja2.UndefinedError, match="nothing"):
        render(jinja2.Environment().from_string("{% block a %}{{ nothing.b }}{% endblock %}"), "a")


def test_the_first_of_several_templates_is_taken(render):
    assert render(["no.html", "flat.html"], "a") == "<li>M</li>"


def test_variables_may_have_any_name(render):
    template = jinja2.Environment().from_string("{% block a %}{{ block_name }}{% endblock %}")
    assert render(template, "a", block_name=1) == "1"


def test_an_asynchronous_environment_is_refused(app, render):
    app.jinja_options = {"enable_async": True}
    with pytest.raises(NotImplementedError, match="enable_async"):
        render("flat.html", "a")
