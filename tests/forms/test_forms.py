"""Tests of kolben.forms: forms that read the request, tokens, uploads, languages."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("wtforms", reason="WTForms is not installed")
from markupsafe import Markup
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import DataRequired, Length

from kolben import Blueprint, Kolben, render_template_string, session, websocket
from kolben.forms import (
    BadToken,
    FileAllowed,
    FileField,
    FileRequired,
    FileSize,
    Form,
    InvalidToken,
    MultipleFileField,
    TokenGuard,
    make_token,
    validate_token,
)
from kolben.testing import KolbenClient
from kolben.testing.websocket import WebSocketRefused
from kolben.views import MethodView

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


class NameForm(Form):
    name = StringField(validators=[DataRequired(), Length(max=5)])
    age = IntegerField(default=3)
    note = HiddenField()


@pytest.fixture
def app(app: Kolben) -> Kolben:
    @app.route("/", methods=["GET", *UNSAFE])
    def index():
        form = NameForm()
        if form.validate_on_submit():
            return {"name": form.name.data, "age": form.age.data}
        return {"errors": form.errors, "token": make_token()}

    return app


@pytest.fixture
def token(client: KolbenClient) -> str:
    """A good token of this client."""
    return client.get("/").json["token"]


# -- reading the request


@pytest.mark.parametrize("method", UNSAFE)
def test_a_form_that_was_submitted_is_filled_and_valid(client, token, method):
    data = {"name": "Ann", "age": "7", "csrf_token": token}
    assert client.open("/", method=method, data=data).json == {"name": "Ann", "age": 7}


def test_a_form_that_was_not_submitted_is_not_validated(client):
    assert client.get("/?name=Ann").json["errors"] == {}


def test_the_errors_say_what_is_wrong(client, token):
    answer = client.post("/", data={"name": "Annabella", "csrf_token": token})
    assert list(answer.json["errors"]) == ["name"]


def test_json_fills_a_form(client, token):
    answer = client.post("/", json={"name": "Ann", "age": 9, "csrf_token": token})
    assert answer.json == {"name": "Ann", "age": 9}


def test_json_that_is_no_object_leaves_it_empty(app, client):
    app.config["WTF_CSRF_ENABLED"] = False
    assert list(client.post("/", json=["name"]).json["errors"]) == ["name"]


def test_data_may_be_given_by_hand(app):
    with app.test_request_context(method="POST", data={"name": "Ann"}):
        assert NameForm(MultiDict({"name": "Bob"})).name.data == "Bob"
        assert NameForm(None).name.data is None
        assert NameForm(None, data={"name": "Cid"}).name.data == "Cid"


def test_without_a_request_a_form_is_not_submitted(app):
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        assert not NameForm().is_submitted()


def test_more_validators_may_be_given(app):
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context(method="POST", data={"name": "Ann"}):
        assert NameForm().validate_on_submit()
        assert not NameForm().validate_on_submit({"name": [Length(min=4)]})


# -- hidden fields


def test_the_hidden_tag_has_the_hidden_fields_and_the_token(app):
    with app.test_request_context():
        html = NameForm(data={"note": "<x>"}).hidden_tag()
    assert isinstance(html, Markup)
    assert html.count('type="hidden"') == 2
    assert 'value="&lt;x&gt;"' in html
    assert 'name="csrf_token"' in html


def test_the_hidden_tag_may_be_given_fields(app):
    with app.test_request_context():
        form = NameForm()
        html = form.hidden_tag("note", form.csrf_token, "no_such_field")
    assert re.findall(r'name="(\w+)"', html) == ["note", "csrf_token"]


# -- tokens


@pytest.mark.parametrize(
    ("sent", "message"), [(None, "CSRF token missing."), ("made up", "CSRF failed.")]
)
def test_without_a_good_token_a_form_is_not_valid(client, token, sent, message):
    data = {"name": "Ann"} if sent is None else {"name": "Ann", "csrf_token": sent}
    assert client.post("/", data=data).json["errors"] == {"csrf_token": [message]}


def test_somebody_elses_token_is_not_good(app, token):
    other = app.test_client()
    other.get("/")
    answer = other.post("/", data={"name": "Ann", "csrf_token": token})
    assert answer.json["errors"] == {"csrf_token": ["CSRF failed."]}


def test_an_old_token_has_expired(app, client, token):
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    answer = client.post("/", data={"name": "Ann", "csrf_token": token})
    assert answer.json["errors"] == {"csrf_token": ["CSRF token expired."]}


def test_without_a_limit_tokens_are_good_as_long_as_the_session(app):
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    with app.test_request_context():
        validate_token(make_token())


def test_a_token_of_an_older_key_is_still_good(app, client, token):
    app.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["a secret for tests"])
    assert client.post("/", data={"name": "Ann", "csrf_token": token}).json["name"] == "Ann"


def test_tokens_may_have_a_key_of_their_own(app):
    with app.test_request_context():
        before = make_token()
        app.config["WTF_CSRF_SECRET_KEY"] = "another"
        with pytest.raises(BadToken, match="failed"):
            validate_token(before)
        validate_token(make_token())


def test_the_field_may_have_another_name(app):
    app.config["WTF_CSRF_FIELD_NAME"] = "proof"
    with app.test_request_context():
        assert 'name="proof"' in NameForm().hidden_tag()
        assert "proof" in session


def test_tokens_can_be_turned_off_for_the_app_a_form_or_one_use(app):
    class OpenForm(NameForm):
        class Meta:
            csrf = False

    with app.test_request_context():
        assert "csrf_token" in NameForm()
        assert "csrf_token" not in OpenForm()
        assert "csrf_token" not in NameForm(meta={"csrf": False})
        app.config["WTF_CSRF_ENABLED"] = False
        assert "csrf_token" not in NameForm()


def test_without_a_secret_key_it_says_what_to_do(app):
    app.secret_key = None
    with (
        app.test_request_context(),
        pytest.raises(RuntimeError, match=r"set app\.secret_key.*WTF_CSRF_ENABLED = False"),
    ):
        NameForm()


# -- the guard of the whole app


@pytest.fixture
def guard(app: Kolben) -> TokenGuard:
    guard = TokenGuard(app)
    app.post("/api")(lambda: "done")
    return guard


@pytest.mark.parametrize("header", ["X-CSRFToken", "X-CSRF-Token"])
def test_a_script_sends_the_token_in_a_header(client, guard, token, header):
    assert client.post("/api").status_code == 400
    assert client.post("/api", headers={header: token}).text == "done"
    assert client.post("/api", data={"csrf_token": token}).text == "done"
    assert client.post("/api", data={"prefix-csrf_token": token}).text == "done"


def test_a_form_under_the_guard_accepts_the_header(client, guard, token):
    answer = client.post("/", json={"name": "Ann"}, headers={"X-CSRFToken": token})
    assert answer.json["name"] == "Ann"


def test_the_refusal_can_be_handled_and_is_logged(app, client, guard, caplog):
    app.errorhandler(InvalidToken)(lambda error: (error.description, 418))
    answer = client.post("/api")
    assert (answer.status_code, answer.text) == (418, "CSRF token missing.")
    assert "CSRF: refused POST '/api'" in caplog.text


def test_views_classes_and_blueprints_may_be_exempt(app, client, guard):
    @app.post("/hook")
    @guard.exempt
    def hook():
        return "hook"

    class Hooks(MethodView):
        def post(self):
            return "class"

    app.add_url_rule("/class", view_func=guard.exempt(Hooks).as_view("hooks"))
    api = guard.exempt(Blueprint("api", __name__))
    api.post("/blueprint")(lambda: "blueprint")
    app.register_blueprint(api)
    assert [client.post(f"/{p}").text for p in ("hook", "class", "blueprint")] == [
        "hook",
        "class",
        "blueprint",
    ]


def test_templates_get_the_token(app, client, guard):
    app.get("/page", endpoint="page")(lambda: render_template_string("{{ csrf_token() }}"))
    token = client.get("/page").text
    assert client.post("/api", headers={"X-CSRFToken": token}).text == "done"


def test_what_nobody_answers_is_not_found(client, guard):
    assert client.post("/nowhere").status_code == 404


def test_the_guard_can_be_turned_off(app, client, guard):
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post("/api").text == "done"


def test_a_websocket_needs_no_token_but_a_page_of_this_site(app, guard):
    @app.websocket("/live")
    async def live():
        await websocket.send("hello")

    client = app.test_client()
    with client.websocket("/live", headers={"Origin": "http://localhost"}) as connection:
        assert connection.receive() == "hello"
    foreign = client.websocket("/live", headers={"Origin": "https://evil.example"})
    with pytest.raises(WebSocketRefused), foreign:
        pass


@pytest.mark.parametrize(
    ("referrer", "status"),
    [
        ("https://localhost/page", 200),
        ("https://trusted.example/", 200),
        ("http://localhost/page", 400),
        ("https://evil.example/", 400),
        (None, 400),
    ],
)
def test_over_https_the_page_must_be_this_sites(app, client, referrer, status):
    TokenGuard(app, trusted_origins=["https://trusted.example"])
    app.post("/api")(lambda: "done")
    token = client.get("/", base_url="https://localhost").json["token"]
    headers = {"X-CSRFToken": token} | ({"Referer": referrer} if referrer else {})
    answer = client.post("/api", base_url="https://localhost", headers=headers)
    assert answer.status_code == status


# -- files


class FileForm(Form):
    class Meta:
        csrf = False

    photo = FileField(validators=[FileRequired(), FileAllowed(["JPG", "tar.gz"]), FileSize(10, 2)])
    more = MultipleFileField(validators=[FileAllowed(["txt"], "only text"), FileSize(10)])


def send(app: Kolben, **files: object) -> FileForm:
    with app.test_request_context(method="POST", data=files):
        form = FileForm()
        form.validate_on_submit()
        return form


def upload(name: str, content: bytes = b"12345") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


@pytest.mark.parametrize("name", ["a.jpg", "A.JPG", "b.tar.gz"])
def test_a_file_that_is_allowed_is_the_fields_data(app, name):
    form = send(app, photo=upload(name))
    assert form.errors == {}
    assert isinstance(form.photo.data, FileStorage)
    assert form.photo.data.filename == name


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.gz", b"12345", "This type of file is not allowed. Allowed are: jpg, tar.gz"),
        ("jpg", b"12345", "This type of file is not allowed. Allowed are: jpg, tar.gz"),
        ("a.jpg", b"1" * 11, "This file is too large. It may have up to 10 B."),
        ("a.jpg", b"1", "This file is too small. It must have at least 2 B."),
        ("", b"", "This field is required."),
    ],
)
def test_a_file_that_is_not_allowed_is_refused(app, name, content, message):
    form = send(app, photo=upload(name, content))
    assert form.errors["photo"] == [message]


def test_a_missing_file_is_refused(app):
    assert send(app).errors == {"photo": ["This field is required."]}


def test_several_files_are_a_list(app):
    form = send(app, photo=upload("a.jpg"), more=[upload("a.txt"), upload("b.txt")])
    assert [file.filename for file in form.more.data] == ["a.txt", "b.txt"]
    assert form.errors == {}


def test_each_of_several_files_is_checked(app):
    form = send(app, photo=upload("a.jpg"), more=[upload("a.txt"), upload("b.exe")])
    assert form.errors == {"more": ["only text"]}


def test_measuring_leaves_the_file_where_it_was(app):
    file = FileStorage(io.BytesIO(b"12345"), "a.jpg")
    file.stream.seek(2)
    with app.test_request_context():
        assert FileForm(MultiDict({"photo": file})).validate()
    assert file.stream.tell() == 2


def test_the_browser_is_told_what_is_allowed(app):
    with app.test_request_context():
        html = FileForm().photo()
    assert 'accept=".jpg,.tar.gz"' in html
    assert "required" in html


@pytest.mark.parametrize(
    ("size", "told"), [(999, "999 B"), (1500, "1.5 kB"), (2_000_000, "2 MB"), (2_999_999, "2.9 MB")]
)
def test_sizes_are_told_for_people(app, size, told):
    class Sized(FileForm):
        photo = FileField(validators=[FileSize(size)])

    file = FileStorage(io.BytesIO(b"1" * (size + 1)), "a")
    with app.test_request_context():
        form = Sized(MultiDict({"photo": file}))
        assert not form.validate()
    assert form.errors["photo"] == [f"This file is too large. It may have up to {told}."]


def test_an_object_keeps_its_files_where_none_was_chosen(app):
    page = SimpleNamespace(photo="old.jpg", more=["a.txt"])
    with app.test_request_context(method="POST", data={"photo": upload("", b"")}):
        form = FileForm(obj=page)
        form.populate_obj(page)
    assert (page.photo, page.more) == ("old.jpg", ["a.txt"])


def test_one_text_instead_of_a_list_is_refused():
    with pytest.raises(TypeError, match=r"such as \['jpg'\]"):
        FileAllowed("jpg")


# -- languages


def errors_in(app: Kolben, locale: object) -> list[str]:
    app.config.update(FORM_LOCALE=locale, WTF_CSRF_ENABLED=False)
    form = send(app, photo=upload("a.exe"))
    with app.test_request_context(method="POST"):
        named = NameForm()
        named.validate_on_submit()
    return [named.errors["name"][0], form.errors["photo"][0].split(":")[0]]


@pytest.mark.parametrize("locale", ["de", ["de", "en"], lambda: "de_AT", "de-CH"])
def test_messages_are_in_the_language_of_the_setting(app, locale):
    assert errors_in(app, locale)[1].startswith("Diese Art von Datei ist nicht erlaubt")
    assert errors_in(app, locale)[0].startswith("Dieses Feld")


def test_messages_are_chinese(app):
    required, kind = errors_in(app, lambda: "zh")
    assert kind.startswith("不允许上传此类型的文件")
    assert not required.isascii()


@pytest.mark.parametrize("locale", [None, "", "xx", lambda: None])
def test_without_a_language_messages_are_english(app, locale):
    assert errors_in(app, locale)[0] == "This field is required."


def test_a_form_may_name_its_language(app):
    class German(FileForm):
        class Meta:
            locales = ("de",)

    with app.test_request_context(method="POST"):
        form = German()
        form.validate()
    assert form.errors["photo"] != ["This field is required."]


def test_the_tokens_messages_are_translated_too(app, client):
    app.config["FORM_LOCALE"] = "de"
    errors = client.post("/", data={"name": "Ann"}).json["errors"]
    assert errors["csrf_token"] != ["CSRF token missing."]


def test_without_wtforms_the_error_says_how_to_install_it():
    code = "import sys; sys.modules['wtforms'] = None; import kolben.forms"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert 'pip install "kolben[forms]"' in result.stderr.splitlines()[-1]
