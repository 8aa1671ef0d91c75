"""Tests of kolben.templating.context: the variables that templates get by themselves."""

from __future__ import annotations

import pytest

from kolben import Blueprint, g, render_template_string, request, session


def test_g_and_request_are_the_objects_themselves(app):
    with app.test_request_context("/here") as ctx:
        context = {}
        app.update_template_context(context)
        assert context == {"g": g._get_current_object(), "request": ctx.request}
        assert context["request"] is ctx.request


def test_outside_of_a_request_there_is_only_g(app):
    with app.app_context():
        context = {}
        app.update_template_context(context)
        assert set(context) == {"g"}


def test_outside_of_any_context_nothing_is_added(app):
    context = {"a": 1}
    app.update_template_context(context)
    assert context == {"a": 1}


@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async def"])
def test_context_processors_add_variables(app, is_async):
    if is_async:

        @app.context_processor
        async def add():
            return {"whiskey": "Jameson"}

    else:

        @app.context_processor
        def add():
            return {"whiskey": "Jameson"}

    with app.app_context():
        assert render_template_string("{{ whiskey }}") == "Jameson"


def test_the_callers_variables_win(app):
    app.context_processor(lambda: {"a": "processor", "g": "processor", "b": "kept"})
    with app.test_request_context():
        text = render_template_string("{{ a }} {{ b }} {{ g }} {{ config }}", a="mine", config=42)
    assert text == "mine kept processor 42"


def test_a_later_processor_wins_over_an_earlier_one(app):
    app.context_processor(lambda: {"a": 1, "b": 1})
    app.context_processor(lambda: {"b": 2})
    with app.app_context():
        assert render_template_string("{{ a }}{{ b }}") == "12"


def test_blueprints_add_from_the_outer_to_the_inner(app, client):
    outer, inner = Blueprint("outer", __name__), Blueprint("inner", __name__)
    app.context_processor(lambda: {"a": "app", "b": "app", "c": "app"})
    outer.context_processor(lambda: {"b": "outer", "c": "outer"})
    inner.context_processor(lambda: {"c": "inner"})
    show = "{{ a }} {{ b }} {{ c }}"
    inner.add_url_rule("/inner", "show", lambda: render_template_string(show))
    outer.add_url_rule("/outer", "show", lambda: render_template_string(show))
    app.add_url_rule("/app", "show", lambda: render_template_string(show))
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    assert client.get("/app").text == "app app app"
    assert client.get("/outer").text == "app outer outer"
    assert client.get("/inner").text == "app outer inner"


def test_a_blueprint_can_add_for_the_whole_app(app, client):
    blueprint = Blueprint("b", __name__)
    blueprint.app_context_processor(lambda: {"a": "everywhere"})
    app.register_blueprint(blueprint)
    app.add_url_rule("/", "show", lambda: render_template_string("{{ a }}"))
    assert client.get("/").text == "everywhere"


def test_the_method_can_be_overridden_on_the_app(app):
    app.update_template_context = lambda context: context.update(a="overridden")
    with app.app_context():
        assert render_template_string("{{ a }}{{ g }}", a=1).startswith("overridden")


def test_a_template_that_looks_at_the_session_makes_the_response_vary(app, client):
    app.add_url_rule("/", "with", lambda: render_template_string("{{ session.who }}"))
    app.add_url_rule("/without", "without", lambda: render_template_string("{{ request.path }}"))
    assert client.get("/").headers["Vary"] == "Cookie"
    assert "Vary" not in client.get("/without").headers


def test_templates_see_request_session_g_and_config(app, client):
    @app.get("/")
    def index():
        g.foo = 23
        session["test"] = "aha"
        return render_template_string(
            "{{ request.args.foo }} {{ g.foo }} {{ config.DEBUG }} {{ session.test }}"
        )

    assert client.get("/?foo=42").text == "42 23 False aha"
    assert not request
