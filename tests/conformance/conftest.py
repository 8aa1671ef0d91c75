"""A cache of its own for each test, and a released suite made up on the spot."""

import io
import tarfile

import pytest

from conformance.suites import Suite


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Let everything fetched and built lie in this folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("KOLBEN_CONFORMANCE_CACHE", str(folder))
    return folder


@pytest.fixture
def made_up():
    """Build the table entry of a release that pip knows nothing of."""

    def build(**values):
        defaults = {"tests": ("tests",), "environment": "none"}
        return Suite("made-up", distribution="made_up", version="1.0", **{**defaults, **values})

    return build


@pytest.fixture
def release(cache):
    """Put files into the cache as if they had been fetched as made_up 1.0."""

    def put(root="made_up-1.0/", **files):
        folder = cache / "sdists" / "made_up-1.0"
        folder.mkdir(parents=True)
        with tarfile.open(folder / "made_up-1.0.tar.gz", "w:gz") as archive:
            for name, text in files.items():
                member = tarfile.TarInfo(f"{root}tests/{name}.py")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))
        return folder / "made_up-1.0.tar.gz"

    return put
