"""The recipe for SQLAlchemy 2, sync and async, with SQLite and PostgreSQL, over WSGI and ASGI."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from urllib.request import urlopen

import pytest

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")
import sqlalchemy as sa

from examples.notes import asynchronous, sync
from examples.notes.models import Note
from kolben import g
from kolben.waiting import event_loop, wait

ROOT = Path(__file__).parents[2]
SERVER = os.environ.get("KOLBEN_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")
DRIVERS = {
    (sync, "sqlite"): "sqlite",
    (asynchronous, "sqlite"): "sqlite+aiosqlite",
    (sync, "postgresql"): "postgresql+psycopg",
    (asynchronous, "postgresql"): "postgresql+asyncpg",
}
NEEDED = {"sqlite+aiosqlite": "aiosqlite", "postgresql+asyncpg": "asyncpg"}


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where the notes are kept: what comes after the URL's scheme, and options of the engine."""
    if request.param == "sqlite":
        yield "sqlite", f":///{tmp_path}/notes.db", {}
        return
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    rest = SERVER.removeprefix("postgresql")
    engine = sa.create_engine(f"postgresql+psycopg{rest}")
    schema = f"notes_{token_hex(4)}"
    try:
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(schema))
    except sa.exc.OperationalError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at {SERVER} (KOLBEN_TEST_POSTGRES_URL): {error}")
    yield "postgresql", rest, {"execution_options": {"schema_translate_map": {None: schema}}}
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))
    engine.dispose()


@pytest.fixture(params=[sync, asynchronous], ids=["sync", "async"])
def app(request, place):
    kind, rest, options = place
    driver = DRIVERS[request.param, kind]
    if driver in NEEDED:
        pytest.importorskip(NEEDED[driver], reason=f"{NEEDED[driver]} is not installed")
    app = request.param.create_app(driver + rest, **options)
    done = app.test_cli_runner().invoke(args=["create-tables"])
    assert done.exit_code == 0, done.output
    yield app
    db = app.extensions["db"]
    if request.param is sync:
        db.engine.dispose()
    else:
        wait(db.dispose())


def test_what_was_committed_is_there(client):
    assert client.post("/notes", data={"text": "milk"}).status_code == 201
    assert client.get("/notes").json == ["milk"]


def test_after_an_error_nothing_is_kept(app, client):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.logger.disabled = True
    assert client.post("/notes", data={"text": "milk", "fail": "1"}).status_code == 500
    assert client.get("/notes").json == []


def test_each_request_has_a_session_of_its_own_which_is_closed(app, client):
    seen = []

    @app.teardown_appcontext
    def look(error):  # it runs before the database's, which was registered earlier
        seen.append(g.db_session)

    client.post("/notes", data={"text": "milk"})
    client.get("/notes")
    assert seen[0] is not seen[1]
    assert [session.in_transaction() for session in seen] == [False, False]


def test_a_request_that_asks_for_nothing_has_no_session(app, client):
    seen = []
    app.teardown_appcontext(lambda error: seen.append("db_session" in g))
    client.get("/nowhere")
    assert seen == [False]


def test_many_requests_at_the_same_time_get_along(app, protocol):
    def add(number):
        client = app.test_client(protocol=protocol)
        return client.post("/notes", data={"text": str(number)}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(add, range(24))) == {201}
    found = app.test_client(protocol=protocol).get("/notes").json
    assert sorted(found, key=int) == [str(number) for number in range(24)]


@pytest.mark.parametrize("app", [asynchronous], indirect=True)
def test_each_loop_has_an_engine_of_its_own(app):
    db = app.extensions["db"]
    client = app.test_client(protocol="asgi")
    engines = []

    async def add(text):
        assert asyncio.get_running_loop() is not event_loop()
        answer = await client.apost("/notes", data={"text": text})
        assert answer.status_code == 201
        engines.append(db.engine)
        await db.dispose()

    asyncio.run(add("one"))
    asyncio.run(add("two"))
    assert engines[0] is not engines[1]
    assert client.get("/notes").json == ["one", "two"]


def test_a_script_uses_it_in_an_application_context(app):
    db = app.extensions["db"]
    with app.app_context():
        if isinstance(db, sync.Database):
            db.session.add(Note(text="by hand"))
            db.session.commit()
        else:
            wait(add_by_hand(db))
    assert app.test_client().get("/notes").json == ["by hand"]


async def add_by_hand(db):
    db.session.add(Note(text="by hand"))
    await db.session.commit()


SERVERS = {
    "uvicorn": ["-m", "uvicorn", "notes:app", "--port={port}", "--log-level=warning"],
    "hypercorn": ["-m", "hypercorn", "notes:app", "--bind=127.0.0.1:{port}"],
    "gunicorn": ["-m", "gunicorn", "notes:app", "--bind=127.0.0.1:{port}", "--threads=4"],
}


@pytest.mark.parametrize(
    ("place", "server"),
    [("postgresql", "uvicorn"), ("sqlite", "hypercorn"), ("postgresql", "gunicorn")],
    indirect=["place"],
)
def test_the_async_recipe_works_behind_real_servers(place, tmp_path, server):
    pytest.importorskip(server, reason=f"{server} is not installed")
    kind, rest, options = place
    driver = DRIVERS[asynchronous, kind]
    pytest.importorskip(NEEDED[driver], reason=f"{NEEDED[driver]} is not installed")
    (tmp_path / "notes.py").write_text(
        f"from examples.notes.asynchronous import create_app; app = create_app("
        f"{driver + rest!r}, **{options!r})"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT), *sys.path])}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tables = [sys.executable, "-m", "kolben", "--app", "notes", "create-tables"]
    subprocess.run(tables, cwd=tmp_path, env=environ, check=True, timeout=60)
    command = [sys.executable, *(word.format(port=port) for word in SERVERS[server])]
    process = subprocess.Popen(command, cwd=tmp_path, env=environ)
    try:
        url = f"http://127.0.0.1:{port}/notes"
        with ThreadPoolExecutor(4) as pool:
            wait_for(url)
            statuses = list(pool.map(lambda n: ask(url, f"text={n}".encode()), range(12)))
        assert statuses == [201] * 12
        with urlopen(url, timeout=30) as answer:
            assert len(json.load(answer)) == 12
    finally:
        process.terminate()
        process.wait(20)


def ask(url, data=None):
    with urlopen(url, data, timeout=20) as answer:
        return answer.status


def wait_for(url):
    """Wait until a server answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return ask(url)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
