"""The debugger's `Traceback`, `Frame` and `Line`, as template engines used them.

An exception with a method `werkzeug_debug_traceback(type, value, tb)` says by it what the debugger
is to show: a traceback whose frames lie in a template, for example. Werkzeug 2.2 dropped both the
classes and the question; this room has the classes, and while it is loaded the debugger asks again.
"""

from __future__ import annotations

import codecs
import linecache
import os
import re
import sys
import traceback
from types import FrameType, TracebackType
from typing import IO, Any

import werkzeug.debug
from markupsafe import escape
from werkzeug.debug import tbtools
from werkzeug.debug.console import Console
from werkzeug.utils import cached_property

__all__ = ["Frame", "Line", "Traceback", "get_current_traceback"]


class Line:
    """One line of a frame's source.

    Args:
        lineno: Its number, from 1.
        code: Its text.
    """

    __slots__ = ("code", "current", "in_frame", "lineno")

    def __init__(self, lineno: int, code: str) -> None:
        self.lineno = lineno
        self.code = code
        self.in_frame = False
        self.current = False

    @property
    def classes(self) -> list[str]:
        """The classes of the line in HTML."""
        return [
            "line",
            *(["in-frame"] if self.in_frame else []),
            *(["current"] if self.current else []),
        ]

    def render(self) -> str:
        """Return the line as HTML."""
        kind = " ".join(self.classes)
        return f'<pre class="{kind}">{escape(self.code.expandtabs().rstrip()) or " "}</pre>'


class Frame:
    """One frame of a traceback.

    Args:
        exc_type: Class of the exception.
        exc_value: The exception.
        tb: The traceback's entry for the frame.
    """

    def __init__(
        self,
        exc_type: type[BaseException],
        exc_value: BaseException | None,
        tb: TracebackType,
    ) -> None:
        frame: FrameType = tb.tb_frame
        self.lineno: int = tb.tb_lineno
        self.function_name: str = frame.f_code.co_name
        self.locals: dict[str, Any] = frame.f_locals
        self.globals: dict[str, Any] = frame.f_globals
        filename = frame.f_code.co_filename
        self.filename: str = os.path.realpath(filename) if os.path.isfile(filename) else filename
        self.module: str | None = self.globals.get("__name__", self.locals.get("__name__"))
        self.loader: Any = self.globals.get("__loader__", self.locals.get("__loader__"))
        self.code = frame.f_code
        self.hide: Any = self.locals.get("__traceback_hide__", False)
        self.info: Any = self.locals.get("__traceback_info__")

    @property
    def id(self) -> int:
        """What the debugger's page calls this frame."""
        return id(self)

    @cached_property
    def is_library(self) -> bool:
        """Whether the file was installed, rather than written here."""
        return any(part in self.filename for part in ("site-packages", "dist-packages"))

    @cached_property
    def sourcelines(self) -> list[str]:
        """The lines of the file, none where it can't be read."""
        lines = linecache.getlines(self.filename, self.globals)
        if lines:
            return [line.rstrip("\n") for line in lines]
        try:
            with open(self.filename, "rb") as file:
                return _decoded(file.read()).splitlines()
        except OSError:
            return []

    def get_annotated_lines(self) -> list[Line]:
        """Return the lines of the file, those of the function and the current one marked."""
        lines = [Line(number, text) for number, text in enumerate(self.sourcelines, 1)]
        first = self.code.co_firstlineno
        own = [number for *_, number in self.code.co_lines() if number]
        for line in lines[first - 1 : max(own, default=first)]:
            line.in_frame = True
        if 0 < self.lineno <= len(lines):
            lines[self.lineno - 1].current = True
        return lines

    @property
    def current_line(self) -> str:
        """The text of the line that was running."""
        number = self.lineno - 1
        return self.sourcelines[number] if 0 <= number < len(self.sourcelines) else ""

    @cached_property
    def console(self) -> Console:
        """An interpreter in the frame's namespace."""
        return Console(self.globals, self.locals)

    def eval(self, code: str, mode: str = "single") -> Any:
        """Run code in the frame's namespace, as the debugger's page does.

        Args:
            code: The code.
            mode: `single` for what the page shows, or a mode of `compile` for the value.

        Returns:
            What the page shows, or the value.
        """
        if mode == "single":
            return self.console.eval(code)
        compiled = compile(code, "<interactive>", mode)
        return eval(compiled, self.globals, self.locals)  # noqa: S307  # it is a debugger

    def render(self, mark_lib: bool = True) -> str:
        """Return the frame as HTML, with five lines on either side."""
        lines = self.get_annotated_lines()
        shown = lines[max(0, self.lineno - 6) : self.lineno + 5]
        return tbtools.FRAME_HTML % {
            "id": self.id,
            "filename": escape(self.filename),
            "lineno": self.lineno,
            "function_name": escape(self.function_name),
            "lines": "\n".join(line.render() for line in shown),
            "library": "library" if mark_lib and self.is_library else "",
        }

    def render_text(self) -> str:
        """Return the frame as Python prints one."""
        where = f'  File "{self.filename}", line {self.lineno}, in {self.function_name}'
        return f"{where}\n    {self.current_line.strip()}"


class Traceback:
    """A traceback for people, to be changed before it is shown.

    Args:
        exc_type: Class of the exception.
        exc_value: The exception.
        tb: Where it was raised.
    """

    def __init__(
        self,
        exc_type: type[BaseException],
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.exc_type = exc_type
        self.exc_value = exc_value
        self.tb = tb
        name = exc_type.__name__
        module = exc_type.__module__
        known = module in {"__builtin__", "builtins", "exceptions"}
        self.exception_type = name if known else f"{module}.{name}"
        self.frames: list[Frame] = []
        while tb is not None:
            self.frames.append(Frame(exc_type, exc_value, tb))
            tb = tb.tb_next

    @property
    def id(self) -> int:
        """What the debugger's page calls this traceback."""
        return id(self)

    @property
    def all_frames(self) -> list[Frame]:
        """The frames, as the debugger asks for them."""
        return self.frames

    @property
    def is_syntax_error(self) -> bool:
        """Whether it is about code that can't be parsed."""
        return issubclass(self.exc_type, SyntaxError)

    @property
    def exception(self) -> str:
        """The exception as Python prints it."""
        return "".join(traceback.format_exception_only(self.exc_type, self.exc_value)).strip()

    def filter_hidden_frames(self) -> None:
        """Take out the frames that ask for it by `__traceback_hide__` (paste's convention)."""
        kept: list[Frame] = []
        hidden = False
        for frame in self.frames:
            hide = frame.hide
            if hide in {"before", "before_and_this"}:
                kept, hidden = [], False
            elif hide in {"reset", "reset_and_this"}:
                hidden = False
            elif hide in {"after", "after_and_this"}:
                hidden = True
                if hide == "after":
                    kept.append(frame)
                continue
            if not (hidden or (hide and hide not in {"before", "reset"})):
                kept.append(frame)
        self.frames = kept or self.frames[-1:]

    @property
    def plaintext(self) -> str:
        """The traceback as Python prints it."""
        head = ["Traceback (most recent call last):"] if self.frames else []
        frames = [frame.render_text() for frame in self.frames]
        return "\n".join([*head, *frames, self.exception])

    def generate_plaintext_traceback(self) -> list[str]:
        """Return the plain text by lines."""
        return self.plaintext.splitlines()

    def log(self, logfile: IO[str] | None = None) -> None:
        """Write the plain text to a file, by default to the standard error."""
        (logfile or sys.stderr).write(f"{self.plaintext.rstrip()}\n")

    def render_summary(self, include_title: bool = True) -> str:
        """Return the frames as HTML."""
        installed = sum(frame.is_library for frame in self.frames)
        mark = 0 < installed < len(self.frames)
        rows = []
        for frame in self.frames:
            title = f' title="{escape(frame.info)}"' if frame.info else ""
            rows.append(f"<li{title}>{frame.render(mark)}")
        title = "Traceback <em>(most recent call last)</em>:"
        said = escape(self.exception)
        return tbtools.SUMMARY_HTML % {
            "classes": "traceback" if self.frames else "traceback noframe-traceback",
            "title": f"<h3>{title}</h3>" if include_title else "",
            "frames": "\n".join(rows),
            "description": f"<blockquote>{said}</blockquote>",
        }

    def render_full(
        self, evalex: bool = False, secret: str | None = None, evalex_trusted: bool = True
    ) -> str:
        """Return the debugger's page."""
        plain = self.plaintext
        return tbtools.PAGE_HTML % {
            "evalex": "true" if evalex else "false",
            "evalex_trusted": "true" if evalex_trusted else "false",
            "console": "false",
            "title": escape(self.exception),
            "exception": escape(self.exception),
            "exception_type": escape(self.exception_type),
            "summary": self.render_summary(include_title=False),
            "plaintext": escape(plain),
            "plaintext_cs": re.sub("-{2,}", "-", plain),
            "secret": secret or "",
        }

    # What Werkzeug's debugger calls today.

    def render_debugger_html(self, evalex: bool, secret: str, evalex_trusted: bool) -> str:
        """Return the debugger's page."""
        return self.render_full(evalex, secret, evalex_trusted)

    def render_traceback_text(self) -> str:
        """Return the plain text, for the log."""
        return f"{self.plaintext}\n"

    def render_traceback_html(self, include_title: bool = True) -> str:
        """Return the frames as HTML."""
        return self.render_summary(include_title)


def get_current_traceback(
    ignore_system_exceptions: bool = False,
    show_hidden_frames: bool = False,
    skip: int = 0,
) -> Traceback:
    """Return the traceback of the exception that is being handled.

    Args:
        ignore_system_exceptions: Whether to raise those that end a program again.
        show_hidden_frames: Whether frames may hide themselves.
        skip: How many of the outermost frames to leave out.

    Returns:
        The traceback.

    Raises:
        RuntimeError: None is being handled.
    """
    exc_type, exc_value, tb = sys.exc_info()
    if exc_type is None:
        raise RuntimeError("no exception is being handled; call this inside of `except`")
    if ignore_system_exceptions and exc_type in {SystemExit, KeyboardInterrupt, GeneratorExit}:
        raise  # noqa: PLE0704  # the one being handled
    for _ in range(skip):
        if tb is None or tb.tb_next is None:
            break
        tb = tb.tb_next
    found = Traceback(exc_type, exc_value, tb)
    if not show_hidden_frames:
        found.filter_hidden_frames()
    return found


def _decoded(source: bytes) -> str:
    """Read source text by its own declaration (PEP 263), or as UTF-8."""
    declared = re.search(rb"\A(?:.*\n)?.*coding[:=][ \t]*([-\w.]+)", source)
    try:
        codec = codecs.lookup(declared[1].decode()).name if declared else "utf-8"
    except LookupError:
        codec = "utf-8"
    return source.removeprefix(codecs.BOM_UTF8).decode(codec, "replace")


def _ask_exceptions(debug: Any) -> None:
    """Let the debugger show what an exception's `werkzeug_debug_traceback` returns."""
    original = debug.DebugTraceback

    def debug_traceback(exc: BaseException, *args: Any, **kwargs: Any) -> Any:
        translate = getattr(exc, "werkzeug_debug_traceback", None)
        if translate is None:
            return original(exc, *args, **kwargs)
        return translate(type(exc), exc, exc.__traceback__)

    debug.DebugTraceback = debug_traceback


_ask_exceptions(werkzeug.debug)
