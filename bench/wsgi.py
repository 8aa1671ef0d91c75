"""Call a WSGI app as a server does, fast enough not to be what is measured."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

Environ = dict[str, Any]
WSGIApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# What a server in front of a browser hands over: the keys of PEP 3333 and a browser's headers.
BROWSER: Environ = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/",
    "QUERY_STRING": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8000",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "REMOTE_PORT": "51234",
    "HTTP_HOST": "127.0.0.1:8000",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.5",
    "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
    "HTTP_CONNECTION": "keep-alive",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


@dataclass(frozen=True)
class Asked:
    """A request: what differs from a plain GET, and the body."""

    path: str
    method: str = "GET"
    query: str = ""
    body: bytes = b""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def environs(self) -> Callable[[], Environ]:
        """Return a function that makes a fresh environ of this request each time."""
        base = BROWSER | {
            "REQUEST_METHOD": self.method,
            "PATH_INFO": self.path,
            "QUERY_STRING": self.query,
        }
        base |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers}
        if self.body:
            base |= {"CONTENT_LENGTH": str(len(self.body)), "CONTENT_TYPE": self.content_type}
        body, errors = self.body, BytesIO()

        def fresh() -> Environ:
            return base | {"wsgi.input": BytesIO(body), "wsgi.errors": errors}

        return fresh


@dataclass(frozen=True)
class Answer:
    """What an app said: status code, headers as sent, and the whole body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header of that name in any case, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def ask(app: WSGIApp, asked: Asked) -> Answer:
    """Make one request and keep everything that is answered."""
    said: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc: object = None) -> None:
        said[:] = [status, headers]

    chunks = app(asked.environs()(), start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return Answer(int(said[0].split()[0]), tuple(said[1]), body)


def drop_start(_status: str, _headers: list[tuple[str, str]], _exc: object = None) -> None:
    """Be a `start_response` that does nothing."""


def driver(app: WSGIApp) -> Callable[[Environ], None]:
    """Return what makes one request of an environ and forgets the answer."""

    def drive(environ: Environ) -> None:
        chunks = app(environ, drop_start)
        for _chunk in chunks:
            pass
        close = getattr(chunks, "close", None)
        if close is not None:
            close()

    return drive


def raw(_environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
    """Answer with no framework at all: what measuring itself costs."""
    body = b"Hello, World!"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
