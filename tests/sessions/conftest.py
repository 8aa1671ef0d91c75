"""Every store for sessions."""

from __future__ import annotations

import pytest

from kolben.sessions import FileStore, MemoryStore, RedisStore, SessionStore, SQLStore


@pytest.fixture
def redis_store(redis_url, redis_prefix):
    """A store in Redis whose keys are removed afterwards."""
    store = RedisStore(redis_url, prefix=redis_prefix)
    yield store
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
