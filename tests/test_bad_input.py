"""What clients should not send: a clear answer, and nothing lost."""

from __future__ import annotations

import io
import json

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from kolben import Kolben, Request, redirect, request, session


def respond(app, path="/", **environ):
    """Serve an environ as a sloppy server would make it; return status line and body."""
    made = create_environ("/")
    made["PATH_INFO"] = path
    made.update(environ)
    made = {key: value for key, value in made.items() if value is not None}
    body, status, _ = run_wsgi_app(app, made)
    text = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return int(status[:3]), text.decode()


@pytest.fixture
def echo(app):
    """The app, with a view that reads everything there is."""

    @app.route("/", methods=["GET", "POST"])
    @app.route("/<path:rest>", methods=["GET", "POST"])
    def read(rest=""):
        return {
            "path": request.path,
            "args": request.args.to_dict(flat=False),
            "form": request.form.to_dict(flat=False),
            "cookies": request.cookies.to_dict(flat=False),
            "session": dict(session),
            "url": request.url,
            "length": request.content_length,
        }

    return app


# -- paths, queries, headers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/\xff", "/�"),
        ("/\xc3", "/�"),
        ("/\xc3\xa9", "/é"),
        ("/%41", "/%41"),  # percent signs that a server has left are text
        ("/%zz", "/%zz"),
        ("/a\x00b", "/a\x00b"),
        ("no-slash", "/no-slash"),
    ],
)
def test_a_path_that_is_no_utf8_or_no_path_is_still_read(echo, raw, path):
    status, text = respond(echo, raw)
    assert (status, json.loads(text)["path"]) == (200, path)


@pytest.mark.parametrize(
    ("query", "args"),
    [
        ("a=%zz", {"a": ["%zz"]}),
        ("a=%ff", {"a": ["%FF"]}),
        ("a=%", {"a": ["%"]}),
        ("%=%", {"%": ["%"]}),
        ("=", {}),
        ("&&&", {}),
        ("a", {"a": [""]}),
        ("a=\xff", {"a": ["%FF"]}),
    ],
)
def test_a_query_with_bad_percent_encoding_is_still_read(echo, query, args):
    status, text = respond(echo, QUERY_STRING=query)
    found = json.loads(text)["args"]
    assert status == 200
    assert {key: value for key, value in found.items() if key} == args


@pytest.mark.parametrize("missing", ["QUERY_STRING", "SCRIPT_NAME", "HTTP_HOST", "CONTENT_TYPE"])
def test_what_a_server_may_leave_out_may_be_missing(echo, missing):
    assert respond(echo, **{missing: None})[0] == 200


@pytest.mark.parametrize("length", ["", "abc", "-1", "1.5", "0x10", "٣".encode().decode("latin1")])
def test_a_content_length_that_is_no_number_is_none(echo, length):
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": length}
    status, text = respond(echo, **environ, CONTENT_TYPE="application/x-www-form-urlencoded")
    assert (status, json.loads(text)["form"]) == (200, {})


@pytest.mark.parametrize("kind", ["garbage;;;=", "", ";", "multipart/form-data", "a/b; boundary"])
def test_a_content_type_that_is_none_leaves_no_form(echo, kind):
    body = io.BytesIO(b"a=1")
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "3", "CONTENT_TYPE": kind}
    status, text = respond(echo, **environ, **{"wsgi.input": body})
    assert (status, json.loads(text)["form"]) == (200, {})


def test_form_fields_that_are_no_utf8_stay_encoded(echo):
    body = io.BytesIO(b"a=%ff&b=2")
    kind = "application/x-www-form-urlencoded"
    status, text = respond(
        echo,
        REQUEST_METHOD="POST",
        CONTENT_LENGTH="9",
        CONTENT_TYPE=kind,
        **{"wsgi.input": body},
    )
    assert (status, json.loads(text)["form"]) == (200, {"a": ["%FF"], "b": ["2"]})


@pytest.mark.parametrize("method", ["FOO", "get ", "G\x00T"])
def test_a_method_that_is_none_is_405(echo, method):
    assert respond(echo, REQUEST_METHOD=method)[0] == 405


# -- cookies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cookie",
    [
        "=",
        ";;;",
        "a",
        "a=\xff",
        'a="',
        "a=b; a=c;=",
        "session=garbage",
        "session=",
        "session=.a.b.c",
    ],
)
def test_bad_cookies_and_sessions_are_read_as_far_as_they_can_be(echo, cookie):
    status, text = respond(echo, HTTP_COOKIE=cookie)
    assert (status, json.loads(text)["session"]) == (200, {})


def test_one_bad_cookie_does_not_lose_the_good_ones(echo):
    _, text = respond(echo, HTTP_COOKIE='good=1; ;bad="x; =; other=2')
    cookies = json.loads(text)["cookies"]
    assert (cookies["good"], cookies["other"]) == (["1"], ["2"])


def test_a_tampered_session_is_empty_and_is_replaced(app, client):
    @app.route("/")
    def count():
        session["n"] = session.get("n", 0) + 1
        return str(session["n"])

    assert [client.get("/").text, client.get("/").text] == ["1", "2"]
    good = client.get_cookie("session").value
    signed, _, signature = good.rpartition(".")  # its last letter also holds bits that say nothing
    first = "A" if signature[0] != "A" else "B"
    client.set_cookie("session", f"{signed}.{first}{signature[1:]}")
    assert [client.get("/").text, client.get("/").text] == ["1", "2"]


# -- bodies ----------------------------------------------------------------------------------------


@pytest.fixture
def limited(app):
    app.config.update(MAX_CONTENT_LENGTH=100, MAX_FORM_MEMORY_SIZE=50, MAX_FORM_PARTS=2)
    readers = {
        "form": lambda: request.form.to_dict(),
        "json": lambda: request.get_json(),
        "data": lambda: request.get_data(as_text=True),
        "stream": lambda: request.stream.read().decode(),
        "files": lambda: list(request.files),
    }
    for name, reader in readers.items():
        app.add_url_rule(f"/{name}", name, reader, methods=["POST"])
    app.add_url_rule("/nothing", "nothing", lambda: "unread", methods=["POST"])
    return app


@pytest.mark.parametrize(
    ("reader", "kind"),
    [
        ("form", "application/x-www-form-urlencoded"),
        ("form", "multipart/form-data; boundary=x"),
        ("json", "application/json"),
        ("data", "text/plain"),
        ("stream", "text/plain"),
        ("files", "multipart/form-data; boundary=x"),
    ],
)
def test_a_body_that_is_too_large_is_413(limited, client, reader, kind):
    response = client.post(f"/{reader}", data=b"x" * 101, content_type=kind)
    assert response.status_code == 413


def test_a_body_at_the_limit_is_read(limited, client):
    assert client.post("/data", data=b"x" * 100).text == "x" * 100


def test_a_body_that_is_too_large_and_that_nobody_reads_harms_nobody(limited, client):
    assert client.post("/nothing", data=b"x" * 101).text == "unread"


def test_a_body_of_unknown_length_is_read_up_to_the_limit(limited):
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": None, "wsgi.input_terminated": True}
    body = io.BytesIO(b"x" * 100)
    assert respond(limited, "/data", **environ, **{"wsgi.input": body}) == (200, "x" * 100)


CHUNKED = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": None, "wsgi.input_terminated": True}
PART = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n--x--'


class Socket:
    """A stream with nothing but PEP 3333's read, which gives three bytes at most."""

    def __init__(self, data):
        self._file = io.BytesIO(data)

    def read(self, size=-1):
        return self._file.read(min(size, 3) if size >= 0 else 3)


@pytest.mark.parametrize("stream", [io.BytesIO, Socket])
@pytest.mark.parametrize("over", [0, 1, 50, 100_000])
@pytest.mark.parametrize(
    ("reader", "kind", "body"),
    [
        ("data", "text/plain", b"x" * 100),
        ("stream", "text/plain", b"x" * 100),
        ("json", "application/json", b"[]".ljust(100)),
        ("form", "application/x-www-form-urlencoded", b"a=".ljust(100, b"b")),
        ("form", "application/x-www-form-urlencoded; charset=utf-8", b"a=".ljust(100, b"b")),
        ("form", "multipart/form-data; boundary=x", PART % (b"a" * (100 - len(PART) + 4), b"")),
        ("files", "multipart/form-data; boundary=x", PART % (b"a" * (100 - len(PART) + 4), b"")),
    ],
)
def test_a_body_of_unknown_length_over_the_limit_is_413(limited, reader, kind, body, over, stream):
    limited.config["MAX_FORM_MEMORY_SIZE"] = None
    assert len(body) == 100
    sent = stream(body + b" " * over)
    status, _ = respond(limited, f"/{reader}", CONTENT_TYPE=kind, **CHUNKED, **{"wsgi.input": sent})
    assert status == (413 if over else 200)


def test_a_body_of_unknown_length_without_an_end_is_not_read(limited):
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": None}
    assert respond(limited, "/data", **environ, **{"wsgi.input": io.BytesIO(b"x")}) == (200, "")


def test_a_body_that_ends_before_its_announced_length_is_400(limited):
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "50", "wsgi.input": io.BytesIO(b"x")}
    assert respond(limited, "/data", **environ)[0] == 400


def test_too_large_a_field_is_413(limited, client):
    fields = {"a": "x" * 51, "f": (io.BytesIO(b""), "f")}
    limited.config["MAX_CONTENT_LENGTH"] = None
    assert client.post("/form", data=fields).status_code == 413


@pytest.mark.parametrize(("names", "status"), [("ab", 200), ("abc", 413)])
def test_too_many_parts_are_413(limited, client, names, status):
    limited.config.update(MAX_CONTENT_LENGTH=None, MAX_FORM_MEMORY_SIZE=None)
    fields, kind = dict.fromkeys(names, "x"), "multipart/form-data"
    assert client.post("/form", data=fields, content_type=kind).status_code == status


def test_a_view_may_raise_the_limit_for_its_own_request(limited, client):
    @limited.before_request
    def raise_limit():
        request.max_content_length = 200

    assert client.post("/data", data=b"x" * 150).status_code == 200


def test_a_413_can_be_handled(limited, client):
    limited.register_error_handler(413, lambda error: ("too much", 413))
    assert client.post("/data", data=b"x" * 101).text == "too much"


@pytest.mark.parametrize(
    "body",
    [
        b"--x\r\nbroken",
        b"--x\r\n\r\n",
        b"no boundary at all",
        b"--x\r\nno colon\r\n\r\n\r\n--x--",
    ],
)
def test_a_broken_multipart_body_is_an_empty_form_or_refused(limited, client, body):
    response = client.post("/form", data=body, content_type="multipart/form-data; boundary=x")
    assert response.status_code in {400, 413} or response.json == {}


# -- JSON ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"{", b"", b'{"a":', b'"\xff"', b"nonsense"])
def test_bad_json_is_400_and_says_why_only_in_debug_mode(limited, client, body):
    response = client.post("/json", data=body, content_type="application/json")
    assert response.status_code == 400
    assert "Failed to decode" not in response.text
    limited.debug = True
    response = client.post("/json", data=body, content_type="application/json")
    assert response.status_code == 400
    assert "Failed to decode JSON object" in response.text


@pytest.mark.parametrize("kind", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_json_of_another_content_type_is_415(limited, client, kind):
    assert client.post("/json", data=b"{}", content_type=kind).status_code == 415


def test_deeply_nested_json_is_no_way_to_crash(limited, client):
    limited.config["MAX_CONTENT_LENGTH"] = None
    body = b"[" * 200_000
    limited.testing = False
    assert client.post("/json", data=body, content_type="application/json").status_code in {
        400,
        500,
    }


# -- hosts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("example.org", 200),
        ("example.org:8080", 200),
        ("api.example.net", 200),
        ("example.net", 200),
        ("EXAMPLE.org", 200),
        ("API.Example.NET:8080", 200),
        ("evil.com", 400),
        ("notexample.net", 400),
        ("example.org.evil.com", 400),
        ("api.example.org", 400),
        ("", 400),
    ],
)
def test_only_trusted_hosts_are_served(echo, host, status):
    echo.config["TRUSTED_HOSTS"] = ["example.org", ".example.net"]
    assert respond(echo, HTTP_HOST=host)[0] == status


def test_a_host_that_was_served_while_all_were_is_refused_once_it_is_not_trusted(echo):
    assert respond(echo, HTTP_HOST="evil.com")[0] == 200
    echo.config["TRUSTED_HOSTS"] = ["example.org"]
    assert respond(echo, HTTP_HOST="evil.com")[0] == 400


def test_an_untrusted_host_is_refused_before_any_hook_can_use_it(echo):
    seen = []
    echo.config["TRUSTED_HOSTS"] = ["example.org"]
    echo.register_error_handler(400, lambda error: (f"refused: {error.code}", 400))
    echo.add_url_rule("/view", "view", lambda: seen.append(1) or "")
    assert respond(echo, "/view", HTTP_HOST="evil.com") == (400, "refused: 400")
    assert seen == []


def test_a_request_class_may_name_trusted_hosts(echo):
    class Trusting(Request):
        trusted_hosts = ["example.org"]

    echo.request_class = Trusting
    assert respond(echo, HTTP_HOST="example.org")[0] == 200
    assert respond(echo, HTTP_HOST="Example.Org")[0] == 200
    assert respond(echo, HTTP_HOST="evil.com")[0] == 400


IMPOSSIBLE = [
    "a b",
    "a/b",
    "a@b",
    "[::1",
    "a:b",
    'a"b',
    "a<b",
    "a..b",
    ".a",
    "a\\b",
    f"{'a' * 64}.b",
]


@pytest.mark.parametrize("matching", [False, True], ids=["any host", "host matching"])
@pytest.mark.parametrize("host", IMPOSSIBLE)
def test_a_host_that_cannot_be_is_400(host, matching):
    app = Kolben("hosts", root_path=".", static_folder=None, host_matching=matching)
    app.add_url_rule("/", "index", lambda: request.url, host="<host>" if matching else None)
    app.add_url_rule("/branch/", "branch", lambda: "")
    assert respond(app, HTTP_HOST=host)[0] == 400
    assert respond(app, "/branch", HTTP_HOST=host)[0] == 400


@pytest.mark.parametrize("host", ["localhost", "a.b.c:1", "[::1]", "[::1]:80", "1.2.3.4", "a.b."])
def test_a_host_that_can_be_is_served(echo, host):
    assert respond(echo, HTTP_HOST=host)[0] == 200


# -- what goes out ---------------------------------------------------------------------------------


def test_a_header_cannot_be_injected(app, client):
    app.testing = False

    @app.route("/")
    def index():
        return "", {"X-Echo": request.args["v"]}

    response = client.get("/", query_string={"v": "a\r\nX-Injected: 1"})
    assert response.status_code == 500
    assert "X-Injected" not in response.headers


@pytest.mark.parametrize("target", ["/a\r\nX-Injected: 1", "/a\nb", "//evil\r\n.com"])
def test_a_redirect_cannot_inject_a_header(app, client, target):
    app.testing = False
    app.add_url_rule("/", "index", lambda: redirect(request.args["to"]))
    response = client.get("/", query_string={"to": target})
    assert "X-Injected" not in response.headers
    assert not {"\r", "\n"} & set(response.headers.get("Location", ""))


def test_a_cookie_cannot_inject_a_header(app, client):
    app.testing = False

    @app.route("/")
    def index():
        response = app.make_response("")
        response.set_cookie("c", request.args["v"])
        return response

    response = client.get("/", query_string={"v": "a\r\nSet-Cookie: evil=1; x"})
    assert all("\r" not in value and "\n" not in value for _, value in response.headers)
    assert len(response.headers.getlist("Set-Cookie")) <= 1


@pytest.mark.parametrize("path", ["/<script>alert(1)</script>", "/?<script>"])
def test_an_error_page_does_not_echo_markup(app, client, path):
    assert "<script>" not in client.get(path).text


def test_a_redirected_query_stays_encoded(app, client):
    app.add_url_rule("/branch/", "branch", lambda: "")
    response = client.get("/branch?q=%0d%0aX-Injected:%201&t=<b>")
    assert "X-Injected" not in response.headers
    assert "\n" not in response.headers["Location"]
    assert "<b>" not in response.text
