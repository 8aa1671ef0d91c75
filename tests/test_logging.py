"""kolben.logging: a logger that is heard, unless the program has one of its own."""

from __future__ import annotations

import io
import logging
import sys

import pytest

from kolben import Kolben
from kolben.logging import create_logger, default_handler, has_level_handler, wsgi_errors_stream


@pytest.fixture(autouse=True)
def root() -> logging.Logger:
    """A root of the tests' own: pytest puts handlers on the real one."""
    return logging.Logger("root", logging.WARNING)  # noqa: LOG001  # out of reach for others


@pytest.fixture(autouse=True)
def own(root):
    """The logger of the test's app."""
    logger = logging.getLogger("kolben_test")
    real, logger.parent = logger.parent, root
    yield logger
    logger.handlers[:], logger.parent, logger.propagate = [], real, True
    logger.setLevel(logging.NOTSET)


def test_the_logger_is_called_like_the_app_and_has_the_default_handler(app, own) -> None:
    assert create_logger(app) is app.logger is own
    assert own.handlers == [default_handler]
    assert own.level == logging.NOTSET


def test_in_debug_mode_the_level_is_debug(app, own) -> None:
    app.debug = True
    create_logger(app)
    assert own.level == logging.DEBUG


def test_a_level_that_is_set_stays(app, own) -> None:
    own.setLevel(logging.ERROR)
    app.debug = True
    create_logger(app)
    assert own.level == logging.ERROR


def test_a_program_with_a_handler_keeps_its_own(app, own, root) -> None:
    root.addHandler(logging.StreamHandler())
    create_logger(app)
    assert own.handlers == []


def test_asking_twice_adds_one_handler(app, own) -> None:
    create_logger(app)
    create_logger(app)
    assert own.handlers == [default_handler]


@pytest.mark.parametrize(
    ("handler_level", "logger_level", "propagate", "heard"),
    [
        (logging.NOTSET, logging.NOTSET, True, True),
        (logging.NOTSET, logging.NOTSET, False, False),
        (logging.ERROR, logging.NOTSET, True, False),
        (logging.ERROR, logging.ERROR, True, True),
    ],
)
def test_a_handler_counts_if_messages_reach_it(
    own, root, handler_level, logger_level, propagate, heard
) -> None:
    handler = logging.StreamHandler()
    handler.setLevel(handler_level)
    root.addHandler(handler)
    own.setLevel(logger_level)
    own.propagate = propagate
    assert has_level_handler(own) is heard


def test_no_handler_at_all_is_not_heard(own) -> None:
    assert not has_level_handler(own)


def test_in_a_request_messages_go_to_the_servers_stream(app: Kolben) -> None:
    @app.get("/")
    def index():
        app.logger.error("something happened")
        return ""

    stream = io.StringIO()
    app.test_client().get("/", errors_stream=stream)
    line = stream.getvalue()
    assert line.startswith("[")
    assert line.endswith("] ERROR in test_logging: something happened\n")


def test_outside_of_a_request_messages_go_to_standard_error(app, capsys) -> None:
    app.logger.error("something happened")
    assert "ERROR in test_logging: something happened" in capsys.readouterr().err


def test_the_stream_is_that_of_the_innermost_request(app) -> None:
    outer, inner = io.StringIO(), io.StringIO()
    with app.test_request_context(errors_stream=outer):
        with app.test_request_context(errors_stream=inner):
            print("inner", file=wsgi_errors_stream)
        print("outer", file=wsgi_errors_stream)
    assert (outer.getvalue(), inner.getvalue()) == ("outer\n", "inner\n")
    assert wsgi_errors_stream._get_current_object() is sys.stderr
