"""`app.json_encoder` and `app.json_decoder`: the classes, and the provider that honours them.

An app gets that provider when one of the two is set on it, on its class or on a blueprint; until
then its own provider works as ever. A provider of the app's own is left alone.
"""

from __future__ import annotations

from json import JSONDecoder
from json import JSONEncoder as _JSONEncoder
from typing import Any

from kolben.drop_in.legacy.attributes import RemovedAttribute
from kolben.json.provider import DefaultJSONProvider, _default

__all__ = ["CodingJSONProvider", "JSONDecoder", "JSONEncoder", "coder_of", "use_coder"]


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


class CodingJSONProvider(DefaultJSONProvider):
    """Use the encoder and the decoder of the request's blueprint, or else the app's."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize to JSON text.

        Args:
            obj: The data.
            **kwargs: For `json.dumps`.

        Returns:
            The text.
        """
        encoder = _current_coder(self._app, "encoder")
        if encoder is None:
            return super().dumps(obj, **kwargs)
        kwargs.setdefault("cls", encoder)
        # An encoder takes `default` over its own method; so only one that has none gets ours.
        if getattr(encoder, "default", None) is not _JSONEncoder.default:
            kwargs.setdefault("default", None)
        return super().dumps(obj, **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON text.

        Args:
            s: Text, or its UTF-8 bytes.
            **kwargs: For `json.loads`.

        Returns:
            The data.
        """
        decoder = _current_coder(self._app, "decoder")
        if decoder is not None:
            kwargs.setdefault("cls", decoder)
        return super().loads(s, **kwargs)


def coder_of(thing: Any, kind: str) -> Any:
    """Return the coder that was set on an app or a blueprint, or on its class.

    Args:
        thing: The app or blueprint.
        kind: `encoder` or `decoder`.

    Returns:
        The class, or None.
    """
    own = vars(thing).get(f"_json_{kind}") or vars(thing).get(f"json_{kind}")
    if own is not None:
        return own
    # A provider knows its app by a weak proxy, which has a type of its own.
    on_class = getattr(thing.__class__, f"json_{kind}", None)
    return None if isinstance(on_class, RemovedAttribute) else on_class


def use_coder(app: Any, kind: str, coder: Any = None) -> None:
    """Let an app use a coder from now on, or look for those of its blueprints.

    Args:
        app: The app.
        kind: `encoder` or `decoder`.
        coder: The class; None changes none.
    """
    if coder is not None:
        vars(app)[f"_json_{kind}"] = coder
    if type(app.json) is DefaultJSONProvider:
        app.json.__class__ = CodingJSONProvider
        if "jinja_env" in vars(app):
            app.jinja_env.policies["json.dumps_function"] = app.json.dumps


def _current_coder(app: Any, kind: str) -> Any:
    """Return the coder of the blueprint whose view is running, or else the app's."""
    from kolben.contexts import has_request_context
    from kolben.globals import request

    if has_request_context() and request.blueprint:
        blueprint = app.blueprints.get(request.blueprint)
        found = None if blueprint is None else coder_of(blueprint, kind)
        if found is not None:
            return found
    return coder_of(app, kind)
