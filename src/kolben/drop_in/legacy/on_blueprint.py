"""What blueprints lost, put back when `kolben.blueprints` is loaded under the drop-in."""

from __future__ import annotations

from functools import wraps
from types import ModuleType
from typing import Any
from weakref import WeakSet

from kolben.drop_in.legacy.attributes import RemovedAttribute, put_on, warning
from kolben.drop_in.legacy.coders import coder_of, use_coder

__all__ = ["dress"]


def dress(room: ModuleType) -> None:
    """Put the attributes on the class, and let its native old method warn.

    Args:
        room: The module `kolben.blueprints`.
    """
    cls = room.Blueprint
    for kind in ("encoder", "decoder"):
        put_on(cls, "blueprint", {f"json_{kind}": _coder(kind)})
    cls.before_app_first_request = warning(
        cls.before_app_first_request,
        "blueprint.before_app_first_request was removed from Flask; use"
        " blueprint.record_once(lambda state: ...) or code where the app is made",
    )
    cls.register = _minding_coders(cls.register)


def _coder(kind: str) -> RemovedAttribute:
    return RemovedAttribute(
        "app.json_provider_class",
        lambda blueprint: vars(blueprint).get(f"_json_{kind}"),
        lambda blueprint, coder: _set_coder(blueprint, kind, coder),
    )


def _set_coder(blueprint: Any, kind: str, coder: Any) -> None:
    vars(blueprint)[f"_json_{kind}"] = coder
    for app in vars(blueprint).get("_coding_apps", ()):
        use_coder(app, kind)


def _minding_coders(original: Any) -> Any:
    """Let the app look for coders of blueprints from when one that has some is registered."""

    @wraps(original)
    def register(self: Any, app: Any, options: dict[str, Any]) -> None:
        original(self, app, options)
        vars(self).setdefault("_coding_apps", WeakSet()).add(app)
        for kind in ("encoder", "decoder"):
            if coder_of(self, kind) is not None:
                use_coder(app, kind)

    return register
