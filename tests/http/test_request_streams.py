"""A request's body in pieces, and whether its client is still there, on both protocols."""

from __future__ import annotations

import asyncio
import io

import pytest
from werkzeug.exceptions import ClientDisconnected

from kolben import request

PIECES = 5
SIZE = 64 * 1024


@pytest.fixture(params=["def", "async def"])
def upload(request, app):
    """Views at /stream and /whole that count their body's bytes, and the pieces that came."""
    return request.param


def add_counter(app, kind, path="/", **options):
    seen = []

    def count():
        for chunk in request.chunks():
            seen.append(len(chunk))
        return str(sum(seen))

    async def count_async():
        async for chunk in request.chunks():
            seen.append(len(chunk))
        return str(sum(seen))

    app.add_url_rule(
        path, path, count if kind == "def" else count_async, methods=["POST"], **options
    )
    return seen


@pytest.mark.parametrize("options", [{"stream_body": True}, {}], ids=["streamed", "received"])
def test_a_body_is_read_in_pieces(app, client, upload, options):
    seen = add_counter(app, upload, **options)
    assert client.post("/", data=b"x" * SIZE * PIECES).text == str(SIZE * PIECES)
    assert len(seen) >= PIECES
    assert max(seen) <= SIZE


def test_an_empty_body_has_no_pieces(app, client, upload):
    seen = add_counter(app, upload, stream_body=True)
    assert client.post("/").text == "0"
    assert seen == []


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused(app, client, upload, announced):
    app.config["MAX_CONTENT_LENGTH"] = SIZE
    add_counter(app, upload, stream_body=True)
    options = {"data": b"x" * (SIZE + 1)}
    if not announced:
        options = {
            "input_stream": io.BytesIO(options["data"]),
            "headers": {"Transfer-Encoding": "chunked"},
            "environ_overrides": {"wsgi.input_terminated": True},
        }
    assert client.post("/", **options).status_code == 413


def test_a_body_of_just_the_limit_is_taken(app, client, upload):
    app.config["MAX_CONTENT_LENGTH"] = SIZE
    add_counter(app, upload, stream_body=True)
    assert client.post("/", data=b"x" * SIZE).text == str(SIZE)


def test_other_views_of_the_app_still_have_their_body_received(app, client):
    add_counter(app, "def", "/stream", stream_body=True)

    @app.post("/form")
    async def form():
        return request.form["name"]

    @app.post("/json")
    async def json():
        return request.get_json()

    assert client.post("/form", data={"name": "x" * 600_000}).text == "x" * 600_000
    assert client.post("/json", json={"a": 1}).json == {"a": 1}
    app.config["MAX_CONTENT_LENGTH"] = 10
    assert client.post("/json", json={"a": "x" * 100}).status_code == 413


def test_a_sync_view_may_read_a_streamed_body_as_a_form(app, client):
    @app.post("/", stream_body=True)
    def index():
        return request.files["file"].read()

    data = {"file": (io.BytesIO(b"contents"), "name.txt")}
    assert client.post("/", data=data).text == "contents"


@pytest.mark.parametrize("read", [lambda: request.form, lambda: list(request.chunks())])
def test_an_async_view_is_told_how_to_read_a_streamed_body(app, read):
    @app.post("/", stream_body=True)
    async def view():
        read()

    client = app.test_client(protocol="asgi")
    with pytest.raises(RuntimeError, match=r"async for chunk in request\.chunks"):
        client.post("/", data={"a": "b"})


def test_a_view_may_leave_its_body_unread(app, client, upload):
    async def ignore():
        return "enough"

    view = ignore if upload != "def" else lambda: "enough"
    app.add_url_rule("/", "index", view, methods=["POST"], stream_body=True)
    assert client.post("/", data=b"x" * SIZE * PIECES).text == "enough"


def test_blueprints_and_classes_may_ask_for_a_stream(app, client):
    from kolben import Blueprint
    from kolben.views import MethodView

    files = Blueprint("files", "files")

    class Files(MethodView):
        async def put(self):
            return str([len(chunk) async for chunk in request.chunks()])

    files.add_url_rule("/files", view_func=Files.as_view("files"), stream_body=True)
    app.register_blueprint(files)
    assert client.put("/files", data=b"abc").text == "[3]"


class TestOverAsgi:
    """What only a caller that speaks ASGI can show."""

    def scope(self, **more):
        return {
            "type": "http",
            "method": "POST",
            "path": "/",
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"transfer-encoding", b"chunked")],
            **more,
        }

    def call(self, app, messages):
        sent, asked = [], []

        async def receive():
            asked.append(len(sent))
            return next(messages)

        async def send(message):
            sent.append(message)

        asyncio.run(app(self.scope(), receive, send))
        return sent, asked

    @pytest.mark.parametrize("kind", ["def", "async def"])
    def test_nothing_is_received_before_it_is_asked_for(self, app, kind):
        received = []

        def messages():
            for number in range(PIECES):
                received.append(number)
                yield {"type": "http.request", "body": b"x", "more_body": number + 1 < PIECES}
            yield {"type": "http.disconnect"}

        def first():
            chunks = iter(request.chunks())
            return f"{received} {next(chunks)} {received}"

        async def first_async():
            before = f"{received}"
            async for chunk in request.chunks():
                return f"{before} {chunk} {received}"

        view = first if kind == "def" else first_async
        app.add_url_rule("/", "index", view, methods=["POST"], stream_body=True)
        sent, _ = self.call(app, messages())
        assert sent[-1]["body"] == b"[] b'x' [0]"

    @pytest.mark.parametrize("kind", ["def", "async def"])
    def test_a_client_that_leaves_is_an_error_of_the_body(self, app, kind):
        seen = []

        def read():
            try:
                list(request.chunks())
            except ClientDisconnected as error:
                seen.append((error.code, request.is_disconnected()))
            return ""

        async def read_async():
            try:
                async for _ in request.chunks():
                    pass
            except ClientDisconnected as error:
                seen.append((error.code, request.is_disconnected()))
            return ""

        view = read if kind == "def" else read_async
        app.add_url_rule("/", "index", view, methods=["POST"], stream_body=True)
        messages = [
            {"type": "http.request", "body": b"x", "more_body": True},
            {"type": "http.disconnect"},
        ]
        self.call(app, iter(messages))
        assert seen == [(400, True)]

    @pytest.mark.parametrize("kind", ["def", "async def"])
    def test_a_view_can_ask_whether_the_client_has_left(self, app, kind):
        seen = []

        def look():
            seen.append(request.is_disconnected())
            return ""

        async def look_async():
            request.is_disconnected()
            await asyncio.sleep(0)
            seen.append(request.is_disconnected())
            return ""

        app.add_url_rule("/", "index", look if kind == "def" else look_async, methods=["POST"])
        end = {"type": "http.request", "body": b"x", "more_body": False}
        self.call(app, iter([end, {"type": "http.disconnect"}]))
        assert seen == [True]


def test_a_client_that_waits_is_there(app, client):
    app.add_url_rule("/", "index", lambda: str(request.is_disconnected()))
    assert client.get("/").text == "False"
