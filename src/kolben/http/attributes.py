"""The lazy attributes of a request, each of which reads the environ in one place.

:mod:`kolben.http.request` puts them into its class. To a type checker they stay what Werkzeug
declares. A request that is fed from something else than a WSGI environ needs other readers here,
and nothing else.

The three that nearly every view reads are descriptors of their own (``_Args`` …): they take the
short way for a class that keeps ``_plain``, and leave the others to the function of their name.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, cast

from werkzeug.utils import cached_property
from werkzeug.wrappers import Request as WerkzeugRequest

from .body import BoundedStream, exhausted_stream
from .cookies import cookie_header, parse_cookies
from .fields import ImmutableMultiDict
from .headers import EnvironHeaders
from .hosts import find_trusted, good_hosts
from .lazy import find_definition, lazy
from .query import decode_query_string, parse_pairs, parse_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.datastructures import Headers, MultiDict

    from .request import Request


URLENCODED = "application/x-www-form-urlencoded"


def decode_path(text: str) -> str:
    """Decode UTF-8 that a server gave in the guise of Latin-1 (PEP 3333).

    Args:
        text: A path from the environ.

    Returns:
        The path; bytes that are no UTF-8 are replaced.
    """
    return text if text.isascii() else text.encode("latin1").decode(errors="replace")


def _werkzeugs(name: str, request: Request) -> Any:
    """Compute an attribute the way Werkzeug does."""
    attribute: Any = find_definition(WerkzeugRequest, name)
    return attribute.fget(request)


def scheme(request: Request) -> str:
    """The scheme of the URL: ``http``, ``https``, ``ws`` or ``wss``."""
    found: str = request.environ.get("wsgi.url_scheme", "http")
    return found


def server(request: Request) -> tuple[str, int | None] | None:
    """The server's name and port; the port is ``None`` for a Unix socket."""
    environ = request.environ
    name = environ.get("SERVER_NAME")
    if name is None:
        return None
    try:
        return name, int(environ["SERVER_PORT"])
    except (KeyError, TypeError, ValueError):
        return name, None


def root_path(request: Request) -> str:
    """The path under which the app is mounted, without a slash at its end."""
    return decode_path(request.environ.get("SCRIPT_NAME") or "").rstrip("/")


def headers(request: Request) -> Headers:
    """The headers, read only."""
    return EnvironHeaders(request.environ)


def remote_addr(request: Request) -> str | None:
    """The address of whoever is connected to the server."""
    return request.environ.get("REMOTE_ADDR")


def full_path(request: Request) -> str:
    """The path with the query string; there is a ``?`` even if that is empty."""
    return f"{request.path}?{decode_query_string(request.query_string)}"


def args(request: Request) -> MultiDict[str, str]:
    """The arguments in the URL's query string.

    Differs from Flask: raw bytes that are no UTF-8 are given percent-encoded, as escaped ones are;
    Flask raises a ``UnicodeDecodeError`` (so answers with a 500) for what some client sent.
    """
    text = decode_query_string(request.query_string)
    storage = request.parameter_storage_class
    return parse_query(text) if storage is ImmutableMultiDict else storage(parse_pairs(text))


def cookies(request: Request) -> MultiDict[str, str]:
    """The cookies that the client sent."""
    return cast("MultiDict[str, str]", _werkzeugs("cookies", request))


def host(request: Request) -> str:
    """The host that the request was made to, with its port if that is not the scheme's own.

    Raises:
        SecurityError: It is not among :attr:`trusted_hosts` (400).
    """
    trusted = request.trusted_hosts
    if trusted:
        sent = request.headers.get("Host")
        return find_trusted(request.scheme, sent, trusted) if sent else _werkzeugs("host", request)
    name = request.environ.get("HTTP_HOST")
    if request._plain and name in good_hosts:
        return cast("str", name)
    return cast("str", _werkzeugs("host", request))


def stream(request: Request) -> IO[bytes]:
    """The body as a stream that ends where the body does; it can be read once.

    Raises:
        RequestEntityTooLarge: The body is larger than :attr:`max_content_length` (413). Where its
            size is not known beforehand, reading raises this.

    Differs from Flask: a body of unknown size is refused, not cut off, when it is too large.
    """
    if request._taken is not None:  # read at once, without a stream
        return exhausted_stream(request.environ, request._taken)
    found = cast("IO[bytes]", _werkzeugs("stream", request))
    limit = request.max_content_length
    if limit is not None and "wsgi.input_terminated" in request.environ:
        return cast("IO[bytes]", BoundedStream(request.environ["wsgi.input"], limit))
    return found


def form(request: Request) -> MultiDict[str, str]:
    """The fields of the form in the body; empty if the body is none."""
    request._load_form_data()
    return cast("MultiDict[str, str]", request.__dict__["form"])


def files(request: Request) -> MultiDict[str, Any]:
    """The files that a multipart form brought; empty if there are none."""
    request._load_form_data()
    files = request.__dict__.get("files")
    if files is None:  # an urlencoded form has none, so it was parsed without making any
        files = request.parameter_storage_class()
    return cast("MultiDict[str, Any]", files)


# PERF python -m bench.http_objects, first read and one get(), a descriptor of its own instead of a
# function behind `lazy`: args 2010 → 1785 ns


class _Args(lazy):
    """``request.args``."""

    def __get__(self, request: Request | None, owner: type | None = None) -> Any:
        """Parse the query string of the environ."""
        if (
            request is None
            or not request._plain
            or request.parameter_storage_class is not ImmutableMultiDict
        ):
            return super().__get__(request, owner)
        try:
            raw: str = request.environ["QUERY_STRING"]
        except KeyError:  # it may be left out (PEP 3333)
            raw = ""
        if not raw.isascii():
            return super().__get__(request, owner)
        fields = request.args = parse_query(raw)
        return fields


class Cookies(lazy):
    """``request.cookies``.

    Args:
        compute: Computes them for a class that is not plain.
        header: Gives the request's ``Cookie`` header, ``None`` if there is none.
    """

    def __init__(self, compute: Callable[[Any], Any], header: Callable[[Any], str | None]) -> None:
        super().__init__(compute)
        self._header = header

    def __get__(self, request: Request | None, owner: type | None = None) -> Any:
        """Parse the ``Cookie`` header."""
        if (
            request is None
            or not request._plain
            or request.dict_storage_class is not ImmutableMultiDict
        ):
            return super().__get__(request, owner)
        fields = request.cookies = parse_cookies(self._header(request))
        return fields


class _Headers(lazy):
    """``request.headers``."""

    def __get__(self, request: Request | None, owner: type | None = None) -> Any:
        """Make a view of the environ."""
        if request is None or not request._plain:
            return super().__get__(request, owner)
        found = request.headers = EnvironHeaders(request.environ)
        return found


class Noted(lazy):
    """An attribute of which the request has to know that it is there, whoever put it there.

    Args:
        compute: Computes the value.
        flag: The name of the attribute of the request that becomes true.
    """

    def __init__(self, compute: Callable[[Any], Any], flag: str) -> None:
        super().__init__(compute)
        self._flag = flag

    def __get__(self, request: Request | None, owner: type | None = None) -> Any:
        """Compute and store the value."""
        if request is None:
            return self
        values = vars(request)
        if self.name not in values:
            self.__set__(request, self.compute(request))
        return values[self.name]

    def __set__(self, request: Request, value: Any) -> None:
        """Store the value, and note that it is there."""
        vars(request)[self.name] = value
        setattr(request, self._flag, True)

    def __delete__(self, request: Request) -> None:
        """Forget the value."""
        try:
            del vars(request)[self.name]
        except KeyError:
            raise AttributeError(self.name) from None


class _Form(lazy):
    """``request.form``."""

    def __get__(self, request: Request | None, owner: type | None = None) -> Any:
        """Parse the body; that stores the form."""
        if request is None:
            return self
        if request._has_lean_form() and request._content_type() == URLENCODED:
            fields = request.form = request._parse_urlencoded()
            request._explain_in_debug()
            return fields
        request._load_form_data()
        return vars(request)["form"]


def lazy_attributes() -> dict[str, lazy]:
    """Make the descriptors.

    Returns:
        Descriptors by the names of the attributes: those of this module, and in place of everything
        else that Werkzeug caches one that computes the same and is cheaper to read again.
    """
    made = {
        "args": _Args(args),
        "cookies": Cookies(cookies, cookie_header),
        "headers": _Headers(headers),
        "form": _Form(form),
        "files": Noted(files, "_keeps_open"),
        "stream": Noted(stream, "_streams"),
    }
    for function in (scheme, server, root_path, remote_addr, full_path, host):
        made[function.__name__] = lazy(function)
    for base in WerkzeugRequest.__mro__:
        for name, value in vars(base).items():
            if isinstance(value, cached_property) and name not in made:
                made[name] = lazy(cast("Callable[[Any], Any]", value.fget))
    return made
