"""`request.json`: a 415 for everybody, and nothing for those who say that they can do without."""

import pytest

APP = """
from flask import Flask, request
app = Flask("probed")
def answer(view):
    app.add_url_rule("/", view_func=view, methods=["POST"])
    client = app.test_client()
    return [client.post("/").status_code, client.post("/", json=[1]).json, client.post(
        "/", data="x", content_type="application/json").status_code]
"""


@pytest.fixture
def answers(interpreter):
    """Return a function that gives the answers of a view: to no JSON, to JSON, to broken JSON."""

    def ask(body):
        view = f"\ndef view():\n    {body}\nprint(answer(view))"
        return interpreter.code(APP + view)

    return ask


@pytest.mark.parametrize(
    "body",
    [
        "return request.json",
        "return [request.json][0]",
        "return list(request.json)",
        "return request.get_json()",
        "return getattr(request, 'json')",
        "return request._get_current_object().json",
        "return __import__('operator').attrgetter('json')(request)",
        "return hasattr(request, 'json') and request.json",
        "try: return request.json\n    except AttributeError: return []",
    ],
)
def test_it_raises_a_415_as_ever(answers, body):
    assert answers(body) == "[415, [1], 400]"


@pytest.mark.parametrize(
    "body",
    [
        "return getattr(request, 'json', None) or []",
        "return getattr(request._get_current_object(), 'json', [])",
        "return [getattr(request, name, None) for name in ('json', 'x')][0] or []",
    ],
)
def test_a_probe_with_a_default_gets_its_default(answers, body):
    assert answers(body) == "[200, [1], 400]"


def test_a_probe_gets_its_default_also_when_the_interpreter_has_warmed_up(answers):
    body = (
        "seen = [getattr(request, 'json', None) for _ in range(100)]\n"
        "    return seen[-1] if seen.count(seen[0]) == 100 and seen[0] else []"
    )
    assert answers(body) == "[200, [1], 400]"


def test_a_template_sees_the_415_too(interpreter):
    code = APP + "from flask import render_template_string\n"
    code += "app.post('/')(lambda: render_template_string('{{ request.json }}'))\n"
    code += "print(app.test_client().post('/').status_code)"
    assert interpreter.code(code) == "415"


def test_requests_of_werkzeug_are_probed_alike(interpreter):
    code = """
from werkzeug.wrappers import Request
from werkzeug.exceptions import UnsupportedMediaType
request = Request.from_values("/")
print(getattr(request, "json", "none"))
try:
    request.json
except UnsupportedMediaType as error:
    print(type(error).__name__)
"""
    assert interpreter.code(code) == "none\nUnsupportedMediaType"
