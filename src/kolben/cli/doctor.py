"""``kolben doctor``: what an app or an extension uses that is removed, private or overridden."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kolben.drop_in.doctor.findings import Report


@click.command("doctor", short_help="Tell what an app or extension uses that is removed.")
@click.argument("app", required=False, metavar="[MODULE:APP]")
@click.option(
    "--extension",
    "extensions",
    multiple=True,
    metavar="NAME",
    help="Look at an installed extension instead; may be given several times.",
)
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor_command(
    ctx: click.Context, app: str | None, extensions: tuple[str, ...], json_: bool
) -> None:
    """Tell what an app or an extension uses that is removed, private or overridden.

    The sources are read; an app is also loaded, with `import flask` meaning Kolben, and looked at
    with the extensions that it loads. Each finding says where it is, what to write instead, and
    what it costs.

    The exit code is 0 where nothing removed or private is used, 1 where something is, and 2 where
    there is nothing to look at.
    """
    from kolben.drop_in.doctor.findings import Kind
    from kolben.drop_in.doctor.showing import as_json, as_text

    if app and extensions:
        raise click.UsageError("Name an app or extensions, not both.")
    reports = [_of_extension(name) for name in extensions] if extensions else _of_app(ctx, app)
    click.echo(as_json(reports) if json_ else "\n\n".join(map(as_text, reports)))
    if any(report.count(Kind.REMOVED) or report.count(Kind.PRIVATE) for report in reports):
        ctx.exit(1)


def _of_extension(name: str) -> Report:
    from kolben.drop_in.doctor.findings import Report
    from kolben.drop_in.doctor.sources import SourceError, files_of_extension

    try:
        files = files_of_extension(name)
    except SourceError as error:
        raise click.UsageError(str(error)) from error
    report = Report(name)
    _scan(report, files)
    return report


def _of_app(ctx: click.Context, name: str | None) -> list[Report]:
    from kolben.drop_in import RealFlaskImportedError, install
    from kolben.drop_in.doctor.findings import Report
    from kolben.drop_in.doctor.living import examine
    from kolben.drop_in.doctor.sources import extensions_of, files_of_app

    from .script import ScriptInfo

    info = ctx.ensure_object(ScriptInfo)
    try:
        install()
    except RealFlaskImportedError:  # by a program that has this command among its own
        _start_again(ctx, name or info.app_import_path)
    if name is not None:
        info.app_import_path, info.create_app = name, None
    before = set(sys.modules)
    app: Any = info.load_app()
    files = files_of_app(app.import_name, app.root_path)
    report = Report(f"{name or app.import_name}, {type(app).__name__} {app.name!r}")
    _scan(report, files)
    known = {(each.path, each.name) for each in report.findings}
    report.findings += [each for each in examine(app) if (each.path, each.name) not in known]
    reports = [report]
    for extension, sources in extensions_of(files, before).items():
        reports.append(Report(f"{extension}, which it uses"))
        _scan(reports[-1], sources)
    return reports


def _start_again(ctx: click.Context, name: str | None) -> NoReturn:
    """Do it in a process in which `flask` is Kolben from the start, and exit as that does."""
    import subprocess

    command = [sys.executable, "-m", "kolben.drop_in", "-m", "kolben", "doctor"]
    command += ["--json"] if ctx.params["json_"] else []
    command += [name] if name else []
    raise SystemExit(subprocess.call(command))  # noqa: S603  # it is this program


def _scan(report: Report, files: Iterable[Path]) -> None:
    """Look through files and put what is found into a report."""
    from kolben.drop_in.doctor.scan import scan_file

    for file in files:
        report.files += 1
        try:
            report.findings += scan_file(file)
        except (OSError, SyntaxError, ValueError) as error:
            report.unread[str(file)] = str(error)
