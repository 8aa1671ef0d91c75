"""Where Mako templates come from: the loader that Jinja asks too, and a cache of compiled ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath
from threading import RLock
from types import FunctionType
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.filters import FILTERS
from mako.exceptions import TopLevelLookupException
from mako.lookup import TemplateCollection

from kolben.templating.loader import Source

from . import SUFFIXES
from .template import Template

if TYPE_CHECKING:
    from kolben.app import Kolben

# Mako's names of what it does to each ${expression}: escape as HTML (what has __html__ stays as it
# is), or only make text of it.
_ESCAPE, _PLAIN = ["h"], ["str"]


class MakoTemplateNotFound(jinja2.TemplateNotFound, TopLevelLookupException):  # type: ignore[misc]  # Mako is untyped
    """There is no such Mako template; an error that both libraries' handlers know."""


class MakoLookup(TemplateCollection):  # type: ignore[misc]  # Mako is untyped
    """Finds the Mako templates of an app and its blueprints, and keeps them compiled in memory.

    Sources come from the loader of the app's Jinja environment, so the folders and their order are
    the same. A template is escaped as HTML unless its name without the suffix says that it is
    something else: ``page.mako`` and ``page.html.mako`` are, ``mail.txt.mako`` is not.

    Args:
        app: The app.
    """

    def __init__(self, app: Kolben) -> None:
        self.app = app
        self._templates: dict[str, tuple[Template, Callable[[], bool] | None]] = {}
        self._compiling = RLock()

    def get_template(self, uri: str, relativeto: str | None = None) -> Template:
        """Load a template, or take it from the cache.

        Args:
            uri: The template's name; a slash in front changes nothing.
            relativeto: The template that asks. Mako has taken care of it in `adjust_uri`.

        Returns:
            The template.

        Raises:
            MakoTemplateNotFound: There is no such template; in debug mode it says where it was
                looked for.
        """
        name = uri.lstrip("/")
        kept = self._templates.get(name)
        if kept is None or not self._is_fresh(kept[1]):
            with self._compiling:
                kept = self._templates.get(name)
                if kept is None or not self._is_fresh(kept[1]):
                    kept = self._load(name)
                    self._templates[name] = kept
        return kept[0]

    def _is_fresh(self, uptodate: Callable[[], bool] | None) -> bool:
        """Tell whether a kept template may be used: its file is unchanged, or nobody wants to know.

        Args:
            uptodate: Tells whether the file is unchanged, where the loader gave such a function.
        """
        return uptodate is None or not self.app.jinja_env.auto_reload or uptodate()

    def _load(self, name: str) -> tuple[Template, Callable[[], bool] | None]:
        """Ask the loader for a template's source, and compile it."""
        try:
            source, filename, uptodate = self._get_source(name)
        except jinja2.TemplateNotFound as missing:
            self._templates.pop(name, None)
            raise self._explain(missing, name) from None
        return self._compile(source, name, filename), uptodate

    def _explain(self, missing: jinja2.TemplateNotFound, name: str) -> MakoTemplateNotFound:
        """Make the error for a missing template out of Jinja's, with its notes and a hint."""
        message = f"there is no template {name!r}"
        base = PurePosixPath(name).name
        if base != name and (base in self._templates or self._exists(base)):
            message += (
                f", but there is '/{base}': in <%inherit> and <%include> a name is relative to the"
                " template it stands in, unless it starts with a slash"
            )
        error = MakoTemplateNotFound(name, message)
        for note in getattr(missing, "__notes__", ()):
            error.add_note(note)
        return error

    def _exists(self, name: str) -> bool:
        """Tell whether the loader has a template."""
        try:
            self._get_source(name)
        except jinja2.TemplateNotFound:
            return False
        return True

    def _get_source(self, name: str) -> Source:
        """Ask the loader of the app's Jinja environment."""
        environment = self.app.jinja_env
        if environment.loader is None:
            raise jinja2.TemplateNotFound(name)
        return environment.loader.get_source(environment, name)

    def from_string(self, source: str) -> Template:
        """Compile a template that is given as text; it is escaped, and not kept.

        Args:
            source: The template's source.

        Returns:
            The template; the names in its ``<%inherit>`` and ``<%include>`` start at the top.

        Raises:
            mako.exceptions.SyntaxException: The source is not a template.
        """
        return self._compile(source, None, None)

    def _compile(self, source: str, name: str | None, filename: str | None) -> Template:
        """Compile a source with the app's options."""
        options = dict(self.app.mako_options)
        options.setdefault("default_filters", _ESCAPE if self._is_escaped(name) else _PLAIN)
        return Template(source, name, filename, lookup=self, **options)

    def _is_escaped(self, name: str | None) -> bool:
        """Tell whether a template's output is markup, by the suffix before Mako's own."""
        if name is None:
            return True
        suffixes = self.app.config.get("MAKO_SUFFIXES", SUFFIXES)
        for suffix in (suffixes,) if isinstance(suffixes, str) else suffixes:
            if name.endswith(suffix):
                name = name.removesuffix(suffix)
                break
        if not PurePosixPath(name).suffix:
            return True
        return self.app.select_jinja_autoescape(name)

    def adjust_uri(self, uri: str, filename: str | None) -> str:
        """Resolve a name as it stands in a template.

        Args:
            uri: The name; relative to the template's folder unless it starts with a slash.
            filename: The name of the template it stands in.

        Returns:
            The name from the top.
        """
        if uri.startswith("/") or filename is None:
            return normpath(uri).lstrip("/")
        return normpath(join(dirname(filename), uri)).lstrip("/")

    def filename_to_uri(self, uri: str, filename: str) -> str:
        """Return the name by which a template is known (its file's place does not matter).

        Args:
            uri: The name.
            filename: The file.
        """
        return uri

    def names(self) -> Mapping[str, Any]:
        """Give what every template sees: the app's own filters, and Jinja's globals.

        Those that want Jinja's context, environment or evaluation context are left out.
        """
        environment = self.app.jinja_env
        own = environment.filters.keys() - FILTERS.keys()
        found = {name: environment.filters[name] for name in own} | dict(environment.globals)
        return {name: value for name, value in found.items() if not _wants_jinja(value)}


def _wants_jinja(value: Any) -> bool:
    """Tell whether a function is to be given something of Jinja's.

    A proxy is not looked into, or each template would open the session.
    """
    return type(value) is FunctionType and hasattr(value, "jinja_pass_arg")
