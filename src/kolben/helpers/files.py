"""Sending files, with what the app and the request know about it; Werkzeug does the sending."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, AnyStr, cast

from werkzeug import utils

from kolben.globals import current_app, request

if TYPE_CHECKING:
    from kolben.http import Response


def _prepare_send_file_kwargs(**kwargs: Any) -> dict[str, Any]:
    """Add what Werkzeug has to know about the app and the request."""
    if kwargs.get("max_age") is None:
        kwargs["max_age"] = current_app.get_send_file_max_age
    kwargs.update(
        environ=request.environ,
        use_x_sendfile=current_app.config["USE_X_SENDFILE"],
        response_class=current_app.response_class,
        _root_path=current_app.root_path,
    )
    return kwargs


def send_file(
    path_or_file: os.PathLike[AnyStr] | str | IO[bytes],
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    conditional: bool = True,
    etag: bool | str = True,
    last_modified: datetime | float | None = None,
    max_age: int | Callable[[str | None], int | None] | None = None,
) -> Response:
    """Send a file that the program chose, never one that a client named.

    For a path that came from outside there is ``send_from_directory``.

    Args:
        path_or_file: A path, relative to the app's root path, or an open binary file, read from
            where it stands. Only a path gives size, type, date and ETag by itself.
        mimetype: The content type; guessed from the name by default.
        as_attachment: Whether browsers should save it instead of showing it.
        download_name: The name to save it under; the path's last part by default.
        conditional: Whether to answer range and conditional requests, RFC 9110, sections 13 and 14.
        etag: Whether to send an ETag, or the ETag itself.
        last_modified: Date of last change, in seconds since the epoch or as a datetime.
        max_age: Seconds for which browsers need not ask again, or a function from file name to
            that; by default the app's ``get_send_file_max_age``.

    Returns:
        The response.

    Raises:
        FileNotFoundError: There is no such file.
        TypeError: A file object came without ``mimetype`` and ``download_name`` to tell the type
            from.
        ValueError: The file object is open in text mode.
    """
    response = utils.send_file(
        **_prepare_send_file_kwargs(
            path_or_file=path_or_file,
            mimetype=mimetype,
            as_attachment=as_attachment,
            download_name=download_name,
            conditional=conditional,
            etag=etag,
            last_modified=last_modified,
            max_age=max_age,
        )
    )
    return cast("Response", response)


def send_from_directory(
    directory: os.PathLike[str] | str,
    path: os.PathLike[str] | str,
    **kwargs: Any,
) -> Response:
    """Send a file whose path came from the client, but only from below a folder.

    Args:
        directory: The folder, relative to the app's root path; never from the client.
        path: The file's path below it, with slashes.
        **kwargs: As for ``send_file``.

    Returns:
        The response.

    Raises:
        werkzeug.exceptions.NotFound: There is no such regular file, or the path leads out of the
            folder.
    """
    response = utils.send_from_directory(directory, path, **_prepare_send_file_kwargs(**kwargs))
    return cast("Response", response)
