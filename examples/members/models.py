"""What is kept in the database: members, their uploads, and attempts that are counted."""

import secrets
from datetime import UTC, datetime

from flask_login import UserMixin
from sqlalchemy import ForeignKey, String, event, false, func, select, true
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Mapped, mapped_column, relationship

from examples.members.extensions import db


def now() -> datetime:
    """Return this moment in UTC, without a zone: every time in the database is UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def new_stamp() -> str:
    """Return a member's next stamp; see `Member.stamp`."""
    return secrets.token_hex(8)


class Member(UserMixin, db.Model):
    """Somebody who has registered.

    `stamp` is part of what a session and a remember cookie hold. A new stamp makes all of them
    worthless at once, wherever they are: that is how a changed password signs everybody else out.
    """

    __tablename__ = "member"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(255))
    language: Mapped[str | None] = mapped_column(String(16))
    is_admin: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Flask-Login's UserMixin has `is_active` as a property, so the column has a name of its own.
    is_welcome: Mapped[bool] = mapped_column(default=True, server_default=true())
    stamp: Mapped[str] = mapped_column(String(16), default=new_stamp)
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    joined_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    signed_in_at: Mapped[datetime | None]
    uploads: Mapped[list["Upload"]] = relationship(
        back_populates="owner", cascade="all, delete-orphan", order_by="Upload.id.desc()"
    )

    def __str__(self) -> str:
        """Name the member in the admin area."""
        return f"{self.name} <{self.email}>"

    @property
    def is_active(self) -> bool:
        """Tell Flask-Login whether the member may come in."""
        return self.is_welcome

    @property
    def is_confirmed(self) -> bool:
        """Tell whether the address is known to be theirs."""
        return self.confirmed_at is not None

    def get_id(self) -> str:
        """Return what sessions and remember cookies hold."""
        return f"{self.id}:{self.stamp}"

    @classmethod
    def by_session(cls, held: str) -> "Member | None":
        """Find whom a session means, unless its stamp is an old one."""
        number, _, stamp = held.partition(":")
        member = db.session.get(cls, int(number)) if number.isdecimal() else None
        fits = member is not None and secrets.compare_digest(member.stamp.encode(), stamp.encode())
        return member if fits and member.is_welcome else None

    @classmethod
    def by_email(cls, email: str) -> "Member | None":
        """Find a member by address, however it is capitalised."""
        return db.session.scalar(select(cls).where(cls.email == email.strip().lower()))

    @classmethod
    def count_admins(cls) -> int:
        """Count the administrators that can come in."""
        return db.session.scalar(
            select(func.count(cls.id)).where(cls.is_admin.is_(True), cls.is_welcome.is_(True))
        )


class Upload(db.Model):
    """A file that a member has put here; its bytes are in the folder of uploads, under `key`."""

    __tablename__ = "upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(default=now)
    owner: Mapped[Member] = relationship(back_populates="uploads")

    @property
    def label(self) -> str:
        """Name the type in short: PNG, PDF, TXT."""
        return "TXT" if self.kind == "text/plain" else self.kind.rpartition("/")[2].upper()

    @property
    def is_picture(self) -> bool:
        """Tell whether a page may show it."""
        return self.kind.startswith("image/")


class Attempt(db.Model):
    """One use of something that is rationed; `key` says of what and by whom, as a digest."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)


@event.listens_for(Engine, "connect")
def obey_foreign_keys(connection, _record) -> None:
    """SQLite enforces foreign keys only when it is told to, with every connection."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA foreign_keys = ON")
