"""Rendering: a template and its variables to text, at once or in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from kolben.globals import current_app
from kolben.helpers import stream_with_context
from kolben.signals import before_render_template, template_rendered
from kolben.stacks import _cv_request

from .blocks import render_jinja_block
from .mako import is_mako

if TYPE_CHECKING:
    from jinja2 import Template

    from kolben.app import Kolben

    from .mako.template import Template as MakoTemplate


def _current_app() -> Kolben:
    """Return the current app itself: signals want their sender, not a proxy for it."""
    app: Kolben = current_app._get_current_object()  # type: ignore[attr-defined]  # it is a proxy
    return app


def _find(
    app: Kolben, template_name_or_list: str | Template | list[str | Template]
) -> Template | MakoTemplate:
    """Load a template, by Mako if its suffix says so, else by Jinja."""
    if is_mako(template_name_or_list, app):
        mako: MakoTemplate = app.mako_lookup.get_template(template_name_or_list)
        return mako
    if isinstance(template_name_or_list, (list, tuple)) and any(
        is_mako(name, app) for name in template_name_or_list
    ):
        return _find_first(app, template_name_or_list)
    return app.jinja_env.get_or_select_template(template_name_or_list)


def _find_first(app: Kolben, names: Sequence[str | Template]) -> Template | MakoTemplate:
    """Load the first of several templates that exists; some of them are Mako's."""
    from jinja2 import TemplateNotFound, TemplatesNotFound

    for name in names:
        try:
            return _find(app, name)
        except TemplateNotFound:
            continue
    raise TemplatesNotFound([str(name) for name in names])


def _text_of(template: Template | MakoTemplate, context: dict[str, Any]) -> str:
    """Render with either library."""
    render = getattr(template, "render_with", None) or template.render
    text: str = render(context)
    return text


def _tell_before(app: Kolben, template: Template | MakoTemplate, context: dict[str, Any]) -> None:
    """Send ``before_render_template`` to those who listen."""
    if before_render_template.receivers:
        before_render_template.send(
            app, _async_wrapper=app.ensure_sync, template=template, context=context
        )


def _tell_rendered(app: Kolben, template: Template | MakoTemplate, context: dict[str, Any]) -> None:
    """Send ``template_rendered`` to those who listen."""
    if template_rendered.receivers:
        template_rendered.send(
            app, _async_wrapper=app.ensure_sync, template=template, context=context
        )


def _render(app: Kolben, template: Template | MakoTemplate, context: dict[str, Any]) -> str:
    """Render a loaded template, with the app's variables and the signals around it."""
    app.update_template_context(context)
    _tell_before(app, template, context)
    text = _text_of(template, context)
    _tell_rendered(app, template, context)
    return text


def render_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> str:
    """Render a template by its name.

    Args:
        template_name_or_list: The name; or several, of which the first that exists is taken; or a
            loaded template. One that ends in ``.mako`` is rendered by Mako, all others by Jinja.
        **context: The template's variables.

    Returns:
        The text.

    Raises:
        jinja2.TemplateNotFound: There is no such template; in debug mode it says where it was
            looked for.
        RuntimeError: No application context is active; or Mako is needed and not installed.

    Differs from Flask: the templates of Mako.
    """
    app = _current_app()
    template = _find(app, template_name_or_list)
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


def _stream(
    app: Kolben, template: Template | MakoTemplate, context: dict[str, Any]
) -> Iterator[str]:
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
    template = _find(app, template_name_or_list)
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


def render_mako_string(source: str, **context: Any) -> str:
    """Render a Mako template that is given as text, escaped; it is compiled at each call.

    Args:
        source: The template's source. Names in its ``<%inherit>`` and ``<%include>`` start at the
            top.
        **context: The template's variables.

    Returns:
        The text.

    Raises:
        mako.exceptions.SyntaxException: The source is not a template.
        RuntimeError: No application context is active, or Mako is not installed.

    Differs from Flask: it has none.
    """
    app = _current_app()
    return _render(app, app.mako_lookup.from_string(source), context)


def stream_mako_string(source: str, **context: Any) -> Iterator[str]:
    """Render a Mako template that is given as text, piece by piece; see `stream_template`.

    Args:
        source: The template's source.
        **context: The template's variables.

    Returns:
        An iterator over pieces of text; it keeps the request context where one is active.

    Raises:
        mako.exceptions.SyntaxException: The source is not a template.
        RuntimeError: No application context is active, or Mako is not installed.

    Differs from Flask: it has none.
    """
    app = _current_app()
    return _stream(app, app.mako_lookup.from_string(source), context)


def render_block(
    template_name_or_list: str | Template | list[str | Template],
    block_name: str,
    /,
    **context: Any,
) -> str:
    """Render one block of a template, as the answer to a request for a part of the page.

    Only the block is rendered. It sees what the template imports and sets at its top level; it may
    stand in a template that this one extends.

    Args:
        template_name_or_list: As for `render_template`.
        block_name: The name of a ``{% block %}``; in Mako of a ``<%block>`` or a ``<%def>``, whose
            arguments are taken from the variables.
        **context: The variables; those that the block needs will do.

    Returns:
        The text.

    Raises:
        BlockNotFound: There is no such block; the message lists those there are.
        jinja2.TemplateNotFound: There is no such template.
        RuntimeError: No application context is active; or Mako is needed and not installed.

    Differs from Flask: it has none.
    """
    app = _current_app()
    template = _find(app, template_name_or_list)
    app.update_template_context(context)
    _tell_before(app, template, context)
    render_part = getattr(template, "render_part", None) or partial(render_jinja_block, template)
    text: str = render_part(block_name, context)
    _tell_rendered(app, template, context)
    return text
