"""The API: known by token or session, answers and errors in JSON."""

import io
import re

import pytest

from examples.members.extensions import db
from examples.members.models import Member
from examples.members.tests.people import PNG


@pytest.fixture
def token(member):
    page = member.send("/account/api")
    return re.search(r'id="token">(club_[^<]+)<', page.text)[1]


@pytest.fixture
def program(app, token):
    """A client without cookies that shows the token."""
    client = app.test_client(use_cookies=False)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def test_token_says_who_is_asking(program):
    me = program.get("/api/v1/me").json
    assert me["email"] == "grace@example.org"
    assert set(me) == {
        "id", "name", "email", "language", "is_admin", "is_confirmed", "joined_at",
    }  # fmt: skip


@pytest.mark.parametrize("sent", [None, "Bearer club_wrong", "Bearer ", "Basic Z3JhY2U6eA==", "x"])
def test_without_a_token_there_is_a_401_that_says_how(app, sent):
    headers = {"Authorization": sent} if sent else {}
    refused = app.test_client().get("/api/v1/me", headers=headers)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert refused.json["error"]["status"] == 401
    assert "token" in refused.json["error"]["detail"].lower()


def test_wrong_token_is_refused_in_spite_of_a_session(member):
    refused = member.get("/api/v1/me", headers={"Authorization": "Bearer club_wrong"})
    assert refused.status_code == 401


def test_token_is_not_kept_and_not_shown_again(app, member, token):
    assert token not in member.get("/account/api").text
    with app.app_context():
        assert token not in str(db.session.scalar(db.select(Member.token_digest)))


def test_revoked_token_is_worthless(member, program):
    member.send("/account/api/revoke", page="/account/api")
    assert program.get("/api/v1/me").status_code == 401


def test_changed_password_revokes_the_token(member, program):
    from examples.members.tests.people import PASSWORD

    member.send("/account/password", current=PASSWORD, password="another lighthouse")
    assert program.get("/api/v1/me").status_code == 401


def test_session_may_read(member):
    assert member.get("/api/v1/me").json["name"] == "Grace"


def test_session_may_change_only_with_the_csrf_token(member):
    change = {"name": "Grace K."}
    assert member.client.patch("/api/v1/me", json=change).status_code == 400
    headers = {"X-CSRFToken": member.token("/account/profile")}
    assert (
        member.client.patch("/api/v1/me", json=change, headers=headers).json["name"] == "Grace K."
    )


def test_program_changes_name_and_language(program):
    changed = program.patch("/api/v1/me", json={"name": " 林 ", "language": "zh_Hans_CN"}).json
    assert (changed["name"], changed["language"]) == ("林", "zh_Hans_CN")


@pytest.mark.parametrize(
    "change",
    [
        {"is_admin": True},
        {"name": ""},
        {"name": "a\nb"},
        {"name": 7},
        {"language": "tlh"},
        [1],
        "x",
    ],
)
def test_change_that_is_none_of_the_callers_business_is_refused(program, change):
    refused = program.patch("/api/v1/me", json=change)
    assert refused.status_code == 400
    assert refused.json["error"]["detail"]
    assert program.get("/api/v1/me").json["name"] == "Grace"


def test_file_is_uploaded_listed_sent_and_removed(program, other):
    made = program.post("/api/v1/files", data={"file": (io.BytesIO(PNG), "moon.png")})
    assert made.status_code == 201
    path = made.headers["Location"]
    assert made.json["type"] == "image/png"
    assert program.get("/api/v1/files").json["files"] == [made.json]
    assert program.get(path, buffered=True).data == PNG
    assert other.get(path).status_code == 404
    assert program.delete(path).status_code == 204
    assert program.get(path).json["error"]["status"] == 404


def test_refused_file_gets_a_422_that_says_why(program):
    refused = program.post("/api/v1/files", data={"file": (io.BytesIO(b"MZ\x00"), "a.png")})
    assert refused.status_code == 422
    assert "We keep pictures" in refused.json["error"]["detail"]


def test_members_are_listed_for_administrators_in_pages(app, admin, program):
    assert program.get("/api/v1/members").status_code == 403
    page = admin.get("/api/v1/members?per_page=1&page=2").json
    assert (page["total"], page["per_page"], len(page["members"])) == (2, 1, 1)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nowhere", 404),
        ("PUT", "/api/v1/me", 405),
        ("POST", "/api/v1/files", 400),
        ("PATCH", "/api/v1/me", 415),
    ],
)
def test_every_error_is_json(program, method, path, status):
    answer = program.open(path, method=method)
    assert answer.status_code == status
    assert answer.json["error"]["status"] == status
