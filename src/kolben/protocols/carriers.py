"""Awaiting views inside the Contexts of their requests, without a task and without an exception.

Theory of operation. What is begun with ``coroutine.send()`` tells its end by ``StopIteration``,
which takes as long as the rest of the call. So a Context is entered with a generator that is
already there, a *carrier*: it awaits the coroutine of one request after the other, and yields what
that returned. One whose view waits belongs to that request until the view is done; the requests
that come meanwhile have carriers of their own. A carrier whose view failed has come to its end.
"""

from __future__ import annotations

from types import GeneratorType, coroutine
from typing import TYPE_CHECKING, Any

from ..stacks import FIRST_CELL, _cv_request

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextvars import Context

    from ..contexts import RequestContext

    Errand = tuple[RequestContext, Coroutine[Any, Any, Any]]
    Carrier = GeneratorType[Any, Errand, None]

_bind_request = _cv_request.set
# Of the class: a carrier's own method is made anew whenever it is looked up.
send_on: Callable[..., Any] = GeneratorType.send

_MOST = 64

parked: list[Carrier] = []
"""Carriers whose views have waited, and that no request has at the moment, at most ``_MOST``."""


@coroutine
def _carry() -> GeneratorType[Any, Any, None]:
    """Await the views of one request after the other, each in the Context that it is sent in."""
    ctx, view = yield
    while True:
        _bind_request(ctx)
        ctx._pushed = FIRST_CELL
        ctx = None  # nothing of a request is kept here while there is none
        ctx, view = yield (yield from view)


def find_carrier() -> Carrier:
    """Take a carrier that is parked, or make one."""
    try:
        return parked.pop()
    except IndexError:
        pass
    carrier: Any = _carry()
    next(carrier)
    return carrier  # type: ignore[no-any-return]


@coroutine
def carry_on(context: Context, carrier: Carrier, waits_for: Any) -> Any:
    """Await the rest of a view inside its Context.

    Args:
        context: The Context; nobody may have entered it.
        carrier: Who awaits the view.
        waits_for: What it yielded to the loop.

    Returns:
        What the view returned.
    """
    try:
        while True:
            try:
                value = yield waits_for
            except BaseException as error:  # noqa: BLE001  (it goes where it was meant to go)
                waits_for = context.run(carrier.throw, error)
            else:
                waits_for = context.run(send_on, carrier, value)
            if carrier.gi_yieldfrom is None:
                if len(parked) < _MOST:
                    parked.append(carrier)
                return waits_for
    finally:
        del waits_for  # a future holds what it fails with, whose traceback holds this frame
