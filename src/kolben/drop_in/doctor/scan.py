"""Looking through one file: names that it imports and reads, classes and functions that it defines.

Nothing is executed. What a name stands for is known from the file's own imports, so `flask.Markup`
is found as well as `from flask import Markup`; an attribute of an unknown object counts only if
its name, or that of the object, tells.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from kolben.drop_in.doctor import calls, rules
from kolben.drop_in.doctor.findings import Finding, Kind

__all__ = ["scan_file", "scan_source"]

_APPS = frozenset({"app", "application", "current_app", "flask_app", "_app"})
_REQUESTS = frozenset({"req", "request", "_request"})


def scan_file(path: Path) -> list[Finding]:
    """Look through a file.

    Args:
        path: A Python source.

    Returns:
        What was found, by line.

    Raises:
        OSError: It can't be read.
        SyntaxError: It is not Python.
        ValueError: It is no text.
    """
    return scan_source(path.read_bytes(), str(path))


def scan_source(source: str | bytes, path: str) -> list[Finding]:
    """Look through a source.

    Args:
        source: The text.
        path: The file that findings are in.

    Returns:
        What was found, by line.

    Raises:
        SyntaxError: It is not Python.
    """
    tree = ast.parse(source, path)
    scanner = _Scanner(path)
    scanner.visit(tree)
    return sorted(set(scanner.found))


class _Scanner(ast.NodeVisitor):
    """Walks a tree and notes what the rules name."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Finding] = []
        #: What a name of this file stands for: `F` → `flask.Flask`.
        self.names: dict[str, str] = {}
        #: Whether we are in a `try` that expects an import to fail, or in what follows then.
        self.is_tried = self.is_fallback = False

    def note(self, node: ast.AST, kind: Kind, name: str, instead: str = "", cost: str = "") -> None:
        """Note a finding where a node is."""
        line = getattr(node, "lineno", 0)
        if self.is_tried and not cost:
            cost = "falls back to something else where it is gone"
        self.found.append(Finding(self.path, line, kind, name, instead, cost))

    def visit_Try(self, node: ast.Try) -> None:  # ast's name
        """Look at `try: import …` and leave what is imported instead, where that fails, alone."""
        if not any(_expects_failing_import(handler) for handler in node.handlers):
            self.generic_visit(node)
            return
        before = self.is_tried, self.is_fallback
        self.is_tried = True
        self._visit_all(node.body)
        self.is_tried, self.is_fallback = before[0], True
        self._visit_all(node.handlers)
        self.is_tried, self.is_fallback = before
        self._visit_all([*node.orelse, *node.finalbody])

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    # -- imports -----------------------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> None:  # ast's name
        """Look at `import x.y as z`."""
        for alias in node.names:
            self._import_module(node, alias.name)
            known = alias.name if alias.asname else alias.name.partition(".")[0]
            self.names[alias.asname or known] = known

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Look at `from x.y import z`."""
        if node.level or node.module is None:
            return
        self._import_module(node, node.module)
        for alias in node.names:
            full = f"{node.module}.{alias.name}"
            self.names[alias.asname or alias.name] = full
            if not self.is_fallback:
                self._use(node, full, imported=True)

    def _import_module(self, node: ast.AST, module: str) -> None:
        if self.is_fallback:
            return
        parts = module.split(".")
        if parts[:2] == ["flask", "ext"] and len(parts) > 2:
            self.note(node, Kind.REMOVED, ".".join(parts[:3]), f"flask_{parts[2]}")
        for end in range(2, len(parts) + 1):
            name = ".".join(parts[:end])
            if name in rules.REMOVED_MODULES:
                self.note(node, Kind.REMOVED, name, rules.REMOVED_MODULES[name])

    def _use(self, node: ast.AST, full: str, imported: bool = False) -> bool:
        """Note a use of a name of a module, if a table or its underscore says so."""
        module, _, name = full.rpartition(".")
        if full in rules.REMOVED_NAMES:
            self.note(node, Kind.REMOVED, full, rules.REMOVED_NAMES[full])
        elif full in rules.REMOVED_MODULES:
            self.note(node, Kind.REMOVED, full, rules.REMOVED_MODULES[full])
        elif module == "flask.ext":
            self.note(node, Kind.REMOVED, full, f"flask_{name}")
        elif imported and name.startswith("_") and not name.startswith("__"):
            if module.partition(".")[0] in {"flask", "werkzeug"}:
                self.note(node, Kind.PRIVATE, full)
        else:
            return False
        return True

    # -- attributes and settings -------------------------------------------------------------------

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Look at `a.b.c`."""
        full = self._full_name(node)
        if full is None or not self._use(node, full):
            self._attribute(node)
        self.generic_visit(node)

    def _full_name(self, node: ast.expr) -> str | None:
        """Return what a dotted expression stands for, if it starts with an imported module."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.names:
            return None
        return ".".join([self.names[node.id], *reversed(parts)])

    def _attribute(self, node: ast.Attribute) -> None:
        owner = _last_name(node.value)
        shown = f"{owner or '…'}.{node.attr}"
        for table, owners in (
            (rules.ATTRIBUTES, None),
            (rules.APP_ATTRIBUTES, _APPS),
            (rules.REQUEST_ATTRIBUTES, _REQUESTS),
        ):
            if node.attr in table and (owners is None or owner in owners):
                self.note(node, Kind.REMOVED, shown, table[node.attr])
        if node.attr in rules.PRIVATE and owner not in {"self", "cls"}:
            self.note(node, Kind.PRIVATE, shown, rules.PRIVATE[node.attr])

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Look at `config["KEY"]`."""
        if _last_name(node.value) == "config":
            self._setting(node, node.slice)
        self.generic_visit(node)

    def _setting(self, node: ast.AST, key: ast.expr) -> None:
        if isinstance(key, ast.Constant) and key.value in rules.REMOVED_SETTINGS:
            name = str(key.value)
            self.note(node, Kind.REMOVED, f"config[{name!r}]", rules.REMOVED_SETTINGS[name])

    # -- assignments, calls, functions, classes ----------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> None:
        """Look at `app.dispatch_request = …`."""
        for target in node.targets:
            if isinstance(target, ast.Attribute) and _last_name(target.value) in _APPS:
                self._override(target, f"app.{target.attr}", target.attr)
        self.generic_visit(node)

    def _override(self, node: ast.AST, shown: str, name: str) -> None:
        if name in rules.OVERRIDES:
            self.note(node, Kind.OVERRIDDEN, shown, rules.OVERRIDES[name])

    def visit_Call(self, node: ast.Call) -> None:
        """Look at `config.get("KEY")` and at calls that mean something else today."""
        function = node.func
        if (
            isinstance(function, ast.Attribute)
            and function.attr in {"get", "setdefault"}
            and _last_name(function.value) == "config"
            and node.args
        ):
            self._setting(node, node.args[0])
        called = self._full_name(function) or _last_name(function) or ""
        self.found += calls.findings_of_call(self.path, node, called)
        self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look at an async function's decorators."""
        self.found += calls.findings_of_function(self.path, node)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Look at what a class of apps, or anything else, defines."""
        bases = {self._full_name(base) or _last_name(base) for base in node.bases}
        is_app = bool(bases & {"flask.Flask", "flask.app.Flask", "Flask", "kolben.Kolben"})
        for each in node.body:
            for name in _defined(each):
                if is_app:
                    self._override(each, f"{node.name}.{name}", name)
                if name in rules.ATTRIBUTES and not isinstance(each, ast.FunctionDef):
                    self.note(each, Kind.REMOVED, f"{node.name}.{name}", rules.ATTRIBUTES[name])
        self.generic_visit(node)


def _expects_failing_import(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler is for an import, or a name, that is not there."""
    caught = handler.type
    types = caught.elts if isinstance(caught, ast.Tuple) else [caught] if caught else []
    names = {_last_name(each) for each in types}
    return caught is None or bool(names & {"AttributeError", "ImportError", "ModuleNotFoundError"})


def _last_name(node: ast.expr) -> str | None:
    """Return the name that an expression ends in: `app` of `self.app`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _defined(statement: ast.stmt) -> list[str]:
    """List the names that a statement in a class body defines."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return []
