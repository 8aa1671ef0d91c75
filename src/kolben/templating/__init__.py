"""Templates: the Jinja environment of an app, Mako beside it, and the functions that render.

Jinja itself is imported when the first environment is made (``Environment`` and
``DispatchingJinjaLoader`` are attributes that load it), so an app that renders nothing never pays
for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .blocks import BlockNotFound as BlockNotFound
from .context import _default_template_ctx_processor as _default_template_ctx_processor
from .context import update_context as update_context
from .factory import make_environment as make_environment
from .mako import make_lookup as make_lookup
from .render import _render as _render
from .render import _stream as _stream
from .render import render_block as render_block
from .render import render_mako_string as render_mako_string
from .render import render_template as render_template
from .render import render_template_string as render_template_string
from .render import stream_mako_string as stream_mako_string
from .render import stream_template as stream_template
from .render import stream_template_string as stream_template_string

if TYPE_CHECKING:
    from .environment import Environment as Environment
    from .loader import DispatchingJinjaLoader as DispatchingJinjaLoader

_LATE = {"Environment": ".environment", "DispatchingJinjaLoader": ".loader"}


def __getattr__(name: str) -> Any:
    """Load the classes that are made of Jinja's when they are first asked for (PEP 562)."""
    room = _LATE.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(room, __name__), name)
    return value
