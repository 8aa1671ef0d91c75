"""What a map can answer to a path: a match, or a miss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.routing import Rule

Match = tuple["Rule", dict[str, Any]]


class Miss:
    """The answer that no rule of the map matches a path, or none with this method.

    Attributes:
        methods: The methods that the path does answer to; empty if it answers to none.
    """

    __slots__ = ("methods",)

    def __init__(self, methods: Iterable[str] = ()) -> None:
        """Remember what would have matched.

        Args:
            methods: Upper-case HTTP methods that the path answers to.
        """
        self.methods = frozenset(methods)

    def __repr__(self) -> str:
        """Show the methods, if there are any."""
        return f"<Miss {', '.join(sorted(self.methods)) or 'no such path'}>"

    def error(self) -> HTTPException:
        """Return what Werkzeug would raise: `NotFound`, or `MethodNotAllowed` with the methods.

        RFC 9110, sections 15.5.5 and 15.5.6.
        """
        if self.methods:
            return MethodNotAllowed(valid_methods=list(self.methods))
        return NotFound()


NO_MATCH: Final = Miss()
