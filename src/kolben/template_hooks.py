"""What an app adds to its templates: filters, tests, globals, and the environment itself."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from .scaffold import Scaffold, setupmethod
from .templating import make_environment, make_lookup, update_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from . import typing as ft
    from .templating import DispatchingJinjaLoader, Environment
    from .templating.mako.lookup import MakoLookup

F = TypeVar("F", bound="Callable[..., Any]")

_AUTOESCAPED = (".html", ".htm", ".xml", ".xhtml", ".svg")


class TemplateHooks(Scaffold):
    """The part of an app that has templates."""

    #: Options for ``mako.template.Template``, such as ``{"strict_undefined": True}``.
    mako_options: dict[str, Any] = {}  # noqa: RUF012  (one may assign to it, as to jinja_options)

    @cached_property
    def jinja_env(self) -> Environment:
        """The Jinja environment, made when it is first looked at; set ``jinja_options`` before."""
        return self.create_jinja_environment()

    @cached_property
    def mako_lookup(self) -> MakoLookup:
        """What finds the app's Mako templates, made when it is first looked at.

        Differs from Flask: it has none.
        """
        return make_lookup(self)  # type: ignore[arg-type]  # every app is more than this part

    def create_jinja_environment(self) -> Environment:
        """Make the Jinja environment with the options, globals and policies of this app."""
        return make_environment(self)  # type: ignore[arg-type]  # every app is more than this part

    def create_global_jinja_loader(self) -> DispatchingJinjaLoader:
        """Make the loader that asks the app's folder first, then those of the blueprints."""
        from .templating import DispatchingJinjaLoader

        return DispatchingJinjaLoader(self)  # type: ignore[arg-type]

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Tell whether a template is escaped: markup by its suffix is, and so are strings."""
        return filename is None or filename.endswith(_AUTOESCAPED)

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add what the context processors return to a template's variables.

        Args:
            context: The variables given to the render function; they win, and are changed in place.
        """
        update_context(self, context)  # type: ignore[arg-type]

    @setupmethod
    def template_filter(self, name: str | None = None) -> Callable[[F], F]:
        """Register the decorated function as a template filter, under its own name or ``name``."""

        def decorator(f: F) -> F:
            self.add_template_filter(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_template_filter(self, f: ft.TemplateFilterCallable, name: str | None = None) -> None:
        """Register a template filter, under its own name or ``name``."""
        self.jinja_env.filters[name or f.__name__] = f

    @setupmethod
    def template_test(self, name: str | None = None) -> Callable[[F], F]:
        """Register the decorated function as a template test, under its own name or ``name``."""

        def decorator(f: F) -> F:
            self.add_template_test(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_template_test(self, f: ft.TemplateTestCallable, name: str | None = None) -> None:
        """Register a template test, under its own name or ``name``."""
        self.jinja_env.tests[name or f.__name__] = f

    @setupmethod
    def template_global(self, name: str | None = None) -> Callable[[F], F]:
        """Register the decorated function for all templates, under its own name or ``name``."""

        def decorator(f: F) -> F:
            self.add_template_global(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_template_global(self, f: ft.TemplateGlobalCallable, name: str | None = None) -> None:
        """Register a function for all templates, under its own name or ``name``."""
        self.jinja_env.globals[name or f.__name__] = f
