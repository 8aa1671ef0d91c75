"""The configuration of an app: a dict filled from files, objects and the environment."""

from __future__ import annotations

import errno
import json
import os
import types
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from werkzeug.utils import import_string

from .telling import TellingDict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

T = TypeVar("T")

# What `silent=True` forgives: no such file, a folder in its place, a file in place of its folder.
_ABSENT = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR)


class Configured(Protocol):
    """An object with a configuration, such as an app."""

    @property
    def config(self) -> Config:
        """The configuration."""


class ConfigAttribute(Generic[T]):
    """A descriptor that stands for one key of an app's configuration.

    Args:
        name: The key.
        get_converter: Applied to the stored value at each read.
    """

    def __init__(self, name: str, get_converter: Callable[[Any], T] | None = None) -> None:
        self.__name__ = name
        self.get_converter = get_converter

    @overload
    def __get__(self, obj: None, owner: type[Any] | None = None) -> Self: ...

    @overload
    def __get__(self, obj: Configured, owner: type[Any] | None = None) -> T: ...

    def __get__(self, obj: Configured | None, owner: type[Any] | None = None) -> T | Self:
        """Read the key, converted; on the class, give the descriptor itself.

        Raises:
            KeyError: The configuration has no such key.
        """
        if obj is None:
            return self
        value: T = obj.config[self.__name__]
        return value if self.get_converter is None else self.get_converter(value)

    def __set__(self, obj: Configured, value: Any) -> None:
        """Store the value under the key, as it is."""
        obj.config[self.__name__] = value


class Config(TellingDict[str, Any]):
    """A dict of settings, with ways to fill it.

    Only keys in upper case are taken from files and objects, so that these may have other names for
    their own use.

    Args:
        root_path: The folder that relative file names start from.
        defaults: What the configuration holds at first.
    """

    def __init__(
        self, root_path: str | os.PathLike[str], defaults: dict[str, Any] | None = None
    ) -> None:
        super().__init__(defaults or {})
        self.root_path = root_path

    def from_envvar(self, variable_name: str, silent: bool = False) -> bool:
        """Run the Python file that an environment variable names.

        Args:
            variable_name: The environment variable.
            silent: Return False instead of raising if it is unset or the file is missing.

        Returns:
            Whether a file was read.

        Raises:
            RuntimeError: The variable is unset or empty.
            OSError: The file can't be read.
        """
        filename = os.environ.get(variable_name)
        if filename:
            return self.from_pyfile(filename, silent=silent)
        if silent:
            return False
        raise RuntimeError(
            f"environment variable {variable_name!r} is not set; let it name the Python file with"
            " the configuration, or pass silent=True to go on without one"
        )

    def from_prefixed_env(
        self, prefix: str = "FLASK", *, loads: Callable[[str], Any] = json.loads
    ) -> bool:
        """Take every environment variable that starts with the prefix and an underscore.

        The rest of the name is the key. Two underscores in it lead into nested dicts, made where
        missing: ``KOLBEN_DB__POOL__SIZE=5`` sets ``config["DB"]["POOL"]["SIZE"]``.

        Args:
            prefix: The name before the first underscore. With the default, ``FLASK_...`` is read
                first and ``KOLBEN_...`` over it; any other prefix, ``"KOLBEN"`` too, is read alone.
            loads: Turns the text into a value; if it raises, the text itself is the value.

        Returns:
            Always True.

        Raises:
            TypeError: A name leads into a value that is not a dict.

        Differs from Flask: the default reads ``KOLBEN_...`` as well.
        """
        for start in ("FLASK_", "KOLBEN_") if prefix == "FLASK" else (f"{prefix}_",):
            for variable in sorted(os.environ):
                if variable.startswith(start):
                    value = _load_or_keep(os.environ[variable], loads)
                    self._set_nested(variable, variable.removeprefix(start), value)
        return True

    def _set_nested(self, variable: str, key: str, value: Any) -> None:
        """Store a value under a key whose double underscores lead into nested dicts."""
        *outer, last = key.split("__")
        target: Any = self
        try:
            for name in outer:
                if name not in target:
                    target[name] = {}
                target = target[name]
            target[last] = value
        except TypeError as error:
            raise TypeError(
                f"environment variable {variable!r} leads into a {type(target).__name__}, not a"
                f" dict; unset it, or make {key.rpartition('__')[0]!r} a dict"
            ) from error

    def from_pyfile(self, filename: str | os.PathLike[str], silent: bool = False) -> bool:
        """Run a Python file and take its upper-case names.

        Args:
            filename: The file, absolute or relative to the root path. Its encoding is found the way
                Python finds it (PEP 263).
            silent: Return False instead of raising if there is no such file.

        Returns:
            Whether the file was read.

        Raises:
            OSError: The file can't be read. What the file itself raises is passed on.
        """
        path = Path(self.root_path, filename)
        module = types.ModuleType("config")
        module.__file__ = str(path)
        try:
            source = path.read_bytes()
        except OSError as error:
            return _forgive(error, silent)
        exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102  # that is its purpose
        self.from_object(module)
        return True

    def from_object(self, obj: object | str) -> None:
        """Take the upper-case attributes of a module, a class or any object.

        Args:
            obj: The object, or its import name (``"package.module"``, ``"package.module.Class"``).
                A dict has keys, not attributes; use `from_mapping` for it. A class is not
                instantiated, so give an instance if it has properties.

        Raises:
            ImportError: There is nothing under the import name.
        """
        source = import_string(obj) if isinstance(obj, str) else obj
        for key in dir(source):
            if key.isupper():
                self[key] = getattr(source, key)

    def from_file(
        self,
        filename: str | os.PathLike[str],
        load: Callable[[IO[Any]], Mapping[str, Any]],
        silent: bool = False,
        text: bool = True,
    ) -> bool:
        """Take the upper-case keys of a data file.

        Such as ``from_file("c.toml", tomllib.load, text=False)``.

        Args:
            filename: The file, absolute or relative to the root path.
            load: Reads the open file, returns a mapping.
            silent: Return False instead of raising if there is no such file.
            text: Open it as UTF-8 text, or as bytes.

        Returns:
            Whether the file was read.

        Raises:
            OSError: The file can't be read.
            TypeError: What ``load`` returned is not a mapping.

        Differs from Flask: text is UTF-8 on every system, not in the locale's encoding.
        """
        path = Path(self.root_path, filename)
        try:
            with path.open("r" if text else "rb", encoding="utf-8" if text else None) as file:
                data = load(file)
        except OSError as error:
            return _forgive(error, silent)
        return self.from_mapping(data)

    def from_mapping(self, mapping: Mapping[str, Any] | None = None, **kwargs: Any) -> bool:
        """Take the upper-case keys of a mapping, or of its pairs, and of the keywords.

        Args:
            mapping: A mapping or an iterable of key-value pairs.
            **kwargs: More settings; they win.

        Returns:
            Always True.

        Raises:
            TypeError: ``mapping`` is something else.
            ValueError: ``mapping`` is an iterable of something else than pairs.
        """
        try:
            settings = dict(() if mapping is None else mapping, **kwargs)
        except (TypeError, ValueError) as error:
            raise type(error)(
                "the configuration must be a mapping or key-value pairs, got"
                f" {type(mapping).__name__!r} ({error})"
            ) from error
        self.update((key, value) for key, value in settings.items() if key.isupper())
        return True

    def get_namespace(
        self, namespace: str, lowercase: bool = True, trim_namespace: bool = True
    ) -> dict[str, Any]:
        """Collect the settings whose keys start with a prefix, for instance as keyword arguments.

        Args:
            namespace: The prefix, ``"IMAGE_STORE_"``.
            lowercase: Whether the keys of the result are in lower case.
            trim_namespace: Whether the keys of the result come without the prefix.

        Returns:
            A new dict.
        """
        start = len(namespace) if trim_namespace else 0
        return {
            key[start:].lower() if lowercase else key[start:]: value
            for key, value in self.items()
            if key.startswith(namespace)
        }

    def __repr__(self) -> str:
        """Show the class and the settings."""
        return f"<{type(self).__name__} {super().__repr__()}>"


def _load_or_keep(text: str, loads: Callable[[str], Any]) -> Any:
    """Convert a text, or keep it if it can't be converted."""
    try:
        return loads(text)
    except Exception:  # noqa: BLE001  # the loader is the user's; whatever it raises, text is a value
        return text


def _forgive(error: OSError, silent: bool) -> bool:
    """Answer False for a file that may be missing; raise with a clear text otherwise."""
    if silent and error.errno in _ABSENT:
        return False
    error.strerror = f"Unable to load configuration file ({error.strerror})"
    raise error
