"""Serve an example on this machine until Ctrl-C."""

import contextlib
import signal
import socket

from werkzeug.serving import make_server

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


def serve(app, wanted: int, greeting) -> None:
    """Serve an app until Ctrl-C or a polite kill.

    Args:
        app: A WSGI app.
        wanted: The port wanted; if it is taken, another one serves as well.
        greeting: Makes the text to print of the app's address, ``http://127.0.0.1:5000/``.
    """
    with listen(wanted) as listener:
        port = listener.getsockname()[1]
        if wanted not in (0, port):
            print(f"Port {wanted} is taken, so this is port {port}.")
        server = make_server(HOST, port, app, threaded=True, fd=listener.fileno())
        for each in (signal.SIGTERM, signal.SIGINT):  # a shell's background job ignores SIGINT
            signal.signal(each, signal.default_int_handler)
        print(greeting(f"http://{HOST}:{port}/"), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
