"""Fixtures for every test: an app, a client, and a check that no context is left behind."""

from __future__ import annotations

import gc
import os
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from kolben import Kolben
from kolben.protocols.asgi_end import preserved
from kolben.signals import connected
from kolben.stacks import _app_ctx_stack, _request_ctx_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kolben.testing import KolbenClient


@pytest.fixture
def app() -> Kolben:
    """An app in testing mode, with a secret key and without a static folder."""
    app = Kolben("kolben_test", root_path=".", static_folder=None, instance_path="/nowhere")
    app.config.update(TESTING=True, SECRET_KEY="a secret for tests")
    return app


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run whatever has a client over both protocols, unless it is about WSGI."""
    if "protocol" in metafunc.fixturenames:
        about_wsgi = metafunc.definition.get_closest_marker("wsgi_only")
        protocols = ["wsgi"] if about_wsgi else ["wsgi", "asgi"]
        metafunc.parametrize("protocol", protocols)


@pytest.fixture
def client(app: Kolben, protocol: str) -> KolbenClient:
    """A client of that app, over either protocol."""
    return app.test_client(protocol=protocol)


@pytest.fixture(autouse=True, scope="session")
def thawed() -> Iterator[None]:
    """Show the collector all again when the tests are over: Hypothesis asks it for references."""
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True, scope="module")
def frozen() -> None:
    """Let the collector leave alone what is there for good before a module of tests.

    7,600 tests, what they import and what is kept of them are half a million objects: to look
    through them all at each collection took a quarter of the whole run.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nobody_hears() -> None:
    """Forget what other tests have asked for: the lanes take a longer way for it, once it was.

    These are the signals that they have connected to, and contexts that their clients have kept.
    """
    connected[:] = [signal for signal in connected if signal.receivers]
    preserved.clear()


@pytest.fixture(autouse=True)
def no_context_left() -> Iterator[None]:
    """Fail a test that leaves a context bound, and unbind it for the next one."""
    yield
    left: list[object] = []
    for stack in (_request_ctx_stack, _app_ctx_stack):
        while stack.top is not None:
            left.append(stack.pop())
    assert left == []


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Where a Redis for tests is looked for."""
    return os.environ.get("KOLBEN_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[Any]:
    """A client of a real Redis; without one the test is skipped, in CI it fails."""
    redis = pytest.importorskip("redis", reason="redis is not installed")
    client = redis.Redis.from_url(redis_url)
    try:
        client.ping()
    except redis.ConnectionError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Redis at {redis_url} (KOLBEN_TEST_REDIS_URL): {error}")
    yield client
    client.close()


@pytest.fixture
def redis_prefix(redis_client: Any) -> Iterator[str]:
    """What the test's keys in Redis begin with; they are removed afterwards."""
    prefix = f"kolben-test-{token_hex(4)}:"
    yield prefix
    for key in redis_client.scan_iter(f"{prefix}*"):
        redis_client.delete(key)
