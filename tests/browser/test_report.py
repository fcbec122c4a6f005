"""Report pages as people meet them: in a browser, by mouse, keys and fingers."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import gemmi
import matplotlib.image
import numpy as np
import pytest
from chromium import Page, running_browser
from command_line import done
from kept import change

import zeo
from zeo.data.known.relaxed import relaxed_structure
from zeo.data.sets.description import Description
from zeo.data.sets.entry import Entry
from zeo.data.sets.writer import DataSetWriter

Open = Callable[..., Page]

CHOSEN = "zeo.page.chosen.id"

AXE = Path(__file__).parent / "axe" / "axe.min.js"


def colours(png: bytes) -> int:
    """How many a picture has."""
    pixels = (matplotlib.image.imread(io.BytesIO(png))[..., :3] * 255).astype(int)
    return len(np.unique(pixels.reshape(-1, 3), axis=0))


def chosen(page: Page, name: str) -> None:
    """Wait until a framework is drawn."""
    page.wait(f"{CHOSEN} === {json.dumps(name)} && zeo.page.scene.ready === zeo.page.chosen.index")


def test_nothing_is_fetched_and_there_is_something_to_see(opened: Open, report: Path) -> None:
    page = opened(report).settled()
    assert page.js("document.querySelector('h1').textContent") == "dataset"
    wish = page.js("document.querySelector('.wish').textContent")
    assert "15 to 25 kJ/mol" in wish
    assert "below 25 kJ/mol Si" in wish
    command = page.js("document.querySelector('.command code').textContent")
    assert command.startswith("zeo run --generator dataset --probe methane -n 12")
    assert colours(page.screenshot("#view")) > 500
    assert page.js("document.querySelectorAll('#canvas svg path').length") > 10
    assert page.requests == []
    assert page.complaints == []


def test_table_plot_and_panel_show_the_same_framework(opened: Open, report: Path) -> None:
    page = opened(report).settled()
    before = page.screenshot("#view")
    page.click("#scroll tbody tr[data-index]:nth-child(3)")
    third = page.js("zeo.page.shown[2].id")
    chosen(page, third)
    assert page.js("document.querySelector('#name').textContent").startswith(third)
    assert page.js("location.hash") == f"#{third}"
    ring = page.js("['cx', 'cy'].map(k => +document.querySelector('#rings circle').getAttribute(k))")
    assert ring == page.js("zeo.page.plot.points.find(point => point.line === zeo.page.chosen).xy")
    page.js("new Promise(done => setTimeout(done, 300))")
    assert page.screenshot("#view") != before

    x, y = page.js(
        "(() => { document.querySelector('#canvas').scrollIntoView({block: 'center'});"
        " const { xy } = zeo.page.plot.points.find(point => point.line === zeo.page.shown[1]);"
        " const box = document.querySelector('#canvas svg').getBoundingClientRect();"
        " return [box.x + xy[0], box.y + xy[1]]; })()"
    )
    page.move((x, y))
    second = page.js("zeo.page.shown[1].id")
    assert second in page.js("document.querySelector('#tip').textContent")
    page.click((x, y))
    chosen(page, second)
    assert page.js("document.querySelector('tr.chosen td.text').textContent").strip() == second
    assert page.complaints == []


def test_loadings_at_several_pressures_are_an_isotherm(opened: Open, tmp_path: Path) -> None:
    wishes = [f"methane.loading[p={pressure} bar]>0" for pressure in (1, 10, 35)]
    coarse = ("--set", "methane-loading.spacing=1.0", "--relax", "none", "-n", 1)
    targets = [word for wish in wishes for word in ("--target", wish)]
    done("run", "--generator", "dataset", *coarse, *targets, "--out", tmp_path / "run")
    page = opened(tmp_path / "run" / "report.html").settled()
    table = zeo.Run.open(tmp_path / "run").table().iloc[0]
    said = page.js("document.querySelector('svg.isotherm').getAttribute('aria-label')")
    for point in said.split(", "):
        loading, _, _, pressure, _ = point.split(" ")
        exact = table[f"methane.loading[p={pressure} bar] [mol/kg]"]
        assert float(loading) == pytest.approx(exact, rel=5e-3)
    assert said.count(",") == 2
    assert page.complaints == []


def test_a_design_shows_its_hits_and_where_the_effort_went(opened: Open, tmp_path: Path) -> None:
    wish = ("--target", "void_fraction=0.13..0.17", "--generator", "search", "--set", "search.t_atoms=4,64")
    done("design", *wish, "--until", 1, "--out", tmp_path / "design")
    page = opened(tmp_path / "design" / "report.html").settled()
    assert page.js("document.querySelector('.wish').textContent").startswith("Design of ")
    assert "search from known" in page.js("document.querySelector('table.effort').textContent")
    said = page.js("document.querySelector('.funnel svg').getAttribute('aria-label')")
    found = page.js("zeo.frameworks.filter(line => line.met).length")
    assert said.startswith(f"hits: {found} after ")
    assert page.js("zeo.frameworks[0].met") == 1
    assert page.complaints == []


def test_keys_walk_through_the_table(opened: Open, report: Path) -> None:
    page = opened(report).settled()
    for _ in range(4):
        page.key("ArrowDown")
    assert page.js(CHOSEN) == page.js("zeo.page.shown[4].id")
    page.key("ArrowUp")
    assert page.js(CHOSEN) == page.js("zeo.page.shown[3].id")
    chosen(page, page.js(CHOSEN))
    assert page.complaints == []


def test_sorting_and_filters(opened: Open, report: Path) -> None:
    page = opened(report).settled()
    page.click('[data-sort="methane.qst"]')
    values = page.js("zeo.page.shown.map(line => zeo.valueOf(line, 'methane.qst'))")
    known = [value for value in values if value is not None]
    assert known == sorted(known)
    assert values[: len(known)] == known
    page.click('[data-sort="methane.qst"]')
    assert page.js("zeo.valueOf(zeo.page.shown[0], 'methane.qst')") == known[-1]
    page.click("#filter")
    page.type("qst>18 energy<=20")
    kept = page.js("zeo.page.shown.map(line => ['methane.qst', 'energy'].map(id => zeo.valueOf(line, id)))")
    assert 0 < len(kept) < page.js("zeo.frameworks.length")
    assert all(heat > 18 and energy <= 20 for heat, energy in kept)
    assert page.js("document.querySelectorAll('#scroll tr[data-index]').length") == len(kept)


def test_downloads_are_what_the_run_has(opened: Open, run: Path, report: Path) -> None:
    page = opened(report).settled()
    page.click("#cif")
    name = page.js(CHOSEN)
    downloaded = page.downloaded(f"{name}.cif")
    assert downloaded == (run / "structures" / f"{name}.cif").read_bytes()
    assert len(gemmi.make_small_structure_from_block(gemmi.cif.read_string(downloaded.decode())[0]).sites)
    page.click("#csv")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(page.downloaded("dataset.csv").decode()))}
    table = zeo.Run.open(run).table()
    assert set(rows) == set(table["id"])
    for _, line in table.iterrows():
        shown, known = rows[line["id"]]["methane.qst [kJ/mol]"], line["methane.qst [kJ/mol]"]
        assert (float(shown) if shown else np.nan) == pytest.approx(known, rel=1e-6, nan_ok=True)


def test_the_pores_are_those_of_the_probe_on_the_grid_of_the_picture(
    opened: Open, run: Path, report: Path
) -> None:
    page = opened(report).settled()
    for name in page.js("zeo.frameworks.slice(0, 6).map(line => line.id)"):
        page.js(f"zeo.page.choose(zeo.frameworks.find(line => line.id === '{name}'))")
        chosen(page, name)
        found = page.js("zeo.page.scene.found")
        probe = zeo.probe(run / "structures" / f"{name}.cif", "methane", grid_size=32)
        everywhere = probe["methane.void_fraction"].value
        assert found["cages"] + found["channels"] == pytest.approx(everywhere, abs=1e-6)
        accessible = probe["methane.void_fraction_accessible"].value
        assert found["channels"] == pytest.approx(accessible, abs=1e-6)
        assert found["dimensions"] == probe["methane.channel_dimensionality"].value


def test_a_surface_is_closed_and_encloses_what_it_should(opened: Open, report: Path) -> None:
    """Every edge belongs to two faces that run along it in opposite directions."""
    page = opened(report).settled()
    edges, volume = page.js(
        """(() => {
          const n = 24, steps = new Uint8Array(n ** 3), kind = new Uint8Array(n ** 3).fill(1);
          const edges = new Map();
          for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) for (let k = 0; k < n; k++)
            steps[(i * n + j) * n + k] = 10 * Math.hypot(i - 12, j - 12, k - 12);
          const { vertexArr, faceArr } = zeo.surfaceAround(steps, n, kind, 1, 70, 1, f => f.map(x => x * n));
          let volume = 0;
          for (let i = 0; i < faceArr.length; i += 3) {
            const [a, b, c] = faceArr.slice(i, i + 3), [p, q, r] = [a, b, c].map(v => vertexArr[v]);
            const across = [q.y * r.z - q.z * r.y, q.z * r.x - q.x * r.z, q.x * r.y - q.y * r.x];
            volume += (p.x * across[0] + p.y * across[1] + p.z * across[2]) / 6;
            for (const [u, v] of [[a, b], [b, c], [c, a]]) {
              const key = `${Math.min(u, v)},${Math.max(u, v)}`;
              edges.set(key, (edges.get(key) ?? 0) + (u < v ? 1 : -1));
            }
          }
          return [[...new Set(edges.values())], volume];
        })()"""
    )
    assert edges == [0]
    assert abs(volume) == pytest.approx(4 / 3 * np.pi * 7**3, rel=0.03)


def test_every_control_of_the_picture_works(opened: Open, report: Path) -> None:
    page = opened(report).settled()
    for model in ("tetrahedra", "net", "sticks"):
        page.click(f"#model [data-id={model}]")
        assert page.js(f"document.querySelector('#model [data-id={model}]').ariaPressed") == "true"
        assert colours(page.screenshot("#view")) > 200
    page.click('#cells [data-id="2"]')
    page.click("#axes [data-id=a]")
    page.click("#spin")
    page.click("#theme")
    page.click("#spin")
    page.js(
        "(() => { const level = document.querySelector('#level');"
        " level.value = level.min; level.oninput(); })()"
    )
    page.wait("zeo.page.scene.found.cages + zeo.page.scene.found.channels < 0.01")
    assert page.complaints == []


def test_a_phone_shows_the_page_and_the_panel(opened: Open, report: Path) -> None:
    page = opened(report, size=(390, 844), phone=True)
    page.wait("window.zeo && zeo.page.chosen")
    assert page.js("document.documentElement.scrollWidth") == 390
    page.click("#strip")
    page.settled()
    assert page.js("document.querySelector('#detail').getBoundingClientRect().width") == 390
    assert page.js("document.querySelector('#detail').scrollWidth") <= 390
    assert colours(page.screenshot("#view")) > 200
    page.click("#back")
    assert page.js("document.body.classList.contains('open')") is False
    assert page.complaints == []


def test_dark_where_the_system_is_and_still_where_it_wants_no_motion(opened: Open, report: Path) -> None:
    page = opened(report, features={"prefers-color-scheme": "dark", "prefers-reduced-motion": "reduce"})
    page.settled()
    assert page.js("document.documentElement.dataset.theme") == "dark"
    assert page.js("getComputedStyle(document.querySelector('#spin')).display") == "none"
    assert page.js("document.getAnimations().length") == 0
    assert page.complaints == []


@pytest.mark.parametrize(
    ("theme", "size"), [("light", (1400, 1000)), ("dark", (1400, 1000)), ("light", (390, 844))]
)
def test_axe_finds_nothing(opened: Open, report: Path, theme: str, size: tuple[int, int]) -> None:
    """Contrast, names and roles as WCAG 2.1 AA asks for, with the panel of a framework open."""
    page = opened(report, size=size, phone=size[0] < 1000, features={"prefers-color-scheme": theme})
    page.wait("window.zeo && zeo.page.chosen")
    if size[0] < 1000:
        page.click("#strip")
    page.settled()
    page.js(AXE.read_text())
    found = page.js("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] })")
    assert any(rule["id"] == "color-contrast" for rule in found["passes"])
    broken = {
        rule["id"]: [f"{node['target']}: {node['failureSummary']}" for node in rule["nodes"]]
        for rule in found["violations"]
    }
    assert broken == {}


def test_names_with_markup_do_not_execute(opened: Open, run: Path, tmp_path: Path) -> None:
    evil = "<img src=x onerror=\"document.title='hit'\"><b onmouseover=\"document.title='hit'\">&quot;x"
    folder = Path(shutil.copytree(run, tmp_path / "<i>evil"))

    def named(record: dict[str, Any]) -> dict[str, Any]:
        changed = {"identity": record["identity"] | {"name": evil}, "source": {"framework": evil}}
        return record | changed if record["survived"] else record

    change(folder, named)
    done("report", folder, "--out", tmp_path / "evil.html")
    page = opened(tmp_path / "evil.html").settled()
    page.move(page.middle("#scroll tbody tr:nth-child(2) td:nth-child(3)"))
    page.move(page.middle(".numbers div"))
    assert page.js("document.querySelectorAll('img, [onmouseover]').length") == 0
    assert evil in page.js("document.querySelector('#name').textContent")
    assert evil in page.js("document.querySelector('.past').textContent")
    assert page.js("document.querySelector('h1').textContent") == "<i>evil"
    assert page.js("document.title") != "hit"
    assert page.complaints == []


def test_a_run_without_survivors_is_a_page(opened: Open, run: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(run, tmp_path / "none"))
    change(folder, lambda record: None if record["survived"] else record)
    done("report", folder, "--out", tmp_path / "none.html")
    page = opened(tmp_path / "none.html")
    page.wait("window.zeo")
    page.js("new Promise(done => setTimeout(done, 300))")
    assert page.js("document.querySelectorAll('.step').length") > 0
    assert page.js("document.querySelector('#detail').hidden") is True
    assert page.complaints == []


def test_several_runs_stand_side_by_side(opened: Open, run: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(run, tmp_path / "other"))
    done("report", run, other, "--top", 4, "--out", tmp_path / "both.html")
    page = opened(tmp_path / "both.html").settled()
    assert page.js("document.querySelectorAll('.source').length") == 2
    assert page.js("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    page.js("zeo.page.choose(zeo.frameworks.at(-1), true)")
    page.wait("document.querySelector('#note').textContent.includes('--top')")
    assert page.complaints == []


@pytest.fixture(scope="module")
def three(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of three runs: two with wishes that differ, one without any."""
    folder = tmp_path_factory.mktemp("three")
    usual = ("run", "--generator", "dataset", "--relax", "none", "--probe", "methane", "-n", 6, "--no-report")
    wishes = ("methane.qst>5", "methane.qst<17", "methane.channel_dimensionality=0..1")
    done(*usual, *[word for wish in wishes for word in ("--target", wish)], "--out", folder / "low")
    done(*usual, "--out", folder / "free")
    done("report", run, folder / "low", folder / "free", "--out", folder / "three.html")
    return folder / "three.html"


WANTED = {
    "made": {"methane.qst_accessible": (15, 25), "energy": (-np.inf, 25)},
    "low": {"methane.qst_accessible": (5, 17), "methane.channel_dimensionality": (0, 1)},
    "free": {},
}
"""By each of the three runs."""


def verdict(source: str, quantity: str, value: float | None) -> str:
    """How a cell is coloured in a framework of one of the three runs."""
    if quantity not in WANTED[source]:
        return ""
    low, high = WANTED[source][quantity]
    return "hit" if value is not None and low <= value <= high else "miss"


def test_cells_are_coloured_by_the_wishes_of_their_own_run(opened: Open, three: Path) -> None:
    page = opened(three).settled()
    rows = page.js(
        """(() => {
          const heads = [...document.querySelectorAll('#scroll thead th')];
          const ids = heads.map(head => head.querySelector('[data-sort]')?.dataset.sort);
          return [...document.querySelectorAll('#scroll tr[data-index]')].map(row => {
            const line = zeo.frameworks[row.dataset.index];
            const cells = ids.map((id, i) => [id, zeo.valueOf(line, id), row.cells[i].className]);
            return [zeo.data.sources[line.source].name, line.met, cells.slice(4)];
          });
        })()"""
    )
    assert {source for source, *_ in rows} == set(WANTED)
    for source, met, cells in rows:
        kinds = {quantity: kind for quantity, _, kind in cells}
        assert kinds == {quantity: verdict(source, quantity, value) for quantity, value, _ in cells}
        assert not (met and "miss" in kinds.values())


def test_the_panel_is_coloured_by_the_wishes_of_its_own_run(opened: Open, three: Path) -> None:
    page, dimensions = opened(three).settled(), "methane.channel_dimensionality"
    for number, source in enumerate(WANTED):
        page.js(f"zeo.page.choose(zeo.frameworks.find(line => line.source === {number}))")
        page.wait("zeo.page.scene.ready === zeo.page.chosen.index")
        kinds = page.js(
            "[...document.querySelectorAll('#facts tr')].filter(tr => /^directions of/.test(tr.textContent))"
            ".flatMap(tr => [...tr.cells].map(cell => cell.className).filter(Boolean))"
        )
        wanted = verdict(source, dimensions, page.js(f"zeo.valueOf(zeo.page.chosen, '{dimensions}')"))
        assert kinds == ([wanted] if wanted else [])


def test_the_plot_tells_whose_wishes_it_shades(opened: Open, three: Path) -> None:
    page = opened(three).settled()
    for which, what in (("x", "methane.qst_accessible"), ("y", "density"), ("colour", "on target")):
        page.js(
            f"(() => {{ const box = document.querySelector('#{which}');"
            f" box.value = {json.dumps(what)}; box.onchange(); }})()"
        )
    shades = page.js("[...document.querySelectorAll('path.wanted')].map(box => getComputedStyle(box).fill)")
    made, low, _ = page.js("[...document.querySelectorAll('.source i.dot')].map(dot => dot.style.background)")
    assert shades == [made, low, low]
    legend = page.js("[...document.querySelectorAll('#legend span')].map(entry => entry.textContent)")
    assert legend[:5] == ["on target", "off target", "no target", "wanted by made", "wanted by low"]


def test_ticks_are_multiples_of_their_step(opened: Open, report: Path) -> None:
    """On axes of any width and place; one at zero is a plain 0."""
    page = opened(report)
    page.wait("window.zeo")
    edges = np.random.default_rng(0).normal(size=(400, 2)) * np.logspace(-3, 4, 400)[:, None]
    axes = [sorted(pair) for pair in edges.tolist()] + [[-0.31, 0.12], [-3, 0], [0, 0.7], [-0.1, 0.1]]
    all_ticks = page.js(
        f"{json.dumps(axes)}.map(ends => zeo.scaleOf({{ ranges: [], logarithmic: false }}, ends, 0, 1)"
        ".ticks.map(([, words]) => words.replace('\\u2212', '-')))"
    )
    for (low, high), ticks in zip(axes, all_ticks, strict=True):
        values = [Decimal(words) for words in ticks]
        (step,) = {after - before for before, after in pairwise(values)}
        assert [value % step for value in values] == [0] * len(values)
        if low <= 0 <= high:
            assert "0" in ticks


STATED = {
    "kh": (0.0043, None),
    "kh_mol": (3e-7, 1.0),
    "qst": (12.7, 15.0),
    "void_fraction": (0.0043, 0.0),
    "channel_dimensionality": (3.0, 0.0),
}
"""Before relaxation, and after it whole numbers or nothing."""


def number(text: str) -> float:
    """As the page writes it; NaN where it writes nothing."""
    plain = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")).replace("·10", "e")
    return float(plain or "nan")


def test_the_nature_of_a_quantity_decides_its_decimals(opened: Open, run: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(run, tmp_path / "stated"))

    def stated(record: dict[str, Any]) -> dict[str, Any]:
        for name, values in STATED.items() if record["survived"] else ():
            for stage, value in zip(("unrelaxed_properties", "properties"), values, strict=True):
                record[stage]["methane"][name]["value"] = value
        return record

    change(folder, stated)
    done("report", folder, "--out", tmp_path / "stated.html")
    page = opened(tmp_path / "stated.html").settled()
    labels = {
        each["id"].removeprefix("methane."): f"{each['label']} {each['unit']}".strip()
        for each in page.js("zeo.data.quantities")
    }
    head, *rows = page.js(
        "[...document.querySelector('#facts table').rows]"
        ".map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )
    shown = {cells[0]: dict(zip(head, cells, strict=True)) for cells in rows}
    for name, values in STATED.items():
        texts = [shown[labels[name]][stage] for stage in ("before relaxation", "final")]
        wanted = [np.nan if value is None else value for value in values]
        assert [number(text) for text in texts] == pytest.approx(wanted, rel=5e-3, nan_ok=True), name
    dimensions = shown[labels["channel_dimensionality"]]
    assert (dimensions["before relaxation"], dimensions["final"]) == ("3", "0")


NAMES = ("SOD", "SOD/1", "SOD/LTA", "SOD%2F1", "50%", "50%/1", "#ü?&", "1")


def page_of_names(folder: Path, sets: int) -> Path:
    """A page of so many data sets, each with a framework of each name."""
    structure, paths = relaxed_structure("SOD"), [folder / f"set-{number}" for number in range(sets)]
    entries = [Entry(name=each, structure=structure, key=each, origin="", split="") for each in NAMES]
    for path in paths:
        DataSetWriter(path, Description(name=path.name, made_by={})).append(entries)
    done("report", *paths, "--top", 0, "--out", folder / "page.html")
    return folder / "page.html"


@pytest.mark.parametrize("sets", [1, 2])
def test_the_address_of_a_framework_leads_to_it(opened: Open, tmp_path: Path, sets: int) -> None:
    file = page_of_names(tmp_path, sets)
    page = opened(file)
    page.wait("window.zeo && zeo.page.chosen")
    for number in range(sets * len(NAMES)):
        page.js(f"zeo.page.choose(zeo.frameworks[{number}])")
        there = opened(file, page.js("location.hash"))
        there.wait("window.zeo && zeo.page.chosen")
        assert there.js("zeo.page.chosen.index") == number
        assert there.complaints == []


def test_an_address_that_leads_nowhere_leads_to_the_first(opened: Open, tmp_path: Path) -> None:
    file = page_of_names(tmp_path, 1)
    for fragment in ("#%", "#%E0%A4%A", "#%/%", "#nowhere", "#/", "#1/%", "#1/7"):
        page = opened(file, fragment)
        page.wait("window.zeo && zeo.page.chosen")
        assert page.js("zeo.page.chosen.index") == 0
        assert page.complaints == []


def test_ten_thousand_frameworks_stay_fluent(opened: Open, large: Path) -> None:
    """Only rows in sight are in the document, and a key is answered with few frames lost."""
    page = opened(large).settled()
    assert page.js("zeo.frameworks.length") > 9000
    assert page.js("document.querySelectorAll('#scroll tr').length") < 150
    there = page.js("zeo.frameworks.length")
    assert page.js("document.querySelector('#count').textContent") == f"{there:,} rows"
    assert page.js("document.querySelector('.numbers b').textContent") == f"{there:,}"
    page.js("document.querySelector('#scroll').scrollTop = 100000")
    page.wait("+document.querySelector('#scroll tbody tr[data-index]').dataset.index > 1000")
    page.click('[data-sort="energy"]')
    assert page.js("zeo.valueOf(zeo.page.shown[0], 'energy')") == page.js(
        "Math.min(...zeo.data.frameworks.values.after.energy.filter(value => value != null))"
    )
    page.click("#filter")
    page.type("largest_ring=12")
    assert 0 < page.js("zeo.page.shown.length") < page.js("zeo.frameworks.length")
    assert page.requests == []
    assert page.complaints == []


def test_a_single_structure_has_the_panel_alone(opened: Open, tmp_path: Path) -> None:
    done("view", "FAU", "--probe", "methane", "--out", tmp_path / "view.html")
    page = opened(tmp_path / "view.html").settled()
    assert "FAU" in page.js("document.querySelector('#name').textContent")
    assert page.js("getComputedStyle(document.querySelector('#overview')).display") == "none"
    assert page.js("document.querySelector('#detail').getBoundingClientRect().width") > 1000
    assert colours(page.screenshot("#view")) > 500
    assert page.complaints == []


def test_without_webgl_there_is_a_still_picture(report: Path, browser: object) -> None:
    with running_browser("--disable-3d-apis") as plain:
        page = Page(plain, report.as_uri()).settled()
        assert "no WebGL" in page.js("document.querySelector('#note').textContent")
        assert page.js("document.querySelectorAll('#still svg path').length") > 20
        assert "in channels" in page.js("document.querySelector('#found').textContent")
        page.key("ArrowDown")
        assert page.js(CHOSEN) == page.js("zeo.page.shown[1].id")
        assert page.complaints == []
