"""kolben.sessions.opening: from a URL or a cache to a store."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cachelib import FileSystemCache, RedisCache, SimpleCache

from kolben.sessions import CacheStore, FileStore, MemoryStore, RedisStore, SQLStore, open_store


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        ("memory://", MemoryStore),
        ("MEMORY://", MemoryStore),
        ("file:///{}/a%20folder", FileStore),
        ("redis://127.0.0.1:6379/0", RedisStore),
        ("rediss://example.org", RedisStore),
        ("unix:///run/redis.sock", RedisStore),
        ("sqlite:///{}/sessions.db", SQLStore),
        ("sqlite+pysqlite:///{}/sessions.db", SQLStore),
    ],
)
def test_a_url_names_a_store(where: str, kind: type, tmp_path) -> None:
    assert type(open_store(where.format(tmp_path))) is kind


def test_a_file_url_is_unquoted(tmp_path) -> None:
    open_store(f"file://localhost{tmp_path}/a%20folder")
    assert (tmp_path / "a folder").is_dir()


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda folder: SimpleCache(), CacheStore),
        (lambda folder: FileSystemCache(str(folder)), FileStore),
        (lambda folder: RedisCache("127.0.0.1"), RedisStore),
    ],
)
def test_a_cache_is_wrapped(make, kind: type, tmp_path) -> None:
    assert type(open_store(make(tmp_path))) is kind


def test_a_store_is_returned_as_it_is() -> None:
    store = MemoryStore()
    assert open_store(store) is store


@pytest.mark.parametrize(
    ("where", "error", "message"),
    [
        ("sessions", ValueError, r"'sessions' has no scheme"),
        ("file://sessions", ValueError, r"names no folder.*file:///"),
        ("file:///", ValueError, r"names no folder"),
        ("sqlite://", ValueError, r"needs a file"),
        ("nosuch://user:secret@host", ValueError, r"known by nosuch://…; there are memory://"),
        ("postgresql+pg8000://user:secret@h/d", RuntimeError, r"pg8000://… needs a package"),
        (3, TypeError, r"a cachelib cache or a kolben.sessions.SessionStore, not int"),
    ],
)
def test_what_names_no_store_is_explained(where, error: type, message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        open_store(where)
    assert "secret" not in str(caught.value)


_WITHOUT = """
import sys
for name in {blocked!r}:
    sys.modules[name] = None
from kolben.sessions import open_store
try:
    open_store({where})
except RuntimeError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("blocked", "where", "command"),
    [
        (["cachelib", "cachelib.simple"], '"memory://"', "pip install 'kolben[sessions]'"),
        (["cachelib", "cachelib.file"], '"file:///x"', "pip install 'kolben[sessions]'"),
        (["cachelib", "cachelib.base"], "object()", "pip install 'kolben[sessions]'"),
        (["redis"], '"redis://localhost"', "pip install 'kolben[redis]'"),
        (["sqlalchemy"], '"sqlite:///x.db"', "pip install 'kolben[sql]'"),
        (["fcntl"], '"file:///x"', "SESSION_STORE = 'sqlite:///sessions.db'"),
    ],
)
def test_what_is_missing_is_named_with_its_cure(blocked, where, command, tmp_path) -> None:
    code = _WITHOUT.format(blocked=blocked, where=where)
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert command in run.stdout


def test_importing_the_sessions_loads_no_store() -> None:
    code = (
        "import sys, kolben.sessions;"
        "print({'kolben.sessions.server', 'cachelib', 'redis'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "set()"


def test_an_unknown_name_of_the_room_is_an_attribute_error() -> None:
    import kolben.sessions

    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        kolben.sessions.nothing  # noqa: B018
