"""The table: which room of Kolben each module of Flask stands for.

An entry of `ROOMS` makes both names the *same module object*, so that patching
`flask.helpers.get_debug_flag` patches what Kolben calls. `names.py` adds, per module of
Flask, the names that Kolben spells differently or keeps elsewhere.
"""

from __future__ import annotations

from kolben.drop_in.legacy.removed import Removed

__all__ = [
    "EAGER",
    "FLASK_VERSION",
    "PACKAGES",
    "REMOVED_ROOMS",
    "ROOMS",
    "SOURCES",
    "submodules",
]

#: The release whose documented contract and test suite Kolben keeps.
FLASK_VERSION = "3.1.3"

#: Modules of Flask that are rooms of Kolben.
ROOMS = {
    "flask.app": "kolben.app",
    "flask.blueprints": "kolben.blueprints",
    "flask.cli": "kolben.cli",
    "flask.config": "kolben.config",
    "flask.ctx": "kolben.contexts",
    "flask.debughelpers": "kolben.debughelpers",
    "flask.globals": "kolben.globals",
    "flask.helpers": "kolben.helpers",
    "flask.json": "kolben.json",
    "flask.json.provider": "kolben.json.provider",
    "flask.json.tag": "kolben.json.tag",
    "flask.logging": "kolben.logging",
    "flask.sansio.app": "kolben.app",
    "flask.sansio.blueprints": "kolben.blueprints",
    "flask.sansio.scaffold": "kolben.scaffold",
    "flask.sessions": "kolben.sessions",
    "flask.signals": "kolben.signals",
    "flask.templating": "kolben.templating",
    "flask.testing": "kolben.testing",
    "flask.typing": "kolben.typing",
    "flask.views": "kolben.views",
    "flask.wrappers": "kolben.http",
}

#: Modules that Flask had once and has no more; importing one warns.
REMOVED_ROOMS = {
    "flask._compat": Removed("kolben.drop_in.legacy.compat", "Python 3"),
    "flask.scaffold": Removed("kolben.scaffold", "flask.sansio.scaffold"),
}

#: Modules that have a source of their own in this room.
SOURCES = {"flask": "namespace.py", "flask.__main__": "program.py"}

#: Packages with nothing in them but their modules.
PACKAGES = frozenset({"flask.ext", "flask.sansio"})

#: Modules that `import flask` makes attributes of `flask`; the others must be imported, there.
EAGER = (
    "app",
    "blueprints",
    "cli",
    "config",
    "ctx",
    "globals",
    "helpers",
    "json",
    "logging",
    "sansio",
    "sessions",
    "signals",
    "templating",
    "typing",
    "wrappers",
)


def submodules() -> frozenset[str]:
    """List the modules of Flask that the drop-in answers for.

    Returns:
        Their full names, `flask` included.
    """
    return frozenset({*ROOMS, *SOURCES, *PACKAGES})
