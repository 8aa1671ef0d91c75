"""What ``kolben serve`` does: check what can be checked, look at the app, start the server."""

from __future__ import annotations

import errno
import os
import socket
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from .worker import Found, Target, load_in_worker, look_at

if TYPE_CHECKING:
    from pathlib import Path

    from .script import ScriptInfo

_INSTALL = "'kolben serve' needs Granian: pip install \"kolben[serve]\""


def launch(
    info: ScriptInfo,
    *,
    app: str | None,
    host: str,
    port: int,
    interface: str,
    threads: int | None,
    cert: str | None,
    key: str | None,
    static: bool,
    health: str | None,
    **options: Any,
) -> None:
    """Serve an app until a signal ends the server.

    Args:
        info: Names the app where ``app`` does not.
        app: The app, as ``"module:name"``.
        host: Where to listen.
        port: The TCP port, 0 for a free one.
        interface: ``"wsgi"``, ``"asgi"``, or ``"auto"`` for what the app is better served with.
        threads: How many threads for sync code in each process.
        cert: The file with the TLS certificate.
        key: The file with its key.
        static: Whether the server itself serves the static folder.
        health: Where to answer health checks.
        **options: The other options of the command, by their names.

    Raises:
        click.ClickException: Granian is missing, or the address or the certificate can't be used.
    """
    try:
        import granian  # noqa: F401  # only to know whether it is there
    except ImportError:
        raise click.ClickException(_INSTALL) from None
    if health is not None and (health[:1] != "/" or health[-1:] == "/"):
        raise click.BadParameter(f"{health!r} is no path like /healthz", param_hint="--health")
    if options["reload"]:
        _require_watchfiles()
    _check_certificate(cert, key)
    port = _check_port(host, port)
    target = Target(app or info.app_import_path, info.create_app, info.set_debug_flag)
    found = look_at(target)
    chosen = interface
    if interface == "auto":
        chosen = "asgi" if found.reasons else "wsgi"
    if chosen == "wsgi" and threads is None:
        threads = 2 * (os.cpu_count() or 1) + 1
    target = replace(target, interface=chosen, threads=threads, health=health)
    files = found.static if static and isinstance(found.static, list) else None
    from .granian import Address, make_server

    server = make_server(target, found, Address(host, port, cert, key), files, options)
    name = target.path or found.name
    click.echo(
        "\n".join(_summary(name, found, target, Address(host, port, cert, key), static, options))
    )
    server.serve(target_loader=load_in_worker, wrap_loader=False)


def _require_watchfiles() -> None:
    try:
        import watchfiles  # noqa: F401
    except ImportError:
        raise click.ClickException(
            "'--reload' needs watchfiles: pip install \"kolben[serve]\""
        ) from None


def _check_certificate(cert: str | None, key: str | None) -> None:
    """Refuse what TLS cannot be made of, before anything is started."""
    if cert is None and key is None:
        return
    if cert is None or key is None:
        missing = "--key" if key is None else "--cert"
        raise click.UsageError(f"TLS needs both --cert and --key; {missing} is missing.")
    import ssl

    for option, path, what in (("--cert", cert, "CERTIFICATE"), ("--key", key, "PRIVATE KEY")):
        if f"{what}-----" not in _text_of(path):
            raise click.ClickException(f"{path!r}, given to {option}, has no {what} in PEM.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, partial(_refuse, key))
    except (ssl.SSLError, OSError) as error:
        if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            why = "the key is not that of the certificate."
        else:
            why = str(error)
        raise click.ClickException(
            f"The certificate {cert!r} and the key {key!r} cannot be used: {why}"
        ) from None


def _text_of(path: str) -> str:
    """Read a file, whatever it is."""
    try:
        with open(path, encoding="latin1") as file:
            return file.read()
    except OSError as error:
        raise click.ClickException(f"{path!r} cannot be read: {error.strerror}") from None


def _refuse(key: str) -> str:
    """Refuse a key that needs a passphrase: Granian 2.8 fails at each that was tried."""
    raise click.ClickException(
        f"The key {key!r} is encrypted, which Granian cannot read. Write it without its passphrase"
        f" where only the server can read it: openssl pkey -in {key} -out {key}.plain"
    )


def _check_port(host: str, port: int) -> int:
    """Refuse an address that cannot be had; return the port, a free one for 0."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise click.ClickException(f"{host!r} is no address of this machine: {error}") from None
    with socket.socket(family, kind, protocol) as probe:
        if os.name == "posix":  # a port whose connections only linger is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise click.ClickException(_explain_port(host, port, error)) from None
        number: int = probe.getsockname()[1]
    return number


def _explain_port(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use. Choose another with --port, or 0 for a free one."
    if error.errno == errno.EACCES:
        return f"Port {port} may only be used by root. Choose one above 1023 with --port."
    return f"Cannot listen at {host}, port {port}: {error.strerror}"


def _summary(
    name: str, found: Found, target: Target, address: Any, static: bool, options: dict[str, Any]
) -> list[str]:
    """Say what is served, where and how."""
    from importlib.metadata import version

    from kolben import __version__

    workers, threads = options["workers"], target.threads or "up to ASGI_THREADS"
    lines = [
        f"Kolben {__version__} serves {name!r} with Granian {version('granian')}",
        f"  address    {address.url}  (HTTP/{_VERSIONS[options['http']]})",
        f"  interface  {_explain(found, target)}",
        f"  workers    {workers}, each with {threads} threads for sync code",
    ]
    if found.debug:
        lines.append("  debug      on: not for production")
    if static:
        files = found.static
        served = f"{files[1]} from {_short(files[0])}" if isinstance(files, list) else None
        lines.append(f"  static     {served or f'by the app: {files}'}")
    if target.health is not None:
        lines.append(f"  health     {target.health}")
    if options["reload"]:
        lines.append(f"  watching   {_short(os.getcwd())}")
    ends = "Ctrl-C ends it"
    if sys.platform != "win32":
        ends += f", 'kill -HUP {os.getpid()}' loads the code anew"
    return [*lines, f"  {ends}", ""]


_VERSIONS = {"auto": "1 and 2", "1": "1", "2": "2"}


def _explain(found: Found, target: Target) -> str:
    """Say which protocol was chosen, and why."""
    chosen, reasons = str(target.interface).upper(), found.reasons
    some = ", ".join(reasons[:3]) + (f" and {len(reasons) - 3} more" if len(reasons) > 3 else "")
    best = "ASGI" if reasons else "WSGI"
    if chosen != best:
        hint = f", though {some}" if reasons else ", though nothing in the app is async"
        return f"{chosen}, as you said{hint}"
    why = some if reasons else "nothing in the app is async"
    return f"{chosen}, as {why}"


def _short(path: str | Path) -> str:
    """Name a path by how it lies from here, where that is shorter."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") or relative == "." else relative
