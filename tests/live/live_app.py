"""The app that real servers serve in these tests; what happens in it goes into a file."""

import asyncio
import itertools
import os
import time
from pathlib import Path

from kolben import Kolben, ServerSentEvent, request, sse, websocket

app = Kolben(__name__, static_folder=None)
notes = Path(os.environ["NOTES"])


def note(what):
    with notes.open("a") as file:
        file.write(f"{what}\n")


@app.get("/")
def index():
    return "ready"


@app.get("/events")
def events():
    async def generate():
        try:
            for number in itertools.count():
                yield ServerSentEvent({"path": request.path}, id=str(number))
                await asyncio.sleep(3600)
        finally:
            note("closed")

    return sse(generate(), ping=0.2)


@app.get("/sync-events")
def sync_events():
    def generate():
        try:
            for number in itertools.count():
                yield f"{number} {request.path}"
                time.sleep(0.1)
        finally:
            note("closed")

    return sse(generate(), ping=0.2)


@app.get("/endless")
def endless():
    async def generate():
        try:
            while True:
                yield "x"
                await asyncio.sleep(0.01)
        finally:
            note("closed")

    return generate()


@app.websocket("/echo")
async def echo():
    async for message in websocket:
        await websocket.send(message)


@app.websocket("/sync-echo")
def sync_echo():
    for message in websocket:
        websocket.send(message)


@app.websocket("/bye")
async def bye():
    await websocket.send("hello")
    await websocket.close(4001, "bye")


@app.post("/upload", stream_body=True)
def upload():
    size = sum(len(chunk) for chunk in request.chunks())
    return {"size": size, "pid": os.getpid()}


@app.post("/async-upload", stream_body=True)
async def async_upload():
    size = 0
    async for chunk in request.chunks():
        size += len(chunk)
    return {"size": size, "pid": os.getpid()}


@app.teardown_request
def teardown(exc):
    if request.path.endswith("events"):
        note("teardown")


@app.teardown_websocket
def teardown_websocket(exc):
    note("websocket teardown")


@app.after_serving
def after_serving():
    note("after_serving")
