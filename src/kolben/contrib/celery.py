"""Tasks beyond one process: Celery, with an application context for each task.

Theory of operation. A worker imports the module that makes the app, so it has the same app with the
same settings. Each task runs in a fresh application context; its teardown functions run when the
task has ended, with its error if it failed. A worker has no request: what a task has to know of the
one that called it is *carried*. When a request sends a task, a getter for each carried name is
asked; the values travel in a header of the message, as tagged JSON, and are put into ``g`` before
the task begins. Tasks that a task sends, those that follow it in a chain and its own retries carry
the same on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from kolben.globals import g
from kolben.json.tag import TaggedJSONSerializer
from kolben.stacks import _cv_app, _cv_request

try:
    from celery import Celery, Task
    from celery import current_task as _current_task
except ModuleNotFoundError as error:
    if error.name != "celery":
        raise
    raise RuntimeError(
        'kolben.contrib.celery needs Celery, which is not installed: pip install "kolben[celery]"'
    ) from error

if TYPE_CHECKING:
    from kolben.app import Kolben

__all__ = ["AppCelery", "ContextTask", "make_celery"]

Getter: TypeAlias = Callable[[], Any]
Restorer: TypeAlias = Callable[[Any], object]

#: The header of a message in which values are carried.
HEADER = "kolben-carried"

_serializer = TaggedJSONSerializer()


class ContextTask(Task):  # type: ignore[misc]  # Celery is untyped
    """A task that runs in a fresh application context, with what the call has carried.

    A direct call (``task(1, 2)``) is a call of the function: it runs in the context that is there,
    and in one of its own if there is none. An ``async def`` function runs on the process's event
    loop.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task.

        Args:
            *args: The function's arguments.
            **kwargs: The same, by name.

        Returns:
            What the function returns.
        """
        celery: AppCelery = self._get_app()
        app = celery.kolben
        if self.request.called_directly:
            context = _cv_app.get(None)
            if context is not None and context.app is app:
                return super().__call__(*args, **kwargs)
            with app.app_context():
                return super().__call__(*args, **kwargs)
        with app.app_context():
            celery._restore((self.request.headers or {}).get(HEADER))
            return app.ensure_sync(self.run)(*args, **kwargs)

    def apply(self, *args: Any, headers: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Run the task here and now, as eager mode does; it carries what a sent one would.

        Args:
            *args: As for ``celery.Task.apply``.
            headers: Headers of the message that would be sent.
            **options: As for ``celery.Task.apply``.

        Returns:
            The result.
        """
        celery: AppCelery = self._get_app()
        return super().apply(*args, headers=celery._add_carried(headers), **options)


class AppCelery(Celery):  # type: ignore[misc]  # Celery is untyped
    """A Celery app whose tasks run in the contexts of a web app; `make_celery` makes it.

    Args:
        app: The web app.
        carry: As for `make_celery`.
        **options: As for ``celery.Celery``.
    """

    task_cls = ContextTask

    def __init__(
        self,
        app: Kolben,
        carry: Mapping[str, Getter | tuple[Getter, Restorer]] | None = None,
        **options: Any,
    ) -> None:
        #: The web app.
        self.kolben = app
        self._carried = {name: _read_pair(name, item) for name, item in (carry or {}).items()}
        super().__init__(app.import_name, **options)

    def send_task(
        self, name: str, *args: Any, headers: Mapping[str, Any] | None = None, **options: Any
    ) -> Any:
        """Send a task, with what is carried; every way to send one leads here.

        Args:
            name: The task's name.
            *args: As for ``celery.Celery.send_task``.
            headers: Headers of the message.
            **options: As for ``celery.Celery.send_task``.

        Returns:
            The result, which may come later.
        """
        return super().send_task(name, *args, headers=self._add_carried(headers), **options)

    def _connection(self, url: Any, *args: Any, **options: Any) -> Any:
        """Connect to a broker; to Redis by the transport that loses nothing."""
        if not options.get("transport") and not self.conf.broker_transport and _is_redis(url):
            options["transport"] = "kolben.contrib.reliable_redis:Transport"
        return super()._connection(url, *args, **options)

    def _add_carried(self, headers: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Add what is carried to a message's headers, unless they have it."""
        found = dict(headers or {})
        if HEADER not in found:
            carried = self._collect()
            if carried is not None:
                found[HEADER] = carried
        return found or None

    def _collect(self) -> str | None:
        """Ask the getters if there is a request; within a task, pass on what that was given."""
        request = _cv_request.get(None)
        if request is not None and request.app is self.kolben and not _is_in_task():
            values = {name: get() for name, (get, _) in self._carried.items()}
            return _write(values) if values else None
        if _is_in_task():
            passed: str | None = (_current_task.request.headers or {}).get(HEADER)
            return passed
        return None

    def _restore(self, carried: str | None) -> None:
        """Put what was carried where the task looks for it; names unknown here are left out."""
        if carried is None:
            return
        for name, value in _serializer.loads(carried).items():
            if name in self._carried:
                _, restore = self._carried[name]
                restore(value)


def _is_redis(url: object) -> bool:
    """Tell whether a broker's URL, or the first of several, is that of a Redis."""
    first = url[0] if isinstance(url, (list, tuple)) and url else url
    return str(first).startswith(("redis://", "rediss://"))


def _is_in_task() -> bool:
    """Tell whether a task runs that was sent, or run eagerly, rather than called."""
    return bool(_current_task) and not _current_task.request.called_directly


def _read_pair(name: str, item: Getter | tuple[Getter, Restorer]) -> tuple[Getter, Restorer]:
    """Check an item of ``carry``, and complete it by what sets an attribute of ``g``."""
    if isinstance(item, tuple) and len(item) == 2 and all(map(callable, item)):
        return item
    if callable(item):
        return item, lambda value: setattr(g, name, value)
    raise TypeError(
        f"carry[{name!r}] must be a function that returns the value, or a pair of that and one that"
        f" takes it in the worker, not {item!r}"
    )


def _write(values: dict[str, Any]) -> str:
    """Serialize carried values, naming the one that can't be."""
    for name, value in values.items():
        try:
            _serializer.dumps(value)
        except TypeError as error:
            raise TypeError(
                f"carry[{name!r}] gave a {type(value).__name__}, which can't be sent: {error};"
                " carry its id, and load it again in the worker"
            ) from error
    return _serializer.dumps(values)


def make_celery(
    app: Kolben,
    carry: Mapping[str, Getter | tuple[Getter, Restorer]] | None = None,
    **options: Any,
) -> AppCelery:
    """Make the Celery app of a web app, whose tasks run in application contexts.

    It is configured from ``app.config["CELERY"]``, kept in ``app.extensions["celery"]``, and what
    ``@shared_task`` uses. The worker is started by ``celery -A module:celery worker``.

    Args:
        app: The web app. ``CELERY`` is a dict of Celery's settings, with at least ``broker_url``.
        carry: What a request's calls carry to the worker: name → a function that returns the value
            (JSON data, dates, UUIDs), asked where the call is made. In the worker it is ``g.name``
            then; or a pair of functions, of which the second takes the value in the task's
            application context.
        **options: As for ``celery.Celery``.

    Returns:
        The Celery app.

    Raises:
        RuntimeError: ``CELERY`` is not configured.
        TypeError: ``CELERY`` is no dict, or an item of ``carry`` is no function.
    """
    settings = app.config.get("CELERY")
    if settings is None:
        raise RuntimeError(
            "make_celery needs app.config['CELERY'], a dict of Celery's settings, such as"
            " {'broker_url': 'redis://127.0.0.1:6379/0'}; set it before make_celery is called"
        )
    if not isinstance(settings, Mapping):
        raise TypeError(
            f"app.config['CELERY'] must be a dict of Celery's settings, not {settings!r}"
        )
    celery = AppCelery(app, carry, **options)
    celery.config_from_object(dict(settings))
    celery.set_default()
    app.extensions["celery"] = celery
    return celery
