"""Tests of kolben.templating.render: at once or in pieces, with signals around it."""

from __future__ import annotations

import jinja2
import pytest

from kolben import (
    before_render_template,
    g,
    render_template,
    render_template_string,
    stream_template,
    stream_template_string,
    template_rendered,
)
from kolben.helpers.streaming import ContextStream


@pytest.fixture
def app(app):
    app.jinja_loader = jinja2.DictLoader(
        {
            "hi.html": "Hi {{ name }}! {{ request.path }} {{ g.color }}",
            "bad.html": "{{ 1 // zero }}",
        }
    )
    return app


RENDERERS = {
    "render_template": lambda **names: render_template("hi.html", **names),
    "render_template_string": lambda **names: render_template_string("Hi {{ name }}!", **names),
    "stream_template": lambda **names: "".join(stream_template("hi.html", **names)),
    "stream_template_string": lambda **names: "".join(
        stream_template_string("Hi {{ name }}!", **names)
    ),
}
each_renderer = pytest.mark.parametrize("render", RENDERERS.values(), ids=RENDERERS)


@each_renderer
def test_variables_are_filled_in(app, render):
    with app.test_request_context("/here"):
        assert render(name="<Ann>").startswith("Hi &lt;Ann&gt;!")


@each_renderer
def test_both_signals_are_sent_with_template_and_variables(app, render):
    heard = []

    def before(sender, template, context, **extra):
        context["name"] = context["name"].upper()
        heard.append(("before", sender, template.name))

    def after(sender, template, context, **extra):
        heard.append(("after", sender, context["name"]))

    with (
        before_render_template.connected_to(before, app),
        template_rendered.connected_to(after, app),
        app.test_request_context(),
    ):
        assert render(name="ann").startswith("Hi ANN!")
    assert [(what, sender is app) for what, sender, _ in heard] == [
        ("before", True),
        ("after", True),
    ]
    assert heard[1][2] == "ANN"


@each_renderer
def test_without_an_app_context_the_error_says_how_to_get_one(render):
    with pytest.raises(RuntimeError, match=r"app\.app_context\(\)"):
        render(name="Ann")


def test_a_loaded_template_can_be_rendered(app):
    with app.app_context():
        template = app.jinja_env.from_string("{{ a }}")
        assert render_template(template, a=1) == "1"


def test_a_broken_string_is_a_syntax_error(app):
    with app.app_context(), pytest.raises(jinja2.TemplateSyntaxError):
        render_template_string("{{ a")


def test_a_streamed_template_sees_the_request_after_the_view_returned(app, client):
    @app.get("/there")
    def there():
        g.color = "red"
        return stream_template("hi.html", name="Ann")

    assert client.get("/there").text == "Hi Ann! /there red"


def test_the_stream_holds_the_request_until_it_ends(app, client):
    ended = []
    app.teardown_request(ended.append)

    @app.get("/")
    def index():
        def slow():
            yield len(ended)

        return stream_template_string("{% for n in slow() %}{{ n }}{% endfor %}", slow=slow)

    with client.get("/") as response:
        assert response.text == "0"
    assert ended == [None]


def test_the_rendered_signal_comes_after_the_last_piece(app):
    heard = []

    def note(sender, **extra):
        heard.append(sender)

    with template_rendered.connected_to(note, app), app.test_request_context():
        pieces = stream_template_string("{% for c in 'ab' %}{{ c }}{% endfor %}")
        assert next(pieces) == "a"
        assert heard == []
        assert list(pieces) == ["b"]
    assert heard == [app]


def test_outside_of_a_request_a_stream_holds_nothing(app):
    with app.app_context():
        pieces = stream_template_string("Hi {{ config.TESTING }}")
        assert not isinstance(pieces, ContextStream)
        assert "".join(pieces) == "Hi True"


def test_an_error_in_a_template_is_raised_where_it_is_rendered(app):
    with app.app_context(), pytest.raises(ZeroDivisionError):
        render_template("bad.html", zero=0)
