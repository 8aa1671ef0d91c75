"""Apps whose class has JSON coders, noticed when their provider is made, under the drop-in."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from kolben.drop_in.legacy.attributes import warn_from_outside

__all__ = ["dress"]


def dress(room: ModuleType) -> None:
    """Let a new provider look whether its app's class has coders.

    Args:
        room: The module `kolben.json.provider`.
    """
    cls = room.DefaultJSONProvider
    original = cls.__init__

    def make(self: Any, app: Any) -> None:
        from kolben.drop_in.legacy.coders import CodingJSONProvider, coder_of

        original(self, app)
        if type(self) is cls:
            for kind in ("encoder", "decoder"):
                if coder_of(app, kind) is not None:
                    warn_from_outside(
                        f"app.json_{kind} was removed from Flask; use app.json_provider_class"
                    )
                    self.__class__ = CodingJSONProvider

    cls.__init__ = make
