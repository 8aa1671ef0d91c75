"""Option types of ``kolben run``: certificates and lists of paths."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # not generic before click 8.4


class CertParamType(_ParamType):
    """The value of ``--cert``: a file, ``adhoc``, or the import name of an ``ssl.SSLContext``."""

    name = "path"

    def __init__(self) -> None:
        self.path_type = click.Path(exists=True, dir_okay=False, resolve_path=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Turn the text into what the server takes.

        Args:
            value: What was given.
            param: The option.
            ctx: The context of the command.

        Returns:
            An absolute path, ``"adhoc"`` or an ``ssl.SSLContext``.

        Raises:
            click.BadParameter: It is none of them, or this Python or environment cannot do TLS.
        """
        try:
            import ssl
        except ImportError:
            raise click.BadParameter("This Python was built without SSL.", ctx, param) from None

        try:
            return self.path_type(value, param, ctx)
        except click.BadParameter:
            text = click.STRING(value, param, ctx)
            if text.lower() == "adhoc":
                _require_cryptography(param, ctx)
                return "adhoc"

            from kolben import cli

            context = cli.import_string(text, silent=True)
            if isinstance(context, ssl.SSLContext):
                return context
            raise


def _require_cryptography(param: click.Parameter | None, ctx: click.Context | None) -> None:
    """Refuse an ad-hoc certificate where nothing can make one."""
    try:
        import_module("cryptography")
    except ImportError:
        raise click.BadParameter(
            "An ad-hoc certificate needs the library cryptography: pip install cryptography.",
            ctx,
            param,
        ) from None


def validate_key(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Hold ``--key`` against ``--cert``: a file needs a key, anything else must not have one.

    Args:
        ctx: The context of the command; ``ctx.params["cert"]`` becomes ``(cert, key)`` for a file.
        param: The option ``--key``.
        value: The path of the key, or ``None``.

    Returns:
        ``value``.

    Raises:
        click.BadParameter: The two do not go together.
    """
    cert = ctx.params.get("cert")
    is_file = isinstance(cert, (str, os.PathLike)) and cert != "adhoc"
    if value is None:
        if is_file:
            raise click.BadParameter('A certificate file in "--cert" needs its key.', ctx, param)
        return value
    if not cert:
        raise click.BadParameter('A key is of no use without "--cert".', ctx, param)
    if not is_file:
        what = "an ad-hoc certificate" if cert == "adhoc" else "an SSLContext"
        raise click.BadParameter(f'With {what} in "--cert" no key is used.', ctx, param)
    ctx.params["cert"] = cert, value
    return value


class SeparatedPathType(click.Path):
    """Several paths in one value, separated as in ``PATH`` (``:``, on Windows ``;``)."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Split the value and convert each part as :class:`click.Path` does.

        Args:
            value: The paths in one text.
            param: The option.
            ctx: The context of the command.

        Returns:
            A list of paths.

        Raises:
            click.BadParameter: One of them does not pass.
        """
        convert = super().convert
        return [convert(item, param, ctx) for item in self.split_envvar_value(value)]
