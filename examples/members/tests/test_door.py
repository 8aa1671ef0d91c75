"""Signing in and out, passwords, and what ends a session."""

import re
from datetime import timedelta

import pytest
from werkzeug.exceptions import TooManyRequests

from examples.members import passwords, throttle
from examples.members.extensions import db
from examples.members.models import Member
from examples.members.safety import is_local
from examples.members.tests.people import PASSWORD, Person, link_in

NEW = "another lighthouse entirely"
CSRF = re.compile(r'name="csrf_token" type="hidden" value="[^"]+"')


def test_sign_in_greets_and_leads_where_one_wanted_to_go(join, visitor):
    email = join("grace")
    asked = visitor.get("/files?page=1", follow_redirects=True)
    page = visitor.send(asked.request.full_path, email=email.upper(), password=PASSWORD)
    assert page.request.full_path == "/files?page=1"
    assert "Welcome back, Grace!" in page.text


def test_answer_does_not_tell_whether_the_address_is_known(join, app):
    answers = [Person(app).sign_in(email, "wrong") for email in (join("grace"), "no@example.org")]
    texts = [CSRF.sub("", answer.text).replace("grace@", "no@") for answer in answers]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert texts[0] == texts[1]
    assert "Address and password do not fit together." in texts[0]


def test_unknown_address_costs_a_hash_too(app, monkeypatch):
    seen = []
    check = passwords.check_password_hash
    monkeypatch.setattr(passwords, "check_password_hash", lambda *a: seen.append(a[0]) or check(*a))
    with app.app_context():
        assert not passwords.is_right(None, "nobody has this password")
    assert [each.split("$")[0] for each in seen] == [app.config["PASSWORD_METHOD"]]


def test_guessing_is_rationed_by_visitor_and_address(join, visitor):
    email, another = join("grace"), join("zofia")
    for _ in range(6):
        assert visitor.sign_in(email, "guess").status_code == 422
    refused = visitor.sign_in(email)  # the right one comes too late
    assert refused.status_code == 429
    assert "That was too often." in refused.text
    assert visitor.sign_in(another).request.path == "/"


def test_right_password_forgives_the_wrong_ones(join, app):
    email = join("grace")
    for _ in range(3):
        person = Person(app)
        for _ in range(4):
            person.sign_in(email, "guess")
        assert "Welcome back" in person.sign_in(email).text


def test_rations_are_counted_for_each_purpose_and_person(app):
    with app.test_request_context():
        for who in ("a", "b"):
            throttle.spend("x", who, limit=1, per=timedelta(minutes=1))
        with pytest.raises(TooManyRequests):
            throttle.spend("x", "a", limit=1, per=timedelta(minutes=1))
        throttle.forgive("x", "a")
        throttle.spend("x", "a", limit=1, per=timedelta(minutes=1))


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example",
        "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", "evil.example", "", "/ /x",
        "///evil.example", "http:evil.example",
    ],
)  # fmt: skip
def test_next_never_leads_to_another_site(join, visitor, target):
    assert not is_local(target)
    page = visitor.send(
        "/sign-in", follow=False, email=join("grace"), password=PASSWORD, next=target
    )
    assert page.location == "/"


@pytest.mark.parametrize("target", ["/", "/files?a=b#c", "/%2F%2Fevil.example", "/文件"])
def test_next_leads_to_pages_of_this_site(target):
    assert is_local(target)


def test_remembered_member_comes_back_without_a_session(join, visitor):
    visitor.sign_in(join("grace"), remember="y")
    cookie = visitor.client.get_cookie("members_remember")
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    visitor.client.delete_cookie("members")
    assert visitor.is_signed_in()


def test_who_is_not_remembered_has_to_sign_in_again(member):
    member.client.delete_cookie("members")
    assert not member.is_signed_in()


def test_sign_out_forgets_the_device(join, visitor):
    visitor.sign_in(join("grace"), remember="y")
    page = visitor.send("/sign-out", page="/")
    assert "You are signed out." in page.text
    assert visitor.client.get_cookie("members_remember") is None
    assert not visitor.is_signed_in()


def test_sign_out_needs_a_form_of_ours(member):
    refused = member.client.post("/sign-out")
    assert refused.status_code == 400
    assert "This form has expired." in refused.text
    assert member.is_signed_in()


def test_session_of_before_does_not_survive_sign_in(join, visitor):
    with visitor.client.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["language"] = "en"
    visitor.sign_in(join("grace"))
    with visitor.client.session_transaction() as session:
        assert "planted" not in session
        assert session["language"] == "en"


def test_changed_password_signs_out_everybody_else(app, member):
    elsewhere = Person(app)
    elsewhere.sign_in(member.email, remember="y")
    page = member.send("/account/password", current=PASSWORD, password=NEW)
    assert "Your password is changed." in page.text
    assert member.is_signed_in()
    assert not elsewhere.is_signed_in()
    assert "Welcome back" in Person(app).sign_in(member.email, NEW).text


def test_remembered_device_that_changes_the_password_is_still_remembered(join, visitor):
    visitor.sign_in(join("grace"), remember="y")
    visitor.send("/account/password", current=PASSWORD, password=NEW)
    visitor.client.delete_cookie("members")
    assert visitor.is_signed_in()


def test_password_is_changed_by_who_knows_the_old_one(app, member):
    refused = member.send("/account/password", current="a guess", password=NEW)
    assert refused.status_code == 422
    assert "This is not your current password." in refused.text
    assert "Welcome back" in Person(app).sign_in(member.email).text


def test_other_devices_can_be_signed_out(app, member):
    elsewhere = Person(app)
    elsewhere.sign_in(member.email)
    member.send("/account/devices/sign-out", page="/account/password")
    assert member.is_signed_in()
    assert not elsewhere.is_signed_in()


def test_forgotten_password_is_reset_by_letter_once(app, member, visitor, letters):
    visitor.send("/password/forgot", email=member.email)
    path = link_in(letters.wait_for(1))
    page = visitor.send(path, password=NEW)
    assert "Please sign in with it." in page.text
    assert not member.is_signed_in()
    assert "Welcome back" in visitor.sign_in(member.email, NEW).text
    again = Person(app).get(path, follow_redirects=True)
    assert "This link is not valid" in again.text


def test_forgetting_does_not_tell_whether_the_address_is_known(app, join, letters):
    known, unknown = (
        Person(app).send("/password/forgot", email=email)
        for email in (join("grace"), "no@example.org")
    )
    assert known.request.path == unknown.request.path == "/check-mail"
    assert known.text.replace("grace@", "no@") == unknown.text
    letters.wait_for(1)


def test_member_who_is_not_welcome_is_out_at_once(app, member):
    with app.app_context():
        Member.by_email(member.email).is_welcome = False
        db.session.commit()
    assert not member.is_signed_in()
    assert "do not fit together" in member.sign_in(member.email).text


def test_foreign_host_gets_no_page_and_no_letter(visitor):
    refused = visitor.get("/password/forgot", headers={"Host": "evil.example"})
    assert refused.status_code == 400
