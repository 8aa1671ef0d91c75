"""A database for async views: one engine for each event loop, one session for each context."""

import asyncio
import os
from weakref import WeakKeyDictionary

from sqlalchemy import NullPool, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from kolben import Kolben, g, request

from .models import Base, Note


class AsyncDatabase:
    """Gives each application context, so each request, a session when it first asks for one.

    Connections belong to the event loop on which they were opened. On a WSGI server async views run
    on one loop for the process, on an ASGI server on the server's.
    """

    def __init__(self, url, **options):
        if url.startswith("sqlite"):
            options.setdefault("poolclass", NullPool)  # opening a file costs little
        self._url, self._options = url, options
        self._engines = WeakKeyDictionary()

    def init_app(self, app):
        app.teardown_appcontext(self._close)

    @property
    def engine(self):
        loop = asyncio.get_running_loop()
        if loop not in self._engines:
            self._engines[loop] = create_async_engine(self._url, **self._options)
        return self._engines[loop]

    @property
    def session(self) -> AsyncSession:
        if "db_session" not in g:
            # Loading an attribute again after a commit would have to be awaited: don't expire it.
            g.db_session = AsyncSession(self.engine, expire_on_commit=False)
        return g.db_session

    async def dispose(self):
        """Close the connections of the running loop, when it has served its last request."""
        engine = self._engines.pop(asyncio.get_running_loop(), None)
        if engine is not None:
            await engine.dispose()

    async def _close(self, error):
        session = g.pop("db_session", None)
        if session is not None:
            await session.close()  # what was not committed is rolled back


def create_app(url=None, **options):
    app = Kolben(__name__)
    db = AsyncDatabase(
        url or os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///notes.db"), **options
    )
    db.init_app(app)
    app.extensions["db"] = db

    @app.get("/notes")
    async def index():
        notes = await db.session.scalars(select(Note).order_by(Note.id))
        return [note.text for note in notes]

    @app.post("/notes")
    async def add():
        db.session.add(Note(text=request.form["text"]))
        await db.session.flush()
        if "fail" in request.form:
            raise RuntimeError("something went wrong after the note was added")
        await db.session.commit()
        return "kept", 201

    @app.cli.command("create-tables")
    async def create_tables():
        connection = await db.session.connection()
        await connection.run_sync(Base.metadata.create_all)
        await db.session.commit()

    return app
