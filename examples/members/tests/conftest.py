"""The app's own tests: on Flask as they are, on Kolben with ``-p kolben.drop_in.plugin``.

One app serves all of them; each finds it empty.
"""

import shutil
from pathlib import Path

import pytest
from flask_mail import email_dispatched

from examples.members import create_app
from examples.members.extensions import db
from examples.members.models import Member, now
from examples.members.passwords import hashed
from examples.members.tests.people import PASSWORD, Letters, Person

CHEAP = "pbkdf2:sha256:1"  # hashing is slow on purpose, but tests wait for it


def pytest_configure(config):
    """Warnings are errors, but for these, which are others' own."""
    for ignored in (
        "ignore:datetime.datetime.utcnow:DeprecationWarning:flask_login",
        "ignore:Passing SelectField choices as tuples:DeprecationWarning",
        # Werkzeug's test client encodes large uploads in an unnamed file.
        r"ignore:unclosed file <_io.(FileIO|BufferedRandom) name=\d+:ResourceWarning",
    ):
        config.addinivalue_line("filterwarnings", ignored)


@pytest.fixture(scope="session")
def whole_app(tmp_path_factory):
    app = create_app(
        tmp_path_factory.mktemp("members"),
        TESTING=True,
        PROPAGATE_EXCEPTIONS=False,
        PASSWORD_METHOD=CHEAP,
        MAIL_SERVER="127.0.0.1",
        MAIL_SUPPRESS_SEND=True,
        SQLALCHEMY_DATABASE_URI="sqlite://",
    )
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(whole_app):
    with whole_app.app_context():
        for table in reversed(db.metadata.sorted_tables):
            db.session.execute(table.delete())
        db.session.commit()
    shutil.rmtree(whole_app.config["UPLOADS"], ignore_errors=True)
    return whole_app


@pytest.fixture
def visitor(app):
    return Person(app)


@pytest.fixture
def join(app):
    """Make a member, who is confirmed unless something else is said; return their address."""

    def join(who, /, **more):
        email = f"{who}@example.org"
        fields = {"name": who.title(), "email": email, "confirmed_at": now(), **more}
        with app.app_context():
            db.session.add(Member(password_hash=hashed(PASSWORD), **fields))
            db.session.commit()
        return email

    return join


@pytest.fixture
def member(app, join):
    """Somebody who is signed in."""
    person = Person(app)
    person.email = join("grace")
    person.sign_in(person.email)
    return person


@pytest.fixture
def admin(app, join):
    """An administrator who is signed in."""
    person = Person(app)
    person.email = join("ada", is_admin=True)
    person.sign_in(person.email)
    return person


@pytest.fixture
def other(app, join):
    """Somebody else who is signed in."""
    person = Person(app)
    person.email = join("zofia")
    person.sign_in(person.email)
    return person


@pytest.fixture
def letters(app):
    sent = Letters()

    def keep(_app, message):
        sent.append(message)

    with email_dispatched.connected_to(keep):
        yield sent


@pytest.fixture
def stored(app):
    """Return the paths of all files that are kept."""
    folder = Path(app.config["UPLOADS"])
    return lambda: [path for path in folder.rglob("*") if path.is_file()]
