"""Configuration: every setting has a default that works on a laptop, and comes from the environment
where a real deployment differs.

    MEMBERS_INSTANCE  the folder where everything is kept, instead of instance/members
    DATABASE_URL      postgresql://… instead of SQLite in the instance folder
    SECRET_KEY        instead of the key in the instance folder
    MAIL_SERVER       and MAIL_PORT, MAIL_USERNAME, MAIL_PASSWORD, MAIL_USE_TLS, MAIL_USE_SSL,
                      MAIL_SENDER; without a server, letters are printed on the terminal
    MEMBERS_HOSTS     the names under which the site is reached, with commas between them
    MEMBERS_HTTPS     1 if it is reached by HTTPS only
    MEMBERS_PROXIES   how many proxies stand before it, whose X-Forwarded-… are to be believed
"""

import os
import secrets
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

MEGABYTE = 1024 * 1024
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]


def settings_for(folder: Path, environ=os.environ) -> dict:
    """Return the configuration of an app that keeps its things in a folder."""
    https = flag(environ, "MEMBERS_HTTPS")
    hosts = environ.get("MEMBERS_HOSTS", "")
    return {
        "SECRET_KEY": environ.get("SECRET_KEY") or secret_key(folder / "secret_key"),
        "SECURE_DEFAULTS": True,  # Kolben's; Flask does not look at it
        # Links in letters are made from the Host header, so only known hosts may be asked for.
        "TRUSTED_HOSTS": [each.strip() for each in hosts.split(",") if each.strip()] or LOOPBACK,
        "PROXIES": int(environ.get("MEMBERS_PROXIES", "0")),
        "PREFERRED_URL_SCHEME": "https" if https else "http",
        "SESSION_COOKIE_NAME": "members",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "REMEMBER_COOKIE_NAME": "members_remember",
        "REMEMBER_COOKIE_DURATION": timedelta(days=30),
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": https,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a form may stay open over lunch
        "SQLALCHEMY_DATABASE_URI": database_url(folder, environ),
        "PASSWORD_METHOD": "scrypt",
        "CONFIRM_WITHIN": timedelta(days=2),
        "RESET_WITHIN": timedelta(hours=1),
        "UPLOADS": str(folder / "uploads"),
        "UPLOAD_MAX_BYTES": 2 * MEGABYTE,
        "UPLOAD_MAX_FILES": 30,
        "MAX_CONTENT_LENGTH": 4 * MEGABYTE,
        "BABEL_TRANSLATION_DIRECTORIES": str(folder / "translations"),
        "ASSETS_DIRECTORY": str(folder / "assets"),
        **mail_settings(environ),
    }


def mail_settings(environ) -> dict:
    """Say how letters leave the house; without a server they are printed."""
    return {
        "MAIL_SERVER": environ.get("MAIL_SERVER", ""),
        "MAIL_PORT": int(environ.get("MAIL_PORT", "25")),
        "MAIL_USERNAME": environ.get("MAIL_USERNAME"),
        "MAIL_PASSWORD": environ.get("MAIL_PASSWORD"),
        "MAIL_USE_TLS": flag(environ, "MAIL_USE_TLS"),
        "MAIL_USE_SSL": flag(environ, "MAIL_USE_SSL"),
        "MAIL_DEFAULT_SENDER": environ.get("MAIL_SENDER", "Piston Club <club@example.org>"),
    }


def flag(environ, name: str) -> bool:
    """Tell whether a variable says yes."""
    return environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def database_url(folder: Path, environ) -> str:
    """Return the database's URL with the driver that we mean in it."""
    url = environ.get("DATABASE_URL")
    if not url:
        return f"sqlite:///{folder / 'members.sqlite3'}"
    for scheme in ("postgres://", "postgresql://"):  # hosts hand out both spellings
        if url.startswith(scheme):
            if find_spec("psycopg") is None:
                raise ModuleNotFoundError(
                    f"DATABASE_URL begins with {scheme}, and PostgreSQL's driver is not installed;"
                    " install it: pip install 'psycopg[binary]'"
                )
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def secret_key(path: Path) -> str:
    """Read the key that signs sessions and letters; the first start makes it.

    It is kept in a file for this user's eyes only, so that a restart signs nobody out.
    """
    try:
        # O_EXCL: of two workers that start together, one makes the key and the other reads it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text()
