"""kolben.json: the functions that ask the current app."""

from __future__ import annotations

import io
from datetime import date
from types import SimpleNamespace

import pytest
from werkzeug.wrappers import Response

from kolben import json
from kolben.json.provider import DefaultJSONProvider
from kolben.stacks import _cv_app


class Shouting(DefaultJSONProvider):
    """A provider whose work can be told from json's."""

    def dumps(self, obj, **kwargs):
        return super().dumps(obj, **kwargs).upper()

    def loads(self, s, **kwargs):
        return super().loads(s.lower(), **kwargs)


class App:
    debug = False
    response_class = Response


@pytest.fixture
def in_app():
    """An app context of an app whose JSON is loud."""
    app = App()
    app.json = Shouting(app)
    token = _cv_app.set(SimpleNamespace(app=app))
    yield
    _cv_app.reset(token)


def dumped(obj) -> str:
    file = io.StringIO()
    json.dump(obj, file)
    return file.getvalue()


@pytest.mark.usefixtures("in_app")
def test_in_an_app_the_apps_provider_does_it() -> None:
    assert json.dumps(["a"]) == dumped(["a"]) == '["A"]'
    assert json.loads('["A"]') == json.load(io.StringIO('["A"]')) == ["a"]
    assert json.jsonify("a").data == b'"A"\n'


@pytest.mark.usefixtures("in_app")
def test_in_an_app_options_reach_the_provider() -> None:
    assert json.dumps({"b": 1, "a": 2}, separators=(",", ":"), sort_keys=False) == '{"B":1,"A":2}'


def test_without_an_app_json_does_it_with_more_types() -> None:
    moment = date(2000, 1, 1)
    assert json.dumps([moment]) == dumped([moment]) == '["Sat, 01 Jan 2000 00:00:00 GMT"]'
    assert json.loads(b"[1]") == json.load(io.BytesIO(b"[1]")) == [1]


def test_without_an_app_keys_are_not_sorted() -> None:
    assert json.dumps({"b": 1, "a": 2}) == '{"b": 1, "a": 2}'


def test_without_an_app_a_default_can_be_given() -> None:
    assert json.dumps(object(), default=lambda o: str(bool(o))) == '"True"'


def test_without_an_app_there_is_no_response() -> None:
    with pytest.raises(RuntimeError, match=r"outside of application context.*app\.app_context"):
        json.jsonify(1)
