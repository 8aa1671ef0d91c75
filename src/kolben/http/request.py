"""The request: Werkzeug's, with nothing built until somebody looks.

Theory of operation: ``Request(environ)`` stores the environ, and the method and the path, which
routing needs at once. Every other attribute is computed when it is first read
(:mod:`kolben.http.attributes`); whatever is not named there is Werkzeug's own. What a subclass
overrides is found out once, when the class is made: where a hook of Werkzeug's was changed,
Werkzeug's way is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Request as WerkzeugRequest

from kolben import json
from kolben.debughelpers import attach_enctype_error_multidict
from kolben.stacks import active_app

from .attributes import URLENCODED, decode_path, lazy_attributes
from .body import read_at_once
from .fields import ImmutableMultiDict, make_fields
from .lazy import keeps, lazy, teach_names
from .multipart import boundary_of, parse_multipart
from .query import parse_query
from .streaming import StreamingRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.datastructures import MultiDict
    from werkzeug.routing import Rule

_JSON = "application/json"

# What Werkzeug's constructor assigns: a class that defines one of them by itself gets just that.
_INPUTS = (
    *("method", "scheme", "server", "root_path", "path", "query_string", "headers", "remote_addr"),
    *("__setattr__", "__getattribute__"),
)
# What decides how a body is read, and what it is.
_BODY_HOOKS = (
    *("environ", "shallow", "stream", "input_stream", "mimetype", "is_json"),
    *("content_type", "content_length"),
)
_FORM_HOOKS = (
    *("want_form_data_parsed", "make_form_data_parser", "mimetype_params"),
    *("_get_stream_for_parsing", "_load_form_data"),
)
_NAME_HOOKS = ("url_rule", "endpoint", "blueprint", "blueprints")


class Request(StreamingRequest):
    """What the client sent, and what routing made of it.

    Args:
        environ: The WSGI environ (PEP 3333).
        populate_request: Also put the request into ``environ["werkzeug.request"]``.
        shallow: Reading from the body raises a ``RuntimeError``.

    Differs from Flask: an attribute is worked out when it is first read, so it shows a change that
    was made to the environ before that; method and path are settled from the start.
    """

    if TYPE_CHECKING:
        json_module: Any

    url_rule: Rule | None = None
    """The rule that matched, ``None`` if none did."""

    view_args: dict[str, Any] | None = None
    """The values of the rule's variable parts, ``None`` if no rule matched."""

    routing_exception: HTTPException | None = None
    """What matching raised: usually a ``NotFound``, raised again when the request is dispatched."""

    # These two are looked at where they are used: classes and single requests are given others.
    parameter_storage_class: type[MultiDict[str, Any]] = ImmutableMultiDict
    """What ``args`` and ``form`` are stored in."""

    dict_storage_class: type[MultiDict[str, Any]] = ImmutableMultiDict
    """What ``cookies`` are stored in."""

    shallow: bool = False
    _query_string: bytes | None = None
    _cached_data: Any = None  # bytes; Werkzeug's parser looks at it, too
    _max_content_length: int | None = None
    _max_form_memory_size: int | None = None
    _max_form_parts: int | None = None

    _eager = False
    _plain = True
    _lean_body = True
    _lean_form = True
    _lean_multipart = True
    _lean_names = True
    _keeps_open = False
    _streams = False
    _taken: int | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Find out which of the hooks the subclass changes."""
        super().__init_subclass__(**kwargs)
        cls._eager = not keeps(cls, Request, _INPUTS)
        cls._plain = not cls._eager and keeps(cls, Request, (*_lazy, "query_string"))
        cls._lean_body = not cls._eager and keeps(cls, Request, _BODY_HOOKS)
        cls._lean_form = cls._lean_body and keeps(cls, Request, _FORM_HOOKS)
        cls._lean_multipart = cls._lean_form and keeps(cls, Request, ("_get_file_stream",))
        cls._lean_names = keeps(cls, Request, _NAME_HOOKS)
        cls._keeps_open = not keeps(cls, Request, ("close", "files"))
        teach_names(cls, _LATE)

    def __init__(
        self, environ: WSGIEnvironment, populate_request: bool = True, shallow: bool = False
    ) -> None:
        if self._eager:
            super().__init__(environ, populate_request, shallow)
            return
        # PERF python -m bench.http_objects: request 1830 → 490 ns
        self.environ = environ
        self.shallow = shallow
        self.method = environ.get("REQUEST_METHOD", "GET").upper()
        path = environ.get("PATH_INFO") or "/"
        if not path.isascii() or "//" in path or path[0] != "/":
            path = "/" + decode_path(path).lstrip("/")
        self.path = path
        if populate_request and not shallow:
            environ["werkzeug.request"] = self

    @property
    def query_string(self) -> bytes:
        """What follows the ``?`` of the URL, as it came."""
        if self._query_string is None:
            raw: str = self.environ.get("QUERY_STRING", "")
            self._query_string = raw.encode("latin1")
        return self._query_string

    @query_string.setter
    def query_string(self, value: bytes) -> None:
        self._query_string = value
        self._plain = False

    # -- limits ------------------------------------------------------------------------------------

    @property
    def max_content_length(self) -> int | None:
        """The largest body that is read, in bytes; a larger one raises a 413.

        The config's ``MAX_CONTENT_LENGTH``, unless it was set on this request. ``None``: any.
        """
        limit = self._max_content_length
        if limit is None:
            app = active_app()
            if app is None:
                return WerkzeugRequest.max_content_length
            limit = app.config["MAX_CONTENT_LENGTH"]
        return limit

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    @property
    def max_form_memory_size(self) -> int | None:
        """The largest field, other than a file, of a multipart form, in bytes; else a 413.

        The config's ``MAX_FORM_MEMORY_SIZE``, unless it was set on this request. ``None``: any.
        """
        limit = self._max_form_memory_size
        if limit is None:
            app = active_app()
            if app is None:
                return WerkzeugRequest.max_form_memory_size
            limit = app.config["MAX_FORM_MEMORY_SIZE"]
        return limit

    @max_form_memory_size.setter
    def max_form_memory_size(self, value: int | None) -> None:
        self._max_form_memory_size = value

    @property  # type: ignore[override]  # Werkzeug's is inferred as int, but None is allowed there
    def max_form_parts(self) -> int | None:
        """The largest number of parts of a multipart form; more raise a 413.

        The config's ``MAX_FORM_PARTS``, unless it was set on this request. ``None``: any.
        """
        limit = self._max_form_parts
        if limit is None:
            app = active_app()
            if app is None:
                return WerkzeugRequest.max_form_parts
            limit = app.config["MAX_FORM_PARTS"]
        return limit

    @max_form_parts.setter
    def max_form_parts(self, value: int | None) -> None:
        self._max_form_parts = value

    # -- what routing found ------------------------------------------------------------------------

    @property
    def endpoint(self) -> str | None:
        """The endpoint of the rule that matched, ``None`` if none did."""
        rule = self.url_rule
        return None if rule is None else rule.endpoint

    @property
    def blueprint(self) -> str | None:
        """The name under which the endpoint's blueprint was registered, ``None`` outside of one."""
        endpoint = self.endpoint
        if endpoint is not None and "." in endpoint:
            return endpoint.rpartition(".")[0]
        return None

    @property
    def blueprints(self) -> list[str]:
        """The names of the endpoint's blueprint and of those around it, the innermost first."""
        if self._lean_names:
            rule = self.url_rule
            if rule is None or "." not in rule.endpoint:
                return []
        names = []
        name = self.blueprint
        while name:
            names.append(name)
            name = name.rpartition(".")[0]
        return names

    # -- the body ----------------------------------------------------------------------------------

    def _content_type(self) -> str | None:
        """Give the content type as the client wrote it."""
        return self.environ.get("CONTENT_TYPE")

    def _read_body(self) -> bytes:
        """Read what is left of the body, as ``stream.read()``, but at once where that is safe."""
        data = self._read_small_body()
        return self.stream.read() if data is None else data

    def _read_small_body(self) -> bytes | None:
        """Read the body if nobody has, its size is known, and it is small; else return ``None``."""
        if not self._lean_body or self._streams or self._taken is not None or self.shallow:
            return None
        data = self._read_at_once()
        if data is not None:
            self._taken = len(data)
        return data

    def _read_at_once(self) -> bytes | None:
        """Read a whole body whose size is known and small; else return ``None``."""
        return read_at_once(self.environ, self.max_content_length)

    @overload
    def get_data(
        self, cache: bool = ..., as_text: Literal[False] = ..., parse_form_data: bool = ...
    ) -> bytes: ...

    @overload
    def get_data(
        self, cache: bool = ..., as_text: Literal[True] = ..., parse_form_data: bool = ...
    ) -> str: ...

    def get_data(
        self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False
    ) -> bytes | str:
        """Read the whole body.

        Args:
            cache: Keep it, so that it can be had again, and :attr:`form` be parsed from it.
            as_text: Decode it; bytes that are no UTF-8 are replaced.
            parse_form_data: If it is a form, parse it, and return nothing.

        Returns:
            The body; empty if it has been read before and was not kept.

        Raises:
            RequestEntityTooLarge: It is larger than :attr:`max_content_length` (413).
            ClientDisconnected: It ended before its announced size (400).
        """
        data: bytes | None = self._cached_data
        if data is None:
            if parse_form_data:
                self._load_form_data()
            data = self._read_body()
            if cache:
                self._cached_data = data
        return data.decode(errors="replace") if as_text else data

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Parse the body as JSON.

        Args:
            force: Don't ask for a JSON content type.
            silent: Return ``None`` where an error would be raised otherwise.
            cache: Keep the result, and the body, for the next call.

        Returns:
            The data, or what :meth:`on_json_loading_failed` returns.

        Raises:
            UnsupportedMediaType: The content type is not JSON's (415).
            BadRequest: The body is not JSON (400); in debug mode it says what is wrong.
        """
        if cache and self._cached_json[silent] is not ...:
            return self._cached_json[silent]
        plain = self._lean_body and self._content_type() == _JSON
        if not (force or plain or self.is_json):
            return None if silent else self.on_json_loading_failed(None)
        data = self.get_data(cache)
        try:
            value = self.json_module.loads(data)
            kept = (value, value)
        except ValueError as error:
            value = None if silent else self.on_json_loading_failed(error)
            loud, quiet = self._cached_json
            kept = (loud, value) if silent else (value, quiet)
        if cache:
            self._cached_json = kept
        return value

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Answer for :meth:`get_json` when there is no JSON to be had.

        Args:
            e: What parsing raised; ``None`` if the content type is not JSON's.

        Returns:
            Nothing here; an override may return what ``get_json`` is to give.

        Raises:
            UnsupportedMediaType: The content type is not JSON's (415).
            BadRequest: The body is not JSON (400); in debug mode it says what is wrong.
        """
        try:
            return super().on_json_loading_failed(e)
        except BadRequest as error:
            app = active_app()
            if app is not None and app.debug:
                raise
            raise BadRequest from error

    def _load_form_data(self) -> None:
        """Parse the body if it is a form, and store ``form`` and, if there are any, ``files``."""
        values = self.__dict__
        if "form" in values:
            return
        if self._has_lean_form() and self._content_type() == URLENCODED:
            values["form"] = self._parse_urlencoded()
        else:
            self._keeps_open = True
            if not self._load_multipart():
                super()._load_form_data()
        self._explain_in_debug()

    def _has_lean_form(self) -> bool:
        """Tell whether nothing that decides how a form is parsed was replaced."""
        return (
            self._lean_form
            and self.parameter_storage_class is ImmutableMultiDict
            and self.form_data_parser_class is FormDataParser
        )

    def _parse_urlencoded(self) -> ImmutableMultiDict:
        """Parse a form without files."""
        # PERF python -m bench.http_objects: request, form 25000 → 6000 ns
        data = self._cached_data
        if data is None:
            data = self._read_small_body()
            if data is None:
                data = self.stream.read()
        try:
            return parse_query(data.decode())
        except UnicodeDecodeError:  # as with Werkzeug, what is no UTF-8 has no fields
            return make_fields({})

    def _explain_in_debug(self) -> None:
        """Let ``files`` explain a missing key where the form was sent without its files."""
        app = active_app()
        if (
            app is not None
            and app.config["DEBUG"]
            and self.mimetype != "multipart/form-data"
            and not self.files
        ):
            attach_enctype_error_multidict(self)

    def _load_multipart(self) -> bool:
        """Parse a small form with files; return whether that was done."""
        if (
            not (self._lean_multipart and self._has_lean_form())
            or (boundary := boundary_of(self._content_type())) is None
        ):
            return False
        kept = self._cached_data
        data = self._read_small_body() if kept is None else kept
        if data is None:
            return False
        parsed = parse_multipart(data, boundary, self.max_form_memory_size, self.max_form_parts)
        if parsed is None:
            self._cached_data = data  # that is where Werkzeug's parser looks for it
            try:
                super()._load_form_data()
            finally:
                self._cached_data = kept
        else:
            values = self.__dict__
            values["form"], values["files"] = parsed
        return True

    def close(self) -> None:
        """Close the uploaded files, if there are any."""
        if self.__dict__.get("files"):
            super().close()


class _JsonModule(lazy):
    """``request.json_module``; of the class it is Kolben's JSON module."""

    def __get__(self, request: Request | None, owner: type | None = None) -> Any:
        """Look it up once; this is asked only where it was neither read nor set before."""
        if request is None:
            return json
        # PERF bench json echo: 0.2 µs less than through `lazy`
        found = request.json_module = json_module(request)
        return found


def json_module(_request: Request) -> Any:
    """What has ``loads`` for :meth:`get_json`: the provider of the app that is active."""
    app = active_app()
    return json if app is None else app.json


_lazy = lazy_attributes()
for _name, _attribute in _lazy.items():
    setattr(Request, _name, _attribute)
Request.json_module = _JsonModule(json_module)

# Set on nearly every request, or by a view now and then.
_LATE = (
    *("environ", "shallow", "method", "path", "json_module", "url_rule", "view_args"),
    *("_query_string", "_cached_data", "_taken", "_cached_json"),
    *("args", "headers", "cookies", "form", "files", "host", "remote_addr", "url", "user_agent"),
)
teach_names(Request, _LATE)
