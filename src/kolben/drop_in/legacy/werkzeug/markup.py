"""`werkzeug.utils` as it was: entities, templates of text, building HTML, forgetting properties."""

from __future__ import annotations

import html as _html
import string
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import escape

__all__ = [
    "HTMLBuilder",
    "format_string",
    "html",
    "invalidate_cached_property",
    "unescape",
    "xhtml",
]

_EMPTY = frozenset(
    {
        *("area", "base", "basefont", "br", "col", "command", "embed", "frame", "hr", "img"),
        *("input", "keygen", "isindex", "link", "meta", "param", "source", "wbr"),
    }
)
_FLAGS = frozenset(
    {
        *("selected", "checked", "compact", "declare", "defer", "disabled", "ismap", "multiple"),
        *("nohref", "noresize", "noshade", "nowrap"),
    }
)


def invalidate_cached_property(obj: object, name: str) -> None:
    """Let a cached property be computed again when it is next read."""
    vars(obj).pop(name, None)


def unescape(s: str) -> str:
    """Resolve the entities of HTML: the opposite of `escape`."""
    return _html.unescape(s)


def format_string(string_: str, context: Mapping[str, Any]) -> str:
    """Fill in a template of the form `$name` or `${name}`.

    Args:
        string_: The template.
        context: The values; one that is no text is turned into one.

    Returns:
        The text.
    """
    return string.Template(string_).substitute(context)


class HTMLBuilder:
    """Build HTML by calls: `html.p(html.a("there", href="/"), class_="nav")`.

    Args:
        dialect: `html`, or `xhtml` for empty elements that end in a slash.
    """

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect

    def __call__(self, s: object) -> str:
        """Escape a text."""
        return escape(s)

    def __getattr__(self, tag: str) -> Callable[..., str]:
        if tag.startswith("__"):
            raise AttributeError(tag)
        name = tag.removesuffix("_").lower()

        def element(*children: object, **attributes: Any) -> str:
            shown = "".join(self._attribute(*each) for each in attributes.items())
            if not children and name in _EMPTY:
                return f"<{name}{shown} />" if self._dialect == "xhtml" else f"<{name}{shown}>"
            inside = "".join(str(child) for child in children if child is not None)
            if inside and name in {"script", "style"} and self._dialect == "xhtml":
                inside = f"/*<![CDATA[*/{inside}/*]]>*/"
            return f"<{name}{shown}>{inside}</{name}>"

        return element

    def _attribute(self, name: str, value: Any) -> str:
        name = name.removesuffix("_").lower()
        if value is None or (name in _FLAGS and not value):
            return ""
        if name in _FLAGS:
            return f' {name}="{name}"' if self._dialect == "xhtml" else f" {name}"
        return f' {name}="{escape(value)}"'

    def __repr__(self) -> str:
        return f"<{type(self).__name__} for {self._dialect!r}>"


html = HTMLBuilder("html")
xhtml = HTMLBuilder("xhtml")
