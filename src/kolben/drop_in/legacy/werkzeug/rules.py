"""`werkzeug.routing.parse_rule`: the parts of a URL rule, for those who describe an API."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["parse_rule"]

_VARIABLE = re.compile(
    r"""<
        (?:(?P<converter>[a-zA-Z_][a-zA-Z0-9_]*)(?:\((?P<arguments>.*?)\))?:)?
        (?P<variable>[a-zA-Z_][a-zA-Z0-9_]*)
    >""",
    re.VERBOSE,
)


def parse_rule(rule: str) -> Iterator[tuple[str | None, str | None, str]]:
    """Take a URL rule apart.

    Args:
        rule: The rule, for example `/user/<int(min=1):id>`.

    Yields:
        `(converter, arguments, variable)`: of static text the first two are None, and the third is
        the text; a variable without a converter has `default`.

    Raises:
        ValueError: A variable's name comes twice, or an angle bracket is left over.
    """
    end = 0
    seen: set[str] = set()
    for match in _VARIABLE.finditer(rule):
        if match.start() > end:
            yield None, None, _static(rule, end, match.start())
        variable = match["variable"]
        if variable in seen:
            raise ValueError(f"variable name {variable!r} used twice in the rule {rule!r}")
        seen.add(variable)
        yield match["converter"] or "default", match["arguments"] or None, variable
        end = match.end()
    if end < len(rule):
        yield None, None, _static(rule, end, len(rule))


def _static(rule: str, start: int, end: int) -> str:
    text = rule[start:end]
    if "<" in text or ">" in text:
        raise ValueError(f"malformed url rule: {rule!r}")
    return text
