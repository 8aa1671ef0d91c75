"""Made-up people, so that the first page has something to show."""

import unicodedata
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from werkzeug.security import generate_password_hash

from examples.people.store import Person, Store

PASSWORD = "kolben-demo"  # shown on the sign-in page: these people are nobody's secret

CROWD = (
    ("Ida Brandt", "Keeps the lighthouse", 41),
    ("Tomás Okafor", "Mends violins", 400),
    ("Yuki Lindqvist", "Maps underground rivers", 2_900),
    ("Amara Delacroix", "Bakes before dawn", 9_000),
    ("Piet van der Zee", "Races pigeons", 31_000),
    ("Noor Halloran", "Teaches robots to wave", 88_000),
    ("Sólveig Marsh", "Collects weather", 190_000),
    ("Mateo Winterbourne", "Restores pinball machines", 260_000),
    ("Zofia Achebe", "Writes crosswords", 410_000),
)


def fill(store: Store) -> None:
    """Make the tables and, if nobody is there, the crowd.

    Args:
        store: Where the people go.
    """
    store.prepare()
    with store.open() as session:
        if session.scalar(select(func.count(Person.id))):
            return
        session.add_all(crowd())
        try:
            session.commit()
        except IntegrityError:
            session.rollback()  # another worker process made the same people a moment ago


def crowd() -> list[Person]:
    """Return the made-up people; one hash serves all, as hashing is slow on purpose."""
    hashed = generate_password_hash(PASSWORD)
    now = datetime.now(UTC)
    return [
        Person(
            name=name,
            role=role,
            email=f"{plain(name.split()[0])}@example.org",
            password_hash=hashed,
            added_at=now - timedelta(seconds=seconds),
        )
        for name, role, seconds in CROWD
    ]


def plain(word: str) -> str:
    """Spell a word in small ASCII letters: ``"Tomás"`` → ``"tomas"``."""
    return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().lower()
