"""The request of an ASGI scope: the same request, with another source.

Theory of operation. An app's request class reads a WSGI environ; a subclass of it that is made here
(once per class) is fed from a scope instead, and makes the environ when somebody looks at it, from
the scope, with the body that was received. What a request needs nearly always (method, path, query
string, cookies) is read from the scope itself. A class that makes or reads its environ in a way of
its own is given one from the start.
"""

from __future__ import annotations

import sys
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from .attributes import Cookies, Noted, host
from .body import AT_ONCE
from .cookies import cookie_header
from .fields import ImmutableMultiDict
from .headers import ScopeHeaders, environ_name
from .hosts import good_hosts
from .lazy import find_definition, lazy
from .memory import Memory
from .query import parse_query
from .request import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from _typeshed.wsgi import WSGIEnvironment

    Scope = MutableMapping[str, Any]


def _environ_key(name: bytes) -> str:
    """Work out which key of an environ holds a header, by its name in a scope."""
    # An underscore would become another header's name: proxies drop such headers, and so do we.
    return "" if b"_" in name else environ_name(name.decode("latin1"))


_environ_keys = Memory(_environ_key, limit=1024)


def collect_fields(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Join headers that came more than once (RFC 9110, 5.3; cookies: RFC 9113, 8.2.3).

    Args:
        headers: Pairs of lower-case name and value, as a scope has them.

    Returns:
        Values by name.
    """
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        if name not in fields:
            fields[name] = value
        elif name == b"cookie":
            fields[name] += b"; " + value
        else:
            fields[name] += b"," + value
    return fields


def split_path(scope: Scope) -> tuple[str, str]:
    """Split the URL's path into what the app is mounted under and the rest.

    Args:
        scope: Its ``path`` has the ``root_path`` in front, as ASGI demands; servers that leave it
            out are understood, too.

    Returns:
        Both as text, decoded.
    """
    path: str = scope["path"]
    root: str = scope.get("root_path") or ""
    if root:
        root = root.rstrip("/")
        if path.startswith(root) and path[len(root) : len(root) + 1] in {"", "/"}:
            path = path[len(root) :]
    return root, path


def build_environ(scope: Scope, body: IO[bytes]) -> WSGIEnvironment:
    """Make the WSGI environ (PEP 3333) of an ASGI scope.

    Args:
        scope: The scope of an HTTP request or of a WebSocket.
        body: The request's body.

    Returns:
        The environ; ``asgi.scope`` in it is the scope.
    """
    root, path = split_path(scope)
    host, port = _address(scope.get("server")) or ("localhost", "0")
    raw: bytes = scope.get("query_string") or b""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.get("method", "GET"),
        "SCRIPT_NAME": _as_latin1(root),
        "PATH_INFO": _as_latin1(path),
        "QUERY_STRING": raw.decode("latin1"),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "asgi.scope": scope,
    }
    raw_path = scope.get("raw_path")
    if raw_path is not None:
        target: str = raw_path.decode("latin1")
        environ["REQUEST_URI"] = environ["RAW_URI"] = (
            f"{target}?{environ['QUERY_STRING']}" if raw else target
        )
    client = _address(scope.get("client"))
    if client is not None:
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client
    fields = collect_fields(scope["headers"])
    for name, value in fields.items():
        environ[_environ_keys[name]] = value.decode("latin1")
    # The server ends the stream; with both headers it has gone by the other (RFC 9112, 6.3).
    if b"content-length" not in fields or b"transfer-encoding" in fields:
        environ["wsgi.input_terminated"] = True
    environ.pop("", None)
    return environ


def _address(pair: Any) -> tuple[str, str] | None:
    """Give host and port of a scope as texts; a Unix socket has no port."""
    if pair is None:
        return None
    host, port = pair
    return host, "" if port is None else str(port)


def _as_latin1(text: str) -> str:
    """Give text in the guise that an environ has it in: the bytes of its UTF-8, as Latin-1."""
    return text if text.isascii() else text.encode(errors="surrogateescape").decode("latin1")


def _environ(request: Any) -> WSGIEnvironment:
    """The WSGI environ of the request, made when it is first looked at."""
    body = request.received
    environ = build_environ(request.scope, BytesIO() if body is None else body)
    environ["werkzeug.request"] = request
    return environ


_environ.__name__ = "environ"


class _Args(lazy):
    """``request.args``, from the scope's query string."""

    # PERF timeit of a first read: 1430 → 1395 ns, beside one class for both that is told by a
    # function where the text is, as that of the cookies is

    def __get__(self, request: Any, owner: type | None = None) -> Any:
        if (
            request is None
            or not request._plain
            or request.parameter_storage_class is not ImmutableMultiDict
        ):
            return super().__get__(request, owner)
        raw: bytes = request.scope["query_string"]
        if not raw.isascii():
            return super().__get__(request, owner)
        fields = request.args = parse_query(raw.decode())
        return fields


class _Headers(lazy):
    """``request.headers``, from those of the scope."""

    def __get__(self, request: Any, owner: type | None = None) -> Any:
        if request is None or not request._plain or request.has_environ:
            return super().__get__(request, owner)
        scope = request.scope
        found = request.headers = ScopeHeaders(request, lambda: build_environ(scope, BytesIO()))
        return found


def _remote_addr(request: Any) -> str | None:
    """The address of whoever is connected to the server."""
    client = _address(request.scope.get("client"))
    return None if client is None else client[0]


def _scheme(request: Any) -> str:
    """The scheme of the URL."""
    found: str = request.scope.get("scheme", "http")
    return found


def _root_path(request: Any) -> str:
    """The path under which the app is mounted, without a slash at its end."""
    return split_path(request.scope)[0].rstrip("/")


def _host(request: Any) -> str:
    """The host that the request was made to."""
    sent: bytes | None = request.fields.get(b"host")
    if sent is not None and sent in good_hosts and not request.trusted_hosts:
        return sent.decode()
    return host(request)


_READERS = {"remote_addr": _remote_addr, "scheme": _scheme, "root_path": _root_path, "host": _host}


def _from_scope(cls: type[Any], name: str) -> lazy:
    """Make an attribute that is read from the scope as long as nobody has asked for the environ."""
    read = _READERS[name]
    definition: Any = find_definition(cls, name)
    compute = definition.compute

    # PERF in process, a request whose view reads one over ASGI: 7.5 → 4.7 µs
    def find(request: Any) -> Any:
        plain = request._plain and not request.has_environ
        return read(request) if plain else compute(request)

    find.__name__, find.__doc__ = name, compute.__doc__
    return lazy(find)


def _content_type(request: Any) -> str | None:
    """Give the content type as the client wrote it."""
    if request.has_environ:
        return Request._content_type(request)
    sent: bytes | None = request.fields.get(b"content-type")
    return None if sent is None else sent.decode("latin1")


def _read_at_once(request: Any) -> bytes | None:
    """Read a body that came at once, if it is small; else do what `Request` does."""
    body, fields = request.received, request.fields
    if (
        request.has_environ
        or body.__class__ is not BytesIO
        or b"content-length" not in fields
        or b"transfer-encoding" in fields
        or (size := len(body.getbuffer())) > AT_ONCE
        or fields[b"content-length"] != b"%d" % size
        or ((limit := request.max_content_length) is not None and size > limit)
    ):
        return Request._read_at_once(request)
    return body.read()


def _make_scoped(cls: type[Any]) -> type[Any] | None:
    """Make the subclass of a request class that is fed from scopes.

    Args:
        cls: An app's request class.

    Returns:
        The subclass; ``None`` if the class has to be given an environ.
    """
    if (
        not issubclass(cls, Request)
        or cls._eager
        or find_definition(cls, "__init__") is not Request.__init__
        or find_definition(cls, "environ") is not find_definition(Request, "environ")
        or find_definition(cls, "__new__") is not find_definition(Request, "__new__")
    ):
        return None
    body: dict[str, Any] = {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__doc__": cls.__doc__,
        "environ": Noted(_environ, "has_environ"),
        "has_environ": False,
    }
    if cls._plain:
        compute: Any = find_definition(cls, "cookies").compute  # type: ignore[attr-defined]
        body["cookies"] = Cookies(compute, cookie_header)
        body["headers"] = _Headers(find_definition(cls, "headers").compute)  # type: ignore[attr-defined]
        body["args"] = _Args(find_definition(cls, "args").compute)  # type: ignore[attr-defined]
        body |= {name: _from_scope(cls, name) for name in _READERS}
        body |= {"_content_type": _content_type, "_read_at_once": _read_at_once}
    made: Any = type(cls.__name__, (cls,), body)
    made._eager, made._plain = cls._eager, cls._plain
    made._lean_body, made._lean_form, made._lean_names = (
        cls._lean_body,
        cls._lean_form,
        cls._lean_names,
    )
    return made  # type: ignore[no-any-return]


scoped: Memory[Any, Any] = Memory(_make_scoped, limit=64)
"""What :func:`_make_scoped` made of each request class."""


def make_request(
    cls: type[Any], scope: Scope, fields: dict[bytes, bytes], body: IO[bytes] | None
) -> Any:
    """Make a request of an ASGI scope.

    Args:
        cls: The app's request class.
        scope: The scope.
        fields: Its headers, from :func:`collect_fields`.
        body: The body that was received, ``None`` for none.

    Returns:
        The request; its ``environ`` can still be had.
    """
    fed = scoped[cls]
    if fed is None:
        return cls(build_environ(scope, BytesIO() if body is None else body))
    path = split_path(scope)[1] if scope.get("root_path") else scope["path"]
    if not path.isascii() or "//" in path or path[:1] != "/":
        path = "/" + path.lstrip("/")
    request = object.__new__(fed)
    fill_request(request, scope, fields, body, scope.get("method", "GET").upper(), path)
    return request


def fill_request(
    request: Any,
    scope: Scope,
    fields: dict[bytes, bytes],
    body: IO[bytes] | None,
    method: str,
    path: str,
) -> None:
    """Give a request what it is read from.

    Args:
        request: The request, of a class in `scoped`, with nothing on it.
        scope: The scope.
        fields: Its headers, by name.
        body: The body that was received, ``None`` for none.
        method: The method, in upper case.
        path: The path, beginning with one slash.
    """
    request.scope = scope
    request.fields = fields
    request.received = body
    request.shallow = False
    request.method = method
    request.path = path
