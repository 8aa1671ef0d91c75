"""Mako templates beside Jinja's: found, filled, escaped, reloaded and signalled in the same way.

This room is only loaded when a Mako template is asked for; Mako itself is in the extra ``mako``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from kolben.app import Kolben

    from .lookup import MakoLookup

#: What the names of Mako templates end with, unless the setting ``MAKO_SUFFIXES`` says otherwise.
SUFFIXES = (".mako",)


def is_mako(name: object, app: Kolben) -> TypeGuard[str]:
    """Tell by its suffix whether a template is one of Mako's.

    Args:
        name: The template's name; whatever is no text is none of Mako's.
        app: The app; its setting ``MAKO_SUFFIXES`` may name other suffixes.

    Returns:
        Whether Mako renders it.
    """
    if not isinstance(name, str):
        return False
    suffixes = app.config.get("MAKO_SUFFIXES", SUFFIXES)
    return name.endswith(suffixes if isinstance(suffixes, str) else tuple(suffixes))


def make_lookup(app: Kolben) -> MakoLookup:
    """Make what finds and keeps the Mako templates of an app.

    Args:
        app: Asked for its Jinja environment (loader, globals, filters, reloading) and for
            ``mako_options``.

    Returns:
        The lookup.

    Raises:
        RuntimeError: Mako is not installed.
    """
    try:
        import_module("mako.template")
    except ModuleNotFoundError as error:
        if error.name not in {"mako", "mako.template"}:
            raise
        raise RuntimeError(
            'Mako templates need Mako, which is not installed: pip install "kolben[mako]"'
        ) from error
    from .lookup import MakoLookup

    return MakoLookup(app)
