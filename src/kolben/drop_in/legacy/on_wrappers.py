"""What requests and responses lost, put back when Werkzeug's classes are loaded under the drop-in.

`request.json` is more than a name. Until Flask 2.1 it was None where a request was no JSON; now it
raises a 415, and has to go on doing so. But code of that time that probes a request for its sources
(`getattr(request, "json", None)`: parsers that look at `json`, `form` and `args` in turn) says by
the default that it can do without, and is answered so again: a probe, and nothing else, sees the
415 as a missing attribute. A probe is told from `request.json` by the instruction that the caller
is at: a call with three arguments, and no attribute access. All others get the 415.
"""

from __future__ import annotations

import dis
import sys
from types import FrameType, ModuleType
from typing import Any

from werkzeug.exceptions import UnsupportedMediaType

from kolben.drop_in.legacy.attributes import RemovedAttribute, put_on

__all__ = ["NoJSONError", "dress_request", "dress_response"]

#: The modules that stand between a proxy's user and the request.
_PROXIES = ("kolben.local", "werkzeug.local")
#: Python 3.11 calls a builtin in a step before CALL, once the code is warm.
_CALLS_WITH_THREE = [
    bytes((dis.opmap[name], 3)) for name in ("CALL", "PRECALL") if name in dis.opmap
]


class NoJSONError(UnsupportedMediaType, AttributeError):  # type: ignore[misc]  # both have a name
    """The request has no JSON: a 415, and for `getattr` with a default a missing attribute."""


def dress_request(room: ModuleType) -> None:
    """Put the attributes on the class of requests, and let probes for JSON find none.

    Args:
        room: The module `werkzeug.wrappers.request`.
    """
    put_on(
        room.Request,
        "request",
        {
            "charset": _kept("charset", "utf-8"),
            "encoding_errors": _kept("encoding_errors", "replace"),
            "is_xhr": RemovedAttribute(
                "a header or a query argument of your own",
                lambda request: (
                    request.headers.get("X-Requested-With", "").lower() == "xmlhttprequest"
                ),
            ),
            "url_charset": _kept("url_charset", "utf-8"),
        },
    )
    room.Request.json = _Probed(room.Request.json)


def dress_response(room: ModuleType) -> None:
    """Put the attribute on the class of responses.

    Args:
        room: The module `werkzeug.wrappers.response`.
    """
    put_on(room.Response, "response", {"charset": _kept("charset", "utf-8")})


def _kept(name: str, default: str) -> RemovedAttribute:
    """Make an attribute that keeps what is set, and changes nothing."""
    return RemovedAttribute(
        "nothing: it is UTF-8",
        lambda thing: vars(thing).get(name, default),
        lambda thing, value: vars(thing).__setitem__(name, value),
    )


class _Probed:
    """The property `json`, whose 415 is a missing attribute for those who probe."""

    def __init__(self, own: Any) -> None:
        self.own = own
        self.__doc__ = own.__doc__

    def __get__(self, request: Any, owner: type) -> Any:
        if request is None:
            return self
        try:
            return self.own.__get__(request, owner)
        except UnsupportedMediaType as error:
            if _is_probe(sys._getframe(1)):
                raise NoJSONError(error.description, error.response) from error
            raise


def _is_probe(frame: FrameType | None) -> bool:
    """Tell whether the attribute is looked up by a call with three arguments, as `getattr` has."""
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_PROXIES):
        frame = frame.f_back
    if frame is None:
        return False
    instruction = frame.f_code.co_code[frame.f_lasti : frame.f_lasti + 2]
    return instruction in _CALLS_WITH_THREE
