"""Tables that tell when they are written to, and what is kept until they do.

Theory of operation. Extensions write to an app's tables as they like, at any time:
``app.view_functions[endpoint] = wrapped``. So what was worked out of them can be kept only if each
write is heard of. These are the dicts, the lists and the sets that an app has: they behave as
Python's own do, and when they have been written to they call `Plans.forget`. They are read by
Python's own methods. A list *inside* of a table tells nobody; but it was put there, and what
follows from hooks is kept only where a table is empty.
"""

from __future__ import annotations

from collections import defaultdict
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from weakref import WeakSet, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from weakref import ReferenceType

K = TypeVar("K")
V = TypeVar("V")
C = TypeVar("C", bound=type)
T = TypeVar("T", bound="Telling")

#: The tables of hooks around a request that an app has ...
HOOKS = (
    "url_value_preprocessors",
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "teardown_appcontext_funcs",
    "after_response_funcs",
)
#: ... and all its tables that tell.
TABLES = (*HOOKS, "config", "view_functions")

DICT_WRITES = (
    "__setitem__",
    "__delitem__",
    "__ior__",
    "clear",
    "pop",
    "popitem",
    "setdefault",
    "update",
)
"""The methods by which a dict is written to."""
LIST_WRITES = (
    "__setitem__",
    "__delitem__",
    "__iadd__",
    "__imul__",
    "append",
    "clear",
    "extend",
    "insert",
    "pop",
    "remove",
    "reverse",
    "sort",
)
"""The methods by which a list is written to."""
SET_WRITES = (
    "__iand__",
    "__ior__",
    "__isub__",
    "__ixor__",
    "add",
    "clear",
    "difference_update",
    "discard",
    "intersection_update",
    "pop",
    "remove",
    "symmetric_difference_update",
    "update",
)
"""The methods by which a set is written to."""


_all: WeakSet[Plans] = WeakSet()
_all_lock = RLock()


NO_PLANS: dict[str, Any] = {}
"""In the place of the plans for a method that has none."""


class Telling(Protocol):
    """What tells when it changes."""

    told: Plans


class Plans:
    """What was worked out from the set-up of an app, until that changes.

    Who works something out takes the dict where it will be kept *before* looking at the set-up: a
    change meanwhile puts another dict in its place, so that what is stale gets lost. The same tells
    later that nothing has changed since: the dict is still there.

    Attributes:
        by_scope: Method → path → what is known of such requests over ASGI.
        by_environ: The same over WSGI.
        by_endpoint: Endpoint → what is known of its view.
        facts: What is known of the app itself.
        names: What the app's class has, for as long as it has as many of them as `count`, its
            methods are what they were.
        count: That number; -1 if it takes more to tell.
        owner: The app, once it has a way; a copy of it has to have plans of its own.
    """

    __slots__ = (
        "__weakref__",
        "by_endpoint",
        "by_environ",
        "by_scope",
        "count",
        "facts",
        "names",
        "owner",
    )

    by_scope: dict[str, dict[str, Any]]
    by_environ: dict[str, dict[str, Any]]
    by_endpoint: dict[Any, Any]
    facts: dict[str, bool]
    owner: ReferenceType[Any] | None
    names: Collection[str]
    count: int

    def __init__(self) -> None:
        self.owner = None
        self.names, self.count = (), -1
        self.forget()

    def of(self, app: Any) -> Plans:
        """Return the plans of an app.

        Args:
            app: The app.

        Returns:
            These, or new ones if the app is a copy of the one that these belong to.
        """
        if self.owner is None:
            self.owner = ref(app)
            with _all_lock:
                _all.add(self)
        return self if self.owner() is app else Plans().of(app)

    def forget(self) -> None:
        """Keep nothing of what was known."""
        # In this order: who finds a new dict for plans finds nothing old to make them of.
        self.facts = {}
        self.by_endpoint = {}
        self.by_environ = {}
        self.by_scope = {}

    def heed(self, source: T) -> T:
        """Forget everything whenever something tells that it has changed.

        Args:
            source: A table, or a map of rules.

        Returns:
            The same.
        """
        source.told = self
        return source

    def __reduce__(self) -> Any:
        """Keep nothing in a copy: that of an app's config would hold the app's views."""
        return Plans, ()


def forget_all() -> None:
    """Keep nothing of what was known of any app."""
    with _all_lock:
        everyone = list(_all)
    for plans in everyone:
        plans.forget()


NOBODY = Plans()
"""Who is told by tables that belong to no app; it keeps nothing."""


def _tells(method: Callable[..., Any]) -> Callable[..., Any]:
    """Make a method tell when it is done, also where it failed halfway."""

    @wraps(method)
    def telling(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        finally:
            self.told.forget()

    return telling


def _tells_of(names: tuple[str, ...]) -> Callable[[C], C]:
    """Make methods of a class tell when they are done."""

    def decorate(cls: C) -> C:
        for name in names:
            setattr(cls, name, _tells(getattr(cls, name)))
        return cls

    return decorate


@_tells_of(DICT_WRITES)
class TellingDict(dict[K, V]):
    """A dict that tells when it is written to.

    Attributes:
        told: Who is told.
    """

    told = NOBODY


@_tells_of((*DICT_WRITES, "__missing__"))
class TellingTable(defaultdict[K, V]):
    """A dict with a default that does the same; a look for what is missing is a write, too.

    Attributes:
        told: Who is told.
    """

    told = NOBODY

    def __repr__(self) -> str:
        return repr(defaultdict(self.default_factory, self))


@_tells_of(LIST_WRITES)
class TellingList(list[V]):
    """A list that does the same.

    Attributes:
        told: Who is told.
    """

    told = NOBODY


@_tells_of(SET_WRITES)
class TellingSet(set[V]):
    """A set that does the same.

    Attributes:
        told: Who is told.
    """

    told = NOBODY

    def __repr__(self) -> str:
        return repr(set(self))
