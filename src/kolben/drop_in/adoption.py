"""Adopting: `import flask` means Kolben in every process of an environment, until it is undone.

Four things are written, all into the environment itself:

- `kolben-adopted.pth`, which Python reads when it starts (see `site` in the library reference),
- `_kolben_adopted.py`, a copy of `at_start.py`, which it imports,
- `flask-3.1.3.dist-info`, so that pip and `importlib.metadata` know a Flask,
- the program `flask`,

the last two only where no real Flask is installed: a real one has them, and its program comes to
Kolben by its own `import flask`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path

from kolben import __version__
from kolben.drop_in.modules import FLASK_VERSION

__all__ = ["AdoptionError", "Environment", "State"]

_PTH = "kolben-adopted.pth"
_STARTER = "_kolben_adopted.py"
_MARK = "# Written by kolben adopt, "
# One line, as `site` wants it; a missing file is no error, since it runs in every process.
_LINE = f"import sys; exec('try: import {_STARTER[:-3]}\\nexcept ImportError: pass')\n"
_INSTALLER = "kolben"
_METADATA = f"""\
Metadata-Version: 2.1
Name: Flask
Version: {FLASK_VERSION}
Summary: Kolben, answering under the name of Flask (kolben adopt; kolben adopt --undo).
Requires-Dist: kolben
"""
_ENTRY_POINTS = "[console_scripts]\nflask = flask.cli:main\n"
_PROGRAM = """\
#!{python}
{mark}{version}
import sys

from flask.cli import main

sys.exit(main())
"""
_PROOF = "import flask; print(flask.Flask.__module__.partition('.')[0])"


class AdoptionError(RuntimeError):
    """An environment can't be adopted; the message says why, and what to do."""


@dataclass(frozen=True)
class State:
    """What an environment is like.

    Attributes:
        adopted_by: The version of Kolben that adopted it, None if none did.
        files: What was written, as far as it is there.
        real_flask: Where the real Flask lies, None where there is none.
    """

    adopted_by: str | None
    files: list[Path]
    real_flask: Path | None


@dataclass
class Environment:
    """A Python environment: the one that this process runs in.

    Attributes:
        prefix: Its folder.
        library: Its site-packages.
        programs: Where its programs lie.
    """

    prefix: Path = field(default_factory=lambda: Path(sys.prefix))
    library: Path = field(default_factory=lambda: Path(sysconfig.get_path("purelib")))
    programs: Path = field(default_factory=lambda: Path(sysconfig.get_path("scripts")))

    @property
    def is_virtual(self) -> bool:
        """Whether it is a virtual environment."""
        return sys.prefix != sys.base_prefix

    @property
    def _info(self) -> Path:
        return self.library / f"flask-{FLASK_VERSION}.dist-info"

    @property
    def _program(self) -> Path:
        return self.programs / ("flask.bat" if os.name == "nt" else "flask")

    def state(self) -> State:
        """Look at the environment.

        Returns:
            Whether it is adopted, and the rest.
        """
        starter = self.library / _STARTER
        mark = starter.read_text("utf-8").partition("\n")[0] if starter.exists() else ""
        active = (self.library / _PTH).exists() and mark.startswith(_MARK)
        return State(
            adopted_by=mark.removeprefix(_MARK) if active else None,
            files=[path for path in self._ours() if path.exists()],
            real_flask=_real_flask(),
        )

    def adopt(self, force: bool = False) -> State:
        """Let `import flask` mean Kolben in every process of the environment.

        Doing it again brings what is there up to date.

        Args:
            force: Do it although it is no virtual environment.

        Returns:
            What the environment is like then.

        Raises:
            AdoptionError: It is no virtual environment, can't be written to, or a new process does
                not come to Kolben in spite of it all.
        """
        if not (self.is_virtual or force):
            raise AdoptionError(
                f"{self.prefix} is no virtual environment: every Python program that uses it would"
                " get Kolben for Flask. Activate one (python -m venv .venv), or say --force."
            )
        try:
            self._write()
        except OSError as error:
            raise AdoptionError(f"can't write to {self.prefix}: {error}") from error
        self._prove()
        return self.state()

    def undo(self) -> list[Path]:
        """Take back all that `adopt` wrote; nothing else is touched.

        Returns:
            What was removed.

        Raises:
            AdoptionError: It can't be removed.
        """
        removed = []
        try:
            for path in self._ours():
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.exists():
                    path.unlink()
                else:
                    continue
                removed.append(path)
            for cached in (self.library / "__pycache__").glob(f"{_STARTER[:-3]}.*.pyc"):
                cached.unlink()
        except OSError as error:
            raise AdoptionError(f"can't remove from {self.prefix}: {error}") from error
        return removed

    def _ours(self) -> list[Path]:
        """List what `adopt` writes, less what somebody else has written there."""
        paths = [self.library / _PTH, self.library / _STARTER]
        installer = self._info / "INSTALLER"
        if installer.exists() and installer.read_text("utf-8").strip() == _INSTALLER:
            paths.append(self._info)
        if self._program.exists() and _MARK in self._program.read_text("utf-8", "replace"):
            paths.append(self._program)
        return paths

    def _write(self) -> None:
        source = Path(__file__).with_name("at_start.py").read_text("utf-8")
        starter = f"{_MARK}{__version__}\n{source}"
        (self.library / _STARTER).write_text(starter, "utf-8")
        if _real_flask() is None:
            if not self._program.exists() or self._program in self._ours():
                self._write_program()
            self._write_info()
        # Last, since from here on every process of the environment reads it.
        (self.library / _PTH).write_text(_LINE, "utf-8")

    def _write_program(self) -> None:
        self.programs.mkdir(parents=True, exist_ok=True)
        if os.name == "nt":
            text = f'@rem {_MARK}{__version__}\n@"{sys.executable}" -m flask %*\n'
        else:
            text = _PROGRAM.format(python=sys.executable, mark=_MARK, version=__version__)
        self._program.write_text(text, "utf-8")
        self._program.chmod(0o755)

    def _write_info(self) -> None:
        self._info.mkdir(exist_ok=True)
        texts = {
            "METADATA": _METADATA,
            "INSTALLER": f"{_INSTALLER}\n",
            "entry_points.txt": _ENTRY_POINTS,
            "top_level.txt": "flask\n",
        }
        for name, text in texts.items():
            (self._info / name).write_text(text, "utf-8")
        # pip removes what is listed here, so that a real Flask can take the place.
        listed = [f"{self._info.name}/{name},," for name in (*texts, "RECORD")]
        listed.append(f"{os.path.relpath(self._program, self.library)},,")
        (self._info / "RECORD").write_text("\n".join(listed) + "\n", "utf-8")

    def _prove(self) -> None:
        """See what `import flask` means in a new process; take all back if it isn't Kolben."""
        environ = {**os.environ, "KOLBEN_ADOPT": "1"}
        done = subprocess.run(  # noqa: S603  # it is this interpreter, and a text of ours
            [sys.executable, "-P", "-c", _PROOF],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.stdout.strip() != "kolben":
            self.undo()
            raise AdoptionError(
                f"`import flask` does not mean Kolben in a new process of {self.prefix}, so all was"
                f" taken back. It said:\n{(done.stdout + done.stderr).strip()}"
            )


def _real_flask() -> Path | None:
    """Find the real Flask, past all finders of ours."""
    spec = PathFinder.find_spec("flask")
    return Path(spec.origin).parent if spec is not None and spec.origin else None
