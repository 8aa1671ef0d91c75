"""Uploads: what is taken, where it lies, and who gets it back."""

import io

import pytest

from examples.members.extensions import db
from examples.members.models import Upload
from examples.members.tests.people import PNG, Person
from examples.members.uploads import display_name, human_size, kind_of


def keys(app):
    with app.app_context():
        return [each.key for each in db.session.scalars(db.select(Upload).order_by(Upload.id))]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("moon.png", PNG, "image/png"),
        ("moon.JPEG", b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        ("moon.gif", b"GIF89arest", "image/gif"),
        ("moon.webp", b"RIFF\x00\x00\x00\x00WEBPrest", "image/webp"),
        ("plan.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("笔记.txt", "为什么咔咔作响？\n".encode(), "text/plain"),
    ],
)
def test_owner_gets_back_what_was_uploaded(app, member, name, content, kind):
    assert f"“{name}” is uploaded." in member.upload(name, content).text
    answer = member.get(f"/files/{keys(app)[0]}")
    assert answer.data == content
    assert answer.mimetype == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.cache_control.private
    is_shown = answer.headers["Content-Disposition"].startswith("inline")
    assert is_shown == kind.startswith("image/")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        (
            "moon.png",
            b"<script>alert(1)</script>",
            "The name ends in “.png”, but this is text/plain.",
        ),
        ("page.html", b"<script>alert(1)</script>", "The name ends in “.html”"),
        ("moon.svg", b"<svg onload='alert(1)'/>", "The name ends in “.svg”"),
        ("moon.txt", PNG, "The name ends in “.txt”, but this is image/png."),
        ("tool.exe", b"MZ\x90\x00", "We keep pictures"),
        ("notes.txt", b"bell\x07", "We keep pictures"),
        ("moon.png", b"", "This file is empty."),
        ("moon.png", PNG + bytes(2 * 1024 * 1024), "This file is larger than 2 MB."),
        (".png", PNG, "The name ends in"),
    ],
)
def test_refused_file_is_not_kept(app, member, stored, name, content, complaint):
    refused = member.upload(name, content)
    assert refused.status_code == 422
    assert complaint in refused.text
    assert stored() == []
    assert keys(app) == []


def test_form_without_a_file_says_so(member):
    assert "Please choose a file." in member.send("/files").text


def test_body_over_the_limit_gets_a_page(member):
    refused = member.upload("moon.png", PNG + bytes(5 * 1024 * 1024))
    assert refused.status_code == 413
    assert "That is too large" in refused.text


def test_name_never_becomes_a_path(app, member, stored):
    member.upload("../../evil.png", PNG)
    (path,) = stored()
    assert path.name == keys(app)[0]
    assert "“evil.png”" not in path.name
    assert "evil.png" in member.get("/files").text


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("C:\\Users\\me\\moon.png", "moon.png"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nb.png", "ab.png"),
        ("..", ""),
        (None, ""),
        ("m" * 300 + ".png", "m" * 116 + ".png"),
    ],
)
def test_name_is_shown_without_folders_and_signs(sent, shown):
    assert display_name(sent) == shown


def test_nobody_else_gets_a_file_not_even_an_administrator(app, member, other, admin, visitor):
    member.upload()
    path = f"/files/{keys(app)[0]}"
    assert other.get(path).status_code == 404
    assert admin.get(path).status_code == 404
    assert visitor.get(path).location.startswith("/sign-in")
    assert other.send(f"{path}/remove", page="/account/password").status_code == 404
    assert member.get(path).status_code == 200


def test_removed_file_is_gone_from_the_disk(app, member, stored):
    member.upload()
    page = member.send(f"/files/{keys(app)[0]}/remove", page="/files")
    assert "“moon.png” is removed." in page.text
    assert stored() == []


def test_drawer_is_full_at_some_point(app, member, monkeypatch):
    monkeypatch.setitem(app.config, "UPLOAD_MAX_FILES", 2)
    assert [member.upload().status_code for _ in range(3)] == [200, 200, 422]
    assert "You have 2 files, which is the most there may be." in member.upload().text


def test_two_files_of_one_name_are_two(app, member, stored):
    member.upload()
    member.upload()
    assert len(set(keys(app))) == len(stored()) == 2


def test_sizes_are_said_as_people_do():
    assert [human_size(size) for size in (0, 1023, 1024, 1536, 2 << 20)] == [
        "0 B", "1023 B", "1 kB", "1.5 kB", "2 MB",
    ]  # fmt: skip


def test_type_is_told_by_content():
    assert kind_of(PNG) == "image/png"
    assert kind_of(b"\x00\x01") is None


def test_upload_needs_a_form_of_ours(app, member):
    refused = member.client.post("/files", data={"file": (io.BytesIO(PNG), "moon.png")})
    assert refused.status_code == 400
    assert keys(app) == []


def test_visitors_are_sent_to_the_sign_in_form(app):
    assert Person(app).get("/files").location == "/sign-in?next=/files"
