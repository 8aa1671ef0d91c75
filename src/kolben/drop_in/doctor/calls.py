"""What a call or a function says by itself."""

from __future__ import annotations

import ast

from kolben.drop_in.doctor import rules
from kolben.drop_in.doctor.findings import Finding, Kind

__all__ = ["ASYNC_COST", "findings_of_call", "findings_of_function"]

ASYNC_COST = "on WSGI each call crosses to the event loop, which takes about 100 µs; on ASGI none"

#: Methods of `generate_password_hash` that Werkzeug 3 refuses.
_PLAIN_HASHES = ("md5", "plain", "sha1", "sha224", "sha256", "sha384", "sha512")


def findings_of_call(path: str, node: ast.Call, called: str) -> list[Finding]:
    """Look at one call.

    Args:
        path: The file.
        node: The call.
        called: What is called, as far as it is known.

    Returns:
        What was found.
    """
    if called.rpartition(".")[2] != "generate_password_hash":
        return []
    chosen = [word.value for word in node.keywords if word.arg == "method"] + node.args[1:2]
    for method in chosen:
        if isinstance(method, ast.Constant) and method.value in _PLAIN_HASHES:
            name = f"generate_password_hash(method={method.value!r})"
            cost = "Werkzeug 3 raises a ValueError, and can't check such a hash; nor does Kolben"
            instead = "the default method; let users with old hashes set a new password"
            return [Finding(path, node.lineno, Kind.REMOVED, name, instead, cost)]
    return []


def findings_of_function(path: str, node: ast.AsyncFunctionDef) -> list[Finding]:
    """Look at one async function and its decorators.

    Args:
        path: The file.
        node: The function.

    Returns:
        What was found.
    """
    found = []
    for decorator in node.decorator_list:
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(function, ast.Attribute) and function.attr in rules.HOOKS:
            name = f"async def {node.name} as {function.attr}"
            instead = "a plain function, or a server that speaks ASGI"
            found.append(Finding(path, node.lineno, Kind.SLOW, name, instead, ASYNC_COST))
    return found
