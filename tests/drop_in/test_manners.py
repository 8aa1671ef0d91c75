"""Flask's name, where somebody relies on seeing it."""

import pytest

from kolben.drop_in.manners import _widened


def test_repr_of_g_says_flask(python):
    code = """
import flask
with flask.Flask("named").app_context():
    print(repr(flask.g))
print(repr(flask.g))
"""
    assert python.code(code).splitlines() == ["<flask.g of 'named'>", "<LocalProxy unbound>"]


def test_repr_is_changed_once_however_often_the_module_is_imported(python):
    code = """
import sys, flask.ctx
del sys.modules["flask.ctx"]
import flask.ctx
print(hasattr(flask.ctx._AppCtxGlobals.__repr__.__wrapped__, "__wrapped__"))
"""
    assert python.code(code) == "False"


@pytest.mark.parametrize(
    ("pattern", "module", "fits"),
    [
        ("flask.app", "kolben.urls", True),
        ("flask.app", "flask.app", True),
        ("flask.app", "kolben.helpers", False),
        (r"flask\.helpers$", "kolben.helpers", True),
        (r"flask\.helpers$", "kolben.helpers.files", True),
        ("flask", "kolben.blueprints", True),
        ("flask_login", "kolben.app", False),
        ("", "anything", True),
        ("kolben.urls", "kolben.urls", True),
    ],
)
def test_a_pattern_for_flasks_modules_fits_kolbens_rooms(pattern, module, fits):
    import re

    assert bool(re.match(_widened(pattern), module)) is fits


def test_a_warning_is_ignored_by_the_name_of_flasks_module(beside_flask):
    code = """
import warnings, flask
app = flask.Flask("ignoring")
app.config["SERVER_NAME"] = "here.test"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.filterwarnings("ignore", "Current server name", UserWarning, "flask.app")
    app.test_client().get("/", "http://there.test")
print([str(each.message) for each in caught])
"""
    assert beside_flask.code(code) == "[]"
