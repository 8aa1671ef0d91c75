"""Falcon, as its documentation writes apps; it has no session and no templates."""

from typing import Any

import falcon

from bench.apps import FILLER_ROUTES

CASES = ("hello", "user/int", "query", "json echo", "form", "header", "cookie", "404", "upload")


class Hello:
    def on_get(self, req, resp):
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "Hello, World!"


class User:
    def on_get(self, req, resp, user_id):
        resp.media = {"id": user_id}


class Search:
    def on_get(self, req, resp):
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = req.get_param("q", required=True)


class Echo:
    def on_post(self, req, resp):
        resp.media = req.get_media()


class Form:
    def on_post(self, req, resp):
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = req.get_media()["name"]


class Header:
    def on_get(self, req, resp):
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = req.get_header("X-Token", required=True)


class Cookie:
    def on_get(self, req, resp):
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = req.get_cookie_values("name")[0]


class Upload:
    def on_post(self, req, resp):
        found = {}
        for part in req.get_media():
            found[part.name] = (part.secure_filename if part.filename else "", part.get_data())
        name, data = found["file"]
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = f"{name} {len(data)} {found['note'][1].decode()}"


class Filler:
    def on_get(self, req, resp, **values):
        resp.text = "filler"


def build() -> Any:
    """Build the app."""
    app = falcon.App()
    for path, resource in (
        ("/", Hello()),
        ("/user/{user_id:int}", User()),
        ("/search", Search()),
        ("/echo", Echo()),
        ("/form", Form()),
        ("/header", Header()),
        ("/cookie", Cookie()),
        ("/upload", Upload()),
    ):
        app.add_route(path, resource)
    for number in range(FILLER_ROUTES):
        tail = "/{key:int}" if number % 2 else ""
        app.add_route(f"/filler-{number}/thing{tail}", Filler())
    return app
