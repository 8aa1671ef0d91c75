"""The debugger's old classes, and the question that it asks exceptions again."""

import io
import sys

import pytest
from werkzeug.debug import DebuggedApplication
from werkzeug.test import Client

from kolben.drop_in.legacy.werkzeug.tracebacks import Frame, Line, Traceback, get_current_traceback


def fail():
    raise ValueError("no <luck>")


@pytest.fixture
def found():
    try:
        fail()
    except ValueError:
        return get_current_traceback()


def test_the_frames_say_where_it_was(found):
    assert [frame.function_name for frame in found.frames] == ["found", "fail"]
    last = found.frames[-1]
    assert last.current_line.strip() == 'raise ValueError("no <luck>")'
    assert last.filename == __file__
    marked = [line for line in last.get_annotated_lines() if line.in_frame]
    assert marked[0].code.strip() == "def fail():"
    assert [line.lineno for line in marked if line.current] == [last.lineno]


def test_it_is_shown_as_text_and_as_html(found):
    assert found.exception_type == "ValueError"
    assert found.exception == "ValueError: no <luck>"
    assert found.plaintext.startswith("Traceback (most recent call last):\n  File ")
    assert found.plaintext.endswith("ValueError: no <luck>")
    file = io.StringIO()
    found.log(file)
    assert file.getvalue() == f"{found.plaintext}\n"
    assert "no &lt;luck&gt;" in found.render_full()
    assert f'id="frame-{found.frames[0].id}"' in found.render_summary()


def test_code_runs_in_a_frame(found):
    assert found.frames[-1].eval("1 + 1", mode="eval") == 2


def test_frames_may_hide():
    def hidden():
        __traceback_hide__ = True
        assert __traceback_hide__  # linters do not agree on whether that name is used
        fail()

    try:
        hidden()
    except ValueError:
        names = [frame.function_name for frame in get_current_traceback().frames]
        everything = get_current_traceback(show_hidden_frames=True, skip=1).frames
    assert names == ["test_frames_may_hide", "fail"]
    assert [frame.function_name for frame in everything] == ["hidden", "fail"]


def test_nothing_to_trace_is_an_error():
    with pytest.raises(RuntimeError, match="no exception is being handled"):
        get_current_traceback()


class InTemplate(Frame):
    """A frame that lies in a template, as template engines made them."""

    def __init__(self, exc_type, exc_value, tb):
        super().__init__(exc_type, exc_value, tb)
        self.filename, self.lineno, self.sourcelines = "page.mako", 2, ["<p>", "${x}", "</p>"]

    def get_annotated_lines(self):
        lines = [Line(number, text) for number, text in enumerate(self.sourcelines, 1)]
        lines[self.lineno - 1].current = True
        return lines


class TemplateError(RuntimeError):
    def werkzeug_debug_traceback(self, exc_type, exc_value, tb):
        shown = Traceback(exc_type, exc_value, tb)
        shown.frames.append(InTemplate(exc_type, exc_value, tb))
        return shown


@pytest.mark.parametrize(("error", "shows"), [(TemplateError, True), (KeyError, False)])
def test_the_debugger_shows_what_an_exception_wants_to_show(error, shows, capsys):
    def app(environ, start_response):
        raise error("x")

    debugged = DebuggedApplication(app, evalex=True)
    response = Client(debugged).get("/", headers={"Host": "localhost"})
    assert response.status_code == 500
    assert ('<cite class="filename">"page.mako"</cite>' in response.text) == shows
    assert error.__name__ in response.text
    assert error.__name__ in capsys.readouterr().err
    assert sys.exc_info() == (None, None, None)
