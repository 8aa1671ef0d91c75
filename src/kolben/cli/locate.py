"""Find an application: from ``module:name`` to the object.

Three steps: :func:`prepare_import` turns what was typed into the name of a module that can be
imported, :func:`locate_app` imports it, and :func:`find_best_app` or :func:`find_app_by_string`
picks the app.
"""

# pathlib would be imported for these few calls alone, at every start.

from __future__ import annotations

import ast
import inspect
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, overload

import click

from .tracebacks import describe

if TYPE_CHECKING:
    from kolben.app import Kolben

# Looked for in this order when the module is given without a name.
_USUAL_NAMES = ("app", "application")
_USUAL_FACTORIES = ("create_app", "make_app")


class NoAppException(click.UsageError):
    """No application could be found or loaded from what was given."""


def find_best_app(module: ModuleType) -> Kolben:
    """Pick the application of a module when only the module was named.

    Tried in this order: an app called ``app`` or ``application``, the only app in the module, what
    ``create_app()`` or ``make_app()`` returns.

    Args:
        module: The imported module (any object with ``__name__`` and attributes will do).

    Returns:
        The application.

    Raises:
        NoAppException: There is none, there are several, or the factory needs arguments.
    """
    from kolben.app import Kolben

    for name in _USUAL_NAMES:
        app = getattr(module, name, None)
        if isinstance(app, Kolben):
            return app

    apps = [value for value in vars(module).values() if isinstance(value, Kolben)]
    if len(apps) == 1:
        return apps[0]
    if apps:
        raise NoAppException(
            f"Module {module.__name__!r} has {len(apps)} applications."
            f" Say which one: '{module.__name__}:name'."
        )

    for name in _USUAL_FACTORIES:
        app = _from_usual_factory(module, name)
        if app is not None:
            return app

    raise NoAppException(
        f"Module {module.__name__!r} has neither an application nor a factory that is called"
        f" 'create_app' or 'make_app'. Say which name it is: '{module.__name__}:name'."
        f"{_hint_at_other_framework(module)}"
    )


def _from_usual_factory(module: ModuleType, name: str) -> Kolben | None:
    """Call a factory without arguments, if the module has one of that name."""
    from kolben.app import Kolben

    factory = getattr(module, name, None)
    if not inspect.isfunction(factory):
        return None
    app = _call_factory(
        factory,
        (),
        {},
        f"Factory {name!r} in module {module.__name__!r} needs arguments."
        f" Give them: '{module.__name__}:{name}(args)'.",
    )
    return app if isinstance(app, Kolben) else None


def _call_factory(
    factory: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], refusal: str
) -> Any:
    """Call a factory; ``refusal`` is the message when it does not take these arguments."""
    try:
        return factory(*args, **kwargs)
    except TypeError as error:
        if not called_with_wrong_args(factory):
            raise
        raise NoAppException(refusal) from error


def called_with_wrong_args(f: Callable[..., Any]) -> bool:
    """Tell whether the ``TypeError`` being handled came from the call itself.

    Args:
        f: The Python function that was called.

    Returns:
        True when the arguments did not fit, so that the function was never entered; False when
        code in the function raised the error.
    """
    code = getattr(f, "__code__", None)
    tb = sys.exc_info()[2]
    try:
        while tb is not None:
            if tb.tb_frame.f_code is code:
                return False
            tb = tb.tb_next
        return True
    finally:
        del tb  # it refers to this frame, which refers to it


def find_app_by_string(module: ModuleType, app_name: str) -> Kolben:
    """Get the application that an expression names.

    Args:
        module: The imported module.
        app_name: A name (``"app"``) or a call with literal arguments (``"create_app('dev',
            debug=True)"``). A function that is only named is called without arguments.

    Returns:
        The application.

    Raises:
        NoAppException: The expression is neither, the name is missing, or it gives no application.
    """
    from kolben.app import Kolben

    name, args, kwargs = _parse_reference(app_name)
    try:
        found = getattr(module, name)
    except AttributeError as error:
        raise NoAppException(f"Module {module.__name__!r} has no attribute {name!r}.") from error

    if inspect.isfunction(found):
        found = _call_factory(
            found,
            args,
            kwargs,
            f"Factory {app_name!r} in module {module.__name__!r} does not take these arguments.",
        )
    if isinstance(found, Kolben):
        return found
    raise NoAppException(
        f"'{module.__name__}:{app_name}' is no Kolben application but {type(found).__name__!r}."
        f"{_hint_at_other_framework(module)}"
    )


def _parse_reference(reference: str) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """Take ``name`` or ``name(literal, key=literal)`` apart, executing nothing."""
    try:
        expression = ast.parse(reference.strip(), mode="eval").body
    except SyntaxError:
        expression = None
    if isinstance(expression, ast.Name):
        return expression.id, (), {}
    if not isinstance(expression, ast.Call):
        raise NoAppException(f"{reference!r} is neither an attribute name nor a function call.")
    if not isinstance(expression.func, ast.Name):
        raise NoAppException(f"The function in {reference!r} must be a simple name.")
    try:
        args = tuple(ast.literal_eval(value) for value in expression.args)
        kwargs = {
            keyword.arg: ast.literal_eval(keyword.value)
            for keyword in expression.keywords
            if keyword.arg is not None
        }
    except ValueError:
        raise NoAppException(
            f"The arguments in {reference!r} must be literal values: text, numbers, None, lists ..."
        ) from None
    return expression.func.id, args, kwargs


def _hint_at_other_framework(module: ModuleType) -> str:
    """Say what to do when the module's app belongs to the real Flask."""
    from kolben.app import Kolben

    flask_class = getattr(sys.modules.get("flask"), "Flask", None)
    if not isinstance(flask_class, type) or issubclass(flask_class, Kolben):
        return ""
    if not any(isinstance(value, flask_class) for value in vars(module).values()):
        return ""
    return (
        " It has an app of the real Flask: import Kolben from kolben instead, or let"
        " kolben.drop_in stand in for flask (python -m kolben.drop_in -m flask run)."
    )


def prepare_import(path: str) -> str:
    """Make what was typed importable.

    Args:
        path: A file (``src/web/app.py``), a folder with ``__init__.py`` or a dotted module name.

    Returns:
        The dotted name of the module. The folder that holds its outermost package has been
        put at the head of ``sys.path``.
    """
    path = os.path.realpath(path)
    stem, extension = os.path.splitext(path)
    if extension == ".py":
        path = stem
    if os.path.basename(path) == "__init__":
        path = os.path.dirname(path)

    folder, name = os.path.split(path)
    names = [name]
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        names.insert(0, name)

    if sys.path[0] != folder:
        sys.path.insert(0, folder)
    return ".".join(names)


@overload
def locate_app(
    module_name: str, app_name: str | None, raise_if_not_found: Literal[True] = True
) -> Kolben: ...


@overload
def locate_app(
    module_name: str, app_name: str | None, raise_if_not_found: bool
) -> Kolben | None: ...


def locate_app(
    module_name: str, app_name: str | None, raise_if_not_found: bool = True
) -> Kolben | None:
    """Import a module and get the application from it.

    Args:
        module_name: Dotted name, as from :func:`prepare_import`.
        app_name: See :func:`find_app_by_string`; ``None`` lets :func:`find_best_app` pick.
        raise_if_not_found: Whether a module that does not exist is an error.

    Returns:
        The application, or ``None`` when the module does not exist and that is no error.

    Raises:
        NoAppException: The module cannot be imported (with the user's traceback if it is there but
            fails to import something itself), or it has no such application.
    """
    try:
        __import__(module_name)
    except ImportError as error:
        # The import system leaves its own frames out of an ImportError, so that one more frame
        # than this one means: the module was found, and an import inside it failed.
        if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
            raise NoAppException(
                f"While importing {module_name!r}, an ImportError was raised:\n\n{describe(error)}"
            ) from None
        if raise_if_not_found:
            raise NoAppException(f"Could not import {module_name!r}.") from None
        return None

    module = sys.modules[module_name]
    return find_best_app(module) if app_name is None else find_app_by_string(module, app_name)
