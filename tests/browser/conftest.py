"""Pages in a real browser; without one, these tests are skipped. One browser serves all of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import done

sys.path.insert(0, str(Path(__file__).parent))
from chromium import PROGRAM, Browser, Page, running_browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("no chromium: apt-get install chromium")
    with running_browser() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a file in a tab, at a fragment such as ``"#SOD"``; it is closed after the test."""
    pages: list[Page] = []

    def open_page(file: Path, fragment: str = "", **options: Any) -> Page:
        pages.append(Page(browser, file.as_uri() + fragment, **options))
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with wishes and two objectives, and its report."""
    out = tmp_path_factory.mktemp("runs") / "made"
    wishes = ("--target", "methane.qst=15..25 kJ/mol", "--target", "energy<25")
    objectives = ("--maximise", "methane.qst", "--minimise", "energy")
    usual = ("--generator", "dataset", "--set", "dataset.noise=0.3", "--probe", "methane", "-n", 12)
    done("run", *usual, *wishes, *objectives, "--out", out)
    return out


@pytest.fixture(scope="session")
def report(run: Path) -> Path:
    """The page that the run wrote of itself."""
    return run / "report.html"


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of ten thousand frameworks, of which two have details."""
    page = tmp_path_factory.mktemp("large") / "standard.html"
    done("report", "standard", "--top", 2, "--out", page)
    return page
