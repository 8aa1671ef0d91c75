"""English and Chinese: who chooses, and that nothing is left untranslated."""

import os
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from examples.members import language

ROOT = Path(language.__file__).parent
CATALOGUE = ROOT / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
ASSETS = {"extensions": "webassets.ext.jinja2.AssetsExtension", "silent": "false"}


@pytest.mark.parametrize(
    ("asked", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("de,en;q=0.5", "en"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_browser_says_which_language(visitor, asked, lang):
    page = visitor.get("/sign-in", headers={"Accept-Language": asked}).text
    assert f'<html lang="{lang}">' in page


def test_switch_goes_back_to_the_page_in_the_other_language(visitor):
    page = visitor.get("/language/zh_Hans_CN?next=/register", follow_redirects=True)
    assert page.request.path == "/register"
    assert "成为会员" in page.text
    assert visitor.get("/language/tlh").status_code == 404
    assert visitor.get("/language/en?next=//evil.example").location == "/"


def test_errors_of_forms_and_flashes_are_translated(visitor):
    visitor.get("/language/zh_Hans_CN")
    refused = visitor.send("/register", name="", email="x@", password="short").text
    for text in ("请告诉我们怎么称呼您。", "这不像是一个邮箱地址。", "长度须为 10 到 128 个字符。"):
        assert text in refused
    assert "这里什么也没有" in visitor.get("/nowhere").text


def test_profile_decides_for_the_next_visit(app, member):
    page = member.send("/account/profile", name="Grace", language="zh_Hans_CN")
    assert "个人资料已保存。" in page.text
    member.send("/sign-out", page="/")
    member.client.delete_cookie("members")
    assert "欢迎回来，Grace！" in member.sign_in(member.email).text


def test_admin_area_speaks_the_language_too(admin):
    admin.get("/language/zh_Hans_CN")
    page = admin.get("/admin/members/").text
    assert "允许登录" in page  # ours
    assert "添加筛选器" in page  # Flask-Admin's


def test_catalogue_has_every_message_and_no_other():
    found = extract_from_dir(
        ROOT,
        method_map=[
            ("tests/**", "ignore"),
            ("**.py", "python"),
            ("**/templates/**.html", "jinja2"),
            ("**/templates/**.txt", "jinja2"),
        ],
        options_map={"**/templates/**.html": ASSETS},
        keywords={"_": None, "_l": None, "ngettext": (1, 2), "gettext": None},
    )
    wanted = {message for _, _, message, *_ in found}
    with CATALOGUE.open("rb") as file:
        kept = {message.id: message.string for message in read_po(file) if message.id}
    assert {key if isinstance(key, str) else tuple(key) for key in kept} == wanted
    assert [key for key, text in kept.items() if not all(text)] == []


def test_catalogue_is_compiled_when_it_is_newer(tmp_path):
    language.compile_catalogues(tmp_path)
    (compiled,) = tmp_path.rglob("*.mo")
    first = compiled.stat().st_mtime_ns
    language.compile_catalogues(tmp_path)
    assert compiled.stat().st_mtime_ns == first
    os.utime(compiled, (0, 0))
    language.compile_catalogues(tmp_path)
    assert compiled.stat().st_mtime > 0
