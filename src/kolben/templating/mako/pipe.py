"""Mako writes, a response body is read: a pipe between the two.

Theory of operation. A Mako template is a function that writes; it can't stop in the middle and go
on later. So it runs in a thread of its own, in a copy of the reader's ``contextvars.Context`` (the
same request, the same ``g``), and waits whenever it is far enough ahead. When the reader goes away,
the next thing it writes ends it, and the reader waits for that: a request's teardown never runs
while its template does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextvars import copy_context
from threading import Condition, Thread

# A piece has at least so many characters, unless the template is slow.
_PIECE = 4096

# How far the template may be ahead of the reader, in characters.
_AHEAD = 16 * _PIECE

# For how many seconds a reader waits for a whole piece, if a part of it is there.
_PATIENCE = 0.01


class _ReaderIsGone(BaseException):
    """Ends a template whose output nobody wants any more; nothing of the user's catches it."""


class Pipe:
    """Carries text from the thread that writes it to the one that reads it."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0
        self._is_done = False
        self._is_closed = False
        self._error: BaseException | None = None
        self._changed = Condition()

    def write(self, piece: str) -> None:
        """Give the reader a piece, waiting if it has enough to read.

        Args:
            piece: Some text.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._size < _AHEAD or self._is_closed)
            if self._is_closed:
                raise _ReaderIsGone
            self._pieces.append(piece)
            self._size += len(piece)
            self._changed.notify_all()

    def pieces(self, writer: Callable[[Pipe], None]) -> Generator[str, None, None]:
        """Start a writer and yield what it writes.

        Args:
            writer: Takes this pipe and writes to it.

        Yields:
            Pieces of text, none of them empty.
        """
        thread = Thread(
            target=copy_context().run, args=(self._run, writer), name="kolben-template", daemon=True
        )
        thread.start()
        try:
            while text := self._read():
                yield text
        finally:
            with self._changed:
                self._is_closed = True
                self._changed.notify_all()
            thread.join()
            error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                del error  # its traceback refers to this frame: cut the cycle

    def _run(self, writer: Callable[[Pipe], None]) -> None:
        """Write all there is, and keep the error if it fails."""
        try:
            writer(self)
        except _ReaderIsGone:
            pass
        except BaseException as error:  # noqa: BLE001  # raised again in the reader's thread
            self._error = error
        with self._changed:
            self._is_done = True
            self._changed.notify_all()

    def _read(self) -> str:
        """Wait for a piece that is large enough, for the end, or for anything from a slow writer.

        Returns:
            The text; an empty one at the end.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._size >= _PIECE or self._is_done, _PATIENCE)
            self._changed.wait_for(lambda: self._size or self._is_done)
            text = "".join(self._pieces)
            self._pieces.clear()
            self._size = 0
            self._changed.notify_all()
        return text
