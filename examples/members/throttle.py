"""Rations: how often something may be tried.

Every use is a row, so all processes of the app count together, and a restart forgets nothing. A
use is written down before it is counted: of many that come at once, no more get through than the
ration allows.
"""

import hashlib
from datetime import timedelta

from flask import request
from sqlalchemy import delete, func, select
from werkzeug.exceptions import TooManyRequests

from examples.members.extensions import db
from examples.members.models import Attempt, now

KEPT = timedelta(days=1)


def spend(purpose: str, *who: str, limit: int, per: timedelta) -> None:
    """Use up one of somebody's rations.

    Raises:
        TooManyRequests: The ration was used up; the answer says when to come back.
    """
    key, moment = key_of(purpose, *who), now()
    db.session.execute(delete(Attempt).where(Attempt.at < moment - KEPT))
    attempt = Attempt(key=key, at=moment)
    db.session.add(attempt)
    db.session.commit()
    used = db.session.scalar(
        select(func.count(Attempt.id)).where(Attempt.key == key, Attempt.at > moment - per)
    )
    if used > limit:
        db.session.delete(attempt)  # whoever keeps knocking does not wait the longer for it
        db.session.commit()
        raise TooManyRequests(retry_after=int(per.total_seconds()))


def forgive(purpose: str, *who: str) -> None:
    """Forget what somebody has used, for instance once the password was right."""
    db.session.execute(delete(Attempt).where(Attempt.key == key_of(purpose, *who)))
    db.session.commit()


def visitor() -> str:
    """Return the address a request comes from; behind proxies, see MEMBERS_PROXIES."""
    return request.remote_addr or "unknown"


def key_of(*parts: str) -> str:
    """Name a ration without keeping addresses of people who never registered."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
