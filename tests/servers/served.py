"""The app that the servers serve: code of both kinds, hooks, a form, a stream, a session."""

from __future__ import annotations

import asyncio
import os
import time

from kolben import Kolben, g, request, session


def create_app() -> Kolben:
    """Make the app."""
    app = Kolben(__name__, static_folder=None)
    app.secret_key = "for tests"

    @app.before_request
    def remember():
        g.name = request.args.get("name", "nobody")

    @app.get("/sync")
    def sync():
        return {"name": g.name, "asgi": "asgi.scope" in request.environ, "url": request.url}

    @app.get("/async")
    async def by_async():
        await asyncio.sleep(0)
        return {"name": g.name, "asgi": "asgi.scope" in request.environ, "url": request.url}

    @app.post("/form")
    def form():
        return {"field": request.form["field"], "size": len(request.files["file"].read())}

    @app.get("/stream")
    def stream():
        return (f"{number}\n" for number in range(1000))

    @app.get("/count")
    async def count():
        session["count"] = session.get("count", 0) + 1
        return str(session["count"])

    @app.get("/error")
    async def error():
        raise ValueError("told in the log")

    @app.get("/pid")
    def pid():
        return str(os.getpid())

    return app


app = create_app()

quick = Kolben("quick", static_folder=None)


@quick.get("/slow")
def slow():
    """Block a thread."""
    time.sleep(0.05)  # the very thing that is measured
    return "slow"


@quick.get("/fast")
async def fast():
    """Answer at once."""
    return "fast"
