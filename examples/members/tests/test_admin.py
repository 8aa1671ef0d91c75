"""The area for administrators: who gets in, what it keeps from happening, the export."""

import csv
import io

import pytest

from examples.members.admin import harmless
from examples.members.extensions import db
from examples.members.models import Member

EVERY_PAGE = ["/admin/", "/admin/members/", "/admin/members/export/csv/", "/admin/files/"]


def number(app, email):
    with app.app_context():
        return Member.by_email(email).id


def the(app, email):
    with app.app_context():
        return Member.by_email(email)


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_visitor_is_sent_to_the_sign_in_form(visitor, path):
    assert visitor.get(path).location.startswith("/sign-in?next=/admin/")


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_member_gets_a_403_page(member, path):
    refused = member.get(path)
    assert refused.status_code == 403
    assert "This door is closed" in refused.text
    assert "Admin</a>" not in member.get("/").text


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_administrator_gets_in(admin, path):
    assert admin.get(path).status_code == 200


def test_scripts_of_the_area_carry_the_answers_nonce(admin):
    page = admin.get("/admin/members/")
    policy = page.headers["Content-Security-Policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert f'<script nonce="{nonce}"' in page.text
    assert nonce not in admin.get("/admin/members/").headers["Content-Security-Policy"]


def test_promoted_member_gets_in(app, admin, member):
    edit = f"/admin/members/edit/?id={number(app, member.email)}"
    admin.send(edit, page="/", name="Grace", email=member.email, is_admin="y", is_welcome="y")
    assert member.get("/admin/").status_code == 200


def test_member_who_is_sent_away_is_signed_out(app, admin, member):
    edit = f"/admin/members/edit/?id={number(app, member.email)}"
    admin.send(edit, page="/", name="Grace", email=member.email)
    assert not the(app, member.email).is_welcome
    assert not member.is_signed_in()


@pytest.mark.parametrize("deed", ["edit", "delete"])
def test_last_administrator_stays(app, admin, deed):
    me = number(app, admin.email)
    if deed == "edit":
        edit = f"/admin/members/edit/?id={me}"
        page = admin.send(edit, page="/", name="Ada", email=admin.email, is_welcome="y")
    else:
        page = admin.send("/admin/members/delete/", page="/", id=str(me))
    assert "Somebody has to be the administrator." in page.text
    assert the(app, admin.email).is_admin


def test_member_is_removed_with_all_files(app, admin, member, stored):
    member.upload()
    admin.send("/admin/members/delete/", page="/", id=str(number(app, member.email)))
    assert the(app, member.email) is None
    assert stored() == []


def test_nothing_changes_without_the_token(app, admin, member):
    refused = admin.client.post(
        "/admin/members/delete/", data={"id": str(number(app, member.email))}
    )
    assert refused.status_code == 400
    assert the(app, member.email)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cell_that_a_spreadsheet_would_calculate_is_text(start):
    assert harmless(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


def test_export_has_all_members_no_secrets_and_no_formulas(app, admin, join):
    join("mallory", name='=HYPERLINK("http://evil.example","click")')
    join("xiaoyu", name="林 小雨")
    answer = admin.get("/admin/members/export/csv/")
    assert answer.mimetype == "text/csv"
    assert "attachment;filename=members-20" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    text = answer.data.decode()
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text[1:])))
    assert {row["Name"] for row in rows} == {
        "Ada", "林 小雨", '\'=HYPERLINK("http://evil.example","click")',
    }  # fmt: skip
    with app.app_context():
        secrets = db.session.scalars(db.select(Member.password_hash)).all()
    assert not any(secret in text for secret in secrets)


def test_list_can_be_searched_and_sorted(admin, join):
    join("zofia")
    found = admin.get("/admin/members/?search=zof&sort=0").text
    assert "zofia@example.org" in found
    assert "ada@example.org</td>" not in found


def test_files_are_listed_without_a_way_to_open_them(admin, member):
    member.upload("secret-plan.png")
    page = admin.get("/admin/files/").text
    assert member.email in page
    assert "secret-plan" not in page
