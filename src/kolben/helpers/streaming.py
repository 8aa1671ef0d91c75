"""Response bodies that see the request while they are made, after the view has returned.

Theory of operation. A stream keeps a copy of the ``contextvars.Context`` in which it was created,
and each step of the body runs inside that copy: ``request``, ``session`` and ``g`` are there while
the body runs and nowhere else, whichever thread asks for the next chunk, and no thread is left with
a foreign context. It also holds the request context, so that the teardown functions wait for the
body. They run exactly once: when the stream has ended, failed, was closed, or was dropped and
collected.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextvars import copy_context
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from kolben.loops import serving_here
from kolben.stacks import _cv_request
from kolben.waiting import AWAY, run_off_loop

if TYPE_CHECKING:
    from kolben.contexts import RequestContext
    from kolben.waiting import Step

T = TypeVar("T")
_NOTHING: Any = object()
P = ParamSpec("P")


class ContextStream(Generic[T]):
    """An iterator that takes each step inside the request it was made in.

    Args:
        body: What to iterate. Its ``close()``, where it has one, is called at the end in any case.
        request: The request context that is active now.
    """

    __slots__ = ("__weakref__", "_body", "_context", "_first", "_held", "_started")

    _held: RequestContext | None

    def __init__(self, body: Iterator[T], request: RequestContext) -> None:
        self._body = body
        self._context = copy_context()
        self._started = False
        self._first: Any = _NOTHING
        request.hold()
        self._held = request

    def __iter__(self) -> ContextStream[T]:
        return self

    def __next__(self) -> T:
        if self._first is not _NOTHING:
            first: T = self._first
            self._first, self._started = _NOTHING, True
            return first
        if self._held is None:
            raise StopIteration
        return self._context.run(self._step)

    def start(self) -> Step[None]:
        """Make the first chunk now, so that what it does to the session still counts."""
        if serving_here() is not None:
            yield AWAY
        try:
            self._first = next(self)
        except StopIteration:
            return
        self._started = False  # nothing was sent yet

    def _step(self) -> T:
        """Take the next chunk from the body; whatever keeps it from coming ends the stream."""
        self._started = True
        try:
            return next(self._body)
        except StopIteration:
            self._end(None)
            raise
        except BaseException as error:
            self._end(error)
            raise

    def close(self) -> None:
        """End the stream now: close the body, then let the request's teardown run.

        The teardown functions get a ``GeneratorExit`` where the body was cut half-way. A second
        call does nothing.
        """
        if self._held is not None:
            self._context.run(self._end, GeneratorExit() if self._started else None)

    def __del__(self) -> None:
        # Where __init__ did not get as far as to hold anything there is nothing to give back.
        if getattr(self, "_held", None) is not None:
            run_off_loop(self.close)

    def _end(self, error: BaseException | None) -> None:
        """Close the body and give the request back; runs inside the kept context."""
        held, self._held = self._held, None
        assert held is not None, "a stream ends once"
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        except BaseException as failure:
            held.release(failure)
            raise
        held.release(error)


@overload
def stream_with_context(
    generator_or_function: AsyncIterable[T],
) -> AsyncIterator[T]: ...


@overload
def stream_with_context(
    generator_or_function: Callable[P, AsyncIterable[T]],
) -> Callable[P, AsyncIterator[T]]: ...


@overload
def stream_with_context(
    generator_or_function: Iterable[T],
) -> Iterator[T]: ...


@overload
def stream_with_context(
    generator_or_function: Callable[P, Iterable[T]],
) -> Callable[P, Iterator[T]]: ...


def stream_with_context(generator_or_function: Any) -> Any:
    """Let a streamed body use ``request``, ``session`` and ``g`` while it is sent.

    Args:
        generator_or_function: The iterator, or (as a decorator) a function that returns one: an
            ``async def`` generator as well as a plain one.

    Returns:
        An iterator over the same chunks, or for a function one that returns such an iterator.

    Raises:
        RuntimeError: No request context is active when the iterator is wrapped; for a decorated
            function, when it is called.
        TypeError: The argument is neither iterable nor callable.

    The first chunk is made before the headers are sent, so what it does to the session is saved.

    Differs from Flask: it takes async generators, too, on either protocol, and makes the first
    chunk early. The teardown functions of the request run once, after the stream, instead of
    once before and once after it; the context is active only during each step, so an abandoned
    stream leaves nothing behind on its thread.
    """
    if hasattr(generator_or_function, "__aiter__"):
        return _stream_now(generator_or_function)
    try:
        body = iter(generator_or_function)
    except TypeError:
        if not callable(generator_or_function):
            raise TypeError(
                "stream_with_context takes an iterator, or a function that returns one, not"
                f" {type(generator_or_function).__name__!r}"
            ) from None
    else:
        return _stream_now(body)

    def streaming(*args: Any, **kwargs: Any) -> Any:
        body = generator_or_function(*args, **kwargs)
        return _stream_now(body if hasattr(body, "__aiter__") else iter(body))

    return update_wrapper(streaming, generator_or_function)


def _stream_now(body: Any) -> Any:
    """Wrap an iterator, of either kind, in the request that is active."""
    request = _cv_request.get(None)
    if request is None:
        raise RuntimeError(
            "'stream_with_context' can only be used when a request context is active, such as in a"
            " view function."
        )
    if hasattr(body, "__aiter__"):
        from kolben.streams import AsyncStream  # with asyncio, which a plain stream does not need

        return AsyncStream(body, request)
    return ContextStream(body, request)
