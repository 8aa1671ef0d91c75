"""Tests of kolben.templating.environment and factory: Jinja as an app sets it up."""

from __future__ import annotations

import subprocess
import sys

import jinja2
import pytest
from jinja2.nativetypes import NativeEnvironment
from markupsafe import Markup

from kolben import g, render_template, render_template_string, session
from kolben.templating import DispatchingJinjaLoader, Environment


def use(app, **templates):
    """Give the app templates; dots in names are written as double underscores."""
    app.jinja_loader = jinja2.DictLoader(
        {name.replace("__", "."): source for name, source in templates.items()}
    )


def test_kolben_is_imported_without_jinja():
    code = "import sys, kolben, kolben.app, kolben.templating; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    import kolben.templating

    with pytest.raises(AttributeError, match="has no attribute 'Enviroment'"):
        kolben.templating.Enviroment  # noqa: B018


def test_the_environment_belongs_to_the_app(app):
    assert type(app.jinja_env) is Environment
    assert app.jinja_env.app is app
    assert isinstance(app.jinja_env.loader, DispatchingJinjaLoader)


def test_an_app_may_bring_a_class_of_its_own(app):
    class Mine(Environment):
        pass

    app.jinja_environment = Mine
    assert type(app.jinja_env) is Mine


def test_a_loader_among_the_options_is_taken(app):
    app.jinja_options = {"loader": jinja2.DictLoader({"a.html": "mine"})}
    with app.app_context():
        assert render_template("a.html") == "mine"


def test_a_mixed_in_environment_keeps_its_kind_of_templates(app):
    class Native(Environment, NativeEnvironment):
        pass

    app.jinja_environment = Native
    with app.app_context():
        assert render_template_string("{{ [1, n] }}", n=2) == [1, 2]


@pytest.mark.parametrize("name", ["a.html", "a.htm", "a.xml", "a.xhtml", "a.svg"])
def test_markup_files_are_escaped(app, name):
    app.jinja_loader = jinja2.DictLoader({name: "{{ a }}{{ b }}{{ a|safe }}"})
    with app.app_context():
        assert render_template(name, a="<", b=Markup("<")) == "&lt;<<"


@pytest.mark.parametrize("name", ["a.txt", "a.html.j2", "a"])
def test_other_files_are_not_escaped(app, name):
    app.jinja_loader = jinja2.DictLoader({name: "{{ a }}"})
    with app.app_context():
        assert render_template(name, a="<") == "<"


def test_strings_are_escaped(app):
    with app.app_context():
        assert render_template_string("{{ a }}", a="<") == "&lt;"


def test_an_option_decides_on_escaping(app):
    app.jinja_options = {"autoescape": False}
    with app.app_context():
        assert render_template_string("{{ a }}", a="<") == "<"


@pytest.mark.parametrize(
    ("setting", "debug", "reload"),
    [
        (None, False, False),
        (None, True, True),
        (True, False, True),
        (False, True, False),
    ],
)
def test_reloading_follows_the_setting_then_debug(app, setting, debug, reload):
    app.config.update(TEMPLATES_AUTO_RELOAD=setting, DEBUG=debug)
    assert app.jinja_env.auto_reload is reload


def test_an_option_decides_on_reloading(app):
    app.jinja_options = {"auto_reload": True}
    assert app.jinja_env.auto_reload is True


def test_json_in_templates_is_the_apps(app):
    from datetime import date

    app.json.sort_keys = True
    with app.app_context():
        text = render_template_string("{{ {'b': d, 'a': '<'}|tojson }}", d=date(2024, 2, 29))
    assert text == r'{"a": "\u003c", "b": "Thu, 29 Feb 2024 00:00:00 GMT"}'


def test_flashed_messages_and_urls_are_there(app):
    from kolben import flash

    app.add_url_rule("/there/<name>", "there")
    with app.test_request_context():
        flash("boo")
        text = render_template_string(
            "{{ url_for('there', name='x') }} {{ get_flashed_messages() }}"
        )
    assert text == "/there/x [&#39;boo&#39;]"


def test_an_imported_template_sees_the_proxies(app, client):
    use(
        app,
        page__html="{% from 'macros.html' import show %}{{ show() }}",
        macros__html="{% macro show() %}{{ request.path }} {{ g.a }} {{ session.b }}{% endmacro %}",
    )

    @app.get("/")
    def index():
        g.a, session["b"] = 1, 2
        return render_template("page.html")

    assert client.get("/").text == "/ 1 2"


def test_an_included_template_sees_all_variables(app):
    use(
        app,
        page__html="{% set b = 2 %}{% for c in [3] %}{% include 'part.html' %}{% endfor %}",
        part__html="{{ a }}{{ b }}{{ c }}{{ d is defined }}{{ config.TESTING }}",
    )
    with app.app_context():
        assert render_template("page.html", a=1) == "123FalseTrue"


def test_a_block_sees_the_variables_of_its_template(app):
    use(
        app,
        base__html="<{% block body %}{% endblock %}>",
        page__html="{% extends 'base.html' %}{% block body %}{{ super() }}{{ a }}{% endblock %}",
    )
    with app.app_context():
        assert render_template("page.html", a=1) == "<1>"


def test_an_import_with_context_sees_the_variables(app):
    use(
        app,
        page__html="{% import 'm.html' as m with context %}{{ m.show() }}",
        m__html="{% macro show() %}{{ a }}{% endmacro %}",
    )
    with app.app_context():
        assert render_template("page.html", a=1) == "1"


def test_a_global_of_the_template_wins_over_one_of_the_environment(app):
    use(app, page__html="{{ a }}{{ b }}{{ c }}")
    app.jinja_env.globals.update(a="env ", b="env ", c="env ")
    template = app.jinja_env.get_template("page.html", globals={"b": "template ", "c": "template "})
    assert template.render(c="given") == "env template given"


def test_a_global_added_after_loading_is_seen(app):
    use(app, page__html="{{ late }}")
    with app.app_context():
        assert render_template("page.html") == ""
        app.jinja_env.globals["late"] = "now"
        assert render_template("page.html") == "now"


def test_an_overlay_renders_with_its_own_settings(app):
    use(app, page__html="<< a >>")
    overlay = app.jinja_env.overlay(variable_start_string="<<", variable_end_string=">>")
    assert overlay.get_template("page.html").render(a=1) == "1"


def test_local_variables_win_over_given_ones(app):
    template = app.jinja_env.from_string("{% set got = a %}")
    assert template.make_module({"a": "given"}, locals={"a": "local"}).got == "local"


def test_in_debug_a_foreign_loader_keeps_its_own_error(app):
    app.debug = True
    app.jinja_options = {"loader": jinja2.DictLoader({})}
    with app.app_context(), pytest.raises(jinja2.TemplatesNotFound) as caught:
        render_template(["a.html", "b.html"])
    assert not hasattr(caught.value, "__notes__")
