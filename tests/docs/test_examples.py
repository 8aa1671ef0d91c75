"""Every example of the README and of docs/ does what the page says, in an empty folder."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from kolben import Kolben

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGES.md")]
PAGES = [*TOP_LEVEL, *sorted((ROOT / "docs").rglob("*.md"))]
RUN_PAGE = Path(__file__).with_name("run_page.py")

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
SETTINGS = re.compile(r"(?:KOLBEN|FLASK)_")

every_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix()
)


def follow(page, folder):
    environ = {name: value for name, value in os.environ.items() if not SETTINGS.match(name)}
    return subprocess.run(
        [sys.executable, "-W", "error", str(RUN_PAGE), str(page)],
        check=False,
        cwd=folder,
        env={**environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )


def anchors(text):
    """Make the anchors that a forge makes of a page's headings."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_examples_do_what_the_page_says(page, tmp_path):
    done = follow(page, tmp_path)
    assert done.returncode == 0, done.stdout


@every_page
def test_links_lead_to_pages_and_headings_that_exist(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, fragment = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if fragment:
            assert fragment in anchors(file.read_text(encoding="utf-8")), target


def test_every_page_of_the_docs_is_reached_from_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    reached = {target.partition("#")[0] for target in LINK.findall(index)}
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in PAGES if page not in TOP_LEVEL}
    assert pages - reached == {"index.md"}


def test_every_setting_is_described():
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `([A-Z_]+)` \|", page, flags=re.MULTILINE))
    assert described == set(Kolben.default_config)


def test_an_example_that_prints_something_else_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\n>>> 1 + 1\n3\n```\n")
    done = follow(page, tmp_path)
    assert done.returncode == 1
    assert "Got:\n    2" in done.stdout


def test_an_example_that_fails_is_named_by_the_line_of_its_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n```python\nx = 1\nx.nothing\n```\n")
    done = follow(page, tmp_path)
    assert done.returncode == 1
    assert 'page.md", line 5' in done.stdout


def test_a_command_that_prints_something_else_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```console\n$ python -c 'print(1)'\n2\n```\n")
    done = follow(page, tmp_path)
    assert done.returncode == 1
    assert "line 2: $ python -c 'print(1)'\n1\n" in done.stdout
