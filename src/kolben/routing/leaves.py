"""What the end of a path leads to: a rule, and the arguments that its view gets.

Everything that can be known before the first request is worked out here: which converter
calls can be left out, whether a match is final, or whether Werkzeug would go on to redirect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

from werkzeug.routing import ValidationError
from werkzeug.routing.converters import (
    AnyConverter,
    BaseConverter,
    FloatConverter,
    IntegerConverter,
    PathConverter,
    UnicodeConverter,
    UUIDConverter,
)

if TYPE_CHECKING:
    from werkzeug.routing import Map, Rule

    from kolben.routing.segments import Values

Ranked = tuple[tuple[int, "Rule"], ...]

# `str` of a string is that string: the cheapest call that changes nothing.
_CONVERSIONS: dict[type, Callable[[str], Any]] = {
    UnicodeConverter: str,
    AnyConverter: str,
    PathConverter: str,
    IntegerConverter: int,
    FloatConverter: float,
}


class Leaf:
    """A rule at the end of a path, with all that a match needs to know about it.

    `rule.methods` is read per request and not copied: apps do change it in place.

    Attributes:
        rule: The Werkzeug rule.
        websocket: Whether the rule answers WebSocket handshakes and not requests.
        strict: Whether a path that lacks or adds the closing slash is another path.
        asks: Whether Werkzeug has to finish every match (``redirect_to``, ``alias``).
        simple: Whether a match without variables is final: nothing to ask, nobody to redirect to.
        arguments: Name, conversion and place of each variable, in the order of the path.
        defaults: What is added to the arguments; may be empty.
        givers: Rules of the same endpoint that requests may be redirected to, with their rank.
    """

    __slots__ = (
        "_rank",
        "arguments",
        "asks",
        "defaults",
        "givers",
        "rule",
        "simple",
        "strict",
        "websocket",
    )

    def __init__(self, rule: Rule, asks: bool, rank: int = 0, givers: Ranked = ()) -> None:
        """Work out what a match of `rule` means.

        Args:
            rule: A rule that is bound to a map.
            asks: Whether Werkzeug has to finish every match, whatever the rule says.
            rank: Place among the rules of the same endpoint, the preferred one first.
            givers: Rules of the endpoint that have defaults, with their rank.
        """
        self.rule = rule
        self.websocket = rule.websocket
        self.strict = bool(rule.strict_slashes)
        self.asks = asks or rule.redirect_to is not None
        self.arguments = tuple(
            (name, conversion(converter), place)
            for place, (name, converter) in enumerate(rule._converters.items())
        )
        self.defaults = rule.defaults or {}
        self._rank = rank
        self.givers = givers if givers and givers[0][0] < rank else ()
        self.simple = not (self.asks or self.givers or self.websocket)

    def allows(self, method: str) -> bool:
        """Return whether the rule answers to an upper-case HTTP method."""
        methods = self.rule.methods
        return methods is None or method in methods

    def convert(self, values: Values) -> dict[str, Any] | Literal[False] | None:
        """Turn the texts of a path into a view's arguments.

        Args:
            values: One text for each variable, in the order of the path.

        Returns:
            The arguments; False if a converter refuses its text (that is a miss, and no other
            rule is tried); None if Werkzeug has to say.
        """
        arguments: dict[str, Any] = {}
        try:
            for name, to_python, place in self.arguments:  # PERF zip(): 716 → 230 ns
                arguments[name] = to_python(values[place])
        except ValidationError:
            return False
        except ValueError:  # int() of more digits than it takes, or a converter's own mistake
            return None
        if self.defaults:
            arguments.update(self.defaults)
        return arguments

    def redirects(self, arguments: dict[str, Any], method: str) -> bool:
        """Return whether a rule with defaults for these arguments is the better address."""
        better = takewhile(lambda giver: giver[0] < self._rank, self.givers)
        return any(
            giver.provides_defaults_for(self.rule) and giver.suitable_for(arguments, method)
            for _, giver in better
        )


def conversion(converter: BaseConverter) -> Callable[[str], Any]:
    """Return what converts a text that matched, cheaper than `to_python` where that is the same.

    Args:
        converter: A converter of a bound rule.
    """
    kind = type(converter)
    if isinstance(converter, IntegerConverter | FloatConverter) and (
        converter.fixed_digits or converter.min is not None or converter.max is not None
    ):
        return converter.to_python
    return _CONVERSIONS.get(kind, converter.to_python)


def is_own(converter: BaseConverter) -> bool:
    """Tell whether converting runs code of the app's own, which may want its contexts, or block.

    Args:
        converter: A converter of a bound rule.
    """
    if type(converter) in _CONVERSIONS or type(converter) is UUIDConverter:
        return False
    function = getattr(converter.to_python, "__func__", None)
    return function is not BaseConverter.to_python


def leaves_of(url_map: Map, with_own: bool) -> dict[int, Leaf]:
    """Make the leaves of all rules of a map.

    Args:
        url_map: The map, brought up to date, so that an endpoint's preferred rule is its first.
        with_own: Whether converters of the app's own may be called; else rules that have some are
            left to whoever may.

    Returns:
        The leaves by the `id` of their rule (Werkzeug's rules can't be hashed).
    """
    leaves = {}
    for rules in url_map._rules_by_endpoint.values():
        givers = _givers(rules) if url_map.redirect_defaults else ()
        for rank, rule in enumerate(rules):
            asks = (rule.alias and url_map.redirect_defaults) or (
                not with_own and any(map(is_own, rule._converters.values()))
            )
            leaves[id(rule)] = Leaf(rule, asks, rank, givers)
    return leaves


def _givers(rules: Iterable[Rule]) -> Ranked:
    """Return the rules that requests for others of their endpoint may be redirected to."""
    return tuple((rank, rule) for rank, rule in enumerate(rules) if rule.defaults)
