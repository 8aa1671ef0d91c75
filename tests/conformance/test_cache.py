"""Where fetched things lie, and what becomes of an archive."""

from pathlib import Path

import pytest

from conformance.cache import FetchError, cache_folder, fetch, rewrite_for_kolben, unpack
from conformance.suites import Rewrite


def test_the_cache_is_where_the_environment_says(cache):
    assert cache_folder() == cache
    assert cache.is_dir()


@pytest.mark.parametrize(
    ("variable", "place"),
    [("XDG_CACHE_HOME", "kolben/conformance"), ("HOME", ".cache/kolben/conformance")],
)
def test_the_cache_is_outside_the_repository(tmp_path, monkeypatch, variable, place):
    for name in ("KOLBEN_CONFORMANCE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    assert cache_folder() == tmp_path / place


def test_what_was_fetched_is_not_fetched_again(release, made_up):
    archive = release(test_a="")
    assert fetch(made_up()) == archive


def test_a_release_that_pip_cannot_fetch(cache, made_up, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(FetchError, match=r"could not fetch the source of made_up==1\.0"):
        fetch(made_up())


def test_texts_are_replaced_in_the_copy(release, made_up, tmp_path):
    suite = made_up(rewrite=(Rewrite("tests/test_a.py", "old", "new"),))
    root = unpack(release(test_a="old = old"), Path(tmp_path, "out"))
    rewrite_for_kolben(suite, root)
    assert (root / "tests" / "test_a.py").read_text() == "new = new"


def test_a_text_that_is_not_there_is_an_error(release, made_up, tmp_path):
    suite = made_up(rewrite=(Rewrite("tests/test_a.py", "gone", "new"),))
    root = unpack(release(test_a=""), Path(tmp_path, "out"))
    with pytest.raises(FetchError, match="has no text 'gone' to replace"):
        rewrite_for_kolben(suite, root)


def test_an_archive_without_a_single_root(release, tmp_path):
    with pytest.raises(FetchError, match="has 0 roots"):
        unpack(release(), Path(tmp_path, "out"))
