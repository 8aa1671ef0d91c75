"""`RouteMap`: Werkzeug's map of rules, with a compiled index beside it.

The index is made when the first path is matched, and dropped when a rule is added, by whatever
road, or when a setting changes that it was made with. One lock is held while rules are added
and while the index is made, so threads with the first requests wait for one index, and none is
made of half-added rules. Matching takes no lock: an index never changes.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from werkzeug.routing import Map

from kolben.routing.build import Builders
from kolben.routing.index import Index
from kolben.routing.leaves import is_own
from kolben.telling import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.routing import RuleFactory

    from kolben.routing.answers import Match, Miss

# What the answers depend on. `_remap` is set by Werkzeug itself when it was given rules, and by
# extensions that edit a map by hand.
_SETTINGS: Final = frozenset(
    {
        "_matcher",
        "_remap",
        "_rules_by_endpoint",
        "default_subdomain",
        "host_matching",
        "merge_slashes",
        "redirect_defaults",
        "sort_key",
        "sort_parameters",
    }
)


class RouteMap(Map):
    """A `werkzeug.routing.Map` that answers ordinary requests from a compiled index.

    Everything that Werkzeug's map does it does the same way. Beside that, `match_path` and
    `build_path` give what `MapAdapter.match` and `MapAdapter.build` would give, or None where a
    request isn't ordinary and the adapter has to be asked.

    A rule counts as it was when the first path was matched. If its ``methods`` change later,
    that is seen; other attributes are read again after the next `add`.
    """

    #: Who is told when the index is dropped.
    told = NOBODY

    _index: Index | None
    _builders: Builders | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make a map.

        Args:
            args: As for `werkzeug.routing.Map`.
            kwargs: As for `werkzeug.routing.Map`.
        """
        self._index_lock = RLock()
        self._index = None
        super().__init__(*args, **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; forget what was compiled with its old value."""
        object.__setattr__(self, name, value)
        if name in _SETTINGS and not (name == "_remap" and value is False):
            with self._index_lock:
                self._index = self._builders = None
            self.told.forget()

    def add(self, rulefactory: RuleFactory) -> None:
        """Add rules, also while other threads match.

        Args:
            rulefactory: A rule, or a factory of rules, that isn't bound to a map yet.

        Raises:
            RuntimeError: A rule is bound to a map already.
            ValueError: A rule isn't well formed.
        """
        with self._index_lock:
            super().add(rulefactory)

    def match_path(self, path: str, method: str) -> Match | Miss | None:
        """Find the rule for an HTTP request on the default subdomain.

        Args:
            path: The decoded path, for example ``"/user/42"``.
            method: The HTTP method, in upper case.

        Returns:
            The rule and its arguments, exactly as `MapAdapter.match` with ``return_rule=True``;
            a `Miss` where that raises `NotFound` or `MethodNotAllowed`; None where it has to be
            asked: it may redirect, the map matches hosts, WebSocket rules are in the way.
        """
        index = self._index or self._make_index()
        # PERF bench routes/static: one lookup of the whole path, whatever the number of rules
        answers = index.static.get(path)
        if answers is not None:
            for rule, defaults in answers:
                methods = rule.methods
                if methods is None or method in methods:
                    return rule, {**defaults}
        return index.match_dynamic(path, method)

    def match_raw(self, path: str, method: str) -> Match | Miss | None:
        """Do the same for a path and a method as a WSGI server gives them (PEP 3333).

        No code of the app's own is run, so nothing has to be pushed for it.

        Args:
            path: The value of ``PATH_INFO``.
            method: The value of ``REQUEST_METHOD``.

        Returns:
            As `match_path`; None also for a path that has to be decoded or tidied up first, and
            for a rule with a converter of the app's own.
        """
        index = self._index or self._make_index()
        answers = index.tidy.get(path)
        if answers is not None:
            for rule, defaults in answers:
                methods = rule.methods
                if methods is None or method in methods:
                    return rule, {**defaults} if defaults else {}
        if path[:1] != "/" or "//" in path or not path.isascii() or not method.isupper():
            return None
        return (index.raw or index).match_dynamic(path, method)

    def build_path(
        self,
        endpoint: Any,
        values: Mapping[str, Any],
        method: str | None = None,
        request_method: str = "GET",
    ) -> str | None:
        """Build the URL of an endpoint, as path and query, for a request on the default subdomain.

        Args:
            endpoint: What the rules were registered with.
            values: Arguments for the rule; those that it doesn't know become the query.
            method: Only consider rules for this method, in upper case.
            request_method: Method of the current request: without `method`, rules that answer
                to it are preferred, as by an adapter that was bound to the request.

        Returns:
            What `MapAdapter.build` returns, without the script's own prefix (``SCRIPT_NAME``);
            None where it has to be asked: no rule fits, the URL needs a host, or the query
            holds more than text and numbers.
        """
        builders = self._builders or self._make_builders()
        return builders.build(endpoint, values, method, request_method)

    def _make_index(self) -> Index:
        """Compile the rules for matching, unless another thread has just done so."""
        with self._index_lock:
            if self._index is None:
                self.update()
                index = Index(self)
                if any(is_own(c) for rule in self._rules for c in rule._converters.values()):
                    index.raw = Index(self, with_own=False)
                self._index = index
            return self._index

    @property
    def has_own_converters(self) -> bool:
        """Whether matching may run code of the app's own, which may block."""
        return (self._index or self._make_index()).raw is not None

    def _make_builders(self) -> Builders:
        """Get ready to build URLs, unless another thread has just done so."""
        with self._index_lock:
            if self._builders is None:
                self.update()
                self._builders = Builders(self)
            return self._builders
