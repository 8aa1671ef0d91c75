"""Serve the example on Kolben until Ctrl-C: ``python -m examples.members``.

It is ready by itself: the database is brought up to date, and an empty one is filled.
"""

import argparse
import os
import shlex
import sys


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.members", description=__doc__)
    parser.add_argument("--port", type=int, default=5000, help="the port wanted (default 5000)")
    parser.add_argument("--instance", metavar="DIR", help="folder for everything that is kept")
    parser.add_argument("--empty", action="store_true", help="make no demo members")
    return parser.parse_args()


def main() -> int:
    """Serve until Ctrl-C or a polite kill; return the exit status."""
    wanted = arguments()
    from kolben.drop_in import install

    install()  # from here on, `flask` means Kolben
    try:
        app = prepared(wanted)
    except ModuleNotFoundError as missing:
        print(f"{missing}\nThe example's parts: pip install 'kolben[demo]'", file=sys.stderr)
        return 1
    from examples.serving import serve

    serve(app, wanted.port, lambda url: greeting(app, url, demo=not wanted.empty))
    print("\nGood-bye.")
    return 0


def prepared(wanted: argparse.Namespace):
    """Build the app, and make its database ready."""
    from flask_migrate import upgrade

    from examples.members import create_app, demo

    app = create_app(wanted.instance)
    with app.app_context():
        upgrade()
        if not wanted.empty:
            demo.fill()
    return app


def greeting(app, url: str, *, demo: bool) -> str:
    """Say what to do first."""
    from examples.members.demo import accounts

    server = app.config["MAIL_SERVER"]
    letters = f"go to {server}:{app.config['MAIL_PORT']}" if server else "appear here"
    return "\n".join(
        [
            f"\nThe Piston Club is at {url} (Ctrl-C stops it)\n",
            *(["Sign in as", accounts(), ""] if demo else []),
            "Or join: letters, with the link to confirm the address, " + letters + ".",
            f"To make somebody an administrator: {promotion(app)}",
            f"All that is kept lies in {os.path.relpath(app.instance_path)}\n",
        ]
    )


def promotion(app) -> str:
    """Return the command for this app."""
    from examples.members.app import INSTANCE

    is_usual = app.instance_path == str(INSTANCE)
    where = "" if is_usual else f"MEMBERS_INSTANCE={shlex.quote(app.instance_path)} "
    python = os.path.relpath(sys.executable)
    command = f"{python} -m kolben.drop_in -m flask --app examples.members members promote EMAIL"
    return f"\n  {where}{command}\n"


if __name__ == "__main__":
    sys.exit(main())
