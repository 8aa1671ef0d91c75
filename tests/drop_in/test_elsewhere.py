"""Removed names of other libraries, asked for as old extensions do."""

import pytest

SHOWN = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("default")
    import old
for each in caught:
    print(each.category.__name__, each.filename, each.lineno, each.message)
"""


def told(python, line):
    """Write a module with one line in it, and return its file and what is said of it."""
    file = python.folder / "old.py"
    file.write_text(f"\n{line}\n")
    return file, python.code(SHOWN).splitlines()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "from werkzeug.urls import url_quote",
            "werkzeug.urls.url_quote was removed from Werkzeug; use urllib.parse.quote",
        ),
        (
            "from werkzeug import secure_filename",
            (
                "werkzeug.secure_filename was removed from Werkzeug;"
                " use werkzeug.utils.secure_filename"
            ),
        ),
        (
            "from werkzeug.debug.tbtools import Traceback",
            (
                "werkzeug.debug.tbtools.Traceback was removed from Werkzeug;"
                " use werkzeug.debug.tbtools.DebugTraceback"
            ),
        ),
        (
            "from werkzeug.contrib.fixers import ProxyFix",
            "werkzeug.contrib.fixers was removed from Werkzeug; use werkzeug.middleware.proxy_fix",
        ),
        (
            "from jinja2 import Markup",
            "jinja2.Markup was removed from Jinja; use markupsafe.Markup",
        ),
        (
            "from itsdangerous import TimedJSONWebSignatureSerializer",
            (
                "itsdangerous.TimedJSONWebSignatureSerializer was removed from ItsDangerous;"
                " use itsdangerous.URLSafeTimedSerializer"
            ),
        ),
        (
            "import inspect; inspect.getargspec(len.__class__.mro)",
            (
                "inspect.getargspec was removed from Python;"
                " use inspect.signature or inspect.getfullargspec"
            ),
        ),
        (
            "import collections; collections.Mapping",
            "collections.Mapping was removed from Python; use collections.abc.Mapping",
        ),
    ],
)
def test_a_name_works_and_warns_where_it_is_used(interpreter, line, text):
    file, said = told(interpreter, line)
    assert set(said) == {f"DeprecationWarning {file} 2 {text}"}


def test_names_are_lent_to_modules_that_were_loaded_before(interpreter):
    code = """
import werkzeug.urls, kolben.drop_in
kolben.drop_in.install()
print(werkzeug.urls.url_quote("a b"))
"""
    assert interpreter("-Wignore", "-c", code).stdout == "a%20b\n"


def test_a_module_that_was_lent_to_shows_its_own_loader(interpreter):
    code = """
import inspect, werkzeug.urls
print(type(werkzeug.urls.__spec__.loader).__name__, type(werkzeug.urls.__loader__).__name__)
print(inspect.getsource(werkzeug.urls.iri_to_uri)[:14])
"""
    assert interpreter.code(code) == "SourceFileLoader SourceFileLoader\ndef iri_to_uri"


def test_nothing_is_lent_without_the_drop_in(interpreter):
    code = "import kolben.drop_in.elsewhere, werkzeug.urls; werkzeug.urls.url_quote"
    assert "AttributeError" in interpreter("-c", code, ok=False).stderr


def test_where_warnings_are_errors_a_removed_name_is_gone(interpreter):
    code = """
import warnings
warnings.simplefilter("error")
import werkzeug.urls, flask
print(hasattr(werkzeug.urls, "url_quote"), hasattr(flask, "Markup"))
for module in ("werkzeug.contrib.cache", "flask._compat", "flask.ext.json"):
    try:
        __import__(module)
    except ImportError as error:
        print(error)
"""
    assert interpreter.code(code).splitlines() == [
        "False False",
        "werkzeug.contrib.cache was removed from Werkzeug; use cachelib",
        "flask._compat was removed from Flask; use Python 3",
        (
            "No module named 'flask.ext.json', and no 'flask_json' that could stand for it:"
            " install the extension, and write 'import flask_json'"
        ),
    ]


def test_a_removed_module_that_nobody_knows_is_not_found(interpreter):
    code = "import importlib.util as u; print(u.find_spec('werkzeug.nothing'))"
    assert interpreter.code(code) == "None"
