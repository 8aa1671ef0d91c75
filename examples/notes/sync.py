"""A database for sync views: one engine for the process, one session for each context."""

import os

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, sessionmaker

from kolben import Kolben, g, request

from .models import Base, Note


class Database:
    """Gives each application context, so each request, a session when it first asks for one."""

    def __init__(self, url, **options):
        self.engine = create_engine(url, **options)
        self._make_session = sessionmaker(self.engine)

    def init_app(self, app):
        app.teardown_appcontext(self._close)

    @property
    def session(self) -> Session:
        if "db_session" not in g:
            g.db_session = self._make_session()
        return g.db_session

    def _close(self, error):
        session = g.pop("db_session", None)
        if session is not None:
            session.close()  # what was not committed, after an error for example, is rolled back


def create_app(url=None, **options):
    app = Kolben(__name__)
    db = Database(url or os.environ.get("DATABASE_URL", "sqlite:///notes.db"), **options)
    db.init_app(app)
    app.extensions["db"] = db

    @app.get("/notes")
    def index():
        return [note.text for note in db.session.scalars(select(Note).order_by(Note.id))]

    @app.post("/notes")
    def add():
        db.session.add(Note(text=request.form["text"]))
        db.session.flush()
        if "fail" in request.form:
            raise RuntimeError("something went wrong after the note was added")
        db.session.commit()
        return "kept", 201

    @app.cli.command("create-tables")
    def create_tables():
        Base.metadata.create_all(db.session.connection())
        db.session.commit()

    return app
