"""The JSON encoder and decoder classes that `app.json_encoder` and `app.json_decoder` took."""

from __future__ import annotations

from json import JSONDecoder
from json import JSONEncoder as _JSONEncoder
from typing import Any

from kolben.json.provider import _default

__all__ = ["JSONDecoder", "JSONEncoder"]


class JSONEncoder(_JSONEncoder):
    """Encode also dates, decimals, UUIDs, dataclasses and objects with `__html__`."""

    def default(self, o: Any) -> Any:
        """Turn an object that `json` does not know into one that it does.

        Args:
            o: The object.

        Returns:
            Text or a dict.

        Raises:
            TypeError: It can't be encoded.
        """
        return _default(o)
