"""Streamed bodies that are made of async code, or that have to wait: one object, two faces.

A body is iterated by a WSGI server's thread, which blocks, or by an ASGI server's loop, which
awaits. What makes it may be sync or async on either.
"""

from .sources import EndOfSource, Source, source_of
from .stream import AsyncStream

__all__ = ["AsyncStream", "EndOfSource", "Source", "source_of"]
