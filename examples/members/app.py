"""The application factory: configuration, extensions, blueprints, hooks and error pages."""

import os
import tempfile
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from examples.members import admin, bundles, errors, language, safety, uploads
from examples.members.account import account
from examples.members.api import api
from examples.members.auth import auth
from examples.members.commands import members
from examples.members.extensions import babel, csrf, db, login_manager, mail, migrate
from examples.members.files import files
from examples.members.models import Member
from examples.members.pages import pages
from examples.members.settings import settings_for

HERE = Path(__file__).resolve().parent
INSTANCE = HERE.parents[1] / "instance" / "members"


def build(instance_path: str | Path | None = None, **settings) -> Flask:
    """Build the app; every call makes one of its own.

    Args:
        instance_path: Folder for the database, uploads and whatever is made at run time. By
            default what MEMBERS_INSTANCE says, or ``instance/members`` beside ``examples``; a
            temporary one where that can't be written.
        settings: What differs from `settings.settings_for`.

    Returns:
        The app. Its database is not touched; ``flask db upgrade`` brings it up to date.
    """
    wanted = instance_path or os.environ.get("MEMBERS_INSTANCE") or INSTANCE
    folder = writable_folder(Path(wanted).resolve())
    app = Flask("examples.members", root_path=str(HERE), instance_path=str(folder))
    app.config.update(settings_for(folder))
    app.config.update(settings)
    language.compile_catalogues(Path(app.config["BABEL_TRANSLATION_DIRECTORIES"]))
    add_extensions(app)
    for blueprint in (pages, auth, account, files, api):
        app.register_blueprint(blueprint)
    admin.init_app(app)
    errors.init_app(app)
    app.cli.add_command(members)
    app.after_request(safety.lock_down)
    app.context_processor(for_templates)
    app.add_template_filter(uploads.human_size)
    app.add_template_filter(initials)
    if count := app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)
    return app


def add_extensions(app: Flask) -> None:
    """Give the extensions their app."""
    db.init_app(app)
    migrate.init_app(app, db, directory=str(HERE / "migrations"), render_as_batch=True)
    login_manager.init_app(app)
    login_manager.user_loader(Member.by_session)
    login_manager.session_protection = "basic"
    csrf.init_app(app)
    mail.init_app(app)
    babel.init_app(app, locale_selector=language.select)
    bundles.init_app(app)


def for_templates() -> dict:
    """What every template may use without being handed it."""
    return {
        "languages": language.LANGUAGES,
        "language": language.current(),
        "lang_tag": language.TAGS[language.current()],
    }


def initials(name: str) -> str:
    """Template filter: ``"Ada King Lovelace"`` → ``"AL"``, ``"林 小雨"`` → ``"林小"``."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def writable_folder(wanted: Path) -> Path:
    """Make the folder that is wanted, or a temporary one if that is not allowed."""
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            return wanted
    except OSError:
        return Path(tempfile.mkdtemp(prefix="members-"))
