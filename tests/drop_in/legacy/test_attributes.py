"""Attributes that objects of Flask lost, under the drop-in."""

import pytest

TELL = """
import warnings, flask
from flask import Blueprint, Flask, current_app, request
import flask.json; JSONEncoder = getattr(flask.json, "JSONEncoder", object)
app = Flask("old")
client = app.test_client()
caught = []
def tell():
    for each in caught:
        print(each.lineno, each.category.__name__, each.message)
"""


@pytest.fixture
def old(interpreter):
    """Return a function that runs an old module, and gives what it prints."""

    def run(text, *, filters="ignore"):
        (interpreter.folder / "old.py").write_text(TELL + text)
        return interpreter.code(f"import warnings; warnings.simplefilter({filters!r}); import old")

    return run


READABLE = {
    "app.env": "production",
    "app.session_cookie_name": "session",
    "app.send_file_max_age_default": "None",
    "app.use_x_sendfile": "False",
    "app.propagate_exceptions": "False",
    "app.preserve_context_on_exception": "False",
    "app.templates_auto_reload": "False",
    "app.static_path": "/static",
    "app.logger_name": "old",
    "list(app.error_handlers)": "[]",
    "app.request_globals_class.__name__": "_AppCtxGlobals",
    "app.json_encoder is JSONEncoder": "True",
    "app.json_decoder.__name__": "JSONDecoder",
    "app.make_null_session().__class__.__name__": "NullSession",
    "app.init_jinja_globals()": "None",
    "app.config['ENV']": "production",
    "app.config['JSON_AS_ASCII']": "True",
    "Blueprint('b', 'b').json_encoder": "None",
    "flask.Request({}).is_xhr": "False",
    "flask.Request({}).charset": "utf-8",
    "flask.Response().charset": "utf-8",
    "app.test_request_context().preserved": "False",
}


def test_an_attribute_reads_as_it_did_and_warns_at_its_line(old):
    text = ""
    for expression in READABLE:
        text += f"""
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always"); line = sys._getframe().f_lineno + 1
    print({expression}, end=" ")
print([each.lineno - line for each in caught if each.filename == __file__])
"""
    assert old(f"import sys\n{text}").splitlines() == [f"{each} [0]" for each in READABLE.values()]


def test_a_proxy_is_not_to_blame(old):
    text = """
with warnings.catch_warnings(record=True) as caught, app.app_context():
    warnings.simplefilter("always")
    current_app.env
print([each.filename.endswith("old.py") for each in caught])
"""
    assert old(text) == "[True]"


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("session_cookie_name", "'x'", "SESSION_COOKIE_NAME"),
        ("send_file_max_age_default", "5", "SEND_FILE_MAX_AGE_DEFAULT"),
        ("use_x_sendfile", "True", "USE_X_SENDFILE"),
        ("propagate_exceptions", "True", "PROPAGATE_EXCEPTIONS"),
        ("templates_auto_reload", "True", "TEMPLATES_AUTO_RELOAD"),
        ("env", "'development'", "ENV"),
    ],
)
def test_setting_an_attribute_sets_the_config(old, name, value, key):
    assert old(f"app.{name} = {value}\nprint(app.config[{key!r}] == {value})") == "True"


def test_what_can_not_be_set_says_so(old):
    text = "try:\n    app.logger_name = 'x'\nexcept AttributeError as error:\n    print(error)"
    assert old(text) == "app.logger_name can't be set; use app.logger.name"


def test_functions_before_the_first_request_run_and_warn_once_each(old):
    text = """
blueprint = Blueprint("b", "b")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    app.before_first_request(lambda: print("first"))
    blueprint.before_app_first_request(lambda: print("second"))
    app.register_blueprint(blueprint)
print([str(each.message).partition(" was ")[0] for each in caught])
client.get("/")
client.get("/")
"""
    assert old(text) == (
        "['app.before_first_request', 'blueprint.before_app_first_request']\nfirst\nsecond"
    )


def test_functions_before_the_first_request_can_be_triggered(old):
    text = """
app.before_first_request(lambda: print("first"))
app.try_trigger_before_first_request_functions()
client.get("/")
"""
    assert old(text) == "first"


def test_an_encoder_is_used_by_everything_that_makes_json(old):
    text = """
class Encoder(JSONEncoder):
    def default(self, o):
        return sorted(o) if isinstance(o, set) else super().default(o)
app.jinja_env
app.json_encoder = Encoder
app.get("/")(lambda: {"a": {2, 1}})
print(client.get("/").text.strip())
with app.app_context():
    print(flask.json.dumps({3}), flask.render_template_string("{{ x|tojson }}", x={4}))
"""
    assert old(text) == '{"a":[1,2]}\n[3] [4]'


def test_an_encoder_without_a_method_of_its_own_knows_what_flask_knows(old):
    text = """
import json, decimal
class Indented(json.JSONEncoder):
    item_separator = " , "
app.json_encoder = Indented
with app.app_context():
    print(flask.json.dumps(decimal.Decimal(1)))
"""
    assert old(text) == '"1"'


def test_a_class_of_apps_may_have_coders(old):
    text = """
class Decoder(flask.json.JSONDecoder):
    def decode(self, s):
        return {"decoded": super().decode(s)}
class Mine(Flask):
    json_decoder = Decoder
mine = Mine("mine")
mine.post("/")(lambda: request.get_json())
print(mine.test_client().post("/", json=[1]).text.strip())
"""
    assert old(text) == '{"decoded":[1]}'


def test_a_blueprints_encoder_is_for_its_own_views(old):
    text = """
class Encoder(JSONEncoder):
    def default(self, o):
        return "of the blueprint"
blueprint = Blueprint("b", "b")
blueprint.json_encoder = Encoder
blueprint.get("/b")(lambda: {"a": {1}})
app.register_blueprint(blueprint)
app.get("/")(lambda: {"a": 1})
print(client.get("/b").json, client.get("/").json)
"""
    assert old(text) == "{'a': 'of the blueprint'} {'a': 1}"


def test_a_blueprint_may_get_its_encoder_late(old):
    text = """
class Encoder(JSONEncoder):
    def default(self, o):
        return "late"
blueprint = Blueprint("b", "b")
blueprint.get("/b")(lambda: {"a": {1}})
app.register_blueprint(blueprint)
blueprint.json_encoder = Encoder
print(client.get("/b").json)
"""
    assert old(text) == "{'a': 'late'}"


def test_a_provider_of_the_apps_own_is_left_alone(old):
    text = """
from flask.json.provider import DefaultJSONProvider
class Provider(DefaultJSONProvider):
    pass
app.json = Provider(app)
app.json_encoder = JSONEncoder
print(type(app.json).__name__)
"""
    assert old(text) == "Provider"


@pytest.mark.parametrize(
    ("how", "setting", "text"),
    [
        ("app.config[{!r}] = {!r}", ("JSON_SORT_KEYS", False), '{"b":1,"a":"ä"}'),
        ("app.config.update({}={!r})", ("JSON_AS_ASCII", False), '{"a":"ä","b":1}'),
        ("app.config.from_mapping({}={!r})", ("JSONIFY_PRETTYPRINT_REGULAR", True), '{\n  "a"'),
    ],
)
def test_a_removed_setting_is_obeyed(old, how, setting, text):
    source = f"""
{how.format(*setting)}
app.get("/")(lambda: {{"b": 1, "a": "ä"}})
answer = client.get("/").text
print(ascii(answer[:{len(text)}]))
other = Flask("other")
print(ascii(other.json.dumps({{"b": 1, "a": "ä"}})))
"""
    other = ascii('{"a": "\\u00e4", "b": 1}')
    expected = text if "ASCII" in setting[0] else text.replace("ä", "\\u00e4")
    assert old(source).splitlines() == [ascii(expected[: len(text)]), other]


def test_what_is_set_on_the_provider_wins(old):
    text = """
app.config["JSON_SORT_KEYS"] = False
app.json.sort_keys = True
print(app.json.dumps({"b": 1, "a": 2}))
"""
    assert old(text) == '{"a": 2, "b": 1}'


def test_an_unknown_setting_is_still_missing(old):
    assert old("try:\n    app.config['NO']\nexcept KeyError as error:\n    print(error)") == "'NO'"


def test_dressed_classes_leave_the_fast_way_alone(old):
    assert old("print(app._way.holds(), app._way._methods)") == "True None"


def test_where_warnings_are_errors_a_removed_attribute_is_gone(old):
    text = """
print(hasattr(app, "json_encoder"), hasattr(app, "env"), getattr(app, "use_x_sendfile", "gone"))
"""
    assert old(text, filters="error").endswith("False False gone")


def test_nothing_is_put_back_without_the_drop_in(interpreter):
    code = "import kolben; print(hasattr(kolben.Kolben('plain'), 'env'))"
    assert interpreter("-c", code).stdout == "False\n"
