"""The compiled form of a map: what to answer to a path, and when to ask Werkzeug.

A path is looked up in three ways, the cheapest first. Each is right by itself, because each
gives up wherever the next could say otherwise:

1. `static`: the whole path is a key. Werkzeug tries the static way first, too.
2. `branches`: all but the last segment is a key, and the last segment has no static way but
   fits a variable. The walk would go along the same static ways and meet that variable first.
3. The walk through the tree.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from werkzeug.routing.matcher import State, StateMachineMatcher

from kolben.routing.answers import NO_MATCH, Match, Miss
from kolben.routing.leaves import leaves_of
from kolben.routing.segments import segment_of
from kolben.routing.tree import UNDECIDED, Node, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from werkzeug.routing import Map, Rule

    from kolben.routing.leaves import Leaf
    from kolben.routing.segments import Test, Values
    from kolben.routing.tree import Missed

    Answers = tuple[tuple[Rule, Mapping[str, Any]], ...]
    Ways = tuple[tuple[Test, Rule, str, Callable[[str], Any]], ...]


class Index:
    """All rules of one map, compiled; a map that changes gets a new one.

    Attributes:
        static: The paths without variables, each with the rules that can be answered at once,
            and their defaults.
        tidy: Those of `static` that are the same in the environ of a WSGI server.
        branches: The paths that may go on with one segment more, each with the static segments
            and the variables that may follow.
        raw: The same without rules that call a converter of the app's own, if there are any.
    """

    __slots__ = ("_closed", "_merges", "_root", "branches", "raw", "static", "tidy")

    def __init__(self, url_map: Map, with_own: bool = True) -> None:
        """Compile a map.

        Args:
            url_map: The map, brought up to date (`Map.update`).
            with_own: Whether matching may call converters of the app's own.
        """
        self.raw: Index | None = None
        self.static: dict[str, Answers] = {}
        self.tidy = self.static
        self.branches: dict[str, tuple[dict[str, Node], Ways]] = {}
        self._merges = url_map.merge_slashes
        self._root, self._closed = _read(url_map, with_own)
        if self._root is None:
            return
        for path, node in _static_places(self._root):
            if answers := _sure_answers(node):
                self.static[path] = answers
            if path != "/" and (ways := _last_ways(node)):
                self.branches[path] = (node.static, ways)
        if not all(map(_is_tidy, self.static)):
            self.tidy = {path: found for path, found in self.static.items() if _is_tidy(path)}

    def match_dynamic(self, path: str, method: str) -> Match | Miss | None:
        """Match a path that has no answer in `static`, at least none for its method.

        Args:
            path: The decoded path.
            method: The HTTP method, in upper case.

        Returns:
            As `search`.
        """
        # PERF bench routes/dynamic: 1180 → 620 ns where the only variable is last
        prefix, _, last = path.rpartition("/")
        branch = self.branches.get(prefix)
        if branch is not None and last not in branch[0]:
            for fits, rule, name, to_python in branch[1]:
                if fits(last):
                    methods = rule.methods
                    if methods is None or method in methods:
                        try:
                            return rule, {name: to_python(last)}
                        except ValueError:  # refused: the walk tells what follows from it
                            pass
                    break
        return self.search(path, method)

    def search(self, path: str, method: str) -> Match | Miss | None:
        """Match a path by walking along all of its segments.

        Args:
            path: The decoded path.
            method: The HTTP method, in upper case.

        Returns:
            The rule and its arguments, a `Miss`, or None where Werkzeug has to decide.
        """
        root = self._root
        if root is None or not path:
            return None
        parts = path.split("/")
        if parts[0] or "//" in path:
            path = f"/{path.lstrip('/')}"  # as Werkzeug does before it matches
            parts = path.split("/")
        missed: Missed = []
        found = walk(root, parts, 1, (), method, missed)
        if found:
            leaf, values = found
            if leaf.simple and not leaf.defaults:
                try:  # PERF measured: 1650 → 1550 ns, `Leaf.convert` written out
                    arguments = {name: convert(values[at]) for name, convert, at in leaf.arguments}
                except ValueError:
                    return _finish(leaf, values, method, missed)
                return leaf.rule, arguments
            return _finish(leaf, values, method, missed)
        if found is UNDECIDED or not self._closed or (self._merges and "//" in path):
            return None
        return _miss(missed, method)


def _is_tidy(path: str) -> bool:
    """Tell whether a path is the same in a server's environ, where UTF-8 looks like Latin-1."""
    return path.isascii() and path[:1] == "/" and "//" not in path


def _finish(leaf: Leaf, values: Values, method: str, missed: Missed) -> Match | Miss | None:
    """Convert the values of a rule that was found, and leave redirects to Werkzeug."""
    if leaf.asks:
        return None
    arguments = leaf.convert(values)
    if arguments is None or arguments is False:
        # A converter that refuses its text ends the search; no rule behind it is tried.
        return _miss(missed, method) if arguments is False else None
    if leaf.givers and leaf.redirects(arguments, method):
        return None
    return leaf.rule, arguments


def _miss(missed: Missed, method: str) -> Miss | None:
    """Tell a path that answers to other methods from one that doesn't exist."""
    if not missed:
        return NO_MATCH
    others = [leaf.rule.methods for leaf in missed if not leaf.allows(method)]
    methods = {name for names in others if names for name in names}
    # What is left over are WebSocket rules, for which Werkzeug has an error of its own.
    return Miss(methods) if methods else None


def _read(url_map: Map, with_own: bool) -> tuple[Node | None, bool]:
    """Copy the part of the state machine that serves the default subdomain.

    Returns:
        The place behind a path's leading slash, None if Werkzeug has to match every path; and
        whether a path that isn't found from there matches no rule at all.
    """
    matcher = url_map._matcher
    if url_map.host_matching or type(matcher) is not StateMachineMatcher:
        return None, False
    domain = url_map.default_subdomain or ""
    state = matcher._root.static.get(domain, State())
    if state.dynamic:  # a rule that doesn't start with a slash
        return None, False
    try:
        others = [
            part.final or segment_of(part).take([domain], 0) for part, _ in matcher._root.dynamic
        ]
        return Node(state.static.get("", State()), leaves_of(url_map, with_own)), not any(others)
    except re.error:  # an expression that Werkzeug can't use either: let it tell, per request
        return None, False


def _static_places(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield the places that are reached without a variable, with the path that leads there."""
    places = [("", root)]
    while places:
        path, node = places.pop()
        yield path, node
        if path != "/":  # Werkzeug drops a second leading slash, so nothing goes on from here
            places += [(f"{path}/{text}", onward) for text, onward in node.static.items()]


def _sure_answers(node: Node) -> Answers:
    """List the rules of a place in order, up to the first that Werkzeug has to finish."""
    answering = (leaf for leaf in node.leaves if not leaf.websocket)
    return tuple((leaf.rule, leaf.defaults) for leaf in takewhile(_is_simple, answering))


def _last_ways(node: Node) -> Ways:
    """List the variables that may be the last segment behind a place.

    Each comes with the rule that it leads to first, if that is all there is to a match, and
    the variable's name and conversion. Ends with the first way that isn't of that kind.
    """
    ways = []
    for segment, onward in node.dynamic:
        leaf = onward.leaves[0] if onward.leaves else None
        test = segment.whole
        if test is None or test("") or leaf is None or not leaf.simple or leaf.defaults:
            break
        [(name, to_python, _)] = leaf.arguments
        ways.append((test, leaf.rule, name, to_python))
    return tuple(ways)


def _is_simple(leaf: Leaf) -> bool:
    """Return whether a match of the rule is final."""
    return leaf.simple
