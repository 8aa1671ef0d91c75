"""The stacks that old code knows, seen through the two context variables."""

from __future__ import annotations

from contextvars import copy_context

import pytest

from kolben import current_app, g, has_app_context, request
from kolben.stacks import _app_ctx_stack, _request_ctx_stack


def test_the_stack_shows_its_contexts(app):
    with app.app_context() as outer, app.app_context() as inner:
        assert repr(_app_ctx_stack) == f"<ContextStack of application contexts: {[outer, inner]!r}>"


def test_the_stack_lists_a_context_that_was_pushed_twice(app):
    context, between = app.app_context(), app.app_context()
    with context, between, context:
        assert _app_ctx_stack._list() == [context, between, context]


def test_a_context_may_be_popped_in_another_context_of_contextvars(app):
    context = app.app_context()
    elsewhere = copy_context()
    elsewhere.run(context.push)
    assert not has_app_context()
    again = elsewhere.copy()  # as a fixture's next step, in another task
    again.run(context.pop, None)
    assert again.run(has_app_context) is False


def test_what_lies_below_comes_back_in_another_context_of_contextvars(app):
    with app.app_context():
        g.mark = "below"
        context = app.app_context()
        elsewhere = copy_context()
        elsewhere.run(context.push)
        again = elsewhere.copy()
        again.run(context.pop, None)
        assert again.run(lambda: g.mark) == "below"


def test_a_proxy_of_the_stack_says_what_is_missing():
    with pytest.raises(RuntimeError, match="outside of request context"):
        _request_ctx_stack("request").path  # noqa: B018  (reading is the point)
    with pytest.raises(RuntimeError, match="of my own"):
        _request_ctx_stack("request", unbound_message="of my own").path  # noqa: B018


def test_contexts_pushed_on_the_stack_are_those_of_the_proxies(app):
    context = app.test_request_context("/pushed")
    _app_ctx_stack.push(app.app_context())
    _request_ctx_stack.push(context)
    assert (request.path, current_app.name) == ("/pushed", "kolben_test")
    assert _request_ctx_stack.pop() is context
    assert _app_ctx_stack.pop().app is app
    assert _app_ctx_stack.pop() is None
