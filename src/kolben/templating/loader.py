"""Where the templates of an app lie: in its own folder, then in those of its blueprints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from jinja2 import BaseLoader, TemplateNotFound

from kolben.debughelpers import explain_template_loading_attempts

if TYPE_CHECKING:
    from jinja2 import Environment as BaseEnvironment

    from kolben.app import Kolben
    from kolben.scaffold import Scaffold

Source: TypeAlias = tuple[str, str | None, Callable[[], bool] | None]


class DispatchingJinjaLoader(BaseLoader):
    """A loader that asks the app's own loader first, then those of the blueprints.

    A blueprint that was registered earlier is asked earlier.

    Args:
        app: The app whose ``jinja_loader`` and blueprints are asked.
    """

    def __init__(self, app: Kolben) -> None:
        self.app = app

    def get_source(self, environment: BaseEnvironment, template: str) -> Source:
        """Find a template's source.

        Args:
            environment: The environment that loads it.
            template: The template's name.

        Returns:
            Source, file name and a function that tells whether the file is unchanged, as the loader
            that has it returned them.

        Raises:
            jinja2.TemplateNotFound: Nobody has it; in debug mode a note says where it was looked
                for.
        """
        if self.app.config["EXPLAIN_TEMPLATE_LOADING"]:
            found = self._get_source_explained(environment, template)
        else:
            found = self._get_source_fast(environment, template)
        if found is None:
            error = TemplateNotFound(template)
            self.explain(error, [template])
            raise error
        return found

    def _get_source_fast(self, environment: BaseEnvironment, template: str) -> Source | None:
        """Return what the first loader that has the template gives."""
        for _, loader in self._iter_loaders(template):
            try:
                return loader.get_source(environment, template)
            except TemplateNotFound:
                continue
        return None

    def _get_source_explained(self, environment: BaseEnvironment, template: str) -> Source | None:
        """Ask every loader, log what each said, and return what the first gave."""
        attempts: list[tuple[BaseLoader, Scaffold, Source | None]] = []
        for owner, loader in self._iter_loaders(template):
            try:
                source: Source | None = loader.get_source(environment, template)
            except TemplateNotFound:
                source = None
            attempts.append((loader, owner, source))
        explain_template_loading_attempts(self.app, template, attempts)
        return next((source for _, _, source in attempts if source is not None), None)

    def _iter_loaders(self, template: str) -> Iterator[tuple[Scaffold, BaseLoader]]:
        """Yield the app and the blueprints that may have the template, each with its loader."""
        for owner in (self.app, *self.app.iter_blueprints()):
            loader = owner.jinja_loader
            if loader is not None:
                yield owner, loader

    def list_templates(self) -> list[str]:
        """List the names of all templates of the app and its blueprints, each once, unordered."""
        found: set[str] = set()
        for _, loader in self._iter_loaders(""):
            found.update(loader.list_templates())
        return list(found)

    def explain(self, error: TemplateNotFound, names: Sequence[str]) -> None:
        """In debug mode, note on an error where the templates were looked for.

        The note also lists existing templates with similar names.

        Args:
            error: The error that is about to be raised.
            names: The names of the templates that were not found.
        """
        if not self.app.debug:
            return
        lines = ["Looked in:"]
        for owner, loader in self._iter_loaders(names[0] if names else ""):
            lines.extend(f"  {place} ({_describe(owner)})" for place in _places(loader))
        if len(lines) == 1:
            lines = ["Looked nowhere: neither the app nor a blueprint has a template folder."]
        similar = sorted(set(self._similar(names)))
        if similar:
            lines.append(f"Similar names there: {', '.join(similar)}")
        error.add_note("\n".join(lines))

    def _similar(self, names: Sequence[str]) -> Iterator[str]:
        """Yield the existing templates whose names are almost the ones that were asked for."""
        from difflib import get_close_matches

        try:
            known = self.list_templates()
        except TypeError:  # a loader that cannot list
            return
        for name in names:
            yield from get_close_matches(name, known, cutoff=0.8)


def _describe(owner: Scaffold) -> str:
    """Name an app or a blueprint."""
    name = getattr(owner, "name", owner.import_name)
    kind = "application" if hasattr(owner, "iter_blueprints") else "blueprint"
    return f"{kind} {name!r}"


def _places(loader: BaseLoader) -> list[str]:
    """List the folders of a loader, or name its kind where it has none."""
    folders = getattr(loader, "searchpath", None)
    if not folders:
        return [f"a {type(loader).__name__}"]
    return [path if Path(path).is_dir() else f"{path}, no such folder" for path in folders]
