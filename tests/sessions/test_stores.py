"""kolben.sessions.store, caches, files, redis, sql: what every store promises, and its own part."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cachelib import FileSystemCache, RedisCache, SimpleCache
from sqlalchemy import create_engine, inspect, text

from kolben.sessions import CacheStore, FileStore, MemoryStore, RedisStore, SessionStore, SQLStore
from kolben.sessions.store import SWEEP_EVERY


def put(store: SessionStore, sid: str, text: str, lifetime: int = 60) -> None:
    store.change(sid, lambda _: text, lifetime)


def wait_until(condition) -> None:
    """Poll for something that is bound to happen."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# All stores


def test_what_was_written_is_read(store: SessionStore) -> None:
    put(store, "id", '{"a": "é\\u0000"}')
    assert store.read("id") == '{"a": "é\\u0000"}'


def test_an_unknown_id_is_none(store: SessionStore) -> None:
    assert store.read("id") is None


def test_a_change_sees_the_current_text_and_replaces_it(store: SessionStore) -> None:
    put(store, "id", "{1")
    seen = []

    def change(current):
        seen.append(current)
        return "{2"

    assert store.change("id", change, 60) == "{2"
    assert seen == ["{1"]
    assert store.read("id") == "{2"


def test_a_change_to_none_removes_the_session(store: SessionStore) -> None:
    put(store, "id", "{1")
    assert store.change("id", lambda _: None, 60) is None
    assert store.read("id") is None


def test_a_change_of_nothing_to_none_stores_nothing(store: SessionStore) -> None:
    store.change("id", lambda current: current, 60)
    assert store.read("id") is None


def test_an_error_in_a_change_leaves_the_session_alone_and_unlocked(store: SessionStore) -> None:
    put(store, "id", "{1")
    with pytest.raises(ZeroDivisionError):
        store.change("id", lambda _: str(1 / 0), 60)
    put(store, "id", store.read("id") + "2")
    assert store.read("id") == "{12"


def test_taking_removes_and_returns(store: SessionStore) -> None:
    put(store, "id", "{1")
    assert store.take("id") == "{1"
    assert store.read("id") is None
    assert store.take("id") is None


def test_touching_tells_whether_there_is_a_session(store: SessionStore) -> None:
    put(store, "id", "{1")
    assert store.touch("id", 60)
    assert store.read("id") == "{1"
    assert not store.touch("other", 60)
    assert store.read("other") is None


def test_a_session_expires_and_one_that_is_touched_does_not(store: SessionStore) -> None:
    put(store, "short", "{1", lifetime=1)
    put(store, "touched", "{2", lifetime=1)
    assert store.touch("touched", 60)
    wait_until(lambda: store.read("short") is None)
    assert store.read("touched") == "{2"
    assert store.change("short", lambda current: current, 60) is None


def test_threads_lose_no_change(store: SessionStore) -> None:
    put(store, "id", "{")
    ready = threading.Barrier(8)

    def append(current):
        time.sleep(0.001)  # lets another thread in, if the store does
        return current + "x"

    def work() -> None:
        ready.wait()
        for _ in range(5):
            store.change("id", append, 60)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read("id") == "{" + "x" * 40


_CHANGE_OFTEN = """
import sys
from kolben.sessions import open_store
store = open_store(sys.argv[1])
for _ in range(25):
    store.change("shared", lambda current: (current or "{") + "x", 60)
"""


@pytest.mark.parametrize("url", ["file:///{}/files", "sqlite:///{}/sessions.db"])
def test_processes_lose_no_change(url: str, tmp_path) -> None:
    url = url.format(tmp_path)
    command = [sys.executable, "-c", _CHANGE_OFTEN, url]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    store = SQLStore(url) if url.startswith("sqlite") else FileStore(tmp_path / "files")
    assert store.read("shared") == "{" + "x" * 75
    if isinstance(store, SQLStore):
        store._engine.dispose()


def test_expired_sessions_are_swept_every_ten_minutes() -> None:
    swept = []

    class Store(SessionStore):
        def remove_expired(self) -> None:
            swept.append(True)

    store = Store()
    store.sweep()
    store.sweep()
    assert len(swept) == 1
    assert store._swept_at is not None
    store._swept_at -= SWEEP_EVERY
    store.sweep()
    assert len(swept) == 2


@pytest.mark.parametrize("call", [lambda s: s.read("id"), lambda s: s.touch("id", 1)])
def test_a_store_of_ones_own_has_to_read_and_change(call) -> None:
    with pytest.raises(NotImplementedError):
        call(SessionStore())


# Caches


def test_a_users_cache_keeps_its_serializer_and_its_values() -> None:
    cache = SimpleCache()
    cache.set("mine", [1, 2])
    put(CacheStore(cache), "id", "{1")
    assert cache.get("mine") == [1, 2]
    assert CacheStore(cache).read("id") == "{1"


def test_a_failure_to_write_is_an_error(tmp_path, caplog) -> None:
    store = FileStore(tmp_path)
    Path(store._cache._get_filename("session:id")).mkdir()  # a folder where the file should be
    with pytest.raises(RuntimeError, match="the session could not be written: FileSystemCache"):
        put(store, "id", "{2")
    assert "Is a directory" in caplog.text


class Bomb:
    """Fails the test that unpickles it."""

    def __reduce__(self):
        return pytest.fail, ("unpickled",)


def test_foreign_pickles_in_files_are_not_read(tmp_path) -> None:
    cache = FileSystemCache(str(tmp_path))
    cache.set("session:id", Bomb())
    assert FileStore(tmp_path).read("id") is None


def test_foreign_pickles_in_redis_are_not_read(redis_store, redis_client) -> None:
    redis_client.set(redis_store._key("id"), b"!" + pickle.dumps(Bomb()), ex=60)
    assert redis_store.read("id") is None
    assert redis_store.change("id", lambda current: current, 60) is None


# Memory


def test_memory_drops_what_expires_first_when_it_is_full() -> None:
    store = MemoryStore(threshold=2)
    for number in range(1, 5):
        put(store, str(number), "{1", lifetime=60 * number)
    assert store.read("1") is None
    assert store.read("4") == "{1"


# Files


def test_files_survive_the_process(tmp_path) -> None:
    put(FileStore(tmp_path), "id", "{1")
    assert FileStore(tmp_path).read("id") == "{1"


def test_files_are_for_their_owner_only(tmp_path) -> None:
    put(FileStore(tmp_path), "id", "{1")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_expired_files_are_removed_and_locks_stay(tmp_path) -> None:
    store = FileStore(tmp_path)
    put(store, "id", "{1", lifetime=-5)
    put(store, "other", "{2")
    before = set(tmp_path.iterdir())
    store.remove_expired()
    assert len(before - set(tmp_path.iterdir())) == 1
    assert store.read("other") == "{2"


def test_a_lifetime_beyond_what_cachelib_can_write_is_cut(tmp_path) -> None:
    store = FileStore(tmp_path)
    put(store, "id", "{1", lifetime=2**33)
    assert store.read("id") == "{1"


def test_a_cache_with_a_threshold_still_counts(tmp_path) -> None:
    store = FileStore(FileSystemCache(str(tmp_path), threshold=2))
    for number in range(1, 6):
        put(store, str(number), "{1", lifetime=60 * number)
    assert [number for number in range(1, 6) if store.read(str(number))] == [3, 4, 5]


# SQL


def test_sql_makes_its_table_at_first_use(tmp_path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/app.db")
    store = SQLStore(engine, table="kept")
    assert not inspect(engine).has_table("kept")
    put(store, "id", "{1")
    assert inspect(engine).has_table("kept")
    assert SQLStore(engine, table="kept").read("id") == "{1"
    engine.dispose()


def test_expired_rows_are_removed(sql_store) -> None:
    put(sql_store, "id", "{1", lifetime=-5)
    put(sql_store, "other", "{2")
    sql_store.remove_expired()
    with sql_store._engine.connect() as connection:
        assert connection.execute(text("select id from sessions")).scalars().all() == ["other"]


def test_an_expired_row_is_replaced(sql_store) -> None:
    put(sql_store, "id", "{1", lifetime=-5)
    put(sql_store, "id", "{2")
    assert sql_store.read("id") == "{2"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_sqlite_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"needs a file.*say memory://"):
        SQLStore(url)


def test_a_table_that_cannot_be_made_is_an_error(tmp_path) -> None:
    store = SQLStore(f"sqlite:///{tmp_path}/no/such/folder.db")
    with pytest.raises(Exception, match="unable to open database file"):
        store.read("id")


# Redis


def test_redis_lets_sessions_expire(redis_store, redis_client) -> None:
    put(redis_store, "id", "{1", lifetime=100)
    assert 95 < redis_client.ttl(redis_store._key("id")) <= 100
    redis_store.touch("id", 200)
    assert 195 < redis_client.ttl(redis_store._key("id")) <= 200


def test_redis_keys_have_the_caches_prefix_too(redis_store, redis_client) -> None:
    store = RedisStore(RedisCache(redis_client, key_prefix=redis_store._prefix), prefix="s:")
    put(store, "id", "{1")
    assert redis_client.get(f"{redis_store._prefix}s:id") == b"{1"
    assert store.read("id") == "{1"
