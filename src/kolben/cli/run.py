"""``kolben run`` and ``app.run()``: Werkzeug's development server, with reloader and debugger."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import click

from .cert import CertParamType, SeparatedPathType, validate_key
from .options import debug_option
from .script import ScriptInfo, pass_script_info

if TYPE_CHECKING:
    import ssl

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from kolben.app import Kolben


def show_server_banner(debug: bool | None, app_import_path: str | None) -> None:
    """Say what is served, when the server starts; not again when it reloads.

    Args:
        debug: Whether debug mode is on; ``None`` leaves the line out.
        app_import_path: What to call the app; ``None`` leaves the line out.
    """
    from kolben import cli

    if cli.is_running_from_reloader():
        return
    if app_import_path is not None:
        click.echo(f" * Serving Kolben app '{app_import_path}'")
    if debug is not None:
        click.echo(f" * Debug mode: {'on' if debug else 'off'}")


def run_app(
    app: Kolben,
    host: str | None,
    port: int | None,
    debug: bool | None,
    load_dotenv: bool,
    options: dict[str, Any],
) -> None:
    """Serve an app with the development server; this is ``app.run()``.

    Does nothing while a command of ``kolben`` is at work, but says so.

    Args:
        app: The app.
        host: Where to listen; by default the host of ``SERVER_NAME``, else 127.0.0.1.
        port: The TCP port, 0 for a free one; by default that of ``SERVER_NAME``, else 5000.
        debug: Turns debug mode on or off, whatever the environment says.
        load_dotenv: Whether to load the default ``.env`` files and set debug mode from the
            environment.
        options: For Werkzeug's ``run_simple``, which go before debug mode's choice.
    """
    from werkzeug.serving import run_simple  # at each call: tests replace it where it comes from

    from kolben import cli

    if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        _refuse_to_block()
        return
    if cli.get_load_dotenv(load_dotenv):
        cli.load_dotenv()
        if "KOLBEN_DEBUG" in os.environ or "FLASK_DEBUG" in os.environ:
            app.debug = cli.get_debug_flag()
    if debug is not None:
        app.debug = bool(debug)

    usual_host, usual_port = _split_server_name(app.config.get("SERVER_NAME") or "")
    defaults = {"use_reloader": app.debug, "use_debugger": app.debug, "threaded": True}
    cli.show_server_banner(app.debug, app.name)
    try:
        run_simple(
            host or usual_host,
            usual_port if port is None else int(port),
            app,
            **{**defaults, **options},
        )
    finally:
        app._got_first_request = False  # one may set the app up further, and run it again


def _split_server_name(server_name: str) -> tuple[str, int]:
    """Take ``SERVER_NAME`` apart; what it does not say is 127.0.0.1 and 5000."""
    host, colon, port = server_name.rpartition(":")
    if not colon or not port.isdigit():
        host, port = server_name, "5000"
    return host.strip("[]") or "127.0.0.1", int(port)


def _refuse_to_block() -> None:
    """Say that ``app.run()`` did not start a server, once and not at each reload."""
    from kolben import cli

    if not cli.is_running_from_reloader():
        click.secho(
            " * Ignoring a call of 'app.run()': it would block the command that loads the app."
            "\n   Call it under 'if __name__ == \"__main__\":' only.",
            fg="red",
        )


def _load_or_defer(info: ScriptInfo) -> WSGIApplication:
    """Load the app; below the reloader a broken one becomes an app that raises its error.

    The first start fails at once and loudly. After a change of the code the server must stay, show
    the error in the debugger, and load again at the next change.
    """
    from kolben import cli

    try:
        return info.load_app()
    except Exception as error:
        if not cli.is_running_from_reloader():
            raise
        from .tracebacks import describe, of_the_user

        click.echo(describe(error), err=True, nl=False)
        failure, tb = error, of_the_user(error)

    def raise_failure(_environ: WSGIEnvironment, _start: StartResponse) -> Iterable[bytes]:
        raise failure.with_traceback(tb)  # else the traceback would grow with each request

    return raise_failure


@click.command("run", short_help="Run a development server.")
@click.option("--host", "-h", default="127.0.0.1", help="The interface to bind to.")
@click.option(
    "--port", "-p", type=click.IntRange(0, 65535), default=5000, help="The port to bind to."
)
@click.option(
    "--cert",
    type=CertParamType(),
    is_eager=True,
    help="Serve HTTPS with this certificate: a file, 'adhoc', or the import of an SSLContext.",
)
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True),
    callback=validate_key,
    expose_value=False,
    help="The file with the key of the certificate.",
)
@click.option(
    "--reload/--no-reload",
    default=None,
    help="Restart when the code changes. By default in debug mode.",
)
@click.option(
    "--debugger/--no-debugger",
    default=None,
    help="Show the interactive debugger for errors. By default in debug mode.",
)
@click.option(
    "--with-threads/--without-threads",
    default=True,
    help="Answer each request in a thread of its own.",
)
@click.option(
    "--extra-files",
    default=None,
    type=SeparatedPathType(),
    help=f"Restart when these files change too. Separated by {os.path.pathsep!r}.",
)
@click.option(
    "--exclude-patterns",
    default=None,
    type=SeparatedPathType(),
    help=(
        "Do not restart for files that match these patterns (as in fnmatch)."
        f" Separated by {os.path.pathsep!r}."
    ),
)
@pass_script_info
def run_command(
    info: ScriptInfo,
    /,
    *,
    host: str,
    port: int,
    reload: bool | None,
    debugger: bool | None,
    with_threads: bool,
    cert: ssl.SSLContext | tuple[str, str | None] | Literal["adhoc"] | None,
    extra_files: list[str] | None,
    exclude_patterns: list[str] | None,
) -> None:
    """Run a local development server.

    It is made for working on an app: in debug mode it restarts when the code changes and shows a
    debugger for errors. It is neither fast nor safe enough to be seen from outside.
    """
    from kolben import cli

    app = _load_or_defer(info)
    debug = cli.get_debug_flag()
    cli.show_server_banner(debug, info.app_import_path)
    options: dict[str, Any] = {
        "use_reloader": debug if reload is None else reload,
        "use_debugger": debug if debugger is None else debugger,
        "threaded": with_threads,
        "ssl_context": cert,
        "extra_files": extra_files,
        "exclude_patterns": exclude_patterns,
    }
    cli.run_simple(host, port, app, **options)


run_command.params.insert(0, debug_option)
