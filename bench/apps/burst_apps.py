"""ASGI apps with two paths: ``/`` answers at once, ``/slow`` after 50 ms.

The slow view is a sync one that blocks its thread; the raw callable's waits on the loop, so that it
shows what the server itself takes. Libraries are imported by the function that needs them.
"""

import asyncio
import logging
import time
from typing import Any

from bench.apps import asgi_apps
from bench.apps.asgi_apps import HELLO

SLEEP = 0.05


async def raw(scope: Any, receive: Any, send: Any) -> None:
    """Answer with nothing in between."""
    if scope["type"] == "http" and scope["path"] == "/slow":
        await asyncio.sleep(SLEEP)
    await asgi_apps.raw(scope, receive, send)


def kolben() -> Any:
    """Build Kolben's app."""

    def slow():
        time.sleep(SLEEP)
        return HELLO

    logging.getLogger("kolben").setLevel(logging.ERROR)  # that all threads are at work is meant
    app = asgi_apps.kolben()
    app.add_url_rule("/slow", "slow", slow)
    return app


def starlette() -> Any:
    """Build Starlette's app."""
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    def slow(_request):
        time.sleep(SLEEP)
        return PlainTextResponse(HELLO)

    app = asgi_apps.starlette()
    app.router.routes.insert(1, Route("/slow", slow))
    return app
