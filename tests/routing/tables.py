"""Generated tables of rules, and paths and values that nearly fit them.

`KOLBEN_ROUTING_EXAMPLES` sets how many tables a property is tried on; CI tries 2,000.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from werkzeug.routing import BaseConverter, IntegerConverter, Rule, ValidationError

from kolben.routing import RouteMap

EXAMPLES = int(os.environ.get("KOLBEN_ROUTING_EXAMPLES") or (2000 if os.environ.get("CI") else 60))
_SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]
thorough = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=_SLOW)
brief = settings(thorough, max_examples=max(EXAMPLES // 4, 20))

METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT")


class Capital(BaseConverter):
    """One segment, by a regular expression with a group of its own and a mind of its own."""

    regex = "[A-Z]([a-z]*)"

    def to_python(self, value: str) -> str:
        if value == "Forbidden":
            raise ValidationError
        return value.lower()

    def to_url(self, value: Any) -> str:
        return str(value).capitalize()


class Pair(BaseConverter):
    """Two segments at once."""

    regex = "[^/]+/[^/]+"

    def to_python(self, value: str) -> list[str]:
        return value.split("/")

    def to_url(self, value: Any) -> str:
        return "/".join(value)


class Clumsy(BaseConverter):
    """Forgets to say `ValidationError`."""

    def to_python(self, value: str) -> int:
        return len(value) if value != "b" else int("b")


class Even(IntegerConverter):
    """Inherits everything but one method."""

    def to_python(self, value: str) -> int:
        number: int = super().to_python(value)
        if number % 2:
            raise ValidationError
        return number


class OptionalCapital(BaseConverter):
    """An expression of two alternatives, of which one may be empty."""

    regex = "[A-Z]|"


CONVERTERS = {
    "cap": Capital,
    "pair": Pair,
    "clumsy": Clumsy,
    "even": Even,
    "opt": OptionalCapital,
}

STATIC = ("a", "a", "a", "b", "b", "ab", "x.y", "ü", "a b", "%41", "7", "Forbidden", "a+b", "(x)")
VARIABLES = (
    "{}",
    "string:{}",
    "string(length=2):{}",
    "string(minlength=2):{}",
    "string(minlength=0):{}",
    "string(minlength=1, maxlength=3):{}",
    "string(length=0):{}",
    "int:{}",
    "int(fixed_digits=2):{}",
    "int(min=5):{}",
    "int(max=50):{}",
    "int(signed=True):{}",
    "float:{}",
    "float(signed=True, min=0.5):{}",
    "any(a, b, 'x.y'):{}",
    "any(ab):{}",
    "uuid:{}",
    "path:{}",
    "cap:{}",
    "pair:{}",
    "clumsy:{}",
    "even:{}",
    "opt:{}",
)
UUID_TEXT = "12345678-1234-5678-1234-567812345678"
TEXTS = (
    *STATIC,
    "",
    "42",
    "07",
    "٣",
    "²",
    "-3",
    "1.5",
    "-1.5",
    "0.1",
    UUID_TEXT,
    UUID_TEXT.upper(),
    "Word",
    "a.b",
    "a.b.c",
    "file-3",
    "file-x",
    "line\n",
    "\n",
    "%2F",
    "😀",
    "1" * 4301,
)
VALUES = st.one_of(
    st.sampled_from(TEXTS),
    st.integers(-5, 100),
    st.floats(0, 10),
    st.booleans(),
    st.none(),
    st.sampled_from([[], ["a", "b"], ("a",), "/a", "//", "a b&c=d", "ünï", b"raw", 1 + 2j]),
)


@st.composite
def parts(draw: st.DrawFn, names: list[str]) -> str:
    """One segment of a rule: fixed, a variable, or a mixture."""
    kind = draw(st.sampled_from(("static", "static", "variable", "variable", "mixed")))
    if kind == "static" or not names:
        return draw(st.sampled_from(STATIC))
    first = f"<{draw(st.sampled_from(VARIABLES)).format(names.pop())}>"
    if kind == "variable":
        return first
    second = f"<{draw(st.sampled_from(VARIABLES)).format(names.pop())}>" if names else "z"
    shape = draw(st.sampled_from(("file-{0}", "{0}.{1}", "{0}-", "{0}a{1}", "{0}{1}", "{0}(x)")))
    text: str = shape.format(first, second)
    return text


@st.composite
def rule_strings(draw: st.DrawFn, earlier: list[str]) -> str:
    """A whole rule, sometimes with slashes too many; often a neighbour of an earlier one."""
    if earlier and draw(st.integers(0, 2)):
        return draw(neighbours(draw(st.sampled_from(earlier))))
    names = ["p", "q", "r"]
    segments = draw(st.lists(parts(names), max_size=4))
    joints = [draw(st.sampled_from(("/", "/", "/", "/", "//"))) for _ in segments]
    closing = draw(st.sampled_from(("", "/", "", "/", "//")))
    text = "".join(map(str.__add__, joints, segments)) + closing
    return text or "/"


@st.composite
def neighbours(draw: st.DrawFn, rule: str) -> str:
    """A rule that differs from another in one segment, or in the closing slash."""
    segments = rule.strip("/").split("/")
    change = draw(st.sampled_from(("slash", "replace", "replace", "drop", "append", "same")))
    names = [name for name in ("p", "q", "r") if f"{name}>" not in rule]
    place = draw(st.integers(0, len(segments) - 1))
    if change == "replace":
        segments[place] = draw(parts(names))
    elif change == "drop":
        del segments[place]
    elif change == "append":
        segments.append(draw(parts(names)))
    closing = "/" * (rule.endswith("/") ^ (change == "slash"))
    return f"/{'/'.join(segments)}{closing}"


@dataclass
class Table:
    """The recipe of a map: drawn once, made as often as wanted."""

    options: dict[str, Any]
    rules: list[dict[str, Any]]

    def make(self) -> RouteMap:
        """Make a map, leaving out rules that Werkzeug doesn't accept."""
        url_map = RouteMap(converters=CONVERTERS, **self.options)
        for rule in self.rules:
            try:
                url_map.add(Rule(**rule))
            except (ValueError, SyntaxError, TypeError):
                event("rule refused by Werkzeug")
        return url_map


def elsewhere(_adapter: object, **_values: object) -> str:
    """Say where a rule's requests go now."""
    return "/computed"


@st.composite
def wild_rules(draw: st.DrawFn, earlier: list[str]) -> dict[str, Any]:
    """A rule with any of the options there are."""
    rule: dict[str, Any] = {
        "string": draw(rule_strings(earlier)),
        "endpoint": draw(st.sampled_from(("e0", "e1", "e2", "e3"))),
    }
    some = draw(st.sets(st.integers(0, 9), max_size=3))
    options: list[tuple[str, st.SearchStrategy[Any]]] = [
        ("methods", st.sets(st.sampled_from(METHODS), max_size=2)),
        ("methods", st.sampled_from([["GET"], ["POST"], ["OPTIONS"]])),
        ("defaults", st.dictionaries(st.sampled_from(("p", "q", "d")), VALUES, max_size=2)),
        ("strict_slashes", st.booleans()),
        ("merge_slashes", st.booleans()),
        ("subdomain", st.sampled_from(("", "www", "<who>", "<path:who>", "<opt:who>"))),
        ("build_only", st.booleans()),
        ("websocket", st.booleans()),
        ("redirect_to", st.sampled_from(("/elsewhere", elsewhere))),
        ("alias", st.booleans()),
    ]
    for index in some:
        name, strategy = options[index]
        rule[name] = draw(strategy)
    return rule


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A map with any of the options there are."""
    options = {
        "strict_slashes": draw(st.booleans()),
        "merge_slashes": draw(st.booleans()),
        "redirect_defaults": draw(st.booleans()),
        "default_subdomain": draw(st.sampled_from(("", "", "", "www"))),
        "sort_parameters": draw(st.sampled_from((False, False, True))),
    }
    rules: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 8))):
        rules.append(draw(wild_rules([rule["string"] for rule in rules])))
        rules += draw(canonical(rules[-1]))
    return Table(options, rules)


@st.composite
def canonical(draw: st.DrawFn, rule: dict[str, Any]) -> list[dict[str, Any]]:
    """Now and then, the address that a rule redirects to if its first variable has a default."""
    segments = rule["string"].split("/")
    variables = [place for place, segment in enumerate(segments) if segment.endswith(":p>")]
    if not variables or draw(st.integers(0, 2)):
        return []
    del segments[variables[0]]
    defaults = {"p": draw(st.sampled_from((7, "a", 1.5, 42)))}
    string = "/".join(segments) or "/"
    return [{"string": string, "endpoint": rule["endpoint"], "defaults": defaults}]


FITTING = {
    "int": ("7", "42", "07", "3", "٣", "²", "-3", "60", "1" * 4301),
    "float": ("1.5", "-1.5", "0.1", "42"),
    "even": ("42", "7", "6"),
    "uuid": (UUID_TEXT, UUID_TEXT.upper()),
    "any": ("a", "b", "x.y", "ab"),
    "path": ("a", "a/b", "a//b", "/a", "a\nb", "7/"),
    "cap": ("Word", "Forbidden", "W"),
    "pair": ("a/b", "a/b/c"),
    "opt": ("", "A"),
}


@st.composite
def fillings(draw: st.DrawFn, segment: str) -> str:
    """Text for one segment of a rule; usually text that fits."""
    if not draw(st.integers(0, 9)):
        return draw(st.sampled_from(TEXTS))
    pieces = re.split("(<.*?>)", segment)
    for place in range(1, len(pieces), 2):
        kind = re.split("[(:]", pieces[place][1:])[0]
        pieces[place] = draw(st.sampled_from(FITTING.get(kind, TEXTS)))
    return "".join(pieces)


@st.composite
def paths(draw: st.DrawFn, table: Table) -> str:
    """A path that nearly matches one of the rules: its text, with values for the variables."""
    rule = draw(st.sampled_from(table.rules))["string"]
    filled = "/".join(draw(fillings(segment)) for segment in rule.split("/")[1:])
    change = draw(st.sampled_from(("none", "none", "none", "tail", "double", "drop", "start")))
    path = f"/{filled}"
    if change == "tail":
        path += draw(st.sampled_from(("/", "//", "/a", "a")))
    elif change == "double":
        path = path.replace("/", "//", 1) if draw(st.booleans()) else path.replace("a/", "a//")
    elif change == "drop":
        path = path.rstrip("/") if draw(st.booleans()) else path.rpartition("/")[0]
    elif change == "start":
        path = draw(st.sampled_from(("/", ""))) + path[1:]
    return path


@st.composite
def plain_tables(draw: st.DrawFn) -> Table:
    """A table as most apps have: built-in converters, methods, defaults of other names."""
    converters = ("{}", "int:{}", "float:{}", "uuid:{}", "any(a, b):{}", "path:{}")
    rules = []
    for number in range(draw(st.integers(1, 8))):
        names = ["p", "q"]
        segments = draw(
            st.lists(
                st.one_of(
                    st.sampled_from(STATIC),
                    st.sampled_from(converters).map(lambda text: f"<{text}>"),
                ),
                min_size=1,
                max_size=4,
            )
        )
        text = ""
        for segment in segments:
            if "<" in segment and not names:
                break
            text += "/" + (segment.format(names.pop()) if "<" in segment else segment)
        methods = draw(st.sampled_from((["GET"], ["POST"], ["GET", "POST", "OPTIONS"])))
        rules.append({"string": text or "/", "endpoint": f"e{number}", "methods": methods})
    return Table({}, rules)
