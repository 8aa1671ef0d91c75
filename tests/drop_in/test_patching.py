"""What is patched in a module of Flask takes effect."""

RENDER = """
from unittest import mock
import flask
from flask import render_template_string

app = flask.Flask("x")

def show():
    with app.app_context():
        print(render_template_string("{{ 1 + 1 }}"))

show()
with mock.patch("flask.templating._render", lambda app, template, context: "patched"):
    show()
show()
"""


def test_a_function_that_others_call_by_its_name(python):
    assert python.code(RENDER).split() == ["2", "patched", "2"]


def test_only_the_name_that_was_patched_changes(python):
    lines = (
        "import flask.helpers, kolben.helpers\n"
        "real = flask.url_for\n"
        "flask.helpers.url_for = 'mine'\n"
        "print(kolben.helpers.url_for, flask.url_for is real)\n"
    )
    assert python.code(lines) == "mine True"


def test_what_is_new_in_a_package_stays_there(python):
    lines = (
        "import flask.templating, kolben.templating.render\n"
        "flask.templating.current_app_of_mine = 1\n"
        "print(hasattr(kolben.templating.render, 'current_app_of_mine'))\n"
    )
    assert python.code(lines) == "False"
