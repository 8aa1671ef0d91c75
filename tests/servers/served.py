"""The app that the servers serve: code of both kinds, hooks, a form, a stream, a session."""

from __future__ import annotations

import asyncio
import os
import threading

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

busy = Kolben("busy", static_folder=None)
let_go = threading.Event()


@busy.get("/held")
def held():
    """Hold a thread until somebody asks for /let-go."""
    assert let_go.wait(60)
    return "held"


@busy.get("/fast")
async def fast():
    """Answer at once."""
    return "fast"


@busy.get("/let-go")
async def let_all_go():
    """Let 500 held ones go, once they are all here; tell of the threads until then."""
    threads = busy.threads
    while threads.busy < 500:  # noqa: ASYNC110  (nothing tells)
        await asyncio.sleep(0.01)
    let_go.set()
    return {"busy": threads.busy, "started": threads.started, "size": threads.size}
