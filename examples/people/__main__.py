"""Serve the example on this machine until Ctrl-C: ``python -m examples.people``."""

import argparse
import sys


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.people", description=__doc__)
    parser.add_argument("--port", type=int, default=5000, help="the port wanted (default 5000)")
    parser.add_argument(
        "--instance", metavar="DIR", help="folder for the database and the secret key"
    )
    return parser.parse_args()


def main() -> int:
    """Serve until Ctrl-C or a polite kill; return the exit status."""
    wanted = arguments()
    try:
        from examples.people import create_app
    except ModuleNotFoundError as missing:
        if missing.name != "sqlalchemy":
            raise
        print(
            "The example keeps people with SQLAlchemy: pip install 'kolben[demo]'", file=sys.stderr
        )
        return 1
    from examples.serving import serve

    app = create_app(wanted.instance)
    serve(app, wanted.port, lambda url: f"People is at {url} (Ctrl-C stops it)")
    app.extensions["people"].close()
    print("\nGood-bye.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
