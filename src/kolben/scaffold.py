"""What an app and a blueprint share: routes, hooks and error handlers.

Theory of operation. Everything that is registered lands in dictionaries, keyed by *scope*: ``None``
for the object itself, a dotted blueprint name for what came with a blueprint. A list in them that
an extension appends to in mid-request counts at once, as they are read at every request; where all
are empty they need not be, as they tell when they are written to (:mod:`kolben.telling`).
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar, cast

from werkzeug.exceptions import HTTPException, default_exceptions

from .folders import Folders, find_package
from .telling import Plans, TellingDict, TellingTable
from .templating import _default_template_ctx_processor

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from click import Group

    from . import typing as ft

__all__ = ["Scaffold", "_endpoint_from_view_func", "find_package", "setupmethod"]

F = TypeVar("F", bound="Callable[..., Any]")

_sentinel: Any = object()


def setupmethod(f: F) -> F:
    """Guard a method that sets an app up: once requests are served, it complains instead."""
    name = f.__name__

    def guarded(self: Scaffold, *args: Any, **kwargs: Any) -> Any:
        self._check_setup_finished(name)
        return f(self, *args, **kwargs)

    return cast("F", update_wrapper(guarded, f))


class Scaffold(Folders):
    """Routes, hooks and error handlers of an app or a blueprint.

    Args:
        import_name: The module or package this object lives in, usually ``__name__``.
        static_folder: Folder of static files, relative to the root path.
        static_url_path: URL prefix of the static files; the folder's name by default.
        template_folder: Folder of templates, relative to the root path.
        root_path: The folder that the others are relative to; found by ``import_name`` by default.
    """

    name: str

    def __init__(
        self,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        root_path: str | None = None,
    ) -> None:
        super().__init__(import_name, static_folder, static_url_path, template_folder, root_path)
        # What was worked out from the tables that a request needs.
        plans = self._plans = Plans()
        #: Endpoint → view function.
        self.view_functions: dict[str, ft.RouteCallable] = plans.heed(TellingDict())
        #: Scope → HTTP code or ``None`` → exception class → handler.
        self.error_handler_spec: dict[
            ft.AppOrBlueprintKey, dict[int | None, dict[type[Exception], ft.ErrorHandlerCallable]]
        ] = defaultdict(lambda: defaultdict(dict))
        #: Scope → functions, for each kind of hook.
        self.before_request_funcs: dict[ft.AppOrBlueprintKey, list[ft.BeforeRequestCallable]] = (
            plans.heed(TellingTable[Any, Any](list))
        )
        self.after_request_funcs: dict[ft.AppOrBlueprintKey, list[ft.AfterRequestCallable[Any]]] = (
            plans.heed(TellingTable[Any, Any](list))
        )
        self.teardown_request_funcs: dict[ft.AppOrBlueprintKey, list[ft.TeardownCallable]] = (
            plans.heed(TellingTable[Any, Any](list))
        )
        self.template_context_processors: dict[
            ft.AppOrBlueprintKey, list[ft.TemplateContextProcessorCallable]
        ] = defaultdict(list, {None: [_default_template_ctx_processor]})
        self.url_value_preprocessors: dict[
            ft.AppOrBlueprintKey, list[ft.URLValuePreprocessorCallable]
        ] = plans.heed(TellingTable[Any, Any](list))
        self.url_default_functions: dict[ft.AppOrBlueprintKey, list[ft.URLDefaultCallable]] = (
            defaultdict(list)
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    @cached_property
    def cli(self) -> Group:
        """The commands of this object, for the ``kolben`` command line."""
        from .cli.groups import AppGroup  # the command line is no part of serving

        return self._name_cli(AppGroup())

    def _name_cli(self, group: Group) -> Group:
        """Give the command group its name."""
        return group

    def _check_setup_finished(self, f_name: str) -> None:
        """Complain where setting up is over; each kind of scaffold knows when that is."""
        raise NotImplementedError(f"{type(self).__name__} does not say when its setup is finished")

    # -- routes ------------------------------------------------------------------------------------

    def _method_route(self, method: str, rule: str, options: dict[str, Any]) -> Callable[[F], F]:
        """Register a view for one HTTP method."""
        if "methods" in options:
            raise TypeError("Use the 'route' decorator to use the 'methods' argument.")
        return self.route(rule, methods=[method], **options)

    @setupmethod
    def get(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register a view for ``GET``; see ``route``."""
        return self._method_route("GET", rule, options)

    @setupmethod
    def post(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register a view for ``POST``; see ``route``."""
        return self._method_route("POST", rule, options)

    @setupmethod
    def put(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register a view for ``PUT``; see ``route``."""
        return self._method_route("PUT", rule, options)

    @setupmethod
    def delete(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register a view for ``DELETE``; see ``route``."""
        return self._method_route("DELETE", rule, options)

    @setupmethod
    def patch(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register a view for ``PATCH``; see ``route``."""
        return self._method_route("PATCH", rule, options)

    @setupmethod
    def route(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Register the decorated function as the view of a URL rule.

        Args:
            rule: The rule, with arguments in angle brackets: ``"/user/<int:id>"``.
            **options: What ``add_url_rule`` takes; ``methods`` is ``["GET"]`` by default.
        """

        def decorator(f: F) -> F:
            endpoint = options.pop("endpoint", None)
            self.add_url_rule(rule, endpoint, f, **options)
            return f

        return decorator

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
            view_func: The function that answers.
            provide_automatic_options: Whether ``OPTIONS`` is answered without the view.
            **options: For Werkzeug's ``Rule``: ``methods``, ``defaults``, ``strict_slashes``, …
        """
        raise NotImplementedError(f"{type(self).__name__} has no routes")

    @setupmethod
    def endpoint(self, endpoint: str) -> Callable[[F], F]:
        """Register the decorated function as the view of an endpoint.

        For a rule that was added without a view.
        """

        def decorator(f: F) -> F:
            self.view_functions[endpoint] = f
            return f

        return decorator

    # -- hooks -------------------------------------------------------------------------------------

    @setupmethod
    def before_request(self, f: F) -> F:
        """Run a function before each request; if it returns something, that is the answer."""
        self.before_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def after_request(self, f: F) -> F:
        """Run a function on each response; it returns the response, or another one.

        Skipped where an error was left unhandled before a response was there.
        """
        self.after_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def teardown_request(self, f: F) -> F:
        """Run a function when a request's context ends, whatever happened.

        It is given the unhandled exception, or ``None``; its result is ignored. It should not
        raise.
        """
        self.teardown_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def context_processor(self, f: F) -> F:
        """Add what a function returns, a dictionary, to the variables of every template."""
        self.template_context_processors[None].append(f)
        return f

    @setupmethod
    def url_value_preprocessor(self, f: F) -> F:
        """Run a function on the endpoint and the URL's arguments, before the hooks.

        It may change the arguments in place.
        """
        self.url_value_preprocessors[None].append(f)
        return f

    @setupmethod
    def url_defaults(self, f: F) -> F:
        """Run a function on the endpoint and the values of each ``url_for``; it may add to them."""
        self.url_default_functions[None].append(f)
        return f

    # -- error handlers ----------------------------------------------------------------------------

    @setupmethod
    def errorhandler(self, code_or_exception: type[Exception] | int) -> Callable[[F], F]:
        """Register the decorated function for an HTTP code or a class of exceptions.

        Args:
            code_or_exception: ``404``, ``NotFound``, ``MyError`` … The most specific class wins.
        """

        def decorator(f: F) -> F:
            self.register_error_handler(code_or_exception, f)
            return f

        return decorator

    @setupmethod
    def register_error_handler(
        self, code_or_exception: type[Exception] | int, f: ft.ErrorHandlerCallable
    ) -> None:
        """Register a function for an HTTP code or a class of exceptions; see ``errorhandler``."""
        exc_class, code = self._get_exc_class_and_code(code_or_exception)
        self.error_handler_spec[None][code][exc_class] = f

    @staticmethod
    def _get_exc_class_and_code(
        exc_class_or_code: type[Exception] | int,
    ) -> tuple[type[Exception], int | None]:
        """Return the exception class that is meant, and its HTTP code if it has one."""
        exc_class: Any = exc_class_or_code
        if isinstance(exc_class_or_code, int):
            exc_class = default_exceptions.get(exc_class_or_code)
            if exc_class is None:
                raise ValueError(
                    f"'{exc_class_or_code}' is not a recognized HTTP error code."
                    " Use a subclass of HTTPException with that code instead."
                )
        if isinstance(exc_class, Exception):
            raise TypeError(
                f"{exc_class!r} is an instance, not a class. Handlers can only be registered"
                " for Exception classes or HTTP error codes."
            )
        if not (isinstance(exc_class, type) and issubclass(exc_class, Exception)):
            raise ValueError(  # noqa: TRY004  (it is a ValueError in Flask)
                f"'{getattr(exc_class, '__name__', exc_class)}' is not a subclass of Exception."
                " Handlers can only be registered for Exception classes or HTTP error codes."
            )
        return exc_class, exc_class.code if issubclass(exc_class, HTTPException) else None


def _endpoint_from_view_func(view_func: ft.RouteCallable) -> str:
    """Return the endpoint of a view that was registered without one: the function's name."""
    if view_func is None:
        raise AssertionError("expected view func if endpoint is not provided.")
    return view_func.__name__
