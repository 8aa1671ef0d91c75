"""Signed, expiring tokens in letters, and the tokens of the API.

A letter's token is readable by whoever has the letter, but nobody can make one: it is signed with
the app's key, for one purpose (the salt). It is good for one state of the member, so it is void
as soon as it has done its work: a confirmation is for an address, a reset for a `stamp`.
"""

import hashlib
import secrets

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from examples.members.extensions import db
from examples.members.models import Member

CONFIRM = "members.confirm"
RESET = "members.reset"


def serializer(purpose: str) -> URLSafeTimedSerializer:
    """Return what signs for a purpose."""
    return URLSafeTimedSerializer(current_app.secret_key, salt=purpose)


def for_confirmation(member: Member) -> str:
    """Return the token that proves that somebody reads the member's mail."""
    return serializer(CONFIRM).dumps([member.id, member.email])


def for_reset(member: Member) -> str:
    """Return the token that lets its bearer choose a new password, once."""
    return serializer(RESET).dumps([member.id, member.stamp])


def confirmed_by(token: str) -> Member | None:
    """Return whose address a token confirms, or None if it is forged, too old, or for another."""
    return _bearer(CONFIRM, token, "CONFIRM_WITHIN", lambda member: member.email)


def reset_by(token: str) -> Member | None:
    """Return whose password a token may reset, or None if it is forged, too old or used."""
    return _bearer(RESET, token, "RESET_WITHIN", lambda member: member.stamp)


def _bearer(purpose, token, setting, expected) -> Member | None:
    longest = current_app.config[setting].total_seconds()
    try:
        number, claim = serializer(purpose).loads(token, max_age=longest)
    except (BadSignature, ValueError, TypeError):  # SignatureExpired is a BadSignature
        return None
    member = db.session.get(Member, number)
    return member if member and member.is_welcome and expected(member) == claim else None


def new_api_token(member: Member) -> str:
    """Give the member a token for programs, in place of the last one, and return it.

    It is shown once; kept is a digest. That needs no salt and no slowness, as nobody guesses
    32 random bytes.
    """
    token = "club_" + secrets.token_urlsafe(32)
    member.token_digest = digest(token)
    return token


def by_api_token(token: str) -> Member | None:
    """Return whose token this is."""
    wanted = db.select(Member).where(Member.token_digest == digest(token))
    member = db.session.scalar(wanted)
    return member if member and member.is_welcome else None


def digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
