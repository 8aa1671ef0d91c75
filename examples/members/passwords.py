"""Passwords: hashed slowly, compared in the same time whether or not the member exists."""

from functools import cache

from flask import current_app
from werkzeug.security import check_password_hash, generate_password_hash

SHORTEST = 10
LONGEST = 128


def hashed(password: str) -> str:
    """Return what is kept instead of a password."""
    return generate_password_hash(password, current_app.config["PASSWORD_METHOD"])


def is_right(member, password: str) -> bool:
    """Tell whether this is the member's password; nobody has none.

    Where there is no such member a hash is computed all the same: how long the answer takes must
    not tell which addresses are known here.
    """
    kept = member.password_hash if member else stand_in(current_app.config["PASSWORD_METHOD"])
    return check_password_hash(kept, password) and member is not None


@cache
def stand_in(method: str) -> str:
    """Return a hash of nothing that anybody types, as costly as a real one."""
    return generate_password_hash("nobody has this password", method)
