"""The hooks around the life of a process and after a response, on apps and blueprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .scaffold import Scaffold, setupmethod
from .stacks import _cv_request
from .telling import TellingTable

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


class LifeHooks(Scaffold):
    """The part of an app or a blueprint that keeps these hooks; :mod:`kolben.life` runs them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before_serving_funcs: list[Callable[[], Any]] = []
        self.while_serving_gens: list[Callable[[], Any]] = []
        self.after_serving_funcs: list[Callable[[], Any]] = []
        #: Scope → functions, as for the other hooks around a request.
        self.after_response_funcs: dict[str | None, list[Callable[[Any], Any]]] = self._plans.heed(
            TellingTable[Any, Any](list)
        )

    @setupmethod
    def before_serving(self, f: F) -> F:
        """Run a function in each serving process before its first request, in a context of the app.

        The functions run in the order of their registration, ``def`` or ``async def``. One that
        raises keeps the process from serving: on ASGI the server is told why and ends, on WSGI the
        request fails that asked for it, and the next one tries again.

        Args:
            f: Takes nothing; its result is ignored.

        Differs from Flask: it has none.
        """
        self.before_serving_funcs.append(f)
        return f

    @setupmethod
    def while_serving(self, f: F) -> F:
        """Run a generator function around the life of each serving process, up to its one yield.

        What comes before the ``yield`` runs before all ``before_serving`` functions, what comes
        after it runs after all ``after_serving`` functions; of several the first registered is the
        outermost. If the start fails, the error is raised at the ``yield``.

        Args:
            f: A generator or an async generator function without arguments that yields once.

        Differs from Flask: it has none. Quart enters it after the ``before_serving`` functions.
        """
        self.while_serving_gens.append(f)
        return f

    @setupmethod
    def after_serving(self, f: F) -> F:
        """Run a function in each serving process after its last request, in a context of the app.

        The last registered runs first. All of them run, even if one raises; that is logged.

        Args:
            f: Takes nothing; its result is ignored.

        Differs from Flask: it has none.
        """
        self.after_serving_funcs.append(f)
        return f

    @setupmethod
    def after_response(self, f: F) -> F:
        """Run a function when the last byte of a response is out, inside the request's contexts.

        The client does not wait for it. The last registered runs first, a blueprint's before the
        app's. What a function raises is logged; the others still run. The teardown functions of
        the request come after it.

        Args:
            f: Takes the response, which cannot be changed any more; its result is ignored.

        Differs from Flask: it has none.
        """
        self.after_response_funcs[None].append(f)
        return f


def after_this_response(f: F) -> F:
    """Run a function when the last byte of this request's response is out.

    Args:
        f: Takes the response; see ``after_response``. It runs before those of app and blueprint.

    Returns:
        ``f``, so that this works as a decorator.

    Raises:
        RuntimeError: No request context is active.

    Differs from Flask: it has none.
    """
    context = _cv_request.get(None)
    if context is None:
        raise RuntimeError(
            "'after_this_response' can only be used when a request context is active,"
            " such as in a view function."
        )
    if context._after_response is None:
        context._after_response = []
        context._after_request_functions  # noqa: B018  # with a list there, the way looks closer
    context._after_response.append(f)
    return f
