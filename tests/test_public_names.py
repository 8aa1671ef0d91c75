"""The public surface: every name is there, documented, and shaped as Flask 3.1.3's."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

import kolben

ROOMS = [
    *("app", "blueprints", "config", "contexts", "globals", "helpers", "http", "json", "local"),
    *("json.provider", "json.tag", "logging", "scaffold", "sessions", "signals", "templating"),
    *("testing", "typing", "views", "events", "helpers.events", "sockets.websocket", "streams"),
]


def members(cls):
    """Yield what a class defines for its users: name and value."""
    for name in dir(cls):
        if not name.startswith("_"):
            yield name, inspect.getattr_static(cls, name)


def signature(value):
    """Return the signature of a function behind whatever wraps it, ``None`` where there is none."""
    value = getattr(value, "__func__", value)
    if isinstance(value, type) or not callable(value):
        return None
    try:
        return inspect.signature(value)
    except ValueError:
        return None


# -- Kolben's own ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", kolben.__all__)
def test_every_public_name_is_there_and_documented(name):
    value = getattr(kolben, name)
    if isinstance(value, type) or inspect.isroutine(value):
        assert inspect.getdoc(value)
        assert value.__module__.startswith("kolben")


def test_star_import_gives_every_public_name():
    namespace = {}
    exec("from kolben import *", namespace)
    assert set(kolben.__all__) <= set(namespace)


def test_dir_lists_names_that_are_not_loaded_yet():
    code = "import kolben; print(set(kolben.__all__) <= set(dir(kolben)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'no_such_name'"):
        kolben.no_such_name  # noqa: B018  (looking is the point)
    with pytest.raises(AttributeError, match="'_private'"):
        kolben._private  # noqa: B018


def test_rooms_are_attributes_of_the_package():
    assert kolben.json.dumps({"a": 1}) == '{"a": 1}'
    assert kolben.views.View.__module__ == "kolben.views"


@pytest.mark.parametrize(
    "name", ["Kolben", "Blueprint", "Request", "Response", "Config", "WebSocket"]
)
def test_every_public_method_of_our_own_is_documented(name):
    cls = getattr(kolben, name)
    bare = [
        member
        for member, value in members(cls)
        if (inspect.isroutine(value) or isinstance(value, property))
        and getattr(value, "__module__", cls.__module__).startswith("kolben")
        and not inspect.getdoc(value)
    ]
    assert bare == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_class_and_function_of_a_room_is_documented(room):
    module = importlib.import_module(f"kolben.{room}")
    assert module.__doc__
    bare = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__.startswith("kolben")
        and not inspect.getdoc(value)
    ]
    assert bare == []


ALL_MODULES = """
import importlib, pkgutil, kolben
names = [found.name for found in pkgutil.walk_packages(kolben.__path__, "kolben.")]
names = [name for name in names if not name.endswith("__main__")]
print(len(names) > 50, [name for name in names if not importlib.import_module(name).__doc__])
"""


def test_every_module_can_be_imported_and_says_what_it_is():
    done = subprocess.run(
        [sys.executable, "-c", ALL_MODULES], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True []\n"


def test_importing_the_package_loads_none_of_its_rooms():
    code = "import sys, kolben; print([name for name in sys.modules if name.startswith('kolben.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


HEAVY = ["asyncio", "click", "jinja2", "concurrent.futures", "logging.config", "werkzeug.debug"]


def test_an_app_that_serves_text_loads_nothing_heavy():
    code = (
        "import sys; from kolben import Kolben; from werkzeug.test import create_environ as e\n"
        "app = Kolben('x', root_path='.', static_folder=None)\n"
        "app.add_url_rule('/', 'index', lambda: 'x'); app(e('/'), lambda *args: None)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# -- Flask's ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def flask():
    """The real Flask, whatever else may be called so in this process."""
    module = pytest.importorskip("flask", reason="compares with an installed Flask")
    if "kolben" in module.Flask.__module__:
        pytest.skip("flask is Kolben here")
    return module


# Kolben's name → Flask's, as module and name
TWINS = {
    "app.Kolben": "app.Flask",
    "blueprints.Blueprint": "blueprints.Blueprint",
    "blueprints.BlueprintSetupState": "blueprints.BlueprintSetupState",
    "http.Request": "wrappers.Request",
    "http.Response": "wrappers.Response",
    "config.Config": "config.Config",
    "config.ConfigAttribute": "config.ConfigAttribute",
    "contexts.AppContext": "ctx.AppContext",
    "contexts.RequestContext": "ctx.RequestContext",
    "contexts._AppCtxGlobals": "ctx._AppCtxGlobals",
    "json.provider.JSONProvider": "json.provider.JSONProvider",
    "json.provider.DefaultJSONProvider": "json.provider.DefaultJSONProvider",
    "json.tag.TaggedJSONSerializer": "json.tag.TaggedJSONSerializer",
    "json.tag.JSONTag": "json.tag.JSONTag",
    "sessions.SessionMixin": "sessions.SessionMixin",
    "sessions.SessionInterface": "sessions.SessionInterface",
    "sessions.SecureCookieSession": "sessions.SecureCookieSession",
    "sessions.SecureCookieSessionInterface": "sessions.SecureCookieSessionInterface",
    "sessions.NullSession": "sessions.NullSession",
    "templating.Environment": "templating.Environment",
    "templating.DispatchingJinjaLoader": "templating.DispatchingJinjaLoader",
    "testing.KolbenClient": "testing.FlaskClient",
    "testing.KolbenCliRunner": "testing.FlaskCliRunner",
    "testing.EnvironBuilder": "testing.EnvironBuilder",
    "views.View": "views.View",
    "views.MethodView": "views.MethodView",
}


def find(package, path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"{package}.{module}"), name)


def incompatible(theirs, ours):
    """Say how calls that fit one signature would not fit the other; nothing if they would."""
    takes_any = {p.kind for p in ours.parameters.values()}
    for position, (name, parameter) in enumerate(theirs.parameters.items()):
        mine = ours.parameters.get(name)
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            if parameter.kind not in takes_any:
                return f"takes no {parameter}"
        elif mine is None:
            return f"has no {name!r}"
        elif parameter.kind is not mine.kind:
            return f"{name!r} is {mine.kind.description}"
        elif (parameter.default is parameter.empty) != (mine.default is mine.empty):
            return f"{name!r} has another default: {mine}"
        elif (
            isinstance(parameter.default, str | int | bool | None | tuple)
            and parameter.default != mine.default
        ):
            return f"{name!r} is {mine.default!r} instead of {parameter.default!r}"
        elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD and position != list(
            ours.parameters
        ).index(name):
            return f"{name!r} is at another place"
    return ""


@pytest.mark.parametrize("ours", TWINS)
def test_every_public_attribute_of_flasks_class_is_there(flask, ours):
    theirs, mine = find("flask", TWINS[ours]), find("kolben", ours)
    missing = [name for name, _ in members(theirs) if not hasattr(mine, name)]
    assert missing == []


@pytest.mark.parametrize("ours", TWINS)
def test_every_method_can_be_called_as_flasks(flask, ours):
    theirs, mine = find("flask", TWINS[ours]), find("kolben", ours)
    wrong = {}
    for name, value in [*members(theirs), ("__init__", theirs.__init__)]:
        wanted, got = signature(value), signature(inspect.getattr_static(mine, name))
        if wanted is not None:
            problem = "is not callable" if got is None else incompatible(wanted, got)
            if problem:
                wrong[name] = problem
    assert wrong == {}


def test_every_attribute_of_an_app_object_is_there(flask):
    theirs = flask.Flask("x", root_path=".")
    mine = kolben.Kolben("x", root_path=".")
    assert [name for name in vars(theirs) if name[0] != "_" and not hasattr(mine, name)] == []
    assert theirs.config.items() <= mine.config.items()


def test_every_attribute_of_a_blueprint_object_is_there(flask):
    theirs = flask.Blueprint("x", "x", root_path=".")
    mine = kolben.Blueprint("x", "x", root_path=".")
    assert [name for name in vars(theirs) if name[0] != "_" and not hasattr(mine, name)] == []


def test_every_attribute_of_the_contexts_and_the_request_is_there(flask):
    theirs, mine = flask.Flask("x", root_path="."), kolben.Kolben("x", root_path=".")
    with theirs.test_request_context() as wanted, mine.test_request_context() as got:
        pairs = [(wanted, got), (wanted.request, got.request)]
        pairs.append((flask.globals.app_ctx._get_current_object(), kolben.globals.app_ctx))
        missing = [
            name
            for one, other in pairs
            for name in dir(one)
            if name[0] != "_" and name not in dir(other) and not hasattr(other, name)
        ]
    assert missing == []


FUNCTIONS = [
    *("abort", "after_this_request", "copy_current_request_context", "flash"),
    *("get_flashed_messages", "get_template_attribute", "has_app_context", "has_request_context"),
    *("jsonify", "make_response", "redirect", "render_template", "render_template_string"),
    *("send_file", "send_from_directory", "stream_template", "stream_template_string"),
    *("stream_with_context", "url_for"),
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_can_be_called_as_flasks(flask, name):
    theirs, mine = getattr(flask, name), getattr(kolben, name)
    assert incompatible(inspect.signature(theirs), inspect.signature(mine)) == ""


def test_every_name_of_flasks_package_is_there_under_ours(flask):
    renamed = {"Flask": "Kolben"}
    missing = [
        name
        for name in dir(flask)
        if not name.startswith("_")
        and not inspect.ismodule(getattr(flask, name))
        and not hasattr(kolben, renamed.get(name, name))
    ]
    assert missing == []
