"""The response that sends a browser elsewhere."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import escape
from werkzeug.utils import redirect as werkzeugs_redirect

from .pairs import wrap_pairs
from .response import Response

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as WerkzeugResponse

# What no URL has, so that it marks the places of one.
_MARK = "\0"


def redirect(location: str, code: int, response_class: Any) -> WerkzeugResponse:
    """Make a redirect, RFC 9110, section 15.4.

    Args:
        location: The URL; characters that are not allowed in one are escaped when it is sent.
        code: 301, 302, 303, 305, 307 or 308.
        response_class: The class of the response.

    Returns:
        The response, with a page for whoever does not follow it.

    Raises:
        ValueError: The URL contains a line break.
    """
    if (
        type(location) is not str
        or "\n" in location
        or "\r" in location
        or response_class.__init__ is not Response.__init__
        or not response_class._lean_init
    ):
        return werkzeugs_redirect(location, code, response_class)
    # PERF bench redirect: 3.9 → 1.4 µs
    before, between, after = _page()
    shown = str(escape(location))
    page = f"{before}{shown}{between}{shown}{after}"
    response: Response = response_class(page, code, None, "text/html")
    response._headers = wrap_pairs([*response._own_pairs(), ("Location", location)])
    return response


@cache
def _page() -> list[str]:
    """Take the page apart that Werkzeug makes, at the two places of the URL."""
    return werkzeugs_redirect(_MARK).get_data(as_text=True).split(_MARK)
