"""The plugin tutorial says what the example packages do, and leaves out no hook."""

from __future__ import annotations

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

import zeo
from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure
from zeo.plugin import hookspecs
from zeo.plugin.catalogue import Catalogue, probes_for
from zeo.plugin.columns import columns_by_name
from zeo.plugin.discovery import KINDS
from zeo.plugin.registry import installed_plugins
from zeo.running.wanted import wanted_of
from zeo.wishes.wish import names_in

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(page.relative_to(ROOT).as_posix() for page in DOCS.rglob("*.md"))
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
TUTORIAL = (ROOT / "docs" / "plugins.md").read_text()
EXAMPLES = ROOT / "tests" / "thirdparty"
BLOCKS = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)```\n", TUTORIAL, re.DOTALL))


def test_the_tutorial_shows_the_whole_package() -> None:
    package = EXAMPLES / "zeo-probe-example"
    files = [path for path in package.rglob("*") if path.suffix in (".py", ".toml")]
    assert {file for file in BLOCKS if file.startswith(package.name)} == {
        path.relative_to(EXAMPLES).as_posix() for path in files
    }


def test_there_is_an_example_of_each_kind_with_its_declaration() -> None:
    for kind in ("Representation", "Generator", "Conditioner", "PropertyProbe", "Postprocessor"):
        assert any(f"({kind}):" in code for code in BLOCKS.values()), kind
    for kind in KINDS:
        assert any(f"def zeo_{kind}s()" in code for code in BLOCKS.values()), kind


@pytest.mark.parametrize("file", BLOCKS)
def test_the_code_of_the_tutorial_is_the_code_that_is_tested(file: str) -> None:
    assert BLOCKS[file] == (EXAMPLES / file).read_text()


def test_every_hook_has_a_heading_and_a_kind() -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith("zeo_")]
    assert hooks == [f"zeo_{kind}s" for kind in KINDS]
    for hook in hooks:
        assert f"\n### {hook}\n" in TUTORIAL


def test_the_examples_of_the_api_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "LTA.cif").write_text(cif_text(relaxed_structure("LTA"), "LTA"))
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL):
        exec(block, names)
    assert "table" in names


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *PAGES])
def test_links_lead_somewhere(page: str) -> None:
    file = ROOT / page
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", file.read_text()):
        assert (file.parent / target).exists(), target


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs_and_their_links_lead_somewhere(notebook: Path) -> None:
    """What they give is on the site, which executes them; kept outputs would be those of an old version."""
    cells = json.loads(notebook.read_text())["cells"]
    assert all(not cell["outputs"] for cell in cells if cell["cell_type"] == "code")
    prose = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", prose):
        assert (notebook.parent / target).exists(), target


def test_the_site_leads_to_every_page() -> None:
    listed = re.findall(r": (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert len(listed) == len(set(listed))
    there = {page.removeprefix("docs/") for page in PAGES}
    assert set(listed) == there | {"index.md"} | {f"notebooks/{notebook.stem}.md" for notebook in NOTEBOOKS}


def test_the_reference_has_everything_that_is_offered() -> None:
    listed = re.findall(r"^::: zeo\.(\w+)$", (DOCS / "reference.md").read_text(), re.MULTILINE)
    assert sorted(set(listed) - {"testing"}) == sorted(set(zeo.__all__) - {"__version__"})


@pytest.mark.slow
def test_the_first_run_of_the_readme_is_what_it_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but what another processor changes: digits, how many came through, and why the others did not."""
    monkeypatch.chdir(tmp_path)
    shown = re.search(r"```console\n\$ zeo (.*)\n((?s:.*?))```", (ROOT / "README.md").read_text())
    assert shown
    assert f"zeo {shown[1]}\n" in (ROOT / "Makefile").read_text()
    made = CliRunner().invoke(main, shown[1].split()).stdout.replace(f"{ROOT}/", "")
    assert _wording(shown[2]) == _wording(made)


def _wording(text: str) -> list[str]:
    """The lines of a run without its numbers, its frameworks and its reasons."""
    lines = [
        line.split("  ")[0] if "lost" not in line else line
        for line in text.partition("Everything")[0].splitlines()
    ]
    before = [line for line in lines if not re.match(r"\d{6}|-+$", line)]
    return [re.sub(r"[\d.]+", "#", line) for line in [*before, *text.partition("Everything")[2].splitlines()]]


def test_wishes_of_the_docs_are_understood() -> None:
    plugins = installed_plugins()
    text = (ROOT / "docs" / "wishes.md").read_text()
    commands = [shlex.split(command) for command in re.findall(r"`(zeo run [^`]*)`", text)]
    wishes = [after for words in commands for word, after in pairwise(words) if word == "--target"]
    assert len(wishes) >= 6
    probes = probes_for([asked for wish in wishes for asked in names_in(wish)], [], plugins)
    catalogue = Catalogue(columns_by_name(probes, plugins))
    for wish in wishes:
        assert len(wanted_of([wish], catalogue)) == 1


def test_the_plugins_that_there_are_are_listed() -> None:
    listed = CliRunner().invoke(main, ["plugins", "list"]).stdout
    assert f"$ zeo plugins list\n{listed}" in (ROOT / "docs" / "plugins.md").read_text()
