"""How Alembic reaches the app's database; Flask-Migrate runs this with an app context."""

from contextlib import contextmanager

from alembic import context
from flask import current_app

extension = current_app.extensions["migrate"]


def run_offline() -> None:
    """Print the statements instead of running them: ``flask db upgrade --sql``."""
    url = extension.db.engine.url.render_as_string(hide_password=False)
    context.configure(url=url, target_metadata=extension.db.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run the migrations, all in one transaction where the database can."""
    with extension.db.engine.connect() as connection, foreign_keys_off(connection):
        context.configure(
            connection=connection,
            target_metadata=extension.db.metadata,
            **extension.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


@contextmanager
def foreign_keys_off(connection):
    """Let SQLite not mind foreign keys for a while.

    A batch makes a table anew and drops the old one. For SQLite that deletes its rows, and with
    them, by ON DELETE CASCADE, every row that refers to them (sqlite.org/foreignkeys.html, 5).
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.commit()  # inside of a transaction the pragma does nothing
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")


if context.is_offline_mode():
    run_offline()
else:
    run_online()
