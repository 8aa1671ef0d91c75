"""LocalManager: several locals, emptied together."""

import pytest

from kolben.local import Local, LocalManager, LocalStack


@pytest.fixture
def local():
    local = Local()
    local.user = "Ada"
    return local


@pytest.fixture
def stack():
    stack = LocalStack()
    stack.push(1)
    return stack


def app(environ, start_response):
    """Answer with one chunk."""
    start_response("200 OK", [])
    return [b"body"]


def answer(app):
    """Call a WSGI app and return its iterable."""
    return app({}, lambda *_: None)


def test_cleanup_empties_all(local, stack):
    LocalManager([local, stack]).cleanup()
    assert list(local) == []
    assert stack.top is None


def test_a_single_local_is_enough(local):
    assert LocalManager(local).locals == [local]


def test_a_single_stack_is_enough(stack):
    assert LocalManager(stack).locals == [stack]


def test_locals_may_be_added_later(local):
    manager = LocalManager()
    manager.locals.append(local)
    manager.cleanup()
    assert list(local) == []


def test_the_middleware_cleans_up_when_the_response_is_closed(local):
    body = answer(LocalManager(local).make_middleware(app))
    assert list(body) == [b"body"]
    assert local.user == "Ada"
    body.close()
    assert list(local) == []


def test_the_middleware_cleans_up_when_the_body_is_never_read(local):
    answer(LocalManager(local).make_middleware(app)).close()
    assert list(local) == []


def test_the_decorator_keeps_the_name(local):
    wrapped = LocalManager(local).middleware(app)
    assert wrapped.__name__ == "app"
    assert list(answer(wrapped)) == [b"body"]


def test_the_repr_counts_the_locals(local, stack):
    assert repr(LocalManager([local, stack])) == "<LocalManager storages: 2>"
