"""Members: the web app of a small club, built as people build with Flask and its extensions.

It is written for Flask: every room imports `flask` and the extensions as they are released. That
`flask` means Kolben is decided outside: `python -m examples.members` and `examples.members.wsgi`
install the drop-in first. The rooms, in the order to read them:

    app.py          the application factory wires the rooms together
    settings.py     configuration: from the environment, with defaults that need no service
    extensions.py   the extensions, without an app
    models.py       what is kept: members, their uploads, attempts
    auth.py         register, confirm, sign in and out, forgotten passwords
    account.py      profile, password, sessions, API token
    files.py        one's own files (uploads.py: which may be kept, and where)
    admin.py        the area for administrators, and the CSV export
    api.py          the same for programs, in JSON
    passwords.py  tokens.py  throttle.py  safety.py    what keeps it secure
    mail.py  background.py                             letters, sent while nobody waits
    language.py  bundles.py  errors.py  commands.py  demo.py
"""

__all__ = ["create_app"]


def create_app(instance_path=None, **settings):
    """Build the app; see `examples.members.app.build`, which is imported not before this.

    `python -m examples.members` imports this package before it can say what `flask` means.
    """
    from examples.members.app import build

    return build(instance_path, **settings)
