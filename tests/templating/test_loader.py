"""Tests of kolben.templating.loader: whose template is found, and what is said when none is."""

from __future__ import annotations

import logging

import jinja2
import pytest

from kolben import Blueprint, Kolben, render_template


@pytest.fixture
def app(tmp_path):
    """An app with a template folder, and two blueprints of which the second has none on disk."""
    for name, source in {
        "templates/page.html": "app's page",
        "first/templates/page.html": "first's page",
        "first/templates/only_first.html": "only first's",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    app = Kolben("loaded", root_path=str(tmp_path), instance_path=str(tmp_path))
    for name in ("first", "second"):
        blueprint = Blueprint(
            name, "pkg", root_path=str(tmp_path / name), template_folder="templates"
        )
        app.register_blueprint(blueprint)
    return app


def missing(app, name):
    """Try to render a template that is not there; return the error."""
    with app.app_context(), pytest.raises(jinja2.TemplateNotFound) as caught:
        render_template(name)
    return caught.value


def test_the_app_wins_over_its_blueprints(app):
    with app.app_context():
        assert render_template("page.html") == "app's page"


def test_a_blueprints_template_is_found(app):
    with app.app_context():
        assert render_template("only_first.html") == "only first's"


def test_an_app_without_a_template_folder_uses_its_blueprints(app):
    app.jinja_loader = None
    with app.app_context():
        assert render_template("page.html") == "first's page"


def test_templates_of_all_are_listed_once(app):
    assert sorted(app.jinja_env.list_templates()) == ["only_first.html", "page.html"]


def test_an_app_may_make_its_own_loader(app):
    app.create_global_jinja_loader = lambda: jinja2.DictLoader({"a.html": "custom"})
    with app.app_context():
        assert render_template("a.html") == "custom"


def test_a_missing_template_is_named(app):
    error = missing(app, "absent.html")
    assert str(error) == "absent.html"
    assert not hasattr(error, "__notes__")


def test_in_debug_a_missing_template_says_where_it_was_looked_for(app, tmp_path):
    app.debug = True
    (note,) = missing(app, "absent.html").__notes__
    assert note.splitlines() == [
        "Looked in:",
        f"  {tmp_path}/templates (application 'loaded')",
        f"  {tmp_path}/first/templates (blueprint 'first')",
        f"  {tmp_path}/second/templates, no such folder (blueprint 'second')",
    ]


def test_in_debug_similar_names_are_offered(app):
    app.debug = True
    (note,) = missing(app, "pages.html").__notes__
    assert note.splitlines()[-1] == "Similar names there: page.html"


def test_in_debug_a_list_of_missing_templates_is_explained(app):
    app.debug = True
    error = missing(app, ["absent.html", "pages.html"])
    assert error.templates == ["absent.html", "pages.html"]
    assert "Similar names there: page.html" in error.__notes__[-1]


def test_in_debug_an_app_without_any_folder_is_told_so(tmp_path):
    app = Kolben("bare", root_path=str(tmp_path), template_folder=None, instance_path="/nowhere")
    app.debug = True
    assert missing(app, "a.html").__notes__ == [
        "Looked nowhere: neither the app nor a blueprint has a template folder."
    ]


def test_in_debug_a_loader_that_is_no_folder_is_named_by_its_class(app):
    app.debug = True
    app.jinja_loader = jinja2.FunctionLoader(lambda _name: None)
    note = missing(app, "a.html").__notes__[0]
    assert "  a FunctionLoader (application 'loaded')" in note


def test_a_missing_parent_template_is_explained_too(app):
    app.debug = True
    app.jinja_loader = jinja2.DictLoader({"child.html": "{% extends 'absent.html' %}"})
    error = missing(app, "child.html")
    assert error.name == "absent.html"
    assert error.__notes__


def test_of_several_names_the_first_that_exists_is_taken(app):
    with app.app_context():
        assert render_template(["absent.html", "only_first.html", "page.html"]) == "only first's"


def test_loading_can_be_explained_in_the_log(app, caplog):
    app.config["EXPLAIN_TEMPLATE_LOADING"] = True
    with caplog.at_level(logging.INFO, app.logger.name), app.app_context():
        assert render_template("page.html") == "app's page"
    (record,) = caplog.records
    assert "trying loader of application 'loaded'" in record.message
    assert "2 loaders have this template" in record.message


def test_an_explained_miss_is_an_error_as_well(app, caplog):
    app.config["EXPLAIN_TEMPLATE_LOADING"] = True
    with caplog.at_level(logging.INFO, app.logger.name):
        missing(app, "absent.html")
    assert "the template could not be found" in caplog.records[0].message
