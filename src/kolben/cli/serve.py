"""``kolben serve``: a server for production, Granian.

These are its options. What it does is in ``launch.py``, which loads more than ``kolben --help``
should pay for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .script import pass_script_info

if TYPE_CHECKING:
    from .script import ScriptInfo


@click.command("serve", short_help="Run a production server.")
@click.argument("app", required=False, metavar="[MODULE:NAME]")
@click.option("--host", "-h", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    "-p",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port; 0 for a free one.",
)
@click.option(
    "--interface",
    type=click.Choice(("auto", "wsgi", "asgi")),
    default="auto",
    show_default=True,
    help="The protocol; auto: ASGI if something in the app is async.",
)
@click.option(
    "--workers",
    "-w",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    envvar=("KOLBEN_SERVE_WORKERS", "WEB_CONCURRENCY"),
    help="How many processes.",
)
@click.option(
    "--threads",
    "-t",
    type=click.IntRange(1),
    help="How many threads for sync code in each of them. [default: WSGI 2 per core and 1 more,"
    " ASGI the app's ASGI_THREADS]",
)
@click.option(
    "--cert", type=click.Path(exists=True, dir_okay=False), help="The TLS certificate, in PEM."
)
@click.option("--key", type=click.Path(exists=True, dir_okay=False), help="Its key, in PEM.")
@click.option(
    "--http",
    type=click.Choice(("auto", "1", "2")),
    default="auto",
    show_default=True,
    help="The version of HTTP; auto: what the client wants.",
)
@click.option("--access-log", is_flag=True, help="Log each request to standard output.")
@click.option(
    "--reload",
    is_flag=True,
    help="Restart the workers when code, a template or settings here change.",
)
@click.option(
    "--static",
    is_flag=True,
    help="Let the server itself serve the static folder. No hook of the app runs for these files.",
)
@click.option(
    "--health",
    is_flag=False,
    flag_value="/healthz",
    metavar="[PATH]",
    help="Answer health checks at this path. [/healthz if none is given]",
)
@click.option(
    "--graceful-timeout",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    help="Seconds after which a worker that does not end is killed.",
)
@pass_script_info
def serve_command(info: ScriptInfo, /, **options: Any) -> None:
    """Serve an app in production, with Granian.

    SIGHUP loads the app's code anew and replaces one worker after the other; SIGTERM and Ctrl-C end
    the server when the requests at work are answered.
    """
    from .launch import launch

    launch(info, **options)
