"""What `import flask` means after install()."""

import json

import pytest


def test_flask_is_kolbens_app_class(python):
    assert python.code("import flask, kolben; print(flask.Flask is kolben.Kolben)") == "True"


def test_an_unchanged_app_runs(python):
    app = """
from flask import Flask, jsonify, request
app = Flask("unchanged")
@app.get("/<name>")
def index(name):
    return jsonify(name=name, q=request.args["q"])
print(app.test_client().get("/ann?q=1").json)
"""
    assert python.code(app) == "{'name': 'ann', 'q': '1'}"


@pytest.mark.parametrize(
    ("name", "room"),
    [
        ("helpers", "kolben.helpers"),
        ("ctx", "kolben.contexts"),
        ("json.tag", "kolben.json.tag"),
        ("wrappers", "kolben.http"),
        ("sansio.scaffold", "kolben.scaffold"),
    ],
)
def test_a_module_of_flask_is_the_room_itself(beside_flask, name, room):
    code = f"import flask.{name}, {room}; print(flask.{name} is {room})"
    assert beside_flask.code(code) == "True"


def test_patching_a_module_of_flask_patches_the_room(beside_flask):
    code = """
from unittest import mock
import kolben.helpers
with mock.patch("flask.helpers.get_debug_flag", lambda: "patched"):
    print(kolben.helpers.get_debug_flag())
print(kolben.helpers.get_debug_flag())
"""
    assert beside_flask.code(code).split() == ["patched", "False"]


def test_replacing_a_name_of_flask_leaves_the_rooms_alone(beside_flask):
    code = """
import flask, kolben
flask.url_for = None
print(flask.url_for, kolben.url_for is flask.helpers.url_for)
"""
    assert beside_flask.code(code) == "None True"


def test_modules_are_attributes_without_an_import(python):
    assert python.code("import flask; print(flask.json.dumps([1]), flask.cli.__name__)") == (
        "[1] kolben.cli"
    )


def test_classes_have_flasks_names(beside_flask):
    code = """
import kolben.app, kolben.testing
from flask.app import Flask
from flask.sansio.app import App
from flask.testing import FlaskClient, FlaskCliRunner
print(Flask is App is kolben.app.Kolben, FlaskClient is kolben.testing.KolbenClient)
print(FlaskCliRunner is kolben.testing.KolbenCliRunner)
"""
    assert beside_flask.code(code) == "True True\nTrue"


def test_installing_costs_no_import(python):
    code = """
import sys, flask
print([name for name in sys.modules if name.split(".")[0] in ("click", "jinja2", "werkzeug")])
"""
    assert python.code(code) == "[]"


def test_installing_twice_installs_once(beside_flask):
    code = """
import sys
kolben.drop_in.install()
print([type(each).__name__ for each in sys.meta_path].count("FlaskFinder"))
"""
    assert beside_flask.code(code) == "1"


def test_star_import_brings_names_and_modules(beside_flask):
    assert beside_flask.code("from flask import *; print(Flask.__name__, globals_ := 1)") == (
        "Kolben 1"
    )


def test_a_name_that_flask_does_not_have(beside_flask):
    done = beside_flask("-m", "kolben.drop_in", "-m", "no_such_thing", ok=False)
    assert "No module named no_such_thing" in done.stderr
    code = "import flask; print(hasattr(flask, 'no_such_name'), hasattr(flask, '__main__'))"
    assert beside_flask.code(code) == "False False"


@pytest.mark.parametrize("name", ["flask.nothing", "flask.json.nothing", "flask.cli.run"])
def test_a_module_that_flask_does_not_have(beside_flask, name):
    code = f"""
try:
    import {name}
except ModuleNotFoundError as error:
    print(error.name)
"""
    assert beside_flask.code(code) == name


#: Flask's own helpers that nobody has a reason to import.
PRIVATE = {
    "_env_file_callback",
    "_no_app_msg",
    "_no_req_msg",
    "_path_is_ancestor",
    "_set_app",
    "_set_debug",
    "_werkzeug_version",
}

COLLECT = """
import functools, importlib, json, pkgutil, sys, types, typing, flask

PLAIN = (type, types.FunctionType, functools._lru_cache_wrapper)

def is_flasks(value):
    if isinstance(value, (types.ModuleType, typing.TypeVar)):
        return False
    home = value.__module__ if issubclass(type(value), PLAIN) else "flask"
    return home.partition(".")[0] not in sys.stdlib_module_names

found = {"flask": [name for name in dir(flask) if not name.startswith("__") and name != "t"]}
for each in pkgutil.walk_packages(flask.__path__, "flask."):
    if each.name != "flask.__main__":
        names = vars(importlib.import_module(each.name)).items()
        found[each.name] = [n for n, v in names if not n.startswith("__") and is_flasks(v)]
print(json.dumps(found))
"""


def test_every_name_of_the_real_flask_is_there(beside_flask):
    names = json.loads(beside_flask("-c", COLLECT).stdout)
    assert len(names) >= 20
    compare = f"""
import importlib
for module, names in {names!r}.items():
    ours = importlib.import_module(module)
    for name in names:
        if not hasattr(ours, name):
            print(module, name)
"""
    missing = [line.split() for line in beside_flask.code(compare).splitlines()]
    assert [pair for pair in missing if pair[1] not in {*PRIVATE, "annotations"}] == []
