"""Apps that answer ASGI servers: "Hello, World!" from a hundred routes, as their docs write it.

Libraries are imported by the function that needs them: not everyone has them all.
"""

from typing import Any

HELLO = "Hello, World!"
PATHS = [f"/filler-{number}/thing" for number in range(99)]


async def raw(scope: Any, receive: Any, send: Any) -> None:
    """Answer with nothing in between: what no framework can be faster than."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"13")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"Hello, World!"})


async def hello() -> str:
    """Answer, as Kolben, Quart and FastAPI want it."""
    return HELLO


def kolben() -> Any:
    """Build Kolben's app."""
    from kolben import Kolben

    return _flask_like(Kolben)


def quart() -> Any:
    """Build Quart's app."""
    from quart import Quart

    return _flask_like(Quart)


def _flask_like(app_class: Any) -> Any:
    app = app_class("bench", static_folder=None)
    app.add_url_rule("/", "hello", hello)
    for path in PATHS:
        app.add_url_rule(path, path.replace(".", "_"), hello)
    return app


def starlette() -> Any:
    """Build Starlette's app."""
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, PlainTextResponse
    from starlette.routing import Route

    async def view(_request):
        return PlainTextResponse(HELLO)

    def sync_view(_request):
        return PlainTextResponse(HELLO)

    async def data(_request):
        return JSONResponse({"id": 42, "name": "user 42"}, 201)

    async def header(request):
        return PlainTextResponse(request.headers.get("x-token"))

    async def posted(request):
        return JSONResponse(await request.json())

    # It tries one route after the other: those that are asked for come first.
    asked = [
        Route("/", view),
        Route("/sync", sync_view),
        Route("/data", data),
        Route("/header", header),
        Route("/posted", posted, methods=["POST"]),
    ]
    return Starlette(routes=[*asked, *(Route(path, view) for path in PATHS)])


def fastapi() -> Any:
    """Build FastAPI's app."""
    from fastapi import FastAPI
    from fastapi.responses import PlainTextResponse

    app = FastAPI()
    for path in ("/", *PATHS):
        app.get(path, response_class=PlainTextResponse)(hello)
    return app


def blacksheep() -> Any:
    """Build BlackSheep's app."""
    from blacksheep import Application, text

    app = Application()

    async def view():
        return text(HELLO)

    for path in ("/", *PATHS):
        app.router.add_get(path, view)
    return app


def falcon() -> Any:
    """Build Falcon's app."""
    import falcon.asgi

    class Hello:
        async def on_get(self, req, resp):
            resp.content_type = falcon.MEDIA_TEXT
            resp.text = HELLO

    app = falcon.asgi.App()
    for path in ("/", *PATHS):
        app.add_route(path, Hello())
    return app


def litestar() -> Any:
    """Build Litestar's app."""
    from litestar import Litestar, MediaType, get

    @get(["/", *PATHS], media_type=MediaType.TEXT)
    async def view() -> str:
        return HELLO

    return Litestar([view])


#: Column → (distribution's module, factory here).
ASGI_PEERS = {
    "Kolben": ("kolben", "kolben"),
    "Starlette": ("starlette", "starlette"),
    "BlackSheep": ("blacksheep", "blacksheep"),
    "Falcon": ("falcon", "falcon"),
    "Litestar": ("litestar", "litestar"),
    "FastAPI": ("fastapi", "fastapi"),
    "Quart": ("quart", "quart"),
}
