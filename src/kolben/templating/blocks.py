"""Parts of templates: one block of a page, for what htmx and its kin put into a page that is there.

Theory of operation. Jinja keeps each block of a template as a function of its own, but a block may
use what the template's top level imports or sets, and it may be one that another template in the
chain of ``{% extends %}`` defines. So the top level is run first, from the template itself up to
the one at the end of the chain, until something is about to be printed or a block to be called:
by then everything that blocks see is there. Nothing else of the page is rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.runtime import Context


class BlockNotFound(LookupError):
    """A template has no block of that name.

    Args:
        template: The template's name, None if it has none.
        block: The name that was asked for.
        found: The names of the blocks that there are.
    """

    def __init__(self, template: str | None, block: str, found: list[str]) -> None:
        there = f"it has {', '.join(map(repr, found))}" if found else "it has none at all"
        super().__init__(f"the template {template!r} has no block {block!r}; {there}")
        self.template = template
        self.block = block
        self.found = found


class _Stop(Exception):  # it is no error
    """The template's top level has come to its first block."""


class _Blocks(dict[str, list[Callable[["Context"], Iterator[str]]]]):
    """The blocks of a context: others may add theirs, but the first call of one is the end."""

    def __getitem__(self, name: str) -> Any:
        raise _Stop


def render_jinja_block(template: Template, block: str, variables: dict[str, Any]) -> str:
    """Render one block of a Jinja template.

    Args:
        template: The template.
        block: The block's name; the template or one that it extends has it.
        variables: The variables.

    Returns:
        The text.

    Raises:
        BlockNotFound: There is no such block.
        NotImplementedError: The Jinja environment is asynchronous.
    """
    environment = template.environment
    if environment.is_async:
        raise NotImplementedError(
            "render_block needs a Jinja environment without enable_async, which this app's has on"
        )
    context = template.new_context(variables)
    try:
        _run_top_level(template, context)
        functions = context.blocks.get(block)
        text = None if functions is None else environment.concat(functions[0](context))
    except Exception:  # noqa: BLE001  # Jinja raises it again, with the template's lines
        environment.handle_exception()
    if text is None:
        raise BlockNotFound(template.name, block, sorted(context.blocks))
    return text


def _run_top_level(template: Template, context: Context) -> None:
    """Run what blocks may depend on: imports, assignments and the chain of templates."""
    blocks = context.blocks
    context.blocks = _Blocks(blocks)
    steps = template.root_render_func(context)
    try:
        next(steps, None)
    except _Stop:
        pass
    finally:
        steps.close()  # type: ignore[attr-defined]  # it is a generator
        context.blocks = dict(context.blocks)
