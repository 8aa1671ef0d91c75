"""Where an app or a blueprint keeps its files: its root, static files, templates and resources."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from importlib import util as importlib_util
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, Any

from .globals import current_app
from .helpers import get_root_path, send_from_directory

if TYPE_CHECKING:
    from datetime import timedelta

    from jinja2.loaders import BaseLoader

    from .http import Response


class Folders:
    """The folders of an app or a blueprint.

    Args:
        import_name: The module or package this object lives in, usually ``__name__``.
        static_folder: Folder of static files, relative to the root path.
        static_url_path: URL prefix of the static files; the folder's name by default.
        template_folder: Folder of templates, relative to the root path.
        root_path: The folder that the others are relative to; found by ``import_name`` by default.
    """

    _static_folder: str | None = None
    _static_url_path: str | None = None

    def __init__(
        self,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        root_path: str | None = None,
    ) -> None:
        #: The name of the module or package that this object lives in.
        self.import_name = import_name
        self.static_folder = static_folder  # the setter takes paths too
        self.static_url_path = static_url_path
        #: The folder of templates, relative to ``root_path``; ``None`` for none.
        self.template_folder = template_folder
        #: The absolute folder that resources are found in.
        self.root_path = get_root_path(import_name) if root_path is None else root_path

    @property
    def static_folder(self) -> str | None:
        """The absolute folder of static files, ``None`` for none."""
        if self._static_folder is None:
            return None
        return os.path.join(self.root_path, self._static_folder)

    @static_folder.setter
    def static_folder(self, value: str | os.PathLike[str] | None) -> None:
        self._static_folder = None if value is None else os.fspath(value).rstrip(r"\/")

    @property
    def has_static_folder(self) -> bool:
        """Whether a folder of static files is set."""
        return self.static_folder is not None

    @property
    def static_url_path(self) -> str | None:
        """The URL prefix of the static files, from the folder's name where it was not set."""
        if self._static_url_path is not None:
            return self._static_url_path
        if self.static_folder is None:
            return None
        return f"/{os.path.basename(self.static_folder)}".rstrip("/")

    @static_url_path.setter
    def static_url_path(self, value: str | None) -> None:
        self._static_url_path = None if value is None else value.rstrip("/")

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Tell how long browsers may keep a file without asking again.

        Args:
            filename: The file about to be sent, for overrides that look at it.

        Returns:
            Seconds, from ``SEND_FILE_MAX_AGE_DEFAULT``; ``None`` lets the browser ask each time.

        Raises:
            RuntimeError: No application context is active.
        """
        value = current_app.config["SEND_FILE_MAX_AGE_DEFAULT"]
        if value is None or isinstance(value, int):
            return value
        lifetime: timedelta = value
        return int(lifetime.total_seconds())

    def send_static_file(self, filename: str) -> Response:
        """Serve a file from the static folder; this is the view of the ``static`` endpoint.

        Args:
            filename: Path below the folder, with slashes.

        Raises:
            RuntimeError: No static folder is set.
            NotFound: There is no such file, or it lies outside the folder.
        """
        folder = self.static_folder
        if folder is None:
            raise RuntimeError("'static_folder' must be set to serve static_files.")
        return send_from_directory(folder, filename, max_age=self.get_send_file_max_age(filename))

    @cached_property
    def jinja_loader(self) -> BaseLoader | None:
        """The Jinja loader of the template folder, ``None`` where there is no such folder."""
        if self.template_folder is None:
            return None
        from jinja2 import FileSystemLoader

        return FileSystemLoader(os.path.join(self.root_path, self.template_folder))

    def open_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = None
    ) -> IO[Any]:
        """Open a file that lies beside the code, for reading.

        Args:
            resource: Path relative to ``root_path``.
            mode: ``"rb"``, ``"r"`` or ``"rt"``.
            encoding: Of a text file; ignored for bytes.

        Raises:
            ValueError: Another mode was asked for.
        """
        if mode not in {"r", "rt", "rb"}:
            raise ValueError("Resources can only be opened for reading.")
        path = os.path.join(self.root_path, resource)
        return open(path, mode, encoding=None if mode == "rb" else encoding)


def _find_package_path(import_name: str) -> str:
    """Find the folder on ``sys.path`` from which a module or package is imported."""
    root_name = import_name.partition(".")[0]
    try:
        spec = importlib_util.find_spec(root_name)
    except (ImportError, ValueError):
        spec = None
    if spec is None:  # not importable, or __main__
        return os.getcwd()
    if not spec.submodule_search_locations:
        return os.path.dirname(str(spec.origin))
    if spec.origin not in {None, "namespace"}:
        return os.path.dirname(os.path.dirname(str(spec.origin)))
    # A namespace package has several folders; take the one that holds the module asked for.
    locations = list(spec.submodule_search_locations)
    inner = importlib_util.find_spec(import_name)
    if inner is None or not inner.submodule_search_locations:
        return os.path.dirname(locations[0])
    wanted = Path(os.path.commonpath(list(inner.submodule_search_locations)))
    return os.path.dirname(next(place for place in locations if wanted.is_relative_to(place)))


def find_package(import_name: str) -> tuple[str | None, str]:
    """Find where a package is installed.

    Args:
        import_name: Its name, with dots.

    Returns:
        The prefix it is installed under (``None`` where it is not installed but imported from a
        folder), and the folder on ``sys.path`` that it comes from.
    """
    package_path = _find_package_path(import_name)
    prefix = os.path.abspath(sys.prefix)
    if PurePath(package_path).is_relative_to(prefix):
        return prefix, package_path
    site_parent, site_folder = os.path.split(package_path)
    if site_folder.lower() != "site-packages":
        return None, package_path
    parent, folder = os.path.split(site_parent)
    if folder.lower() == "lib":  # Windows: prefix/Lib/site-packages
        return parent, package_path
    if os.path.basename(parent).lower() == "lib":  # elsewhere: prefix/lib/pythonX.Y/site-packages
        return os.path.dirname(parent), package_path
    return site_parent, package_path
