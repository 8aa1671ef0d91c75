"""Sessions in a table of any database that SQLAlchemy knows."""

from __future__ import annotations

import threading
from time import time
from typing import TYPE_CHECKING, Any

from .caches import explain_missing
from .store import SessionStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine, Table

# How many seconds SQLite waits while others write.
_SQLITE_PATIENCE = 30


class SQLStore(SessionStore):
    """Keeps sessions in a table (columns ``id``, ``data``, ``expires``) that is made at first use.

    A change is one transaction whose first statement writes the session's row, so the database
    makes others wait for its end. Expired sessions are removed now and then. (cachelib has nothing
    for SQL.)

    Args:
        where: A URL for SQLAlchemy, such as ``sqlite:////var/lib/app/sessions.db``; or an
        ``Engine``. table: The name of the table.

    Raises:
        RuntimeError: SQLAlchemy is not installed. ValueError: The URL asks for SQLite in memory,
        where each thread would have sessions of its own.
    """

    def __init__(self, where: str | Engine, table: str = "sessions") -> None:
        try:
            import sqlalchemy as sa
        except ImportError as error:
            raise explain_missing("sqlalchemy", "sql") from error
        self._sa: Any = sa
        self._engine = self._make_engine(where) if isinstance(where, str) else where
        self._table: Table = sa.Table(
            table,
            sa.MetaData(),
            sa.Column("id", sa.String(64), primary_key=True),
            sa.Column("data", sa.Text, nullable=False),
            sa.Column("expires", sa.BigInteger, nullable=False, index=True),
        )
        self._made = False
        self._making = threading.Lock()

    def _make_engine(self, where: str) -> Engine:
        """Make an engine from a URL."""
        url = self._sa.make_url(where)
        options: dict[str, Any] = {}
        if url.get_backend_name() == "sqlite":
            if url.database in {None, "", ":memory:"}:
                raise ValueError(
                    "a session store in SQLite needs a file: sqlite:///sessions.db;"
                    " to keep sessions in memory say memory://"
                )
            options["connect_args"] = {"timeout": _SQLITE_PATIENCE}
        engine: Engine = self._sa.create_engine(url, **options)
        return engine

    def _make_table(self) -> None:
        """Make the table unless there is one; another process may be doing the same."""
        with self._making:
            if self._made:
                return
            try:
                self._table.create(self._engine, checkfirst=True)
            except self._sa.exc.SQLAlchemyError:
                if not self._sa.inspect(self._engine).has_table(self._table.name):
                    raise
            self._made = True

    def _select(self, connection: Connection, sid: str) -> str | None:
        """Read a session's text."""
        columns = self._table.c
        query = self._sa.select(columns.data).where(columns.id == sid, columns.expires > time())
        text: str | None = connection.execute(query).scalar()
        return text

    def read(self, sid: str) -> str | None:
        """Read a session.

        Args:
            sid: The session's id.

        Returns:
            The text; None if there is no such session, or no longer.
        """
        if not self._made:
            self._make_table()
        with self._engine.connect() as connection:
            return self._select(connection, sid)

    def change(
        self, sid: str, function: Callable[[str | None], str | None], lifetime: int
    ) -> str | None:
        """Replace a session by what a function makes of it; see `SessionStore.change`.

        Args:
            sid: The session's id.
            function: Takes the current text, or None, and returns the new one, or None.
            lifetime: For how many seconds the session is kept from now on.

        Returns:
            What the function returned.
        """
        if not self._made:
            self._make_table()
        table, expires = self._table, int(time()) + lifetime
        row = table.c.id == sid
        with self._engine.begin() as connection:
            # Writing comes first: it locks the row (the whole file in SQLite) before it is read.
            locked = table.update().where(row).values(expires=table.c.expires)
            exists = connection.execute(locked).rowcount
            text = function(self._select(connection, sid) if exists else None)
            if text is None:
                if exists:
                    connection.execute(table.delete().where(row))
            elif exists:
                values = {"data": text, "expires": expires}
                connection.execute(table.update().where(row).values(values))
            else:
                connection.execute(table.insert().values(id=sid, data=text, expires=expires))
        return text

    def remove_expired(self) -> None:
        """Remove the rows of sessions that have expired."""
        if not self._made:
            self._make_table()
        with self._engine.begin() as connection:
            connection.execute(self._table.delete().where(self._table.c.expires <= time()))
