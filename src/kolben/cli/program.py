"""The ``kolben`` program as a click group."""

from __future__ import annotations

from .adopt import adopt_command
from .doctor import doctor_command
from .groups import KolbenGroup

cli = KolbenGroup(
    name="kolben",
    help="""\
Work with a Kolben application.

Name it with the option '--app' or in the environment variable KOLBEN_APP (FLASK_APP
is read too), or put it into a file 'wsgi.py' or 'app.py' in the current directory.
""",
)
cli.add_command(adopt_command)
cli.add_command(doctor_command)
