"""``python -m bench hops``: what it costs that sync and async code meet, in process.

An async view on WSGI goes to an event loop and back; a sync view on ASGI goes to a thread and back.
"""

import asyncio
import gc
from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from time import perf_counter
from typing import Any

from bench.apps import asgi_apps
from bench.report import OURS, CannotMeasureError, Report
from bench.wsgi import Asked, ask

REQUESTS = 400
WSGI, ASGI, LOOP = "async view on WSGI", "sync view on ASGI", "async view on ASGI"
DATA = "async view on ASGI: data, and a code"
HEADER = "async view on ASGI: a header, beside cookies"
POSTED = "async view on ASGI: JSON, sent back"
HEADERS = [(b"x-token", b"abc"), (b"cookie", b"theme=dark; language=en")]
BODY = b'{"id": 42, "name": "user 42"}'


def run(options: Namespace) -> Report:
    """Measure in rounds that take turns; the best of each is what it costs."""
    if find_spec("flask") is None or find_spec("starlette") is None:
        raise CannotMeasureError(
            "Flask and Starlette are not installed: pip install 'kolben[bench]'"
        )
    runs: dict[tuple[str, str], Callable[[], float]] = {}
    for peer, app in (("Kolben", _ours()), ("Flask", _flask())):
        runs[WSGI, peer] = lambda app=app: _over_wsgi(app)
    for peer, app in (("Kolben", _ours()), ("Starlette", asgi_apps.starlette())):
        runs[ASGI, peer] = lambda app=app: _over_asgi(app, "/sync")
        runs[LOOP, peer] = lambda app=app: _over_asgi(app, "/")
        runs[DATA, peer] = lambda app=app: _over_asgi(app, "/data")
        runs[HEADER, peer] = lambda app=app: _over_asgi(app, "/header", headers=HEADERS)
        runs[POSTED, peer] = lambda app=app: _over_asgi(app, "/posted", BODY)
    report = Report("hops", "In process: where sync and async code meet", "µs")
    best: dict[tuple[str, str], float] = {}
    for _ in range(max(options.rounds, 5)):
        for key, measured in runs.items():
            gc.collect()
            best[key] = min(best.get(key, float("inf")), measured())
    for (case, peer), micros in best.items():
        report.rows.setdefault(case, {})[peer] = micros
    report.figures = {
        f"{WSGI} ÷ Flask's": best[WSGI, OURS] / best[WSGI, "Flask"],
        f"{ASGI} ÷ Starlette's": best[ASGI, OURS] / best[ASGI, "Starlette"],
    }
    report.notes.append(f"The best of rounds of {REQUESTS} requests that take turns.")
    return report


async def data() -> tuple[dict[str, Any], int]:
    """Answer with data and a code, as Kolben and Flask want it."""
    return {"id": 42, "name": "user 42"}, 201


async def header() -> str:
    """Answer with a header of the request."""
    from kolben import request

    return request.headers["X-Token"]


async def posted() -> Any:
    """Answer with what the request has brought."""
    from kolben import request

    return request.get_json()


def _ours() -> Any:
    """Build Kolben's app, with a view of each kind."""
    app = asgi_apps.kolben()
    app.add_url_rule("/sync", "sync", lambda: asgi_apps.HELLO)
    app.add_url_rule("/data", "data", data)
    app.add_url_rule("/header", "header", header)
    app.add_url_rule("/posted", "posted", posted, methods=["POST"])
    return app


def _flask() -> Any:
    """Build Flask's app, with an async view."""
    from flask import Flask

    app = Flask("bench", static_folder=None)
    app.add_url_rule("/", "hello", asgi_apps.hello)
    return app


def _over_wsgi(app: Any) -> float:
    """Return the microseconds of one request with an async view."""
    asked = Asked("/")
    for _ in range(20):
        ask(app, asked)
    begun = perf_counter()
    for _ in range(REQUESTS):
        ask(app, asked)
    return (perf_counter() - begun) / REQUESTS * 1e6


def _over_asgi(
    app: Any, path: str, body: bytes = b"", headers: list[tuple[bytes, bytes]] | None = None
) -> float:
    """Return the microseconds of one request; a body is sent as JSON."""
    more = headers or []
    if body:
        size = str(len(body)).encode()
        more = [*more, (b"content-type", b"application/json"), (b"content-length", size)]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1",
        "method": "POST" if body else "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "headers": [(b"host", b"127.0.0.1:8000"), *more],
        "client": ("127.0.0.1", 5000), "server": ("127.0.0.1", 8000),
    }  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    codes = set()

    async def send(message):
        """Take it."""
        if "status" in message:
            codes.add(message["status"])

    async def go(times):
        for _ in range(times):
            await app({**scope}, receive, send)

    async def main():
        await go(20)
        if not codes < {200, 201}:
            raise CannotMeasureError(f"{app} answers {path} wrongly: {codes}")
        begun = perf_counter()
        await go(REQUESTS)
        return (perf_counter() - begun) / REQUESTS * 1e6

    return asyncio.run(main())
