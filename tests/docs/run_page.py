"""Run the examples of one page as a reader would: top to bottom, in an empty folder.

    python run_page.py PAGE.md

What the first word after the three backticks says:

- ``python``: run in one namespace for the whole page. A block with ``>>>`` is a doctest.
- any language and ``title=FILE``: also the contents of a file that the reader saves.
- ``console``: each ``$ command`` that is cheap to run is run, and the lines below it must be what
  it prints; ``...`` stands for anything. Servers, installers and make are not started.

The exit status is 1 when something differs from what the page says.
"""

# ruff: noqa: T201  # it is a program that prints

import doctest
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (?P<line>.*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)
DOCTEST_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SERVERS = {"run", "shell"}


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Args:
        language: The first word of its info string.
        title: The file it is saved as, if the page says so.
        body: Its text.
        line: The number of its first line in the page.
    """

    language: str
    title: str | None
    body: str
    line: int


def blocks(text: str) -> list[Block]:
    """Find the fenced blocks of a page that name a language."""
    found = []
    for match in FENCE.finditer(text):
        language, *rest = match["info"].split()
        titles = [word.removeprefix("title=") for word in rest if word.startswith("title=")]
        line = text.count("\n", 0, match.start("body")) + 1
        found.append(Block(language, titles[0] if titles else None, match["body"], line))
    return found


def is_run(words: list[str]) -> bool:
    """Tell whether a command is one that ends soon and needs no network."""
    if words[0] == "kolben":
        return SERVERS.isdisjoint(words) or "--help" in words
    if words[0] in {"python", "pytest"}:
        return words[1:3] not in (["-m", "venv"], ["-m", "pip"], ["-m", "bench"])
    return False


def run_command(line: str) -> str:
    """Run a command line with this Python's kolben and return all that it prints."""
    words = shlex.split(line, comments=True)
    settings = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        settings[name] = value
    if not words or not is_run(words):
        return "..."
    program = {
        "kolben": [str(Path(sys.executable).with_name("kolben"))],
        "python": [sys.executable],
        "pytest": [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
    }[words[0]]
    done = subprocess.run(
        [*program, *words[1:]],
        check=False,
        env={**os.environ, **settings, "PYTHONPATH": "." if words[0] == "pytest" else ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.stdout


class Page:
    """A page that is being followed.

    Args:
        path: The Markdown file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names = {"__name__": "__main__"}
        self.is_right = True

    def follow(self) -> bool:
        """Do all that the page tells; return whether everything came out as it says."""
        for block in blocks(self.path.read_text(encoding="utf-8")):
            if block.title is not None:
                file = Path(block.title)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.body, encoding="utf-8")
            elif block.language == "console":
                self.compare_commands(block)
            elif block.language == "python" and ">>> " in block.body:
                self.run_doctest(block)
            elif block.language == "python":
                # The empty lines let tracebacks and warnings name the page's own lines.
                source = "\n" * (block.line - 1) + block.body
                exec(compile(source, self.path, "exec"), self.names)
        return self.is_right

    def run_doctest(self, block: Block) -> None:
        """Compare a block of ``>>>`` with what Python prints."""
        parser = doctest.DocTestParser()
        test = parser.get_doctest(
            block.body, self.names, self.path.name, str(self.path), block.line - 1
        )
        result = doctest.DocTestRunner(optionflags=DOCTEST_FLAGS).run(test, clear_globs=False)
        self.names = test.globs
        self.is_right &= result.failed == 0

    def compare_commands(self, block: Block) -> None:
        """Compare what commands print with what the page says."""
        check = doctest.OutputChecker().check_output
        for match in COMMAND.finditer(block.body):
            printed = run_command(match["line"])
            if printed != "..." and not check(match["output"], printed, DOCTEST_FLAGS):
                print(f"{self.path}, line {block.line}: $ {match['line']}\n{printed}")
                self.is_right = False


if __name__ == "__main__":
    sys.path[0] = ""  # the reader's folder, as at the prompt, not the one of this file
    sys.exit(0 if Page(Path(sys.argv[1])).follow() else 1)
