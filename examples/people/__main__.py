"""Serve the example on this machine until Ctrl-C: ``python -m examples.people``."""

import argparse
import contextlib
import signal
import socket
import sys

HOST = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """Listen on the port, or on any free one if that is taken.

    Args:
        port: The port wanted; 0 means any.

    Returns:
        The listening socket; ask it for the port it has.
    """
    for wanted in (port, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, wanted))
        except OSError:
            listener.close()
            if wanted == 0:
                raise
        else:
            listener.listen(128)
            return listener
    raise AssertionError("the loop returns or raises")


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
    from werkzeug.serving import make_server

    app = create_app(wanted.instance)
    with listen(wanted.port) as listener:
        port = listener.getsockname()[1]
        if wanted.port not in (0, port):
            print(f"Port {wanted.port} is taken, so this is port {port}.")
        server = make_server(HOST, port, app, threaded=True, fd=listener.fileno())
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # a shell's background job ignores it
        print(f"People is at http://{HOST}:{port}/ (Ctrl-C stops it)", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    app.extensions["people"].close()
    print("\nGood-bye.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
