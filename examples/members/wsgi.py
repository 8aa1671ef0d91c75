"""The app for a WSGI server, on Kolben: ``gunicorn examples.members.wsgi:app``."""

from kolben.drop_in import install

install()

from examples.members import create_app  # noqa: E402 - from here on, `flask` means Kolben

app = create_app()
