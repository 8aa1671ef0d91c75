"""Make a PostgreSQL database ready for a suite: `python -m kolben_postgres VARIABLE EXTENSION…`.

The variable holds the database's URL. The database is made where it isn't there, and the extensions
in it. Where there is no server, or it has not got an extension, that is said and no more: the tests
that need it then fail on either ground.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

import psycopg2  # type: ignore[import-not-found,import-untyped,unused-ignore]


def main(variable: str, extensions: Sequence[str]) -> None:
    """Make the database, and the extensions in it.

    Args:
        variable: The environment variable with the database's URL.
        extensions: What they are called in `CREATE EXTENSION`.
    """
    parts = urlsplit(os.environ[variable])
    name = parts.path.lstrip("/")
    _run(urlunsplit(parts._replace(path="/postgres")), f'CREATE DATABASE "{name}"')
    for extension in extensions:
        _run(urlunsplit(parts), f"CREATE EXTENSION IF NOT EXISTS {extension}")


def _run(url: str, statement: str) -> None:
    try:
        connection = psycopg2.connect(url)
        try:
            connection.autocommit = True
            connection.cursor().execute(statement)
        finally:
            connection.close()
    except psycopg2.Error as error:
        print(f"{statement}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
