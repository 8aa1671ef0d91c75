"""Short names for methods of the current app, for use where the app object is not at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.exceptions import abort as abort_without_app
from werkzeug.utils import redirect as redirect_without_app

from kolben.globals import current_app
from kolben.stacks import active_app

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from kolben.http import Response


def make_response(*args: Any) -> Response:
    """Make a response object of what a view may return, to change it before returning it.

    Args:
        *args: Nothing for an empty response; one value as a view returns it; or several, which are
            taken as the tuple ``(body, status, headers)``.

    Returns:
        An instance of the app's ``response_class``.

    Raises:
        TypeError: The app cannot make a response of it.
    """
    if not args:
        return current_app.response_class()
    return current_app.make_response(args[0] if len(args) == 1 else args)


def url_for(
    endpoint: str,
    *,
    _anchor: str | None = None,
    _method: str | None = None,
    _scheme: str | None = None,
    _external: bool | None = None,
    **values: Any,
) -> str:
    """Build the URL of an endpoint, through ``current_app.url_for``.

    Args:
        endpoint: The endpoint's name; a leading dot stands for the current blueprint.
        _anchor: Fragment to append after ``#``.
        _method: Choose the rule for this HTTP method, where an endpoint has several.
        _scheme: ``"http"``, ``"https"`` …; asks for an external URL.
        _external: Whether scheme and host are in it; by default only outside of a request.
        **values: The variable parts of the rule; the others become the query string.

    Returns:
        The URL.

    Raises:
        werkzeug.routing.BuildError: No rule fits, and no build-error handler had an answer.
    """
    app = active_app()
    if (
        app is not None
        and _anchor is None
        and _method is None
        and _scheme is None
        and _external is None
    ):
        # PERF bench redirect: 0.9 µs less than through the proxy with every keyword
        return app.url_for(endpoint, **values)
    return current_app.url_for(
        endpoint,
        _anchor=_anchor,
        _method=_method,
        _scheme=_scheme,
        _external=_external,
        **values,
    )


def redirect(
    location: str,
    code: int = 302,
    Response: type[BaseResponse] | None = None,  # noqa: N803  (the name is Flask's)
) -> BaseResponse:
    """Make a response that sends the client elsewhere, through ``current_app.redirect``.

    Args:
        location: The URL to go to.
        code: A redirect status, RFC 9110, section 15.4.
        Response: The response class where there is no current app; an app uses its own.

    Returns:
        The response.
    """
    app = active_app()
    if app is not None:
        return app.redirect(location, code=code)
    return redirect_without_app(location, code=code, Response=Response)


def abort(code: int | BaseResponse, *args: Any, **kwargs: Any) -> NoReturn:
    """End the request with an HTTP error, through ``current_app.aborter``.

    Args:
        code: A status for which the aborter knows an exception, or a ready response.
        *args: For the exception, first its description.
        **kwargs: For the exception.

    Raises:
        werkzeug.exceptions.HTTPException: The error; this function never returns.
        LookupError: The aborter knows no exception of that status.
    """
    app = active_app()
    if app is not None:
        app.aborter(code, *args, **kwargs)
    abort_without_app(code, *args, **kwargs)


def get_template_attribute(template_name: str, attribute: str) -> Any:
    """Fetch what a template exports, such as a macro, to use it from Python.

    Args:
        template_name: The template's name.
        attribute: The name of a macro or of a variable set at its top level.

    Returns:
        The macro, which is called like a function, or the value.

    Raises:
        jinja2.TemplateNotFound: There is no such template.
        AttributeError: The template exports no such name.
    """
    return getattr(current_app.jinja_env.get_template(template_name).module, attribute)
