"""Context-local storage: one module-level name, another value for each thread, greenlet and task.

Theory of operation: ``Local`` keeps a dict and ``LocalStack`` a list in one ``ContextVar`` each.
Neither is ever changed in place; every write stores a changed copy. So whoever runs in another
``contextvars.Context`` (every thread, greenlet, asyncio task, and every ``copy_context()``) may
start from what its parent had, and can neither change it nor see what the parent does next.

``LocalProxy`` stands for an object that is looked up at each use; how it does that is told in
:mod:`kolben.local.proxy`.

A superset of ``werkzeug.local``.
"""

from __future__ import annotations

from .manager import LocalManager
from .proxy import LocalProxy
from .storage import Local, LocalStack, release_local

__all__ = ["Local", "LocalManager", "LocalProxy", "LocalStack", "release_local"]
