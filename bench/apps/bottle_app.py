"""Bottle, as its documentation writes apps; it has no session, and templates of its own."""

from typing import Any

import bottle

from bench.apps import FILLER_ROUTES

CASES = (
    "hello", "user/int", "query", "json echo", "form", "header", "cookie", "404", "redirect",
    "upload",
)  # fmt: skip


def build() -> Any:
    """Build the app."""
    app = bottle.Bottle()
    request = bottle.request
    app.get("/", callback=lambda: "Hello, World!")
    app.get("/user/<user_id:int>", callback=lambda user_id: {"id": user_id}, name="user")
    app.get("/search", callback=lambda: request.query["q"])
    app.post("/echo", callback=lambda: request.json)
    app.post("/form", callback=lambda: request.forms["name"])
    app.get("/header", callback=lambda: request.headers["X-Token"])
    app.get("/cookie", callback=lambda: request.cookies["name"])
    app.get("/go", callback=lambda: bottle.redirect(app.get_url("user", user_id=42), 302))
    app.post("/upload", callback=upload)
    for number in range(FILLER_ROUTES):
        tail = "/<key:int>" if number % 2 else ""
        app.get(f"/filler-{number}/thing{tail}", callback=lambda **_values: "filler")
    return app


def upload():
    file = bottle.request.files["file"]
    return f"{file.filename} {len(file.file.read())} {bottle.request.forms['note']}"
