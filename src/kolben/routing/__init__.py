"""Routing: Werkzeug's rules, matched by a compiled index.

Rules, converters and errors are Werkzeug's and mean what Werkzeug says. `RouteMap` adds two
short cuts to `werkzeug.routing.Map`, for the requests that nearly all requests are like:
`RouteMap.match_path` and `RouteMap.build_path`. Either may shrug (None), and then Werkzeug's
own adapter decides; so the fast way can be incomplete, but never of another opinion.
`tests/routing` holds the two against each other on generated tables and paths.

    map.py       RouteMap: when to compile, and what to ask
    rule.py      RouteRule: quick to add
    index.py     three ways to look up a path
    tree.py      the tree of segments, and the walk through it
    segments.py  one variable part of a rule, tested against one segment
    leaves.py    one rule at the end of a path: conversions, defaults
    answers.py   match or miss
    build.py     ready-made URLs
"""

from kolben.routing.answers import NO_MATCH, Match, Miss
from kolben.routing.map import RouteMap
from kolben.routing.rule import RouteRule

__all__ = ["NO_MATCH", "Match", "Miss", "RouteMap", "RouteRule"]
