"""The application factory: configuration, blueprints, hooks and error pages."""

import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from examples.people import door, guard, identity, pages
from examples.people.fakes import fill
from examples.people.store import Store, close_database, store_of
from kolben import Kolben, render_template

CONTENT_POLICY = "default-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


def create_app(instance_path: str | Path | None = None) -> Kolben:
    """Build the app; every call makes one of its own.

    Args:
        instance_path: Folder for the database and the secret key. By default the app's
            instance folder, or a temporary one where that can't be written.

    Returns:
        The app, ready for any WSGI server. Its database is opened at the first query.
    """
    wanted = str(Path(instance_path).resolve()) if instance_path else None
    app = Kolben(__name__, instance_path=wanted)
    folder = writable_folder(Path(app.instance_path))
    app.config.update(
        SECRET_KEY=secret_key(folder / "secret_key"),
        SESSION_COOKIE_NAME="people",
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    app.extensions["people"] = Store(folder / "people.sqlite3")
    app.before_first_request(make_people)
    # The visitor comes before the guard: a refusal is a page too, and it greets them by name.
    identity.init_app(app)
    guard.init_app(app)
    app.register_blueprint(pages.people)
    app.register_blueprint(door.door)
    app.teardown_appcontext(close_database)
    app.context_processor(for_templates)
    app.add_template_filter(initials)
    app.add_template_filter(ago)
    app.register_error_handler(404, error_page)
    app.register_error_handler(403, error_page)
    app.after_request(lock_down)
    return app


def writable_folder(wanted: Path) -> Path:
    """Make the folder that is wanted, or a temporary one if that is not allowed."""
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            return wanted
    except OSError:
        return Path(tempfile.mkdtemp(prefix="people-"))


def secret_key(path: Path) -> str:
    """Read the key that signs sessions; the first start makes it, for this user's eyes only.

    It is kept in a file so that a restart signs nobody out.
    """
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()


def make_people() -> None:
    """Fill an empty directory with made-up people, once, before the first request is served."""
    fill(store_of())


def for_templates() -> dict[str, Any]:
    """What every template may use without being handed it."""
    return {"enumerate": enumerate, "current_person": identity.current_person}


def initials(name: str) -> str:
    """Template filter: ``"Ada King Lovelace"`` → ``"AL"``."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def ago(moment: datetime) -> str:
    """Template filter: how long ago a UTC moment was, in words."""
    seconds = (datetime.now(UTC) - moment.replace(tzinfo=UTC)).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        count = int(seconds // size)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def error_page(error: HTTPException) -> tuple[str, int]:
    """Answer an error with a page that looks like the rest of the site."""
    return render_template("error.html", error=error), error.code or 500


def lock_down(response: Response) -> Response:
    """Let pages load nothing from elsewhere, and let nobody frame them."""
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
