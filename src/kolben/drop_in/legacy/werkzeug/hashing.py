"""`werkzeug.security` as it was until Werkzeug 2.1: comparing and PBKDF2."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

__all__ = ["pbkdf2_bin", "pbkdf2_hex", "safe_str_cmp"]

Text = str | bytes


def _as_bytes(value: Text) -> bytes:
    return value.encode() if isinstance(value, str) else value


def safe_str_cmp(a: Text, b: Text) -> bool:
    """Compare two texts in a time that does not tell where they differ."""
    return hmac.compare_digest(_as_bytes(a), _as_bytes(b))


def pbkdf2_bin(
    data: Text,
    salt: Text,
    iterations: int = 260_000,
    keylen: int | None = None,
    hashfunc: str | Callable[[], hashlib._Hash] | None = None,
) -> bytes:
    """Derive a key from a password (RFC 8018, 5.2).

    Args:
        data: The password.
        salt: The salt.
        iterations: How often the hash is applied.
        keylen: Length of the key in bytes; that of the hash by default.
        hashfunc: The hash or its name; SHA-256 by default.

    Returns:
        The key.
    """
    chosen = hashfunc or "sha256"
    name = chosen if isinstance(chosen, str) else chosen().name
    return hashlib.pbkdf2_hmac(name, _as_bytes(data), _as_bytes(salt), iterations, keylen)


def pbkdf2_hex(
    data: Text,
    salt: Text,
    iterations: int = 260_000,
    keylen: int | None = None,
    hashfunc: str | Callable[[], hashlib._Hash] | None = None,
) -> str:
    """Derive a key as `pbkdf2_bin` does, in hexadecimal digits."""
    return pbkdf2_bin(data, salt, iterations, keylen, hashfunc).hex()
