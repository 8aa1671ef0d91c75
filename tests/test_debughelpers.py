"""kolben.debughelpers: errors that explain a mistake."""

from __future__ import annotations

import gc
import logging
import weakref
from types import SimpleNamespace

import jinja2
import pytest
from werkzeug.routing import RequestRedirect
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from kolben.debughelpers import (
    DebugFilesKeyError,
    FormDataRoutingRedirect,
    UnexpectedUnicodeError,
    attach_enctype_error_multidict,
    explain_template_loading_attempts,
)
from kolben.stacks import _cv_request


def posted(**options):
    """A real request that was sent as an ordinary form."""
    options.setdefault("data", {"avatar": "me.png"})
    environ = EnvironBuilder("/user", method="POST", **options).get_environ()
    return Request(environ, populate_request=False)  # no cycle through the environ


def test_unexpected_unicode_is_caught_as_either_error() -> None:
    assert issubclass(UnexpectedUnicodeError, AssertionError)
    assert issubclass(UnexpectedUnicodeError, UnicodeError)


# request.files


def test_missing_file_that_is_a_form_field_is_explained() -> None:
    request = posted()
    attach_enctype_error_multidict(request)
    with pytest.raises(DebugFilesKeyError, match="no file contents were transmitted") as caught:
        request.files["avatar"]
    text = str(caught.value)
    assert "'application/x-www-form-urlencoded'" in text
    assert 'enctype="multipart/form-data"' in text
    assert "This was submitted: 'me.png'" in text


def test_missing_file_that_is_no_form_field_stays_an_ordinary_key_error() -> None:
    request = posted()
    attach_enctype_error_multidict(request)
    with pytest.raises(KeyError) as caught:
        request.files["other"]
    assert not isinstance(caught.value, DebugFilesKeyError)


def test_explaining_files_keep_their_class_name_and_their_base() -> None:
    request = posted()
    before = type(request.files)
    attach_enctype_error_multidict(request)
    attach_enctype_error_multidict(request)
    assert isinstance(request.files, before)
    assert type(request.files).__name__ == before.__name__
    assert type(request.files).__bases__ == (before,)


def test_explaining_files_make_no_cycle_with_the_request() -> None:
    gc.disable()
    try:
        request = posted()
        attach_enctype_error_multidict(request)
        gone = weakref.ref(request)
        del request
        assert gone() is None
    finally:
        gc.enable()


# routing redirects


@pytest.mark.parametrize(
    ("new_url", "mentions_slash"),
    [("http://localhost/user/", True), ("http://localhost/u", False)],
)
def test_redirect_that_loses_a_form_names_both_urls(new_url: str, mentions_slash: bool) -> None:
    request = posted()
    request.routing_exception = RequestRedirect(new_url)
    text = str(FormDataRoutingRedirect(request))
    assert "POST was sent to 'http://localhost/user'" in text
    assert f"canonical URL '{new_url}'" in text
    assert ("ends with a slash" in text) is mentions_slash


def test_redirect_error_refuses_a_request_that_was_not_redirected() -> None:
    request = posted()
    request.routing_exception = None
    with pytest.raises(TypeError, match="not redirected by the router but got None"):
        FormDataRoutingRedirect(request)


# templates


@pytest.fixture
def app():
    return SimpleNamespace(import_name="shop", logger=logging.getLogger("explained"))


@pytest.fixture
def blueprint():
    return SimpleNamespace(import_name="shop.admin", name="admin")


def explain(app, attempts, caplog) -> str:
    with caplog.at_level(logging.INFO, logger="explained"):
        explain_template_loading_attempts(app, "a.html", attempts)
    [record] = caplog.records
    assert record.levelno == logging.INFO
    return record.getMessage()


def test_missing_template_lists_every_loader_that_was_tried(app, blueprint, caplog) -> None:
    folder = jinja2.FileSystemLoader(["first", "second"])
    text = explain(app, [(folder, app, None), (folder, blueprint, None)], caplog)
    assert text.splitlines() == [
        "Locating template 'a.html':",
        "    1: trying loader of application 'shop'",
        "       class: jinja2.loaders.FileSystemLoader",
        "       encoding: 'utf-8'",
        "       followlinks: False",
        "       searchpath:",
        "         - first",
        "         - second",
        "       -> no match",
        "    2: trying loader of blueprint 'admin' (shop.admin)",
        "       class: jinja2.loaders.FileSystemLoader",
        "       encoding: 'utf-8'",
        "       followlinks: False",
        "       searchpath:",
        "         - first",
        "         - second",
        "       -> no match",
        "Error: the template could not be found.",
    ]


def test_template_found_once_is_told_without_hints(app, caplog) -> None:
    loader = jinja2.DictLoader({})
    text = explain(app, [(loader, app, ("text", "/a.html", None)), (loader, app, None)], caplog)
    assert text.splitlines()[-1] == "       -> no match"
    assert "-> found ('/a.html')" in text


def test_template_found_twice_is_warned_about(app, caplog) -> None:
    loader = jinja2.DictLoader({})
    text = explain(app, [(loader, app, ("text", None, None))] * 2, caplog)
    assert "-> found ('<string>')" in text
    assert text.endswith("Warning: 2 loaders have this template; the first one is used.")


def test_missing_template_in_a_blueprints_view_hints_at_its_folder(app, caplog) -> None:
    token = _cv_request.set(SimpleNamespace(request=SimpleNamespace(blueprint="admin")))
    try:
        text = explain(app, [], caplog)
    finally:
        _cv_request.reset(token)
    assert "looked up from an endpoint that belongs to the blueprint 'admin'" in text


def test_owner_without_a_name_is_shown_as_it_is(app, caplog) -> None:
    text = explain(app, [(jinja2.DictLoader({}), None, None)], caplog)
    assert "1: trying loader of None" in text
