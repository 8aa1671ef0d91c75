"""Every store for sessions, and the Redis that some of them need."""

from __future__ import annotations

import os
from secrets import token_hex

import pytest

from kolben.sessions import FileStore, MemoryStore, RedisStore, SessionStore, SQLStore

REDIS_URL = os.environ.get("KOLBEN_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


@pytest.fixture
def redis_client():
    """A client of a real Redis; without one the test is skipped, in CI it fails."""
    redis = pytest.importorskip("redis", reason="redis is not installed")
    client = redis.Redis.from_url(REDIS_URL)
    try:
        client.ping()
    except redis.ConnectionError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Redis at {REDIS_URL} (KOLBEN_TEST_REDIS_URL): {error}")
    yield client
    client.close()


@pytest.fixture
def redis_store(redis_client):
    """A store in Redis whose keys are removed afterwards."""
    prefix = f"kolben-test-{token_hex(4)}:"
    store = RedisStore(REDIS_URL, prefix=prefix)
    yield store
    for key in redis_client.scan_iter(f"{prefix}*"):
        redis_client.delete(key)
    store._cache._write_client.close()


@pytest.fixture
def sql_store(tmp_path):
    """A store in SQLite."""
    store = SQLStore(f"sqlite:///{tmp_path}/sessions.db")
    yield store
    store._engine.dispose()


@pytest.fixture(params=["memory", "files", "sql", "redis"])
def store(request, tmp_path) -> SessionStore:
    """One store after the other."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "files":
        return FileStore(tmp_path / "sessions")
    return request.getfixturevalue(f"{request.param}_store")
