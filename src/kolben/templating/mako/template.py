"""A Mako template whose errors are shown where they are: in the template, not in what it became.

Theory of operation. Mako turns a template into the source of a Python module and says, at its end,
which line comes from which line of the template. Before that source is compiled, each node of its
syntax tree is given the line that it comes from, and the code gets the template's file name. So
whatever looks at a traceback (the log, the debugger, a profiler) sees the template's file, line and
text, without knowing of Mako.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.machinery import ModuleSpec
from inspect import Parameter, signature
from types import CodeType, ModuleType
from typing import Any, NoReturn

from mako import runtime
from mako import template as mako_template
from mako.exceptions import CompileException, SyntaxException
from mako.util import FastEncodingBuffer

from kolben.templating.blocks import BlockNotFound

from .pipe import Pipe

_WRITER = "__M_writer"
_TEXT = "__M_text"

# The nodes of a syntax tree that stand in a line.
_PLACED = (
    *(ast.stmt, ast.expr, ast.excepthandler, ast.arg, ast.keyword, ast.alias),
    ast.pattern,
)


class _Source:
    """The loader of a template's module: it knows the text that tracebacks show."""

    def __init__(self, source: str) -> None:
        self._source = source

    def get_source(self, name: str) -> str:
        """Return the template's text; :mod:`linecache` asks for it."""
        return self._source


class Template(mako_template.Template):  # type: ignore[misc]  # Mako is untyped
    """A Mako template, compiled in memory.

    Args:
        source: Its text.
        name: What it was asked for by; None if it was given as text.
        filename: The file it comes from, if any.
        lookup: What finds the templates that it inherits from or includes.
        **options: As for ``mako.template.Template``.

    Raises:
        mako.exceptions.SyntaxException: The source is not a template; the last line of the
            traceback is the template's.
        mako.exceptions.CompileException: The same, found later.
    """

    def __init__(
        self, source: str, name: str | None, filename: str | None, lookup: Any, **options: Any
    ) -> None:
        #: The name, as a Jinja template has it.
        self.name = name
        self._given = source
        shown = filename or f"template:{name or sha256(source.encode()).hexdigest()[:12]}"
        super().__init__(filename=shown, uri=name or shown, lookup=lookup, **options)
        self.filename = filename

    def _compile_from_file(self, path: str | None, filename: str) -> ModuleType:
        """Make the module out of the text that was given; Mako calls this while it sets up."""
        module = ModuleType(f"{self.module_id}_{id(self):x}")
        loader: Any = _Source(self._given)
        module.__loader__, module.__spec__ = loader, ModuleSpec(module.__name__, loader)
        try:
            code, _ = mako_template._compile(
                self, self._given, filename, generate_magic_comment=False
            )
        except (SyntaxException, CompileException) as error:
            _raise_at(error, error.lineno, filename, module)
        self._source, self._code = self._given, code
        mako_template.ModuleInfo(module, None, self, filename, code, self._given, self.uri)
        setattr(module, _TEXT, str)
        exec(_compile(code, self._given, filename), module.__dict__)  # noqa: S102  # that is Mako
        return module

    def render_with(self, variables: Mapping[str, Any]) -> str:
        """Render the template.

        Args:
            variables: Its variables, besides what the lookup gives to all.

        Returns:
            The text.
        """
        buffer = FastEncodingBuffer()
        self._render_into(buffer, variables)
        return str(buffer.getvalue())

    def generate(self, variables: Mapping[str, Any]) -> Iterator[str]:
        """Render the template piece by piece.

        Args:
            variables: As for `render_with`.

        Returns:
            An iterator over pieces of text.
        """
        return Pipe().pieces(lambda pipe: self._render_into(pipe, variables))

    def render_part(self, part: str, variables: Mapping[str, Any]) -> str:
        """Render one ``<%block>`` or ``<%def>`` of the template, or one that it inherits.

        Args:
            part: Its name.
            variables: As for `render_with`; a def's arguments are taken from them by name.

        Returns:
            The text.

        Raises:
            BlockNotFound: There is no such block or def; the message lists those there are.
        """
        buffer = FastEncodingBuffer()
        context = self._make_context(buffer, variables)
        runtime._populate_self_namespace(context, self)
        found = _parts_of(context["self"])
        if part not in found:
            raise BlockNotFound(self.name, part, sorted(found))
        function = getattr(context["self"], part)
        result = function(**_arguments(function, variables))
        # A buffered def returns its text, all others write it.
        return f"{buffer.getvalue()}{result or ''}"

    def _render_into(self, buffer: Any, variables: Mapping[str, Any]) -> None:
        """Write the whole template to something that has ``write``."""
        self.render_context(self._make_context(buffer, variables), **variables)

    def _make_context(self, buffer: Any, variables: Mapping[str, Any]) -> Any:
        """Make Mako's context of one rendering, whose variables may have any names."""
        context = runtime.Context(buffer)
        context._data = {**self.lookup.names(), **variables, **context._data}
        context._kwargs = dict(variables)
        context._outputting_as_unicode = True
        context._set_with_template(self)
        return context


def _parts_of(namespace: Any) -> set[str]:
    """Collect the names of a template's blocks and defs, and of those it inherits from."""
    names: set[str] = set()
    while namespace is not None:
        names.update(namespace.template.list_defs())
        namespace = namespace.inherits
    return {name for name in names if name != "body" and not name.startswith("__M_")}


def _arguments(function: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the variables that a def asks for by name; a block takes them from its context."""
    return {
        name: variables[name]
        for name, parameter in signature(function).parameters.items()
        if name in variables and parameter.kind is not Parameter.VAR_KEYWORD
    }


def _compile(code: str, source: str, filename: str) -> CodeType:
    """Compile a module's source so that every line of it counts as the template's."""
    metadata = mako_template.ModuleInfo.get_module_source_metadata(code)
    starts = sorted(metadata["line_map"])

    def origin(line: int) -> int:
        index = bisect_right(starts, line) - 1
        return 1 if index < 0 else int(metadata["line_map"][starts[index]])

    try:
        tree = ast.parse(code, filename)
    except SyntaxError as error:
        line = origin(error.lineno or 1)
        text = source.splitlines()[line - 1]
        raise SyntaxError(error.msg, (filename, line, None, text)) from None
    for node in ast.walk(tree):
        if isinstance(node, _PLACED):
            _place(node, origin(node.lineno))
        if isinstance(node, ast.Call):
            _write_text(node)
    return compile(ast.fix_missing_locations(tree), filename, "exec", dont_inherit=True)


def _place(node: Any, line: int) -> None:
    """Say which line of the template a node comes from; columns are unknown (PEP 657)."""
    node.lineno = node.end_lineno = line
    node.col_offset = node.end_col_offset = -1


def _write_text(call: ast.Call) -> None:
    """Let what is written be text: after ``| n`` it is whatever the expression gives."""
    if isinstance(call.func, ast.Name) and call.func.id == _WRITER and call.args:
        [value] = call.args
        if not isinstance(value, ast.Constant):
            name = ast.copy_location(ast.Name(_TEXT, ast.Load()), value)
            call.args = [ast.copy_location(ast.Call(name, [value], []), value)]


def _raise_at(error: Exception, line: int, filename: str, module: ModuleType) -> NoReturn:
    """Raise an error as if it happened in a line of a template, so that tracebacks show it."""
    raising = ast.parse("raise error", filename)
    for node in ast.walk(raising):
        if isinstance(node, _PLACED):
            _place(node, line)
    names = {**vars(module), "error": error.with_traceback(None)}
    try:
        exec(compile(raising, filename, "exec", dont_inherit=True), names)  # noqa: S102  # ours
    finally:
        names.clear()  # the error's traceback holds this frame, and it the error
    raise AssertionError  # pragma: no cover
