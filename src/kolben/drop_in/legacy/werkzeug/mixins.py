"""The mixins that `werkzeug.wrappers` put `Request` and `Response` together from.

All that they gave is in the two classes themselves since Werkzeug 2. A class that still derives
from one of them loses nothing; each name is a class of its own, since one may derive from several.
"""

from __future__ import annotations

from werkzeug.wrappers import Request

__all__ = ["MIXINS", "PlainRequest", "StreamOnlyMixin"]

MIXINS = (
    *("AcceptMixin", "AuthorizationMixin", "CommonRequestDescriptorsMixin"),
    *("CommonResponseDescriptorsMixin", "CORSRequestMixin", "CORSResponseMixin"),
    *("DynamicCharsetRequestMixin", "DynamicCharsetResponseMixin", "ETagRequestMixin"),
    *("ETagResponseMixin", "JSONMixin", "JSONRequestMixin", "ResponseStreamMixin"),
    *("ReverseSlashBehaviorRequestMixin", "UserAgentMixin", "WWWAuthenticateMixin"),
)


class StreamOnlyMixin:
    """Leave the parsing of forms out: the body is a stream."""

    want_form_data_parsed = False


class PlainRequest(StreamOnlyMixin, Request):
    """A request whose body is never parsed."""


def __getattr__(name: str) -> type:
    """Make an empty class of a mixin's name, once."""
    if name not in MIXINS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    made: type = globals().setdefault(name, type(name, (), {"__module__": __name__}))
    return made
