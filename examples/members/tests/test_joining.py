"""Registering and confirming: nobody learns who is a member, and only the owner can confirm."""

from datetime import timedelta

import pytest

from examples.members import tokens
from examples.members.extensions import db
from examples.members.models import Member
from examples.members.tests.people import PASSWORD, Person, link_in

GRACE = {"name": "Grace", "email": "Grace@Example.org", "password": PASSWORD}


def the(app, email):
    with app.app_context():
        return Member.by_email(email)


def test_registered_member_confirms_by_the_letters_link(app, visitor, letters):
    page = visitor.send("/register", **GRACE)
    assert page.request.path == "/check-mail"
    letter = letters.wait_for(1)
    assert letter.recipients == ["grace@example.org"]
    assert letter.subject == "Please confirm your address"
    path = link_in(letter)
    assert path in letter.html
    asked = visitor.get(path, follow_redirects=True)
    assert asked.request.path == "/sign-in"
    confirmed = visitor.send(asked.request.full_path, email=GRACE["email"], password=PASSWORD)
    assert "Your address is confirmed." in confirmed.text
    assert the(app, "grace@example.org").is_confirmed


def test_letter_is_in_the_language_of_who_registers(visitor, letters):
    visitor.get("/language/zh_Hans_CN")
    visitor.send("/register", **GRACE)
    letter = letters.wait_for(1)
    assert letter.subject == "请确认您的邮箱"
    assert "您申请加入活塞俱乐部" in letter.body


def test_letter_to_a_stranger_carries_no_text_of_who_registered(visitor, letters):
    visitor.send("/register", **GRACE | {"name": "Win a car at http://evil.example"})
    letter = letters.wait_for(1)
    assert "evil" not in letter.body + letter.html


def test_known_address_gets_the_same_page_and_another_letter(app, join, visitor, letters):
    new = visitor.send("/register", **GRACE)
    known = Person(app).send("/register", **GRACE | {"name": "Mallory", "password": "x" * 12})
    assert (known.status_code, known.request.path) == (new.status_code, new.request.path)
    assert known.text == new.text
    assert letters.wait_for(2).subject == "You are a member already"
    assert the(app, "grace@example.org").name == "Grace"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"email": "grace@"}, "This does not look like an e-mail address."),
        ({"email": "grace@example.org\r\nBcc: all@example.org"}, "does not look like"),
        ({"name": " "}, "What shall we call you?"),
        ({"name": "Gr\x00ace"}, "Please use letters, digits and signs only."),
        ({"name": "G" * 81}, "At most 80 characters, please."),
        ({"password": "short"}, "Between 10 and 128 characters, please."),
        ({"password": "grace@example.org"}, "Your e-mail address is no good password."),
    ],
)
def test_form_says_beside_the_field_what_is_wrong(visitor, fields, complaint):
    refused = visitor.send("/register", **GRACE | fields)
    assert refused.status_code == 422
    assert complaint in refused.text
    assert PASSWORD not in refused.text  # a password is never sent back


def test_unconfirmed_member_is_held_back(join, visitor):
    visitor.sign_in(join("robin", confirmed_at=None))
    for path in ("/", "/files", "/account/password", "/admin/"):
        assert visitor.get(path).location == "/unconfirmed"
    assert visitor.get("/api/v1/me").status_code == 403
    assert visitor.get("/static/mark.svg").status_code == 200


def test_letter_can_be_sent_again_but_not_without_end(join, visitor, letters):
    email = join("robin", confirmed_at=None)
    visitor.sign_in(email)
    for number in range(1, 6):
        assert f"on its way to {email}" in visitor.send("/unconfirmed").text
        letters.wait_for(number)
    refused = visitor.send("/unconfirmed")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_link_does_nothing_for_somebody_else(app, join, other, letters):
    email = join("robin", confirmed_at=None)
    with app.test_request_context():
        token = tokens.for_confirmation(Member.by_email(email))
    page = other.get(f"/confirm/{token}", follow_redirects=True)
    assert "This link is not valid" in page.text
    assert not the(app, email).is_confirmed


def test_token_is_good_for_its_time_its_purpose_and_its_address(app, join, monkeypatch):
    email = join("robin", confirmed_at=None)
    with app.test_request_context():
        robin = Member.by_email(email)
        token = tokens.for_confirmation(robin)
        assert tokens.confirmed_by(token) is robin
        assert tokens.confirmed_by(tokens.for_reset(robin)) is None
        assert tokens.confirmed_by(f"x{token}") is None
        with monkeypatch.context() as changed:
            changed.setitem(app.config, "CONFIRM_WITHIN", timedelta(seconds=-1))
            assert tokens.confirmed_by(token) is None
        robin.email = "new@example.org"
        assert tokens.confirmed_by(token) is None
        db.session.rollback()
