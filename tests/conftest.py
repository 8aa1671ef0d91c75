"""Fixtures for every test: an app, a client, and a check that no context is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kolben import Kolben
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


@pytest.fixture(autouse=True)
def no_context_left() -> Iterator[None]:
    """Fail a test that leaves a context bound, and unbind it for the next one."""
    yield
    left: list[object] = []
    for stack in (_request_ctx_stack, _app_ctx_stack):
        while stack.top is not None:
            left.append(stack.pop())
    assert left == []
