"""Settings that Flask dropped: reading `app.config["ENV"]`, obeying `JSON_SORT_KEYS` and its kin.

The JSON settings became attributes of `app.json`. Where a program sets one of them, the provider
reads these attributes from the configuration from then on, unless they were set on it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from kolben.drop_in.legacy.attributes import warn_from_outside
from kolben.drop_in.legacy.removed import advice

__all__ = ["SETTINGS", "dress"]


def _env() -> Any:
    from kolben.drop_in.legacy.lookups import get_env

    return get_env()


#: Setting → what to use instead, what reading it gives where it was not set.
SETTINGS: dict[str, tuple[str, Callable[[], Any]]] = {
    "ENV": ("app.debug", _env),
    "JSONIFY_MIMETYPE": ("app.json.mimetype", lambda: "application/json"),
    "JSONIFY_PRETTYPRINT_REGULAR": ("app.json.compact", lambda: False),
    "JSON_AS_ASCII": ("app.json.ensure_ascii", lambda: True),
    "JSON_SORT_KEYS": ("app.json.sort_keys", lambda: True),
    "PRESERVE_CONTEXT_ON_EXCEPTION": ("nothing: a context ends with its request", lambda: None),
}

#: Attribute of the provider → setting, and what its value means.
_OBEYED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "compact": ("JSONIFY_PRETTYPRINT_REGULAR", lambda pretty: False if pretty else None),
    "ensure_ascii": ("JSON_AS_ASCII", bool),
    "mimetype": ("JSONIFY_MIMETYPE", str),
    "sort_keys": ("JSON_SORT_KEYS", bool),
}


class _FromConfig:
    """An attribute of the JSON provider that a setting decides where it was not set itself."""

    def __init__(self, key: str, meaning: Callable[[Any], Any], default: Any) -> None:
        self.key = key
        self.meaning = meaning
        self.default = default

    def __get__(self, provider: Any, owner: type) -> Any:
        if provider is None:
            return self.default
        try:
            config = provider._app.config
        except ReferenceError:  # the provider has outlived its app
            return self.default
        return self.meaning(dict.get(config, self.key)) if self.key in config else self.default


def dress(room: ModuleType) -> None:
    """Let the configuration know the settings.

    Args:
        room: The module `kolben.config`.
    """
    cls = room.Config
    cls.__missing__ = _missing
    cls.__setitem__ = _setitem
    cls.update = _update


def _missing(_config: Any, key: str) -> Any:
    """Give a removed setting's value where it was not set."""
    if key not in SETTINGS:
        raise KeyError(key)
    instead, default = SETTINGS[key]
    warn_from_outside(f"the setting {key} was removed from Flask; {advice(instead)}")
    return default()


def _setitem(config: Any, key: str, value: Any) -> None:
    dict.__setitem__(config, key, value)
    if key in SETTINGS:
        _obey(key)


def _update(config: Any, *args: Any, **kwargs: Any) -> None:
    new = dict(*args, **kwargs)
    dict.update(config, new)
    for key in SETTINGS.keys() & new.keys():
        _obey(key)


def _obey(key: str) -> None:
    """Warn that a removed setting was set, and see to it that it has its effect."""
    from kolben.json.provider import DefaultJSONProvider

    instead = advice(SETTINGS[key][0])
    warn_from_outside(f"the setting {key} was removed from Flask; {instead}")
    for attribute, (setting, meaning) in _OBEYED.items():
        own = vars(DefaultJSONProvider)[attribute]
        if setting == key and not isinstance(own, _FromConfig):
            setattr(DefaultJSONProvider, attribute, _FromConfig(key, meaning, own))
