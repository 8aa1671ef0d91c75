"""Removed names work, and say what replaces them."""

import pytest

from kolben.drop_in.legacy.names import REMOVED
from kolben.drop_in.lending import resolve


@pytest.mark.parametrize(("module", "name"), [(m, n) for m in REMOVED for n in REMOVED[m]])
def test_every_removed_name_points_at_something(module, name):
    assert resolve(REMOVED[module][name].target) is not None


@pytest.mark.parametrize(
    "line",
    [
        "from flask import Markup",
        "from flask.helpers import safe_join",
        "from flask.globals import _lookup_req_object",
        "import flask._compat",
        "from flask.scaffold import _endpoint_from_view_func",
    ],
)
def test_a_removed_name_warns_where_it_is_used(interpreter, line):
    (interpreter.folder / "old.py").write_text(f"\n{line}\n")
    out = interpreter.code(
        "import warnings\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('default')\n"
        "    import old\n"
        "for each in caught:\n"
        "    print(each.category.__name__, each.filename, each.lineno, each.message)"
    ).splitlines()
    assert len(out) == 1
    assert out[0].startswith(f"DeprecationWarning {interpreter.folder / 'old.py'} 2 flask.")
    assert "was removed from Flask; use " in out[0]


def test_the_stacks_are_the_real_ones(interpreter):
    code = """
import flask
app = flask.Flask("old")
with app.test_request_context("/"):
    print(flask._request_ctx_stack.top.app is app, flask._app_ctx_stack.top.app is app)
print(flask._request_ctx_stack.top)
"""
    assert interpreter.code(code) == "True True\nNone"
