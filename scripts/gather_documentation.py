"""Gather the pages of the documentation site in build/docs: python scripts/gather_documentation.py

The start page is the README, notebooks are there as `make test-notebooks` executed them, and what pages link
to outside of docs/ becomes pages too, so that no link leads out of the site.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXECUTED = ROOT / "build" / "notebooks"
SITE = ROOT / "build" / "docs"
START = "README.md"
LINK = re.compile(r"(\]\()(?!https?:|#)([^)#\s]+)")
LANGUAGES = {".py": "python", ".toml": "toml", ".cff": "yaml"}


def main() -> None:
    """Write all pages anew."""
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(ROOT / "docs", SITE, ignore=shutil.ignore_patterns("*.ipynb"))
    if EXECUTED.exists():
        shutil.copytree(EXECUTED, SITE / "notebooks", dirs_exist_ok=True)
    waiting = [START, *(f"docs/{page.relative_to(SITE).as_posix()}" for page in SITE.rglob("*.md"))]
    gathered: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in gathered:
            continue
        gathered.add(path)
        text = _text(path)
        page = SITE / _page_of(path)
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(_linked(path, text))
        waiting += [target for target in _targets(path, text) if not target.startswith("docs/")]


def _text(path: str) -> str:
    """A file of the repository as a page: prose as it is, code as code, a folder as what lies in it."""
    there = SITE / _page_of(path) if path.startswith("docs/") else ROOT / path
    if path.endswith(".md"):
        return there.read_text()
    if there.is_dir():
        files = (
            file for file in sorted(there.rglob("*")) if file.is_file() and "__pycache__" not in file.parts
        )
        return f"# {path}\n\n" + "\n".join(f"- `{file.relative_to(there).as_posix()}`" for file in files)
    return f"# {path}\n\n````{LANGUAGES.get(there.suffix, 'text')}\n{there.read_text()}\n````\n"


def _page_of(path: str) -> str:
    """Where a file of the repository is on the site."""
    if path == START:
        return "index.md"
    if path.startswith("docs/"):
        return path.removeprefix("docs/").replace(".ipynb", ".md")
    return f"source/{path.removesuffix('.md')}.md"


def _targets(path: str, text: str) -> Iterator[str]:
    """The files of the repository that a page links to; others are left for the builder to complain of."""
    for _, target in LINK.findall(text):
        file = _resolved(path, target)
        if (ROOT / file).exists():
            yield file


def _resolved(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _linked(path: str, text: str) -> str:
    """A page with its links as they are on the site, and code that no test runs like any other."""
    home = posixpath.dirname(_page_of(path))
    return LINK.sub(
        lambda link: link[1] + posixpath.relpath(_page_of(_resolved(path, link[2])), home or "."), text
    ).replace("```python notest", "```python")


if __name__ == "__main__":
    main()
