"""Looking through sources."""

import pytest

from kolben.drop_in.doctor.findings import Kind
from kolben.drop_in.doctor.scan import scan_source


def found(source):
    """Return kind, name and line of what is found."""
    return [(each.kind, each.name, each.line) for each in scan_source(source, "x.py")]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from flask import Markup", "flask.Markup"),
        ("import flask\nflask.Markup('x')", "flask.Markup"),
        ("import flask as f\nf.json.JSONEncoder", "flask.json.JSONEncoder"),
        ("from flask import json\njson.JSONEncoder", "flask.json.JSONEncoder"),
        ("from werkzeug import urls as u\nu.url_quote('x')", "werkzeug.urls.url_quote"),
        ("import werkzeug.urls\nwerkzeug.urls.Href", "werkzeug.urls.Href"),
        ("from werkzeug import secure_filename", "werkzeug.secure_filename"),
        ("import flask._compat", "flask._compat"),
        ("from flask import _compat", "flask._compat"),
        ("from flask._compat import text_type", "flask._compat"),
        ("from werkzeug.contrib.cache import SimpleCache", "werkzeug.contrib.cache"),
        ("from flask.ext.login import current_user", "flask.ext.login"),
        ("import flask.ext.login.utils", "flask.ext.login"),
        ("from flask.ext import login", "flask.ext.login"),
        ("import inspect\ninspect.getargspec(f)", "inspect.getargspec"),
        ("import collections\ncollections.Mapping", "collections.Mapping"),
        ("@app.before_first_request\ndef f(): ...", "app.before_first_request"),
        ("self.app.env", "app.env"),
        ("current_app.config['ENV']", "config['ENV']"),
        ("app.config.get('JSON_AS_ASCII', True)", "config['JSON_AS_ASCII']"),
        ("request.is_xhr", "request.is_xhr"),
        ("class A(Flask):\n    json_encoder = X", "A.json_encoder"),
        ("generate_password_hash(p, method='sha256')", "generate_password_hash(method='sha256')"),
        ("generate_password_hash(p, 'sha256')", "generate_password_hash(method='sha256')"),
    ],
)
def test_what_is_removed_is_found_once(source, name):
    assert found(source) == [(Kind.REMOVED, name, source.count("\n", 0, _place(source, name)) + 1)]


def _place(source, name):
    """Return where the use is: in the last line, but for what ends in a body of its own."""
    return 0 if "def f" in source else len(source)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("app._got_first_request", "app._got_first_request"),
        ("from flask.globals import _cv_app", "flask.globals._cv_app"),
        ("from werkzeug._internal import _log", "werkzeug._internal._log"),
    ],
)
def test_what_is_private_is_found(source, name):
    assert found(source) == [(Kind.PRIVATE, name, 1)]


@pytest.mark.parametrize(
    ("source", "name", "line"),
    [
        ("class A(Flask):\n    def make_response(self, rv): ...", "A.make_response", 2),
        ("from flask import Flask as F\nclass A(F):\n    ensure_sync = f", "A.ensure_sync", 3),
        ("app.handle_exception = f", "app.handle_exception", 1),
    ],
)
def test_overridden_methods_are_found(source, name, line):
    assert found(source) == [(Kind.OVERRIDDEN, name, line)]


def test_async_hooks_are_found():
    source = "@bp.after_app_request\nasync def f(response): ..."
    assert found(source) == [(Kind.SLOW, "async def f as after_app_request", 2)]


@pytest.mark.parametrize(
    "source",
    [
        "from flask import Flask, request, _app_ctx_stackless",
        "import collections\ncollections.OrderedDict",
        "parser.env, thing.charset, connection.open_session()",
        "class A:\n    def make_response(self): ...\n    def dispatch_request(self): ...",
        "class V(View):\n    def dispatch_request(self): ...",
        "self._got_first_request = True",
        "from . import Markup",
        "async def view(): ...",
        "@app.get('/')\nasync def view(): ...",
        "generate_password_hash(p)",
        "settings['ENV']",
    ],
)
def test_what_is_fine_is_not_found(source):
    assert [each for each in found(source) if "stackless" not in each[1]] == []


def test_what_is_imported_where_an_import_failed_does_not_count():
    source = """
try:
    from collections.abc import Mapping
except ImportError:
    from collections import Mapping
try:
    from flask import _app_ctx_stack as stack
except ImportError:
    from flask import _request_ctx_stack as stack
"""
    (only,) = scan_source(source, "x.py")
    assert (only.name, only.line) == ("flask._app_ctx_stack", 7)
    assert only.cost == "falls back to something else where it is gone"


def test_every_finding_of_something_removed_says_what_to_write():
    (only,) = scan_source("from werkzeug.urls import url_quote", "x.py")
    assert only.instead == "urllib.parse.quote"


def test_what_is_no_python_is_an_error():
    with pytest.raises(SyntaxError):
        scan_source("print 'x'", "x.py")
