"""Ready-made builders for `url_for`: the fixed pieces of a URL, and what goes between them.

A builder is made when an endpoint's URL is first asked for. Where Werkzeug's way could end
differently than in a path with a query (a host, a WebSocket, an error to report), there is no
builder and Werkzeug is asked.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from werkzeug.routing import BaseConverter, Rule
from werkzeug.routing.converters import IntegerConverter

from kolben.routing.rule import RouteRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.routing import Map

    Slot = tuple[str, Callable[[Any], str], str]

# https://url.spec.whatwg.org/#url-path-segment-string and #percent-encoded-bytes, as Werkzeug
# reads them; letters, digits and "_.-~" are never quoted.
_SAFE_IN_PATH = "!$&'()*+,/:;=@"
_SAFE_IN_QUERY = "!$'()*,/:;?@"
_plain_in_path = re.compile(rf"[\w.~{re.escape(_SAFE_IN_PATH)}-]*", re.ASCII).fullmatch
_plain_in_query = re.compile(rf"[\w.~{re.escape(_SAFE_IN_QUERY)}-]*", re.ASCII).fullmatch
# A name that `urlencode` leaves alone; others are rare, and some mean something to Werkzeug.
_plain_name = re.compile(r"\w[\w-]*", re.ASCII).fullmatch

_SIMPLE = frozenset({str, int, float, bool})
# Whoever overrides one of these has an idea of its own of what a rule's URL is.
_BUILDING = ("build", "suitable_for", "_compile_builder", "_encode_query_vars")


class Undecided(Exception):
    """Werkzeug has to build this URL."""


class Builder:
    """One rule's URL, taken apart.

    Attributes:
        rule: The Werkzeug rule.
    """

    __slots__ = ("_defaults", "_head", "_known", "_slots", "rule")

    def __init__(self, rule: Rule) -> None:
        """Take a rule apart.

        Args:
            rule: A bound rule without a variable subdomain.
        """
        self.rule = rule
        self._defaults = tuple((rule.defaults or {}).items())
        self._known = frozenset(rule.arguments)
        self._head, self._slots = _pieces(rule)

    def build(self, values: Mapping[str, Any]) -> str | None:
        """Build the path and the query.

        Args:
            values: The arguments, None meaning that there is none.

        Returns:
            The URL; None if the rule doesn't suit the values.

        Raises:
            Undecided: Werkzeug has to build it.
        """
        for name, default in self._defaults:
            if values.get(name) is not None and default != values[name]:
                return None
        pieces = [self._head]
        for name, to_url, after in self._slots:
            value = values.get(name)
            if value is None:
                return None
            pieces += (to_url(value), after)
        path = "".join(pieces)
        if path.startswith("//"):  # the adapter joins prefix and path with exactly one slash
            path = f"/{path.lstrip('/')}"
        return path if self._known.issuperset(values) else path + self._query(values)

    def _query(self, values: Mapping[str, Any]) -> str:
        """Encode the values that the rule doesn't know, with a leading question mark.

        `application/x-www-form-urlencoded`, https://url.spec.whatwg.org/#urlencoded-serializing.
        """
        known = self._known
        pairs = [
            f"{name}={_query_text(name, value)}"
            for name, value in values.items()
            if value is not None and name not in known
        ]
        if not pairs:
            return ""
        if self.rule.map.sort_parameters:
            raise Undecided
        return f"?{'&'.join(pairs)}"


class Builders:
    """The builders of a map by endpoint; a map that changes gets new ones."""

    __slots__ = ("_builders", "_map")

    def __init__(self, url_map: Map) -> None:
        """Start without a builder.

        Args:
            url_map: The map, brought up to date, so that an endpoint's preferred rule is first.
        """
        self._map = url_map
        self._builders: dict[Any, tuple[Builder, ...]] = {}

    def build(
        self, endpoint: Any, values: Mapping[str, Any], method: str | None, request_method: str
    ) -> str | None:
        """Build a URL; see `RouteMap.build_path`."""
        builders = self._builders.get(endpoint)
        if builders is None:
            builders = self._prepare(endpoint)
        if type(values) is not dict:
            return None
        try:
            if method is None and len(builders) > 1:
                url = _first(builders, values, request_method)
                if url is not None:
                    return url
            return _first(builders, values, method)
        except Exception:  # noqa: BLE001  # whatever a converter raises, it raises for Werkzeug too
            return None

    def _prepare(self, endpoint: Any) -> tuple[Builder, ...]:
        """Make the builders of an endpoint; none at all if Werkzeug might choose another rule."""
        rules = self._map._rules_by_endpoint.get(endpoint)
        if rules is None:
            return ()  # not remembered: whoever asks for many names would fill the memory
        usable = not self._map.host_matching and all(map(_is_ordinary, rules))
        builders = tuple(map(Builder, rules)) if usable else ()
        self._builders[endpoint] = builders
        return builders


def _first(
    builders: tuple[Builder, ...], values: Mapping[str, Any], method: str | None
) -> str | None:
    """Build with the first rule that suits the method and the values."""
    for builder in builders:
        methods = builder.rule.methods
        if method is None or methods is None or method in methods:
            url = builder.build(values)
            if url is not None:
                return url
    return None


def _is_ordinary(rule: Rule) -> bool:
    """Return whether a rule's URL is on the default subdomain and Werkzeug's own code builds it."""
    subdomain = rule.subdomain or ""
    return (
        not rule.websocket
        and rule.rule.startswith("/")
        and subdomain == (rule.map.default_subdomain or "")
        and _plain_name(subdomain or "www") is not None
        and all(isinstance(name, str) for name in rule.defaults or ())
        and any(
            all(getattr(type(rule), name) is getattr(known, name) for name in _BUILDING)
            for known in (Rule, RouteRule)
        )
    )


def _pieces(rule: Rule) -> tuple[str, tuple[Slot, ...]]:
    """Take the path of a rule apart.

    Returns:
        The text before the first variable; and for each variable its name, what makes text of
        its value, and the text behind it. A variable with a default is text itself.
    """
    defaults = rule.defaults or {}
    texts = [""]
    variables = []
    for is_variable, text in islice(rule._trace, rule._trace.index((False, "|")) + 1, None):
        if not is_variable:
            texts[-1] += quote(text, safe=_SAFE_IN_PATH)
        elif text in defaults:
            texts[-1] += rule._converters[text].to_url(defaults[text])
        else:
            variables.append((text, _text_maker(rule._converters[text])))
            texts.append("")
    slots = [(*variable, after) for variable, after in zip(variables, texts[1:], strict=True)]
    return texts[0], tuple(slots)


def _text_maker(converter: BaseConverter) -> Callable[[Any], str]:
    """Return what makes text of a value, cheaper than `to_url` where that is the same."""
    if "to_url" not in vars(converter):
        if type(converter).to_url is BaseConverter.to_url:
            return _path_text
        if type(converter) is IntegerConverter and not converter.fixed_digits:
            return _integer_text
    return converter.to_url


def _path_text(value: object) -> str:
    """Quote a value for a path."""
    text = str(value)
    return text if _plain_in_path(text) else quote(text, safe=_SAFE_IN_PATH)


def _integer_text(value: Any) -> str:
    """Write a number, also if it came as text."""
    return str(int(value))


def _query_text(name: str, value: object) -> str:
    """Quote a value for a query.

    Raises:
        Undecided: It is no plain text or number, or its name is unusual.
    """
    if not _plain_name(name) or type(value) not in _SIMPLE:
        raise Undecided
    text = str(value)
    return text if _plain_in_query(text) else quote_plus(text, safe=_SAFE_IN_QUERY)
