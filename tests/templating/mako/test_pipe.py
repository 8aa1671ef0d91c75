"""Tests of kolben.templating.mako.pipe: Mako templates in pieces."""

from __future__ import annotations

import threading

import jinja2
import pytest

from kolben import g, stream_template, template_rendered
from kolben.templating import stream_mako_string

pytest.importorskip("mako", reason="Mako is not installed")
from kolben.templating.mako.pipe import Pipe


def writers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "kolben-template"]


def test_all_pieces_together_are_the_whole(app):
    source = "% for number in range(20000):\n${number}\n% endfor"
    with app.app_context():
        pieces = list(stream_mako_string(source))
    assert "".join(pieces) == "".join(f"{number}\n" for number in range(20000))
    assert len(pieces) > 5
    assert all(pieces)


def test_a_slow_template_is_read_as_far_as_it_is(app):
    released = threading.Event()
    with app.app_context():
        pieces = stream_mako_string("head\n${wait() and 'tail'}", wait=lambda: released.wait(30))
        assert next(pieces) == "head\n"
        released.set()
        assert "".join(pieces) == "tail"


def test_a_stream_sees_the_request_while_it_runs(app, client):
    app.jinja_loader = jinja2.DictLoader({"x.mako": "${request.path} ${g.color}"})

    @app.get("/here")
    def here():
        g.color = "red"
        return stream_template("x.mako")

    assert client.get("/here").text == "/here red"


def test_the_template_is_not_far_ahead_of_its_reader():
    written = []

    def write(pipe: Pipe) -> None:
        for number in range(1000):
            pipe.write("x" * 1024)
            written.append(number)

    pieces = Pipe().pieces(write)
    next(pieces)
    assert len(written) < 200
    pieces.close()


def test_a_reader_that_goes_away_ends_the_template(app):
    with app.app_context():
        pieces = stream_mako_string("% while True:\nx\n% endwhile")
        next(pieces)
        assert len(writers()) == 1
        pieces.close()
    assert writers() == []


def test_a_stream_that_nobody_reads_starts_nothing(app):
    with app.app_context():
        pieces = stream_mako_string("x")
        assert writers() == []
        del pieces


def test_an_error_reaches_the_reader_after_what_came_before(app):
    with app.app_context():
        pieces = stream_mako_string("x" * 10_000 + "${1 / zero}", zero=0)
        assert set(next(pieces)) == {"x"}
        with pytest.raises(ZeroDivisionError):
            "".join(pieces)
    assert writers() == []


def test_the_second_signal_comes_at_the_end(app):
    heard = []
    with (
        template_rendered.connected_to(lambda sender, **extra: heard.append(extra), app),
        app.app_context(),
    ):
        pieces = stream_mako_string("x")
        assert heard == []
        assert "".join(pieces) == "x"
    assert len(heard) == 1
