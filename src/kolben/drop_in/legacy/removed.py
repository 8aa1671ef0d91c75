"""A name that was removed: where the thing is now, and what to write instead."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

__all__ = ["Removed", "RemovedNameError", "advice"]

#: How the owner of a name is spelled in a warning; other packages are called what they are.
_OWNERS = {
    "collections": "Python",
    "flask": "Flask",
    "inspect": "Python",
    "itsdangerous": "ItsDangerous",
    "jinja2": "Jinja",
    "markupsafe": "MarkupSafe",
    "werkzeug": "Werkzeug",
}


class RemovedNameError(DeprecationWarning, AttributeError):
    """A removed name was used where deprecation warnings are errors.

    It is an `AttributeError`, so that whoever made the warnings errors has the name gone, as it is
    without the drop-in: `hasattr` says no, and `try: from flask import Markup` finds its fallback.
    """


def advice(instead: str) -> str:
    """Say what to write instead of something removed.

    Args:
        instead: What new code writes, or `nothing: ` and why.

    Returns:
        The second half of a warning.
    """
    nothing, colon, reason = instead.partition("nothing: ")
    return (
        f"nothing is needed in its place: {reason}" if colon and not nothing else f"use {instead}"
    )


@dataclass(frozen=True, slots=True)
class Removed:
    """A removed name.

    Attributes:
        target: `module:name` of what it stands for now.
        instead: What new code writes.
    """

    target: str
    instead: str

    def warn(self, name: str, stacklevel: int = 1) -> None:
        """Warn that the name is used.

        Args:
            name: The name with its module, for example `flask.Markup`.
            stacklevel: Which caller is to blame: 1 is the one that calls this method.

        Raises:
            RemovedNameError: Deprecation warnings are errors.
        """
        package = name.partition(".")[0]
        text = f"{name} was removed from {_OWNERS.get(package, package)}; {advice(self.instead)}"
        try:
            warnings.warn(text, DeprecationWarning, stacklevel=stacklevel + 1)
        except DeprecationWarning as error:
            raise RemovedNameError(text) from error
