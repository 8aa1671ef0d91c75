"""Uploads in forms: the fields that hold files, and validators for their kind and size."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import FileField as BaseFileField
from wtforms import MultipleFileField as BaseMultipleFileField
from wtforms.validators import StopValidation

from .translations import NOT_ALLOWED, TOO_LARGE, TOO_SMALL


class FileField(BaseFileField):  # type: ignore[misc]  # WTForms is untyped
    """An upload: its ``data`` is the ``FileStorage``.

    If no file was chosen it is what the form was given: None, or what an object has.
    """

    def process_formdata(self, valuelist: Iterable[Any]) -> None:
        """Take the first file; a browser sends an empty one if none was chosen."""
        file = next(_files(valuelist), None)
        if file is None:
            self.raw_data = ()
        else:
            self.data = file


class MultipleFileField(BaseMultipleFileField):  # type: ignore[misc]  # WTForms is untyped
    """Several uploads: its ``data`` is a list of ``FileStorage``.

    If no file was chosen it is what the form was given, by default an empty list.
    """

    def process_formdata(self, valuelist: Iterable[Any]) -> None:
        """Take the files."""
        files = list(_files(valuelist))
        if not files:
            self.raw_data = ()
        given: list[Any] | None = vars(self).get("data")
        self.data = files or given or []


def _files(values: Any) -> Iterator[FileStorage]:
    """Yield the files that were really sent."""
    for value in values if isinstance(values, (list, tuple)) else (values,):
        if isinstance(value, FileStorage) and value:
            yield value


class FileRequired:
    """Wants a file.

    Args:
        message: What to say if there is none.
    """

    field_flags = {"required": True}  # noqa: RUF012  # as WTForms wants it

    def __init__(self, message: str | None = None) -> None:
        self.message = message

    def __call__(self, form: Any, field: Any) -> None:
        """Check a field.

        Raises:
            StopValidation: It has no file.
        """
        if next(_files(field.data), None) is None:
            raise StopValidation(self.message or field.gettext("This field is required."))


class FileAllowed:
    """Wants files with certain suffixes; it trusts the name, so check what is in it too.

    Args:
        extensions: The suffixes without the dot, in any case: ``["jpg", "tar.gz"]``.
        message: What to say otherwise.

    Raises:
        TypeError: The suffixes are one text instead of several.
    """

    def __init__(self, extensions: Iterable[str], message: str | None = None) -> None:
        if isinstance(extensions, str):
            raise TypeError(
                f"FileAllowed takes a list of suffixes, such as [{extensions!r}], not a text"
            )
        self.extensions = sorted(extension.lower().lstrip(".") for extension in extensions)
        self.message = message
        # What a browser offers to choose.
        self.field_flags = {"accept": ",".join(f".{extension}" for extension in self.extensions)}

    def __call__(self, form: Any, field: Any) -> None:
        """Check a field.

        Raises:
            StopValidation: A file has another suffix.
        """
        endings = tuple(f".{extension}" for extension in self.extensions)
        for file in _files(field.data):
            if not (file.filename or "").lower().endswith(endings):
                text = field.gettext(NOT_ALLOWED) % {"extensions": ", ".join(self.extensions)}
                raise StopValidation(self.message or text)


class FileSize:
    """Wants files of a certain size.

    Args:
        max_size: How many bytes a file may have.
        min_size: How many it must have.
        message: What to say otherwise.
    """

    def __init__(self, max_size: int, min_size: int = 0, message: str | None = None) -> None:
        self.max_size = max_size
        self.min_size = min_size
        self.message = message

    def __call__(self, form: Any, field: Any) -> None:
        """Check a field.

        Raises:
            StopValidation: A file is too large or too small.
        """
        for file in _files(field.data):
            size = _size_of(file)
            if size > self.max_size:
                text = field.gettext(TOO_LARGE) % {"size": _tell(self.max_size)}
                raise StopValidation(self.message or text)
            if size < self.min_size:
                text = field.gettext(TOO_SMALL) % {"size": _tell(self.min_size)}
                raise StopValidation(self.message or text)


def _size_of(file: FileStorage) -> int:
    """Measure a file, and leave it where it was read to."""
    position = file.stream.tell()
    size = file.stream.seek(0, os.SEEK_END)
    file.stream.seek(position)
    return size


def _tell(size: int) -> str:
    """Write a size for people, rounded down, so that nobody is promised too much."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= factor:
            return f"{size * 10 // factor / 10:g} {unit}"
    return f"{size} B"
