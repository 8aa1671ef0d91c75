"""People in SQLite, through SQLAlchemy 2.

One `Store` belongs to an app (`app.extensions["people"]`) and owns the engine. A request
that needs the database opens one SQLAlchemy session (`database()`), kept in `g` and
closed when the application context ends.
"""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import ForeignKey, String, create_engine, func, or_, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from werkzeug.security import check_password_hash

from kolben import current_app, g


class Base(DeclarativeBase):
    """The tables of this app."""


class Person(Base):
    """Somebody in the directory."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(120), unique=True)
    role: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    added_by: Mapped["Person | None"] = relationship(remote_side="Person.id")

    def has_password(self, password: str) -> bool:
        """Compare in constant time with the hash that is kept."""
        return check_password_hash(self.password_hash, password)


class Store:
    """The database file and the engine that talks to it.

    Args:
        path: The SQLite file; made, with its tables, when a session is first opened.
    """

    def __init__(self, path: Path) -> None:
        self.engine = create_engine(f"sqlite:///{path}")

    def prepare(self) -> None:
        """Make the tables that are missing."""
        Base.metadata.create_all(self.engine)

    def open(self) -> Session:
        """Open a session; the caller closes it."""
        return Session(self.engine)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def store_of() -> Store:
    """Return the store of the app that is serving."""
    store: Store = current_app.extensions["people"]
    return store


def database() -> Session:
    """Return this request's database session; the first call opens it."""
    if "database" not in g:
        g.database = store_of().open()
    session: Session = g.database
    return session


def close_database(_error: BaseException | None) -> None:
    """Close the database session of this context, if there is one."""
    if "database" in g:
        g.pop("database").close()


def search(words: str) -> list[Person]:
    """Find people whose name, role or email holds the words; everybody if there are none."""
    wanted = select(Person).order_by(func.lower(Person.name))
    if words:
        columns = (Person.name, Person.role, Person.email)
        wanted = wanted.where(or_(*(c.icontains(words, autoescape=True) for c in columns)))
    return list(database().scalars(wanted))


def by_email(email: str) -> Person | None:
    """Find the one person with this email address, in whatever case it is written."""
    return database().scalar(select(Person).where(Person.email == email.lower()))
