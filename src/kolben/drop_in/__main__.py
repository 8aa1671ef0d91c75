"""Run a program in which `flask` is Kolben.

    python -m kolben.drop_in -m MODULE [ARGS...]
    python -m kolben.drop_in SCRIPT [ARGS...]

`sys.argv` and `sys.path[0]` are what `python` itself would make of the rest of the line.
"""

from __future__ import annotations

import pkgutil
import runpy
import sys
from pathlib import Path

from kolben.drop_in import install

__all__ = ["main"]

_USAGE = "usage: python -m kolben.drop_in -m MODULE [ARGS...] | SCRIPT [ARGS...]"
_HELP = f"""{_USAGE}

Run a module or a script in which `import flask` means Kolben.
"""


def main(argv: list[str]) -> None:
    """Install the drop-in, then run what the command line names.

    Args:
        argv: The command line after the program's own name.

    Raises:
        SystemExit: Nothing to run was named, or the program ended so.
    """
    match argv:
        case ["-h" | "--help", *_]:
            sys.stdout.write(_HELP)
        case ["-m", module, *arguments]:
            install()
            _run_module(module, arguments)
        case [script, *arguments] if not script.startswith("-"):
            install()
            _run_script(script, arguments)
        case _:
            sys.stderr.write(f"{_USAGE}\n")
            raise SystemExit(2)


def _run_module(module: str, arguments: list[str]) -> None:
    """Run `python -m MODULE ARGS`; the folder we were started in is on `sys.path` already."""
    sys.argv[:] = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _run_script(script: str, arguments: list[str]) -> None:
    """Run `python SCRIPT ARGS`: a script's own folder stands where ours stood."""
    sys.argv[:] = [script, *arguments]
    path = Path(script)
    if not path.exists():
        sys.stderr.write(f"python -m kolben.drop_in: no file {script!r} in {Path.cwd()}\n")
        raise SystemExit(2)
    if not sys.flags.safe_path:
        # A folder or an archive is put there by runpy itself.
        is_file = pkgutil.get_importer(script) is None
        sys.path[:1] = [str(path.resolve().parent)] if is_file else []
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
