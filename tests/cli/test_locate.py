import sys
from types import ModuleType

import pytest

from kolben import Kolben
from kolben.cli import (
    NoAppException,
    find_app_by_string,
    find_best_app,
    locate_app,
    prepare_import,
)


def module(**names):
    made = ModuleType("site_module")
    vars(made).update(names)
    return made


def factory(*args, **kwargs):
    return Kolben("-".join(["made", *args, *map(str, kwargs.values())]))


@pytest.mark.parametrize("name", ["app", "application"])
def test_an_app_with_a_usual_name_is_preferred(name):
    usual = Kolben("usual")
    assert find_best_app(module(other=Kolben("other"), **{name: usual})) is usual


def test_the_only_app_is_found_under_any_name():
    only = Kolben("only")
    assert find_best_app(module(anything=only, create_app=factory)) is only


@pytest.mark.parametrize("name", ["create_app", "make_app"])
def test_a_factory_with_a_usual_name_is_called(name):
    assert find_best_app(module(**{name: factory})).name == "made"


def test_several_apps_are_refused_and_counted():
    with pytest.raises(NoAppException, match=r"'site_module' has 2 applications.*:name"):
        find_best_app(module(one=Kolben("one"), two=Kolben("two")))


def test_a_module_without_an_app_is_refused():
    with pytest.raises(NoAppException, match=r"neither an application nor a factory"):
        find_best_app(module(app="text"))


def test_a_factory_that_needs_arguments_is_refused():
    def create_app(name):
        return Kolben(name)

    with pytest.raises(NoAppException, match=r"'create_app'.* needs arguments"):
        find_best_app(module(create_app=create_app))


def test_a_type_error_inside_of_a_factory_is_the_factorys_own():
    def create_app():
        raise TypeError("inside")

    with pytest.raises(TypeError, match="inside"):
        find_best_app(module(create_app=create_app))


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("factory", "made"),
        ("factory()", "made"),
        (" factory ( ) ", "made"),
        ("factory('dev')", "made-dev"),
        ('factory("dev", debug=True, )', "made-dev-True"),
        ("app", "ready"),
    ],
)
def test_a_reference_is_a_name_or_a_call(reference, name):
    found = find_app_by_string(module(app=Kolben("ready"), factory=factory), reference)
    assert found.name == name


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("factory(", "neither an attribute name nor a function call"),
        ("1 + 1", "neither an attribute name nor a function call"),
        ("sub.factory()", "must be a simple name"),
        ("factory(name)", "must be literal values"),
        ("missing", "has no attribute 'missing'"),
        ("needy()", "does not take these arguments"),
        ("text", "is no Kolben application but 'str'"),
    ],
)
def test_a_reference_that_leads_nowhere_says_why(reference, message):
    def needy(name):
        return Kolben(name)

    with pytest.raises(NoAppException, match=message):
        find_app_by_string(module(factory=factory, needy=needy, text=""), reference)


def test_an_app_of_the_real_flask_is_recognised(monkeypatch):
    class Flask:
        pass

    stranger = ModuleType("flask")
    stranger.Flask = Flask
    monkeypatch.setitem(sys.modules, "flask", stranger)
    with pytest.raises(NoAppException, match=r"app of the real Flask.*kolben\.drop_in"):
        find_best_app(module(app=Flask()))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("site", "site"),
        ("site.py", "site"),
        ("site.web.views", "site.web.views"),
        ("package/__init__.py", "package"),
        ("package/inner", "package.inner"),
        ("package/inner/app.py", "package.inner.app"),
    ],
)
def test_what_is_typed_becomes_a_module_name(project, tmp_path, typed, expected):
    project("package/__init__.py", "")
    project("package/inner/__init__.py", "")
    assert prepare_import(typed) == expected
    assert sys.path[0] == str(tmp_path)


def test_a_file_elsewhere_puts_its_folder_on_the_path(project, tmp_path):
    file = project("elsewhere/site.py", "")
    assert prepare_import(str(file)) == "site"
    assert sys.path[0] == str(tmp_path / "elsewhere")


def test_a_missing_module_is_named(project):
    with pytest.raises(NoAppException, match=r"Could not import 'not_there'"):
        locate_app("not_there", None)


def test_a_missing_module_may_be_passed_over(project):
    assert locate_app("not_there", None, raise_if_not_found=False) is None


def test_a_failing_import_in_the_module_shows_the_users_traceback(project):
    prepare_import(str(project("broken.py", "import not_there_either\n")))
    with pytest.raises(NoAppException) as caught:
        locate_app("broken", None, raise_if_not_found=False)
    message = caught.value.message
    assert "While importing 'broken'" in message
    assert "import not_there_either" in message
    assert "locate.py" not in message
