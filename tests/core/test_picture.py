"""``zeo picture``: frameworks for papers."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from command_line import run_zeo

import zeo
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure


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
