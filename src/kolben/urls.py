"""From endpoints to URLs: ``url_for`` and what can change its result."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.routing import BuildError

from .helpers import _split_blueprint_path
from .http import Request
from .stacks import _cv_app, _cv_request
from .way import Dispatcher, overridable

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.routing import MapAdapter

    from .config import Config
    from .contexts import RequestContext
    from .routing import RouteMap

# RFC 3986, section 3.5: what a fragment may hold as it is.
_FRAGMENT_SAFE = "%!#$&'()*+,/:;=?@"

_NEEDS_SERVER_NAME = (
    "Unable to build URLs outside an active request without 'SERVER_NAME' configured."
    " Also configure 'APPLICATION_ROOT' and 'PREFERRED_URL_SCHEME' as needed."
)


class UrlBuilder(Dispatcher):
    """The part of an app that knows its URLs."""

    url_map: RouteMap
    config: Config
    subdomain_matching: bool

    @overridable
    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bind the URL map to a request, or to ``SERVER_NAME`` outside of one.

        Args:
            request: The request, whose context is not pushed yet.

        Returns:
            The adapter, ``None`` outside a request without ``SERVER_NAME``.

        Raises:
            SecurityError: The request's host is not one of ``TRUSTED_HOSTS``, or can be no host.
        """
        config = self.config
        if request is None:
            server_name = config["SERVER_NAME"]
            if server_name is None:
                return None
            return self.url_map.bind(
                server_name,
                script_name=config["APPLICATION_ROOT"],
                url_scheme=config["PREFERRED_URL_SCHEME"],
            )
        if config["TRUSTED_HOSTS"] is not None:
            request.trusted_hosts = config["TRUSTED_HOSTS"]
        _ = request.host  # judged here, once, and kept
        return self._bind_to(request.environ)

    def _bind_to(self, environ: WSGIEnvironment) -> MapAdapter:
        """Bind the URL map to an environ; the settings say which part of its host counts."""
        url_map, subdomain = self.url_map, None
        server_name = self.config["SERVER_NAME"]
        if url_map.host_matching:
            server_name = None  # it would be matched instead of the request's own host
        elif not self.subdomain_matching:
            subdomain = url_map.default_subdomain or ""
        return url_map.bind_to_environ(environ, server_name=server_name, subdomain=subdomain)

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Build the URL of an endpoint.

        Args:
            endpoint: Its name; within a blueprint's request ``".name"`` is the blueprint's own.
            _anchor: Added as ``#anchor``.
            _method: The HTTP method whose rule is wanted, where an endpoint has several.
            _scheme: Of an external URL; in a request it makes the URL external.
            _external: Whether scheme and host are part of it; by default only outside a request.
            **values: The rule's arguments; others become the query string.

        Returns:
            The URL.

        Raises:
            BuildError: No rule fits, and no function in ``url_build_error_handlers`` knew better.
            RuntimeError: Outside a request without ``SERVER_NAME``.
            ValueError: ``_scheme`` was given with ``_external=False``.
        """
        context = _cv_request.get(None)
        if context is not None:
            if endpoint[:1] == ".":
                blueprint = context.request.blueprint
                endpoint = endpoint[1:] if blueprint is None else f"{blueprint}{endpoint}"
            if _external is None:
                _external = _scheme is not None
        elif _external is None:
            _external = True
        # A scheme without a host would silently be dropped, and with it perhaps the "s" of https.
        if _scheme is not None and not _external:
            raise ValueError("When specifying '_scheme', '_external' must be True.")
        if self.url_default_functions or self._way.injects:
            self.inject_url_defaults(endpoint, values)
        url = (
            None
            if _external or context is None
            else self._local_url(context, endpoint, values, _method)
        )
        if url is None:
            adapter = self._url_adapter(context)
            try:
                url = adapter.build(
                    endpoint,
                    values,
                    method=_method,
                    url_scheme=_scheme,
                    force_external=_external,
                )
            except BuildError as error:
                values.update(
                    _anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external
                )
                return self.handle_url_build_error(error, endpoint, values)
        if _anchor is not None:
            url = f"{url}#{quote(_anchor, safe=_FRAGMENT_SAFE)}"
        return url

    def _local_url(
        self, context: RequestContext, endpoint: str, values: dict[str, Any], method: str | None
    ) -> str | None:
        """Build the URL without Werkzeug where the compiled routes can, else return ``None``."""
        if not self._way.routes_itself or context.app is not self:
            return None
        environ = context._environ
        if (
            context._made is None
            and self._way.request_class is Request
            and environ.get("SCRIPT_NAME") == ""  # it is missing over ASGI
        ):
            # PERF bench redirect: 1.2 µs, as no request is made only to be asked for its prefix
            return self.url_map.build_path(
                endpoint, values, method, environ["REQUEST_METHOD"].upper()
            )
        url = self.url_map.build_path(endpoint, values, method, context.request.method)
        if url is None:
            return None
        return context.request.root_path + url

    def _url_adapter(self, context: RequestContext | None) -> MapAdapter:
        """Return the adapter of the request, of the app context, or a new one."""
        adapter: MapAdapter | None
        if context is not None:
            adapter = context.url_adapter
        else:
            app_context = _cv_app.get(None)
            adapter = (
                self.create_url_adapter(None) if app_context is None else app_context.url_adapter
            )
        if adapter is None:
            raise RuntimeError(_NEEDS_SERVER_NAME)
        return adapter

    @overridable
    def inject_url_defaults(self, endpoint: str, values: dict[str, Any]) -> None:
        """Let the ``url_defaults`` functions of app and blueprints add to the values of a URL.

        Args:
            endpoint: The endpoint, with its blueprint's name.
            values: The values; changed in place.
        """
        blueprint = endpoint.rpartition(".")[0]
        inner = _split_blueprint_path(blueprint) if blueprint else []
        for name in (None, *reversed(inner)):
            for function in self.url_default_functions.get(name, ()):
                function(endpoint, values)

    def handle_url_build_error(
        self, error: BuildError, endpoint: str, values: dict[str, Any]
    ) -> str:
        """Ask ``url_build_error_handlers`` for a URL that could not be built.

        Args:
            error: What went wrong.
            endpoint: The endpoint asked for.
            values: The values given, together with ``_anchor``, ``_method``, ``_scheme``,
            ``_external``.

        Returns:
            The first result of a handler that is not ``None``.

        Raises:
            BuildError: No handler had one.
        """
        for handler in self.url_build_error_handlers:  # type: ignore[attr-defined]
            try:
                url = handler(error, endpoint, values)
            except BuildError as again:
                error = again
            else:
                if url is not None:
                    return url  # type: ignore[no-any-return]
        if error is sys.exc_info()[1]:
            raise  # noqa: PLE0704  # with its own traceback, when called while it is handled
        raise error
