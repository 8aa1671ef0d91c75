"""The logger of an app: ``app.logger``, and where it writes when nobody has configured logging."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, TextIO, cast

from .local import LocalProxy
from .stacks import _cv_request

if TYPE_CHECKING:
    from .app import Kolben


def _errors_stream() -> TextIO:
    """Give the stream that the server wants errors in, or standard error without a request."""
    context = _cv_request.get(None)
    if context is None:
        return sys.stderr
    return cast("TextIO", context.request.environ["wsgi.errors"])


wsgi_errors_stream = cast("TextIO", LocalProxy(_errors_stream))
"""Stands for ``wsgi.errors`` of the current request (PEP 3333), for ``sys.stderr`` outside of one.

A configuration of :mod:`logging` can name it: ``ext://kolben.logging.wsgi_errors_stream``.
"""

default_handler = logging.StreamHandler(wsgi_errors_stream)
"""What `create_logger` adds to a logger that would say nothing otherwise."""

default_handler.setFormatter(
    logging.Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s")
)


def has_level_handler(logger: logging.Logger) -> bool:
    """Tell whether what a logger lets through reaches any handler.

    Args:
        logger: The logger; the handlers of those it propagates to count too.

    Returns:
        Whether a handler takes messages of the logger's effective level.
    """
    level = logger.getEffectiveLevel()
    current: logging.Logger | None = logger
    while current is not None:
        if any(handler.level <= level for handler in current.handlers):
            return True
        current = current.parent if current.propagate else None
    return False


def create_logger(app: Kolben) -> logging.Logger:
    """Give an app its logger, made ready if the program hasn't done so.

    Args:
        app: The app. In debug mode the level becomes DEBUG, unless one is set.

    Returns:
        The logger that is called like the app, ``app.name``; with `default_handler` if there is no
        handler for its level.
    """
    logger = logging.getLogger(app.name)
    if app.debug and not logger.level:
        logger.setLevel(logging.DEBUG)
    if not has_level_handler(logger):
        logger.addHandler(default_handler)
    return logger
