"""Rendering: a template and its variables to text, at once or in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kolben.globals import current_app
from kolben.helpers import stream_with_context
from kolben.signals import before_render_template, template_rendered
from kolben.stacks import _cv_request

if TYPE_CHECKING:
    from jinja2 import Template

    from kolben.app import Kolben


def _current_app() -> Kolben:
    """Return the current app itself: signals want their sender, not a proxy for it."""
    app: Kolben = current_app._get_current_object()  # type: ignore[attr-defined]  # it is a proxy
    return app


def _tell_before(app: Kolben, template: Template, context: dict[str, Any]) -> None:
    """Send ``before_render_template`` to those who listen."""
    if before_render_template.receivers:
        before_render_template.send(
            app, _async_wrapper=app.ensure_sync, template=template, context=context
        )


def _tell_rendered(app: Kolben, template: Template, context: dict[str, Any]) -> None:
    """Send ``template_rendered`` to those who listen."""
    if template_rendered.receivers:
        template_rendered.send(
            app, _async_wrapper=app.ensure_sync, template=template, context=context
        )


def _render(app: Kolben, template: Template, context: dict[str, Any]) -> str:
    """Render a loaded template, with the app's variables and the signals around it."""
    app.update_template_context(context)
    _tell_before(app, template, context)
    text = template.render(context)
    _tell_rendered(app, template, context)
    return text


def render_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> str:
    """Render a template by its name.

    Args:
        template_name_or_list: The name; or several, of which the first that exists is taken; or a
            loaded template.
        **context: The template's variables.

    Returns:
        The text.

    Raises:
        jinja2.TemplateNotFound: There is no such template; in debug mode it says where it was
            looked for.
        RuntimeError: No application context is active.
    """
    app = _current_app()
    template = app.jinja_env.get_or_select_template(template_name_or_list)
    return _render(app, template, context)


def render_template_string(source: str, **context: Any) -> str:
    """Render a template that is given as text, autoescaped; it is compiled at each call.

    Args:
        source: The template's source.
        **context: The template's variables.

    Returns:
        The text.

    Raises:
        jinja2.TemplateSyntaxError: The source is not a template.
        RuntimeError: No application context is active.
    """
    app = _current_app()
    template = app.jinja_env.from_string(source)
    return _render(app, template, context)


def _stream(app: Kolben, template: Template, context: dict[str, Any]) -> Iterator[str]:
    """Render a loaded template piece by piece, keeping the request where there is one."""
    app.update_template_context(context)
    _tell_before(app, template, context)

    def generate() -> Iterator[str]:
        yield from template.generate(context)
        _tell_rendered(app, template, context)

    if _cv_request.get(None) is None:
        return generate()
    return stream_with_context(generate())


def stream_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> Iterator[str]:
    """Render a template by its name, piece by piece, as the body of a streamed response.

    Args:
        template_name_or_list: The name; or several, of which the first that exists is taken; or a
            loaded template.
        **context: The template's variables.

    Returns:
        An iterator over pieces of text; it keeps the request context where one is active.

    Raises:
        jinja2.TemplateNotFound: There is no such template; in debug mode it says where it was
            looked for.
        RuntimeError: No application context is active.
    """
    app = _current_app()
    template = app.jinja_env.get_or_select_template(template_name_or_list)
    return _stream(app, template, context)


def stream_template_string(source: str, **context: Any) -> Iterator[str]:
    """Render a template that is given as text, piece by piece, as the body of a streamed response.

    Args:
        source: The template's source.
        **context: The template's variables.

    Returns:
        An iterator over pieces of text; it keeps the request context where one is active.

    Raises:
        jinja2.TemplateSyntaxError: The source is not a template.
        RuntimeError: No application context is active.
    """
    app = _current_app()
    template = app.jinja_env.from_string(source)
    return _stream(app, template, context)
