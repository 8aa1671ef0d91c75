"""The ``kolben`` program as a click group."""

from __future__ import annotations

from .groups import KolbenGroup

cli = KolbenGroup(
    name="kolben",
    help="""\
Work with a Kolben application.

Which one it is, is said by the option '--app', by the environment variable
KOLBEN_APP (or FLASK_APP), or by a file 'wsgi.py' or 'app.py' in the current directory.
""",
)
