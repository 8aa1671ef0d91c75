"""What contexts lost, put back when `kolben.contexts` is loaded under the drop-in."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from kolben.drop_in.legacy.attributes import RemovedAttribute, put_on

__all__ = ["dress"]

_ENDS = "nothing: a context ends with its request"


def _forget(context: Any, value: Any) -> None:
    """Take a value that has no meaning any more."""


def dress(room: ModuleType) -> None:
    """Put the attributes on the class of request contexts.

    Args:
        room: The module `kolben.contexts`.
    """
    from kolben.globals import g

    put_on(
        room.RequestContext,
        "request_ctx",
        {
            "_implicit_app_ctx_stack": RemovedAttribute(
                "flask.globals.app_ctx", lambda _context: [], _forget
            ),
            "_preserved_exc": RemovedAttribute(_ENDS, lambda _context: None, _forget),
            "g": RemovedAttribute("flask.g", lambda _context: g._get_current_object()),
            "preserved": RemovedAttribute(_ENDS, lambda _context: False, _forget),
        },
    )
