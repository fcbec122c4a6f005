"""``zeo picture``: frameworks for papers."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from attrs import evolve
from command_line import run_zeo
from scipy.spatial import cKDTree

import zeo
from zeo.crystal.cif import cif_text
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.page.still import EDGE


def pixels(png: bytes) -> np.ndarray:
    return matplotlib.image.imread(io.BytesIO(png))[..., :3]


def teal(png: bytes) -> float:
    """The share of a picture that is shaded as pores are."""
    red, green, blue = np.moveaxis(pixels(png), -1, 0)
    return float(((green - red > 0.1) & (blue - red > 0.1)).mean())


def test_frameworks_stand_side_by_side(tmp_path: Path) -> None:
    for form in ("png", "pdf", "svg"):
        out = tmp_path / f"both.{form}"
        result = run_zeo("picture", "LTA", "SOD", "--cells", 1, "--out", out)
        assert result.exit_code == 0, result.output
        assert out.read_bytes() == zeo.picture(["LTA", "SOD"], cells=1, form=form)
    both, one = (tmp_path / "both.png").read_bytes(), zeo.picture("SOD", cells=1)
    assert pixels(both).shape[1] > pixels(one).shape[1]


def test_pores_are_shaded_where_they_are() -> None:
    assert teal(zeo.picture("CAN")) > 0.005
    assert teal(zeo.picture("LTA")) > 2 * teal(zeo.picture("SOD"))


def test_the_axis_is_the_line_of_sight() -> None:
    along = {axis: pixels(zeo.picture("MFI", axis=axis)) for axis in "abc"}
    assert not np.array_equal(along["a"], along["b"])
    assert not np.array_equal(along["b"], along["c"])


def lines_drawn(svg: bytes) -> list[frozenset[str]]:
    """Of the net in a picture, each as its two ends."""
    _, _, net = svg.decode().partition('<g id="LineCollection_1">')
    lines = re.findall(r'<path d="M (.*?) \nL (.*?) \n"', net.partition("</g>")[0])
    return [frozenset(ends) for ends in lines]


def bridges_in_sight(structure: Structure, axis: str, cells: int) -> list[frozenset[tuple[float, float]]]:
    """Those between T atoms in the cells that are shown, or on the edge of these, each as its two ends.

    By the oxygen, of one cell along the line of sight: the others lie behind it.
    """
    sight = "abc".index(axis)
    around = np.stack(np.meshgrid(*[range(-2, cells + 3)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    silicon, oxygen = (
        (structure.coords_of(element) % 1 + around[:, None]).reshape(-1, 3) for element in ("Si", "O")
    )
    oxygen = oxygen[np.floor(oxygen[:, sight]) == 0]
    _, nearest = cKDTree(silicon @ structure.lattice).query(oxygen @ structure.lattice, k=2)
    ends = np.delete(silicon[nearest], sight, axis=2)
    inside = ((ends > -EDGE) & (ends < cells + EDGE)).all(axis=(1, 2))
    return [frozenset(map(tuple, pair)) for pair in ends[inside].round(6).tolist()]


def shaken(structure: Structure) -> Structure:
    """Moved by any vector, with noise on each atom: bridges do not hide behind others by symmetry."""
    noise = np.random.default_rng(0)
    moved = structure.frac_coords + noise.random(3) + 0.002 * noise.standard_normal((len(structure), 3))
    return evolve(structure, frac_coords=moved)


@pytest.mark.parametrize("axis", ["a", "b", "c"])
@pytest.mark.parametrize(("code", "cells"), [("LTA", 2), ("SOD", 1), ("CAN", 3), ("MFI", 1), ("ABW", 2)])
def test_every_bridge_that_is_in_sight_is_drawn_once(code: str, cells: int, axis: str) -> None:
    structure = relaxed_structure(code)
    for each in (structure, shaken(structure)):
        drawn = lines_drawn(zeo.picture(each, axis=axis, cells=cells, form="svg"))
        there = bridges_in_sight(each, axis, cells)
        assert len(drawn) == len(there)
    assert sorted(Counter(drawn).values()) == sorted(Counter(there).values())


def test_a_file_is_kept_unless_forced(tmp_path: Path) -> None:
    file, out = tmp_path / "SOD.cif", tmp_path / "sod.png"
    file.write_text(cif_text(relaxed_structure("SOD"), "SOD"))
    out.write_text("precious")
    refused = run_zeo("picture", file, "--out", out)
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert out.read_text() == "precious"
    assert run_zeo("picture", file, "--out", out, "--force").exit_code == 0
    assert out.read_bytes() == zeo.picture("SOD")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nothing.cif"], 1, "nothing.cif"),
        (["LTA", "--probe", "pores"], 1, "no energy grid"),
        (["LTA", "--probe", "methan"], 1, "methane"),
        (["LTA", "--out", "lta.gif"], 2, ".png, .pdf, .svg"),
    ],
)
def test_what_cannot_be_drawn_gets_one_line(
    arguments: list[str], code: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_zeo("picture", "--out", "x.png", *arguments)
    assert result.exit_code == code
    assert says in result.stderr
    assert not list(tmp_path.iterdir())
