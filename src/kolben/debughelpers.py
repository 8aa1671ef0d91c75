"""Errors and log lines that exist to explain a mistake while debug mode is on."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.routing import RequestRedirect

from .stacks import _cv_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jinja2.loaders import BaseLoader

    from .app import Kolben
    from .http import Request
    from .scaffold import Scaffold

    LoaderResult = tuple[str, str | None, Callable[[], bool] | None]


class UnexpectedUnicodeError(AssertionError, UnicodeError):
    """Text was found where bytes were expected, or the other way round."""


class DebugFilesKeyError(KeyError, AssertionError):
    """A file was looked up in ``request.files``, but the form sent only its name.

    Args:
        request: The request whose form field was meant to be a file.
        key: The name that was looked up.
    """

    def __init__(self, request: Request, key: str) -> None:
        self.msg = (
            f"request.files has no {key!r}, but the form has a field of that name: the request came"
            f" as {request.mimetype!r}, in which no file contents were transmitted. Give the HTML"
            ' form the attribute enctype="multipart/form-data" (and method="post").'
        )
        if names := request.form.getlist(key):
            listed = ", ".join(map(repr, names))
            self.msg += f"\n\nThe browser sent the file's name only. This was submitted: {listed}"
        super().__init__(self.msg)

    def __str__(self) -> str:
        """Give the message as it is (a ``KeyError`` would show its ``repr``)."""
        return self.msg


class FormDataRoutingRedirect(AssertionError):
    """A routing redirect in debug mode would have made the browser drop the form.

    Raised for methods other than GET, HEAD and OPTIONS when the redirect is not a 307 or 308
    (RFC 9110, 15.4).

    Args:
        request: A request whose ``routing_exception`` is the redirect.

    Raises:
        TypeError: The request has no routing redirect.
    """

    def __init__(self, request: Request) -> None:
        redirect = request.routing_exception
        if not isinstance(redirect, RequestRedirect):
            raise TypeError(f"the request was not redirected by the router but got {redirect!r}")
        message = (
            f"{request.method} was sent to '{request.url}', which redirects to its"
            f" canonical URL '{redirect.new_url}' with status {redirect.code}: the browser would"
            " follow with a GET and lose the form data."
        )
        if redirect.new_url.partition("?")[0] == f"{request.base_url}/":
            message += " The rule ends with a slash, the address that was requested does not."
        message += (
            " Send the form to the canonical URL, or let routing redirect with 307 or 308."
            "\n\nThis error is raised in debug mode only."
        )
        super().__init__(message)


# One explaining class for each class of `files`, so that debug mode doesn't make a class (and with
# it a reference cycle) for every request.
_explaining_classes: dict[type[Any], type[Any]] = {}


def attach_enctype_error_multidict(request: Request) -> None:
    """Let ``request.files[key]`` explain a missing ``enctype="multipart/form-data"``.

    Args:
        request: The request whose ``files`` are changed. A name that is no form field either
            stays an ordinary ``KeyError``.
    """
    files: Any = request.files
    original = type(files)
    if original in _explaining_classes.values():
        return
    if original not in _explaining_classes:
        _explaining_classes[original] = _make_explaining_class(original)
    files.__class__ = _explaining_classes[original]
    files._request = weakref.ref(request)


def _make_explaining_class(original: type[Any]) -> type[Any]:
    """Subclass a multidict so that a missing key is explained from the request's form."""

    def __getitem__(self: Any, key: str) -> Any:  # noqa: N807
        try:
            return original.__getitem__(self, key)
        except KeyError as error:
            _explain_missing_file(self._request(), key, error)

    names = {"__getitem__": __getitem__, "__module__": original.__module__}
    return type(original.__name__, (original,), names)


def _explain_missing_file(request: Request | None, key: str, error: KeyError) -> NoReturn:
    """Raise the better error if the form has the key, otherwise the one that came."""
    if request is None or key not in request.form:
        raise error
    raise DebugFilesKeyError(request, key).with_traceback(error.__traceback__) from None


def explain_template_loading_attempts(
    app: Kolben,
    template: str,
    attempts: Sequence[tuple[BaseLoader, Scaffold, LoaderResult | None]],
) -> None:
    """Log at level INFO where a template was looked for, and what was found.

    Args:
        app: The app whose logger is used.
        template: The template's name.
        attempts: For each loader tried: the loader, the app or blueprint it belongs to, and what
            its ``get_source`` returned, or ``None`` if it has no such template.
    """
    lines = [f"Locating template {template!r}:"]
    for number, (loader, owner, result) in enumerate(attempts, start=1):
        lines.append(f"{number:5}: trying loader of {_describe_owner(app, owner)}")
        lines.extend(f"       {line}" for line in _dump_loader_info(loader))
        outcome = "no match" if result is None else f"found ({result[1] or '<string>'!r})"
        lines.append(f"       -> {outcome}")

    found = sum(result is not None for _, _, result in attempts)
    if found == 0:
        lines.append("Error: the template could not be found.")
    elif found > 1:
        lines.append(f"Warning: {found} loaders have this template; the first one is used.")
    if found != 1:
        lines.extend(_hints_for_blueprint())
    app.logger.info("\n".join(lines))


def _describe_owner(app: Kolben, owner: Scaffold) -> str:
    """Name the app or the blueprint that a loader belongs to."""
    if owner is app:
        return f"application {app.import_name!r}"
    name = getattr(owner, "name", None)
    if name is None:
        return repr(owner)
    return f"blueprint {name!r} ({owner.import_name})"


def _dump_loader_info(loader: BaseLoader) -> Iterator[str]:
    """Describe a loader by its class and by its plain public attributes."""
    yield f"class: {type(loader).__module__}.{type(loader).__name__}"
    for key, value in sorted(vars(loader).items()):
        if key.startswith("_"):
            continue
        if isinstance(value, (str, int, float, bool)):
            yield f"{key}: {value!r}"
        elif isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
            yield f"{key}:"
            yield from (f"  - {item}" for item in value)


def _hints_for_blueprint() -> Iterator[str]:
    """Say which blueprint was at work, since its folder is where most mistakes are."""
    context = _cv_request.get(None)
    blueprint = None if context is None else context.request.blueprint
    if blueprint is not None:
        yield (f"  It was looked up from an endpoint that belongs to the blueprint {blueprint!r}.")
        yield "  Is the file in that blueprint's template folder, or in the app's?"
        yield "  See https://flask.palletsprojects.com/blueprints/#templates"
