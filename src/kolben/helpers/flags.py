"""What the environment variables say before there is a config to ask."""

from __future__ import annotations

import os

_NO = frozenset({"0", "false", "no"})


def _read(name: str) -> str:
    """Read ``KOLBEN_name``, or ``FLASK_name`` where that is unset or empty, in lower case."""
    value = os.environ.get(f"KOLBEN_{name}") or os.environ.get(f"FLASK_{name}") or ""
    return value.lower()


def get_debug_flag() -> bool:
    """Tell whether the environment asks for debug mode.

    Returns:
        ``True`` when ``KOLBEN_DEBUG`` (else ``FLASK_DEBUG``) is set to anything but ``0``,
        ``false`` or ``no``, in any case of letters.
    """
    value = _read("DEBUG")
    return bool(value) and value not in _NO


def get_load_dotenv(default: bool = True) -> bool:
    """Tell whether ``.env`` and ``.flaskenv`` files are to be loaded.

    Args:
        default: The answer when ``KOLBEN_SKIP_DOTENV`` and ``FLASK_SKIP_DOTENV`` are unset or
            empty.

    Returns:
        ``False`` when one of them asks to skip the files.
    """
    value = _read("SKIP_DOTENV")
    return value in _NO if value else default
