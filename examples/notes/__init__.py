"""SQLAlchemy 2 in an app, with and without async: docs/database.md tells of it.

DATABASE_URL says where the notes are kept: ``sqlite:///notes.db`` or ``postgresql+psycopg://…`` for
the one, ``sqlite+aiosqlite:///notes.db`` or ``postgresql+asyncpg://…`` for the other.
"""
