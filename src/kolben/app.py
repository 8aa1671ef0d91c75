"""``Kolben``: an app is a scaffold that is configured, takes requests, and answers them."""

from __future__ import annotations

import inspect
import os
import sys
import weakref
from datetime import timedelta
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from werkzeug.datastructures import ImmutableDict
from werkzeug.exceptions import Aborter
from werkzeug.routing import Map, Rule

from .answering import Answering
from .app_globals import _AppCtxGlobals
from .config import Config, ConfigAttribute
from .defaults import DEFAULT_CONFIG
from .first_request import FirstRequest
from .globals import request_ctx
from .helpers import get_debug_flag
from .http.lazy import lazy
from .http.redirects import redirect as make_redirect
from .json.provider import DefaultJSONProvider, JSONProvider
from .mounts import mount_of_environ, mount_of_scope
from .protocols import wsgi
from .routing import RouteMap, RouteRule
from .scaffold import _endpoint_from_view_func, find_package, setupmethod
from .serving import Serving
from .telling import TellingList
from .template_hooks import TemplateHooks
from .waiting import finish
from .workbench import Workbench

if TYPE_CHECKING:
    import logging
    from collections.abc import Awaitable, Callable, Iterable, ValuesView

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from click import Group
    from werkzeug.wrappers import Response as BaseResponse

    from . import typing as ft
    from .blueprints import Blueprint
    from .http import Response
    from .http.scope import Scope
    from .mounts import Mount
    from .protocols.asgi import Receive, Send
    from .protocols.threads import Threads
    from .sockets.websocket import WebSocket
    from .templating import Environment

__all__ = ["Kolben", "Map", "Rule"]

F = TypeVar("F", bound="Callable[..., Any]")


def _as_timedelta(value: timedelta | int | None) -> timedelta | None:
    """Turn seconds into a timedelta."""
    return value if value is None or isinstance(value, timedelta) else timedelta(seconds=value)


def _mark_coroutine_function(function: Any) -> None:
    """Let ASGI servers see that a plain function may be awaited; WSGI servers don't ask."""
    if sys.version_info >= (3, 12):
        inspect.markcoroutinefunction(function)
    else:
        code = function.__code__  # what is asked there; calling it depends on its bytecode alone
        function.__code__ = code.replace(co_flags=code.co_flags | inspect.CO_COROUTINE)


class Kolben(Answering, TemplateHooks, Serving, Workbench):
    """A web application: routes, hooks, configuration; itself the WSGI and the ASGI callable.

    Args:
        import_name: The module or package the app lives in, usually ``__name__``.
        static_url_path: URL prefix of the static files; the folder's name by default.
        static_folder: Folder of static files, relative to the root path.
        static_host: Host of the static route; needed with ``host_matching``.
        host_matching: Whether rules name hosts.
        subdomain_matching: Whether rules name subdomains of ``SERVER_NAME``.
        template_folder: Folder of templates, relative to the root path.
        instance_path: Absolute folder for what belongs to one installation; found by default.
        instance_relative_config: Whether config files are looked for there.
        root_path: The folder that the others are relative to; found by ``import_name`` by default.

    Raises:
        ValueError: The instance path is not absolute.
    """

    #: Classes that an app may replace, in a subclass or before first use.
    aborter_class: type[Aborter] = Aborter
    app_ctx_globals_class: type[_AppCtxGlobals] = _AppCtxGlobals
    config_class: type[Config] = Config
    json_provider_class: type[JSONProvider] = DefaultJSONProvider
    url_rule_class: type[Rule] = RouteRule
    url_map_class: type[Map] = RouteMap
    #: The class of what ``websocket`` stands for; ``kolben.WebSocket`` where it is left ``None``.
    websocket_class: type[WebSocket] | None = None

    # Whether any rule has ``stream_body=True``.
    _streams_bodies = False

    #: Options for the Jinja environment, which is made at first use.
    jinja_options: dict[str, Any] = {}  # noqa: RUF012  (Flask's contract: one may assign to it)

    testing: ConfigAttribute[bool] = ConfigAttribute("TESTING")
    secret_key: ConfigAttribute[str | bytes | None] = ConfigAttribute("SECRET_KEY")
    permanent_session_lifetime: ConfigAttribute[timedelta] = ConfigAttribute(
        "PERMANENT_SESSION_LIFETIME",
        get_converter=_as_timedelta,  # type: ignore[arg-type]
    )

    #: The settings to start with; a subclass may have other ones.
    default_config: ClassVar[ImmutableDict[str, Any]] = DEFAULT_CONFIG

    def __init__(
        self,
        import_name: str,
        static_url_path: str | None = None,
        static_folder: str | os.PathLike[str] | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: str | os.PathLike[str] | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
    ) -> None:
        super().__init__(import_name, static_folder, static_url_path, template_folder, root_path)
        if instance_path is None:
            instance_path = self.auto_find_instance_path()
        elif not os.path.isabs(instance_path):
            raise ValueError(
                f"If an instance path is provided it must be absolute, not {instance_path!r}."
            )
        #: The folder for what belongs to one installation: databases, secrets.
        self.instance_path = instance_path
        self.config = self.make_config(instance_relative_config)
        if isinstance(self.config, Config):
            self._plans.heed(self.config)
        #: What ``jsonify`` and friends work with; replace it to use another JSON library.
        self.json: JSONProvider = self.json_provider_class(self)
        #: Asked for a URL that could not be built: ``f(error, endpoint, values)``.
        self.url_build_error_handlers: list[
            Callable[[Exception, str, dict[str, Any]], str | None]
        ] = []
        self.teardown_appcontext_funcs: list[ft.TeardownCallable] = self._plans.heed(TellingList())
        self.shell_context_processors: list[ft.ShellContextProcessorCallable] = []
        #: Dotted name → blueprint, in the order of registration.
        self.blueprints: dict[str, Blueprint] = {}
        #: Where extensions keep what they know of this app.
        self.extensions: dict[str, Any] = {}
        #: Every URL rule; a Werkzeug ``Map``.
        self.url_map = self._plans.heed(
            cast("RouteMap", self.url_map_class(host_matching=host_matching))
        )
        self.subdomain_matching = subdomain_matching
        self._got_first_request = False
        self._first_request = FirstRequest()
        self._find_way()
        if self.has_static_folder:
            self._add_static_route(static_host, host_matching)

    def _add_static_route(self, static_host: str | None, host_matching: bool) -> None:
        """Serve the static folder, which may not exist yet."""
        if bool(static_host) != host_matching:
            raise AssertionError(
                "Invalid static_host/host_matching combination: give both, or neither"
            )
        this = weakref.ref(self)  # no cycle: an app that nobody holds is gone at once
        self.add_url_rule(
            f"{self.static_url_path}/<path:filename>",
            endpoint="static",
            host=static_host,
            view_func=lambda **values: this().send_static_file(**values),  # type: ignore[union-attr]
        )

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_first_request:
            raise AssertionError(
                f"The setup method '{f_name}' can no longer be called on the application: it has"
                " served its first request, and not every worker would see the change."
                "\nSet the app up (imports, decorators, blueprints, extensions) before it runs."
            )

    # -- what it is --------------------------------------------------------------------------------

    @cached_property
    def name(self) -> str:  # type: ignore[override]
        """The app's name: its import name, or the file's name where that is ``__main__``."""
        if self.import_name != "__main__":
            return self.import_name
        filename: str | None = getattr(sys.modules["__main__"], "__file__", None)
        if filename is None:
            return "__main__"
        return os.path.splitext(os.path.basename(filename))[0]

    @cached_property
    def logger(self) -> logging.Logger:
        """The logger named after the app; at debug level in debug mode."""
        from .logging import create_logger

        return create_logger(self)

    @cached_property
    def jinja_environment(self) -> type[Environment]:
        """The class of the Jinja environment; assign another one before first use."""
        from .templating import Environment

        return Environment

    @property
    def debug(self) -> bool:
        """Whether debug mode is on: reloading, the debugger, longer error messages."""
        return self.config["DEBUG"]  # type: ignore[no-any-return]

    @debug.setter
    def debug(self, value: bool) -> None:
        self.config["DEBUG"] = value
        if self.config["TEMPLATES_AUTO_RELOAD"] is None and "jinja_env" in vars(self):
            self.jinja_env.auto_reload = value

    @property
    def got_first_request(self) -> bool:
        """Whether the app has begun to serve."""
        return self._got_first_request

    def make_config(self, instance_relative: bool = False) -> Config:
        """Make the config from the defaults; override to start with other ones.

        Args:
            instance_relative: Whether files are looked for in the instance folder.
        """
        root_path = self.instance_path if instance_relative else self.root_path
        return self.config_class(root_path, {**self.default_config, "DEBUG": get_debug_flag()})

    @lazy
    def aborter(self) -> Aborter:
        """What ``abort`` raises with; made by :meth:`make_aborter` when it is first used."""
        return self.make_aborter()

    def make_aborter(self) -> Aborter:
        """Make what ``abort`` raises with, from ``aborter_class``."""
        return self.aborter_class()

    def auto_find_instance_path(self) -> str:
        """Find the instance folder: beside the code, or under an installed package's prefix."""
        prefix, package_path = find_package(self.import_name)
        if prefix is None:
            return os.path.join(package_path, "instance")
        return os.path.join(prefix, "var", f"{self.name}-instance")

    def open_instance_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = "utf-8"
    ) -> IO[Any]:
        """Open a file in the instance folder, for reading or for writing.

        Args:
            resource: Path relative to ``instance_path``.
            mode: As for ``open``.
            encoding: Of a text file.
        """
        path = os.path.join(self.instance_path, resource)
        return open(path, mode, encoding=None if "b" in mode else encoding)

    def _name_cli(self, group: Group) -> Group:
        group.name = self.name
        return group

    # -- setting it up -----------------------------------------------------------------------------

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Register a blueprint.

        Args:
            blueprint: The blueprint.
            **options: ``name``, ``url_prefix``, ``subdomain``, ``url_defaults``, ``cli_group``;
                they win over the blueprint's own.
        """
        blueprint.register(self, options)

    def iter_blueprints(self) -> ValuesView[Blueprint]:
        """Return the blueprints in the order of their registration."""
        return self.blueprints.values()

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Map a URL rule to an endpoint and, where one is given, to its view.

        Args:
            rule: The rule; it must start with a slash.
            endpoint: The name for ``url_for``; the function's name by default.
            view_func: The function that answers. Its attributes ``methods``, ``required_methods``
                and ``provide_automatic_options`` are defaults.
            provide_automatic_options: Whether ``OPTIONS`` is answered without the view.
            **options: For Werkzeug's ``Rule``: ``methods``, ``defaults``, ``strict_slashes``, …;
                and ``stream_body=True`` for a view that reads the request's body in pieces as it
                comes (``request.chunks()``), instead of having it received before.

        Raises:
            TypeError: ``methods`` is a string instead of a list.
            AssertionError: The endpoint has another view already.
        """
        if endpoint is None:
            endpoint = _endpoint_from_view_func(view_func)  # type: ignore[arg-type]  # it checks
        stream_body = options.pop("stream_body", False)
        methods = options.pop("methods", None)
        if methods is None:
            methods = getattr(view_func, "methods", None) or ("GET",)
        if isinstance(methods, str):
            raise TypeError(
                "Allowed methods must be a list of strings, for example:"
                ' @app.route(..., methods=["POST"])'
            )
        methods = {method.upper() for method in methods}
        if provide_automatic_options is None:
            provide_automatic_options = getattr(view_func, "provide_automatic_options", None)
        required = set(getattr(view_func, "required_methods", ()))
        if provide_automatic_options is None:
            provide_automatic_options = (
                "OPTIONS" not in methods and self.config["PROVIDE_AUTOMATIC_OPTIONS"]
            )
            if provide_automatic_options:
                required.add("OPTIONS")
        url_rule: Any = self.url_rule_class(
            rule, methods=methods | required, endpoint=endpoint, **options
        )
        url_rule.provide_automatic_options = provide_automatic_options
        if stream_body:
            url_rule.stream_body = self._streams_bodies = True
        self.url_map.add(url_rule)
        if view_func is not None:
            known = self.view_functions.get(endpoint)
            if known is not None and known != view_func:
                raise AssertionError(
                    "View function mapping is overwriting an existing endpoint function:"
                    f" {endpoint}. Give one of the two views another name with 'endpoint='."
                )
            self.view_functions[endpoint] = view_func

    @setupmethod
    def before_first_request(self, f: F) -> F:
        """Run a function once, before the first request is dispatched; other requests wait for it.

        Differs from Flask: it was removed there in 2.3.
        """
        self._first_request.functions.append(f)
        return f

    @property
    def before_first_request_funcs(self) -> list[Callable[[], Any]]:
        """What still waits for the first request; a function that has run is taken out.

        Differs from Flask: it was removed there in 2.3, and kept what had run.
        """
        return self._first_request.functions

    @setupmethod
    def teardown_appcontext(self, f: F) -> F:
        """Run a function at the end of each application context, whatever happened.

        It is given the unhandled exception, or ``None``; its result is ignored. It should not
        raise.
        """
        self.teardown_appcontext_funcs.append(f)
        return f

    def _find_error_handler(
        self, e: Exception, blueprints: list[str]
    ) -> ft.ErrorHandlerCallable | None:
        """Find the handler for an error: by code before by class, blueprint before app."""
        if not self.error_handler_spec:
            return None
        exc_class, code = self._get_exc_class_and_code(type(e))
        for c in (code, None) if code is not None else (None,):
            for name in (*blueprints, None):
                handlers = self.error_handler_spec.get(name, {}).get(c)
                if not handlers:
                    continue
                for cls in exc_class.__mro__:
                    if (handler := handlers.get(cls)) is not None:
                        return handler
        return None

    # -- answering ---------------------------------------------------------------------------------

    def make_default_options_response(self) -> Response:
        """Make the answer to ``OPTIONS``: which methods the URL allows."""
        response = self.response_class()
        response.allow.update(request_ctx.url_adapter.allowed_methods())  # type: ignore[union-attr]
        return response

    def redirect(self, location: str, code: int = 302) -> BaseResponse:
        """Make a response that sends the browser elsewhere.

        Args:
            location: The URL.
            code: 301, 302, 303, 305, 307 or 308.
        """
        return make_redirect(location, code, self.response_class)

    @cached_property
    def threads(self) -> Threads:
        """The worker threads for sync code on ASGI; ``ASGI_THREADS`` of them at most."""
        from .protocols.threads import Threads  # with asyncio, which WSGI does not need

        return Threads(self.config["ASGI_THREADS"])

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a WSGI request; wrap it so: ``app.wsgi_app = Middleware(app.wsgi_app)``.

        Args:
            environ: The WSGI environment.
            start_response: The server's callable.

        Returns:
            The body.
        """
        if self._mounts and (mount := mount_of_environ(self, environ)) is not None:
            if mount.waits_for_start and not self._got_first_request:
                finish(self._first_request.run(self))
            return mount.answer_wsgi(self, environ, start_response)
        return wsgi.respond(self, environ, start_response)

    def asgi_app(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a call of an ASGI server; wrap it so: ``app.asgi_app = Middleware(app.asgi_app)``.

        Args:
            scope: What the server tells of the connection.
            receive: Gives the next message of the client.
            send: Takes a message for the client.

        Returns:
            What has to be awaited.
        """
        return _load_asgi()(self, scope, receive, send)

    def __call__(self, environ: Any, start_response: Any, send: Any = None) -> Any:
        """Answer a server's call, through whatever ``wsgi_app`` or ``asgi_app`` is wrapped in.

        Args:
            environ: The WSGI environment; or the scope (ASGI).
            start_response: The WSGI server's callable; or ``receive`` (ASGI).
            send: Left out (WSGI); or takes the messages (ASGI).
        """
        if send is None:
            return self.wsgi_app(environ, start_response)
        return self.asgi_app(environ, start_response, send)

    def _find_mount(self, scope: Scope) -> Mount | None:
        """Find the mount that answers a connection over ASGI, if one does."""
        return mount_of_scope(self, scope)


_mark_coroutine_function(Kolben.__call__)
_mark_coroutine_function(Kolben.asgi_app)
_ASGI_APP = Kolben.asgi_app


def _load_asgi() -> Callable[..., Awaitable[None]]:
    """Load what answers ASGI servers, with asyncio, which WSGI does not need."""
    from .protocols.asgi import respond

    # PERF bench wire: 2 % of a request's instructions; from the second call on it is the method
    if Kolben.asgi_app is _ASGI_APP:
        respond.__name__, respond.__qualname__ = _ASGI_APP.__name__, _ASGI_APP.__qualname__
        respond.__doc__ = _ASGI_APP.__doc__
        Kolben.asgi_app = respond  # type: ignore[method-assign, assignment]
    return respond
