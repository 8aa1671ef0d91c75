"""Blueprints: parts of an app that are written apart and registered together.

Theory of operation. A blueprint records what is to be done (``record``) and keeps its own hooks;
when it is registered, the hooks are merged into the app under the blueprint's dotted name, and the
recorded functions are called with a ``BlueprintSetupState`` that knows prefix, subdomain and names.
"""

from __future__ import annotations

from collections import defaultdict
from functools import update_wrapper
from typing import IO, TYPE_CHECKING, Any, TypeVar

from .life_hooks import LifeHooks
from .scaffold import _endpoint_from_view_func, _sentinel, setupmethod
from .socket_hooks import SOCKET_HOOKS, SocketHooks

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from click import Group

    from . import typing as ft
    from .app import Kolben

    DeferredSetupFunction = Callable[["BlueprintSetupState"], Any]

F = TypeVar("F", bound="Callable[..., Any]")


class BlueprintSetupState:
    """One registration of a blueprint: what recorded functions are called with.

    Args:
        blueprint: The blueprint.
        app: The app it is registered on.
        options: What was given to ``register_blueprint``.
        first_registration: Whether this blueprint was not on this app before.
    """

    def __init__(
        self, blueprint: Blueprint, app: Kolben, options: Any, first_registration: bool
    ) -> None:
        self.app = app
        self.blueprint = blueprint
        self.options = options
        self.first_registration = first_registration
        subdomain = options.get("subdomain")
        self.subdomain: str | None = blueprint.subdomain if subdomain is None else subdomain
        url_prefix = options.get("url_prefix")
        self.url_prefix: str | None = blueprint.url_prefix if url_prefix is None else url_prefix
        self.name: str = options.get("name", blueprint.name)
        self.name_prefix: str = options.get("name_prefix", "")
        self.url_defaults: dict[str, Any] = {
            **blueprint.url_values_defaults,
            **dict(options.get("url_defaults", ())),
        }

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.RouteCallable | None = None,
        **options: Any,
    ) -> None:
        """Add a rule to the app, with the blueprint's prefix, subdomain, defaults and name.

        Args:
            rule: The rule, relative to the prefix.
            endpoint: Relative to the blueprint's name; the function's name by default.
            view_func: The view.
            **options: What ``Kolben.add_url_rule`` takes.
        """
        if self.url_prefix is not None:
            rule = f"{self.url_prefix.rstrip('/')}/{rule.lstrip('/')}" if rule else self.url_prefix
        options.setdefault("subdomain", self.subdomain)
        if endpoint is None:
            endpoint = _endpoint_from_view_func(view_func)  # type: ignore[arg-type]  # it checks
        defaults = {**self.url_defaults, **(options.pop("defaults", None) or {})}
        self.app.add_url_rule(
            rule,
            f"{self.name_prefix}.{self.name}.{endpoint}".lstrip("."),
            view_func,
            defaults=defaults,
            **options,
        )


class Blueprint(SocketHooks, LifeHooks):
    """A collection of routes, hooks, templates, static files and commands for an app.

    Args:
        name: Goes before each endpoint, with a dot.
        import_name: The module or package it lives in, usually ``__name__``.
        static_folder: Folder of static files, relative to the root path; none by default.
        static_url_path: URL prefix of the static files; the folder's name by default.
        template_folder: Folder of templates; the app's own templates come first.
        url_prefix: Goes before each rule.
        subdomain: Where its rules match, with subdomain matching.
        url_defaults: Default values for the arguments of its rules.
        root_path: The folder that the others are relative to; found by ``import_name`` by default.
        cli_group: Name of its command group; its own name by default, ``None`` to merge the
            commands into the app's.

    Raises:
        ValueError: The name is empty or has a dot.
    """

    _got_registered_once = False

    def __init__(
        self,
        name: str,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        url_prefix: str | None = None,
        subdomain: str | None = None,
        url_defaults: dict[str, Any] | None = None,
        root_path: str | None = None,
        cli_group: str | None = _sentinel,
    ) -> None:
        super().__init__(import_name, static_folder, static_url_path, template_folder, root_path)
        if not name:
            raise ValueError("'name' may not be empty.")
        if "." in name:
            raise ValueError("'name' may not contain a dot '.' character.")
        self.name = name
        self.url_prefix = url_prefix
        self.subdomain = subdomain
        self.deferred_functions: list[DeferredSetupFunction] = []
        self.url_values_defaults = {} if url_defaults is None else url_defaults
        self.cli_group = cli_group
        self._blueprints: list[tuple[Blueprint, dict[str, Any]]] = []

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_registered_once:
            raise AssertionError(
                f"The setup method '{f_name}' can no longer be called on the blueprint"
                f" '{self.name}': it is registered already, and the change would not reach the app."
                "\nCall all setup methods of a blueprint before register_blueprint()."
            )

    def open_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = "utf-8"
    ) -> IO[Any]:
        """Open a file that lies beside the blueprint's code, for reading.

        Args:
            resource: Path relative to ``root_path``.
            mode: ``"rb"``, ``"r"`` or ``"rt"``.
            encoding: Of a text file; ignored for bytes.

        Raises:
            ValueError: Another mode was asked for.
        """
        return super().open_resource(resource, mode, encoding)

    # -- registration ------------------------------------------------------------------------------

    @setupmethod
    def record(self, func: DeferredSetupFunction) -> None:
        """Call a function with the ``BlueprintSetupState`` at each registration."""
        self.deferred_functions.append(func)

    @setupmethod
    def record_once(self, func: DeferredSetupFunction) -> None:
        """Call a function with the ``BlueprintSetupState`` at the first registration on an app."""

        def wrapper(state: BlueprintSetupState) -> None:
            if state.first_registration:
                func(state)

        self.record(update_wrapper(wrapper, func))

    def make_setup_state(
        self, app: Kolben, options: dict[str, Any], first_registration: bool = False
    ) -> BlueprintSetupState:
        """Make the state of one registration; override to use a class of your own."""
        return BlueprintSetupState(self, app, options, first_registration)

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Nest another blueprint in this one.

        Args:
            blueprint: The one to nest; its names and prefixes come after this one's.
            **options: ``name``, ``url_prefix``, ``subdomain``, ``url_defaults``, ``cli_group``.

        Raises:
            ValueError: A blueprint cannot be nested in itself.
        """
        if blueprint is self:
            raise ValueError("Cannot register a blueprint on itself")
        self._blueprints.append((blueprint, options))

    def register(self, app: Kolben, options: dict[str, Any]) -> None:
        """Put everything of this blueprint on an app; ``Kolben.register_blueprint`` calls this.

        Args:
            app: The app.
            options: What was given to ``register_blueprint``.

        Raises:
            ValueError: The name is taken.
        """
        own_name = options.get("name", self.name)
        name = f"{options.get('name_prefix', '')}.{own_name}".lstrip(".")
        if name in app.blueprints:
            whose = "this" if app.blueprints[name] is self else "a different"
            where = f" '{name}'" if own_name != name else ""
            raise ValueError(
                f"The name '{own_name}' is already registered for {whose} blueprint{where}."
                " Use 'name=' to provide a unique name."
            )
        first_registration = not any(known is self for known in app.blueprints.values())
        app.blueprints[name] = self
        self._got_registered_once = True
        state = self.make_setup_state(app, options, first_registration)
        if self.has_static_folder:
            state.add_url_rule(
                f"{self.static_url_path}/<path:filename>",
                view_func=self.send_static_file,
                endpoint="static",
            )
        self._merge_blueprint_funcs(app, name)
        if first_registration:
            app.before_serving_funcs += self.before_serving_funcs
            app.while_serving_gens += self.while_serving_gens
            app.after_serving_funcs += self.after_serving_funcs
        for deferred in self.deferred_functions:
            deferred(state)
        if "cli" in vars(self):
            self._merge_commands(app.cli, name, options)
        for nested, nested_options in self._blueprints:
            nested.register(app, _nested_options(state, nested, nested_options, name))

    def _merge_commands(self, cli: Group, name: str, options: dict[str, Any]) -> None:
        """Add this blueprint's commands to the app's."""
        if not self.cli.commands:
            return
        group = options.get("cli_group", self.cli_group)
        if group is None:
            cli.commands.update(self.cli.commands)
            return
        self.cli.name = name if group is _sentinel else group
        cli.add_command(self.cli)

    def _merge_blueprint_funcs(self, app: Kolben, name: str) -> None:
        """Add this blueprint's hooks, handlers and views to the app's, under its dotted name."""

        def scope(key: ft.AppOrBlueprintKey) -> str:
            return name if key is None else f"{name}.{key}"

        for key, by_code in self.error_handler_spec.items():
            copied = {code: dict(handlers) for code, handlers in by_code.items()}
            app.error_handler_spec[scope(key)] = defaultdict(dict, copied)
        app.view_functions.update(self.view_functions)
        for kind in (
            "before_request_funcs",
            "after_request_funcs",
            "after_response_funcs",
            "teardown_request_funcs",
            "url_default_functions",
            "url_value_preprocessors",
            "template_context_processors",
            *SOCKET_HOOKS,
        ):
            merged = getattr(app, kind)
            for key, functions in getattr(self, kind).items():
                merged[scope(key)].extend(functions)

    # -- routes ------------------------------------------------------------------------------------

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Map a URL rule to an endpoint of this blueprint; see ``Kolben.add_url_rule``.

        Raises:
            ValueError: The endpoint or the function's name has a dot.
        """
        if endpoint and "." in endpoint:
            raise ValueError("'endpoint' may not contain a dot '.' character.")
        if view_func and "." in getattr(view_func, "__name__", ""):
            raise ValueError("'view_func' name may not contain a dot '.' character.")
        self.record(
            lambda state: state.add_url_rule(
                rule,
                endpoint,
                view_func,
                provide_automatic_options=provide_automatic_options,
                **options,
            )
        )

    # -- for the whole app -------------------------------------------------------------------------

    def _for_app(self, kind: str, f: F) -> F:
        """Add a function to one of the app's own lists of hooks, once."""
        self.record_once(lambda state: getattr(state.app, kind).setdefault(None, []).append(f))
        return f

    @setupmethod
    def before_app_first_request(self, f: F) -> F:
        """Run a function once, before the first request of the app."""
        self.record_once(lambda state: state.app.before_first_request(f))
        return f

    @setupmethod
    def before_app_request(self, f: F) -> F:
        """Run a function before each request of the app."""
        return self._for_app("before_request_funcs", f)

    @setupmethod
    def after_app_request(self, f: F) -> F:
        """Run a function on each response of the app."""
        return self._for_app("after_request_funcs", f)

    @setupmethod
    def teardown_app_request(self, f: F) -> F:
        """Run a function at the end of each request of the app."""
        return self._for_app("teardown_request_funcs", f)

    @setupmethod
    def before_app_websocket(self, f: F) -> F:
        """Run a function before each WebSocket's handler of the app."""
        return self._for_app("before_websocket_funcs", f)

    @setupmethod
    def after_app_websocket(self, f: F) -> F:
        """Run a function after each WebSocket's handler of the app."""
        return self._for_app("after_websocket_funcs", f)

    @setupmethod
    def teardown_app_websocket(self, f: F) -> F:
        """Run a function at the end of each WebSocket of the app."""
        return self._for_app("teardown_websocket_funcs", f)

    @setupmethod
    def after_app_response(self, f: F) -> F:
        """Run a function when a response of the app is out."""
        return self._for_app("after_response_funcs", f)

    @setupmethod
    def app_context_processor(self, f: F) -> F:
        """Add what a function returns to the variables of every template of the app."""
        return self._for_app("template_context_processors", f)

    @setupmethod
    def app_url_value_preprocessor(self, f: F) -> F:
        """Run a function on the URL's arguments of each request of the app."""
        return self._for_app("url_value_preprocessors", f)

    @setupmethod
    def app_url_defaults(self, f: F) -> F:
        """Run a function on the values of each ``url_for`` of the app."""
        return self._for_app("url_default_functions", f)

    @setupmethod
    def app_errorhandler(self, code: type[Exception] | int) -> Callable[[F], F]:
        """Register the decorated function as an error handler of the app."""

        def decorator(f: F) -> F:
            self.record_once(lambda state: state.app.errorhandler(code)(f))
            return f

        return decorator

    @setupmethod
    def app_template_filter(self, name: str | None = None) -> Callable[[F], F]:
        """Register the decorated function as a template filter of the app."""

        def decorator(f: F) -> F:
            self.add_app_template_filter(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_app_template_filter(
        self, f: ft.TemplateFilterCallable, name: str | None = None
    ) -> None:
        """Register a template filter of the app, under its own name or ``name``."""
        self.record_once(lambda state: state.app.add_template_filter(f, name=name))

    @setupmethod
    def app_template_test(self, name: str | None = None) -> Callable[[F], F]:
        """Register the decorated function as a template test of the app."""

        def decorator(f: F) -> F:
            self.add_app_template_test(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_app_template_test(self, f: ft.TemplateTestCallable, name: str | None = None) -> None:
        """Register a template test of the app, under its own name or ``name``."""
        self.record_once(lambda state: state.app.add_template_test(f, name=name))

    @setupmethod
    def app_template_global(self, name: str | None = None) -> Callable[[F], F]:
        """Register the decorated function as a template global of the app."""

        def decorator(f: F) -> F:
            self.add_app_template_global(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_app_template_global(
        self, f: ft.TemplateGlobalCallable, name: str | None = None
    ) -> None:
        """Register a template global of the app, under its own name or ``name``."""
        self.record_once(lambda state: state.app.add_template_global(f, name=name))


def _nested_options(
    state: BlueprintSetupState, nested: Blueprint, options: dict[str, Any], name: str
) -> dict[str, Any]:
    """Join the subdomain and the prefix of a nested blueprint to those of its parent."""
    result = {**options, "name_prefix": name}
    subdomain = options.get("subdomain")
    if subdomain is None:
        subdomain = nested.subdomain
    parts = [part for part in (subdomain, state.subdomain) if part is not None]
    if parts:
        result["subdomain"] = ".".join(parts)
    prefix = options.get("url_prefix")
    if prefix is None:
        prefix = nested.url_prefix
    if prefix is None:
        prefix = state.url_prefix
    elif state.url_prefix is not None:
        prefix = f"{state.url_prefix.rstrip('/')}/{prefix.lstrip('/')}"
    if prefix is not None:
        result["url_prefix"] = prefix
    return result
