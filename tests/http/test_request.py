from __future__ import annotations

import gc
import weakref

import pytest
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.routing import Map, Rule
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request as WerkzeugRequest

from kolben import Kolben, Request
from kolben import json as kolben_json

BUILDERS = {
    "plain": {"path": "/a/b", "query_string": "q=1&q=2"},
    "mounted": {"path": "/ä b", "base_url": "https://example.org:8443/röot/"},
    "odd method": {"method": "patch", "data": b"x", "content_type": "text/plain; charset=utf-8"},
    "headers": {
        "headers": {
            "X-Forwarded-For": "1.2.3.4, 5.6.7.8",
            "Accept": "text/html;q=0.5, application/json",
            "Authorization": "Basic dTpw",
            "If-None-Match": '"abc"',
            "Range": "bytes=0-10",
            "Cache-Control": "no-cache",
            "User-Agent": "tester",
            "Cookie": "a=b",
            "Date": "Wed, 21 Oct 2015 07:28:00 GMT",
        }
    },
}
ATTRIBUTES = [
    *(
        "method",
        "scheme",
        "server",
        "root_path",
        "path",
        "query_string",
        "remote_addr",
        "full_path",
    ),
    *("url", "base_url", "root_url", "host_url", "host", "script_root", "url_root", "is_secure"),
    *("args", "cookies", "form", "files", "values", "data", "content_type", "content_length"),
    *(
        "mimetype",
        "mimetype_params",
        "access_route",
        "accept_mimetypes",
        "authorization",
        "if_match",
    ),
    *("if_none_match", "range", "user_agent", "cache_control", "date", "is_json", "max_forwards"),
    *("is_multithread", "want_form_data_parsed", "shallow", "origin", "pragma", "accept_languages"),
]


def environ_of(**options):
    return EnvironBuilder(**options).get_environ()


def plain(value):
    """Make values of classes without an own __eq__ comparable."""
    known = (MultiDict, str, bytes, int, type(None), dict, list, tuple)
    return value if isinstance(value, known) else str(value)


@pytest.mark.parametrize("name", ATTRIBUTES)
@pytest.mark.parametrize("options", BUILDERS.values(), ids=BUILDERS)
def test_attributes_are_werkzeugs(options, name):
    ours, theirs = Request(environ_of(**options)), WerkzeugRequest(environ_of(**options))
    assert plain(getattr(ours, name)) == plain(getattr(theirs, name))
    assert plain(getattr(ours, name)) == plain(getattr(theirs, name))


@pytest.mark.parametrize("path", ["", "/", "//a", "a", "/a//b", "/\xc3\xa4", "/\xff", "///"])
def test_path_is_werkzeugs(path):
    assert Request({"PATH_INFO": path}).path == WerkzeugRequest({"PATH_INFO": path}).path


def test_an_empty_environ_will_do():
    request = Request({})
    assert (request.method, request.path, request.scheme) == ("GET", "/", "http")
    assert request.server is None
    assert request.remote_addr is None
    assert request.args == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("method", "PUT"), ("path", "/other"), ("remote_addr", "1.2.3.4"), ("host", "other")),
        *(
            ("args", MultiDict({"a": "b"})),
            ("form", MultiDict({"a": "b"})),
            ("url_rule", None),
            ("own", 3),
        ),
    ],
)
def test_attributes_can_be_assigned(name, value):
    request = Request(environ_of())
    setattr(request, name, value)
    assert getattr(request, name) is value


def test_args_follow_an_assigned_query_string():
    request = Request(environ_of(query_string="a=b"))
    request.query_string = b"c=d"
    assert dict(request.args) == {"c": "d"}


def test_it_is_in_the_environ_unless_told_otherwise():
    environ = environ_of()
    request = Request(environ)
    assert environ["werkzeug.request"] is request
    for options in ({"populate_request": False}, {"shallow": True}):
        environ = environ_of()
        Request(environ, **options)
        assert "werkzeug.request" not in environ


def test_a_shallow_request_refuses_to_read():
    request = Request(environ_of(method="POST", data="x"), shallow=True)
    with pytest.raises(RuntimeError, match="shallow"):
        request.get_data()


def test_dies_by_reference_count():
    environ = environ_of(
        method="POST", data={"a": "b"}, query_string="q=1", headers={"Cookie": "a=b", "X": "1"}
    )
    gc.collect()
    gc.disable()
    try:
        request = Request(environ)
        for name in ATTRIBUTES:
            getattr(request, name)
        request.get_json(silent=True, force=True)
        died = weakref.ref(request)
        environ["werkzeug.request"] = None
        del request
        assert died() is None
    finally:
        gc.enable()


# -- subclasses that change a hook ---------------------------------------------------------------


@pytest.mark.parametrize("base", [Request, WerkzeugRequest], ids=["ours", "werkzeug"])
class TestSubclass:
    def test_parameter_storage_class(self, base):
        class Custom(base):
            parameter_storage_class = MultiDict

        request = Custom(environ_of(method="POST", data={"a": "b"}, query_string="c=d&c=e"))
        assert type(request.args) is MultiDict
        assert type(request.form) is MultiDict
        assert request.args.getlist("c") == ["d", "e"]
        assert request.form["a"] == "b"

    def test_parameter_storage_class_that_minds_the_order(self, base):
        class Custom(base):
            parameter_storage_class = list

        request = Custom(environ_of(query_string="a=1&b=2&a=3"))
        assert request.args == [("a", "1"), ("b", "2"), ("a", "3")]

    def test_storage_classes_that_are_put_into_a_class_later(self, base):
        class Ordered(base):
            pass

        Ordered.parameter_storage_class = MultiDict
        Ordered.dict_storage_class = MultiDict
        request = Ordered(environ_of(query_string="a=1", headers={"Cookie": "c=2"}))
        assert (type(request.args), type(request.cookies)) == (MultiDict, MultiDict)

    def test_parameter_storage_class_of_one_request(self, base):
        request = base(environ_of(method="POST", data={"a": "b"}, query_string="c=d"))
        request.parameter_storage_class = dict
        assert type(request.args) is dict
        assert type(request.form) is dict

    def test_werkzeugs_own_storage_class(self, base):
        class Custom(base):
            parameter_storage_class = ImmutableMultiDict

        assert type(Custom(environ_of(query_string="a=b")).args) is ImmutableMultiDict

    def test_want_form_data_parsed(self, base):
        class Custom(base):
            want_form_data_parsed = False

        request = Custom(environ_of(method="POST", data={"a": "b"}))
        assert request.form == {}
        assert request.stream.read() == b"a=b"

    def test_form_data_parser(self, base):
        class Parser(base.form_data_parser_class):
            def parse(self, stream, mimetype, content_length, options=None):
                return stream, self.cls({"parsed": stream.read().decode()}), self.cls()

        class Custom(base):
            form_data_parser_class = Parser

        assert Custom(environ_of(method="POST", data={"a": "b"})).form["parsed"] == "a=b"

    def test_make_form_data_parser(self, base):
        class Custom(base):
            def make_form_data_parser(self):
                parser = super().make_form_data_parser()
                parser.parse = lambda stream, *_rest: (stream, {"own": "1"}, {})
                return parser

        assert Custom(environ_of(method="POST", data={"a": "b"})).form == {"own": "1"}

    def test_stream(self, base):
        class Custom(base):
            @property
            def stream(self):
                from io import BytesIO

                return BytesIO(b"x=changed")

        request = Custom(environ_of(method="POST", data={"a": "b"}))
        assert request.get_data() == b"x=changed"

    def test_is_json(self, base):
        class Custom(base):
            is_json = True

        request = Custom(environ_of(method="POST", data="[1]", content_type="text/plain"))
        assert request.get_json() == [1]

    def test_user_agent_class(self, base):
        class Agent(base.user_agent_class):
            platform = "test"

        class Custom(base):
            user_agent_class = Agent

        assert Custom(environ_of()).user_agent.platform == "test"

    def test_inputs(self, base):
        class Custom(base):
            @property
            def headers(self):
                return {"Cookie": "own=1"}

            @headers.setter
            def headers(self, value):
                self.theirs = value

            remote_addr = "class's"

        request = Custom(environ_of(headers={"Cookie": "a=b"}))
        assert request.theirs["Cookie"] == "a=b"
        assert request.headers == {"Cookie": "own=1"}
        assert request.remote_addr is None

    def test_property_over_an_attribute(self, base):
        class Custom(base):
            @property
            def args(self):
                return {**super().args, "more": "1"}

            @property
            def form(self):
                self._load_form_data()
                return {**self.__dict__["form"], "more": "2"}

        request = Custom(environ_of(method="POST", data={"a": "b"}, query_string="c=d"))
        assert request.args == {"c": ["d"], "more": "1"} or request.args == {"c": "d", "more": "1"}
        assert request.form["more"] == "2"

    def test_get_json_and_on_json_loading_failed(self, base):
        class Custom(base):
            def on_json_loading_failed(self, e):
                return "no JSON"

            def get_json(self, **options):
                return super().get_json(**options)

        assert Custom(environ_of(method="POST", data="x")).json == "no JSON"


# -- what routing found --------------------------------------------------------------------------


def request_for(endpoint):
    request = Request(environ_of())
    request.url_rule = Rule("/", endpoint=endpoint)
    return request


@pytest.mark.parametrize(
    ("endpoint", "blueprint", "blueprints"),
    [
        ("index", None, []),
        ("admin.index", "admin", ["admin"]),
        ("a.b.c.index", "a.b.c", ["a.b.c", "a.b", "a"]),
    ],
)
def test_blueprint_names(endpoint, blueprint, blueprints):
    request = request_for(endpoint)
    assert request.endpoint == endpoint
    assert request.blueprint == blueprint
    assert request.blueprints == blueprints


def test_without_a_rule_there_are_no_names():
    request = Request(environ_of())
    assert request.url_rule is None
    assert request.view_args is None
    assert request.routing_exception is None
    assert (request.endpoint, request.blueprint, request.blueprints) == (None, None, [])


def test_an_overridden_endpoint_names_the_blueprints():
    class Custom(Request):
        endpoint = "own.index"

    assert Custom(environ_of()).blueprints == ["own"]


# -- with an app -----------------------------------------------------------------------------------


def test_limits_come_from_the_config_unless_set(app):
    app.config.update(MAX_CONTENT_LENGTH=100, MAX_FORM_MEMORY_SIZE=50, MAX_FORM_PARTS=3)
    request = Request({})
    limits = ("max_content_length", "max_form_memory_size", "max_form_parts")
    assert [getattr(request, name) for name in limits] == [None, 500_000, 1000]
    with app.app_context():
        assert [getattr(request, name) for name in limits] == [100, 50, 3]
        for name in limits:
            setattr(request, name, 7)
        assert [getattr(request, name) for name in limits] == [7, 7, 7]


@pytest.mark.parametrize("debug", [True, False])
def test_bad_json_says_why_in_debug_mode_only(app, debug):
    app.debug = debug
    options = {"method": "POST", "data": "{", "content_type": "application/json"}
    with app.test_request_context(**options) as context, pytest.raises(BadRequest) as caught:
        context.request.get_json()
    assert ("Failed to decode JSON" in str(caught.value)) is debug
    assert caught.value.__class__ is BadRequest


def test_another_content_type_than_json_is_415():
    request = Request(environ_of(method="POST", data="{}", content_type="text/plain"))
    with pytest.raises(UnsupportedMediaType, match="application/json"):
        request.get_json()
    assert request.get_json(silent=True) is None
    assert request.get_json(force=True) == {}


def test_json_module_of_the_class_is_kolbens():
    assert Request.json_module is kolben_json


def test_a_file_sent_without_the_enctype_is_explained_in_debug_mode(app: Kolben):
    app.debug = True
    options = {"method": "POST", "data": {"photo": "cat.png"}}
    with app.test_request_context(**options) as context:
        with pytest.raises(KeyError, match="multipart/form-data"):
            context.request.files["photo"]
        assert context.request.form["photo"] == "cat.png"


def test_close_closes_the_uploads():
    from io import BytesIO

    request = Request(environ_of(method="POST", data={"f": (BytesIO(b"x"), "f.txt")}))
    upload = request.files["f"]
    request.close()
    assert upload.closed


def test_map_binds_to_the_environ_of_a_request():
    request = Request(environ_of(path="/x"))
    assert Map([Rule("/x", endpoint="x")]).bind_to_environ(request.environ).match() == ("x", {})
