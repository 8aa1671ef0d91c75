"""The frame: settings, migrations, commands, bundles, error pages, letters, background work."""

import logging
import os
import re
import threading
import uuid

import pytest
from flask_mail import Message
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from examples.members import create_app, demo, mail
from examples.members.background import run_later
from examples.members.extensions import db
from examples.members.models import Member
from examples.members.settings import database_url, secret_key, settings_for


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request, tmp_path, monkeypatch):
    """An app with an empty database of its own."""
    if request.param == "sqlite":
        monkeypatch.delenv("DATABASE_URL", raising=False)
        yield create_app(tmp_path, PASSWORD_METHOD="pbkdf2:sha256:1")
        return
    server = os.environ.get("KOLBEN_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")
    schema = f"members_{uuid.uuid4().hex[:12]}"
    engine = create_engine(database_url(tmp_path, {"DATABASE_URL": server}))
    try:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except Exception as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at {server}: {error}")
    monkeypatch.setenv("DATABASE_URL", f"{server}?options=-csearch_path%3D{schema}")
    app = create_app(tmp_path, PASSWORD_METHOD="pbkdf2:sha256:1")
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


def test_migrations_make_what_the_models_say_and_take_it_back(fresh):
    run = fresh.test_cli_runner().invoke
    assert run(args=["db", "upgrade"]).exit_code == 0
    checked = run(args=["db", "check"])
    assert checked.exit_code == 0, checked.output
    assert run(args=["db", "downgrade", "base"]).exit_code == 0
    with fresh.app_context():
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        db.engine.dispose()


def test_uploads_survive_a_migration_of_their_owners(fresh):
    run = fresh.test_cli_runner().invoke
    assert run(args=["db", "upgrade", "0002"]).exit_code == 0
    with fresh.app_context():
        day = "2026-01-02 03:04:05"
        db.session.execute(
            text(
                "INSERT INTO member (id, email, name, password_hash, stamp, joined_at)"
                " VALUES (7, 'a@example.org', 'A', 'x', 's', :day)"
            ),
            {"day": day},
        )
        db.session.execute(
            text(
                "INSERT INTO upload (owner_id, key, name, kind, size, added_at)"
                " VALUES (7, 'k', 'moon.png', 'image/png', 1, :day)"
            ),
            {"day": day},
        )
        db.session.commit()
        db.engine.dispose()
    assert run(args=["db", "upgrade"]).exit_code == 0
    with fresh.app_context():
        assert db.session.scalar(text("SELECT name FROM upload")) == "moon.png"
        with pytest.raises(IntegrityError):  # keys are obeyed again
            db.session.execute(text("UPDATE upload SET owner_id = 8"))
        db.session.remove()
        db.engine.dispose()


def test_members_join_and_upload_whatever_the_database_is(fresh):
    from examples.members.tests.people import Person

    fresh.config.update(TESTING=True, MAIL_SERVER="127.0.0.1")
    runner = fresh.test_cli_runner()
    runner.invoke(args=["db", "upgrade"])
    assert "Made 12 members" in runner.invoke(args=["members", "demo"]).output
    person = Person(fresh)
    page = person.sign_in("ada@example.org", demo.PASSWORD)
    assert "Hello, Ada Brandt." in page.text
    assert "“moon.png” is uploaded." in person.upload().text
    assert "1 · 40 B" in person.get("/admin/").text
    assert person.get("/admin/members/?search=ADA&flt0_0=1").status_code == 200
    with fresh.app_context():
        db.engine.dispose()


def test_promote_makes_an_administrator_and_demote_a_member(app, join):
    run = app.test_cli_runner().invoke
    for name in ("grace", "zofia"):
        email = join(name)
        assert f"{email} is an administrator." in run(args=["members", "promote", email]).output
    assert "is no administrator" in run(args=["members", "demote", "grace@example.org"]).output
    last = run(args=["members", "demote", "zofia@example.org"])
    assert last.exit_code == 1
    assert "is the last administrator" in last.output


def test_promote_says_who_is_not_there(app):
    done = app.test_cli_runner().invoke(args=["members", "promote", "no@example.org"])
    assert done.exit_code == 1
    assert "Nobody has registered as 'no@example.org'." in done.output


def test_demo_members_are_made_once(app):
    with app.app_context():
        assert demo.fill() == 12
        assert demo.fill() == 0
        assert Member.count_admins() == 1


def test_bundles_are_squeezed_named_by_content_and_kept(visitor):
    page = visitor.get("/").text
    for path in re.findall(r'(?:href|src)="(/assets/[^"]+)"', page):
        assert re.search(r"\.[0-9a-f]{8}\.(css|js)$", path)
        bundle = visitor.get(path)
        assert bundle.status_code == 200
        assert bundle.cache_control.max_age == 365 * 24 * 3600
        assert b"/*" not in bundle.data


def test_pages_load_nothing_from_elsewhere(visitor, admin):
    for page in (visitor.get("/"), visitor.get("/sign-in"), admin.get("/admin/members/")):
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', page.text)
        assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert page.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("path", "code"), [("/nowhere", 404), ("/sign-out", 405)])
def test_error_page_looks_like_the_site(visitor, path, code):
    page = visitor.get(path)
    assert page.status_code == code
    assert "To the first page" in page.text
    assert "Piston Club" in page.text


@pytest.fixture
def broken(app, monkeypatch):
    def fail():
        db.session.execute(text("SELECT * FROM nowhere"))

    for endpoint in ("pages.home", "api.me"):
        monkeypatch.setitem(app.view_functions, endpoint, fail)


def test_failing_view_gets_a_page_that_needs_nothing(member, broken, caplog):
    page = member.get("/")
    assert page.status_code == 500
    assert "Something broke" in page.text
    assert "Exception on / [GET]" in caplog.text


def test_failing_api_gets_json(member, broken):
    assert member.get("/api/v1/me").json["error"]["status"] == 500


def test_letter_is_printed_where_there_is_no_mail_server(app, capsys, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_SERVER", "")
    with app.app_context():
        mail.deliver(Message("Hello", recipients=["grace@example.org"], body="http://x/y"))
    printed = capsys.readouterr().out
    assert "To: grace@example.org" in printed
    assert "http://x/y" in printed


def test_background_task_runs_in_a_context_and_its_failure_is_logged(app, caplog):
    done = threading.Event()

    def fail(who):
        assert db.session.scalar(db.select(Member.id)) is None
        raise LookupError(who)

    class Heard(logging.Handler):
        def emit(self, record):
            done.set()

    heard = Heard(logging.ERROR)
    app.logger.addHandler(heard)
    try:
        with app.test_request_context():
            run_later(fail, "nobody")
        assert done.wait(10)
    finally:
        app.logger.removeHandler(heard)


def test_secret_key_is_made_once_for_its_owner_only(tmp_path):
    path = tmp_path / "secret_key"
    assert secret_key(path) == secret_key(path)
    assert len(path.read_text()) == 64
    assert path.stat().st_mode & 0o077 == 0


def test_environment_says_what_differs(tmp_path):
    environ = {
        "DATABASE_URL": "postgres://me@db/club",
        "SECRET_KEY": "from outside",
        "MAIL_SERVER": "mail.example.org",
        "MAIL_PORT": "587",
        "MAIL_USE_TLS": "1",
        "MEMBERS_HTTPS": "yes",
        "MEMBERS_HOSTS": "club.example.org, www.club.example.org",
        "MEMBERS_PROXIES": "1",
    }
    settings = settings_for(tmp_path, environ)
    assert settings["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://me@db/club"
    assert settings["SECRET_KEY"] == "from outside"
    assert (settings["MAIL_SERVER"], settings["MAIL_PORT"]) == ("mail.example.org", 587)
    assert settings["MAIL_USE_TLS"]
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["REMEMBER_COOKIE_SECURE"]
    assert settings["TRUSTED_HOSTS"] == ["club.example.org", "www.club.example.org"]
    assert settings["PROXIES"] == 1
    assert not (tmp_path / "secret_key").exists()


def test_first_page_tells_visitors_what_the_club_is(visitor):
    assert "Become a member" in visitor.get("/").text
