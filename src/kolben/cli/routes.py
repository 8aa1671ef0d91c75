"""``kolben routes``: the table of an app's URL rules."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

import click

from .script import with_appcontext

if TYPE_CHECKING:
    from werkzeug.routing import Rule

# What --sort may name → the heading of that column; "match" is the order of the map, as it comes.
_SORT_COLUMNS = {
    "endpoint": ("Endpoint",),
    "methods": ("Methods",),
    "domain": ("Host", "Subdomain"),
    "rule": ("Rule",),
    "match": (),
}
_IMPLIED_METHODS = frozenset({"HEAD", "OPTIONS"})


@click.command("routes", short_help="Show the routes for the app.")
@click.option(
    "--sort",
    "-s",
    type=click.Choice(tuple(_SORT_COLUMNS)),
    default="endpoint",
    help="What to sort by. 'match' is the order in which the rules are tried.",
)
@click.option("--all-methods", is_flag=True, help="Show HEAD and OPTIONS too.")
@with_appcontext
def routes_command(sort: str, all_methods: bool) -> None:
    """Show all registered routes with endpoints and methods."""
    from kolben import cli

    url_map = cli.current_app.url_map
    rules = list(url_map.iter_rules())
    if not rules:
        click.echo("No routes were registered.")
        return

    hidden = frozenset[str]() if all_methods else _IMPLIED_METHODS
    columns = _columns(rules, url_map.host_matching, hidden)
    headings = list(columns)
    rows = list(zip(*columns.values(), strict=True))
    for heading in _SORT_COLUMNS[sort]:
        if heading in columns:
            rows.sort(key=itemgetter(headings.index(heading)))
    for line in _lines(headings, rows):
        click.echo(line)


def _columns(
    rules: list[Rule], host_matching: bool, hidden_methods: frozenset[str]
) -> dict[str, list[str]]:
    """Make the table's columns by heading; the one for hosts only if a rule has one."""
    columns = {
        "Endpoint": [str(rule.endpoint) for rule in rules],
        "Methods": [_methods(rule, hidden_methods) for rule in rules],
    }
    domains = [(rule.host if host_matching else rule.subdomain) or "" for rule in rules]
    if any(domains):
        columns["Host" if host_matching else "Subdomain"] = domains
    columns["Rule"] = [rule.rule for rule in rules]
    return columns


def _methods(rule: Rule, hidden: frozenset[str]) -> str:
    """List what a rule answers to."""
    return "WebSocket" if rule.websocket else ", ".join(sorted((rule.methods or set()) - hidden))


def _lines(headings: list[str], rows: list[tuple[str, ...]]) -> list[str]:
    """Align the cells, with the headings and a line above them."""
    widths = [max(map(len, cells)) for cells in zip(headings, *rows, strict=True)]
    table = [headings, ["-" * width for width in widths], *rows]
    return ["  ".join(map(str.ljust, row, widths)) for row in table]
