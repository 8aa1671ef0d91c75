"""The life of a serving process: what runs before its requests, beside them and after them."""

from __future__ import annotations

from .cycle import Life

__all__ = ["Life"]
