"""Values that no framework, gas or formula can have are refused in a line that says what could be."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import zeo
from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import ConfigError

REFUSED = {
    ("isotherm", "SOD", "--temperature", "1"): "temperature must be at least 50",
    ("isotherm", "SOD", "--temperature", "1e9"): "temperature must be at most 2000",
    ("isotherm", "SOD", "--pressures", "inf bar"): "'inf bar' has no number; write 1, 5.8, 65 bar",
    ("isotherm", "SOD", "--pressures", "1 bar, 2 kPa"): "'1 bar' is no number; write 1, 5.8, 65 bar",
    ("isotherm", "SOD", "--pressures", "-1 bar"): "positive",
    ("probe", "SOD", "--probe", "methane", "--set", "methane.temperature=1e9"): "at most 2000",
    ("probe", "SOD", "--probe", "methane[T=1 K]"): "at least 50",
    ("probe", "SOD", "--probe", "methane", "--where", "kh**500>1"): "an exponent is at most 10",
    ("probe", "SOD", "--probe", "methane", "--where", "kh/(2-2)>1"): "it divides by zero",
    ("probe", "SOD", "--probe", "methane", "--where", "kh>1+log(0)"): "a part of it is no number",
    ("identify", "SOD", "--sort", "density**99999"): "an exponent is at most 10",
    ("relax", "SOD", "--set", "relax.rattle=100"): "relax.rattle must be at most 1",
    ("run", "-n", "1", "--out", "run", "--set", "zeosym.space_group=999"): "must be at most 230",
    ("run", "-n", "1", "--out", "run", "--set", "zeosym.t_atoms=1"): "T atoms in the primitive cell",
    ("run", "-n", "1", "--out", "run", "--generator", "search", "--set", "search.density=1000,2000"): (
        "search.density must be at most 40"
    ),
    ("train", "surrogate", "--out", "weights"): "add --quantity COLUMN",
}


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_an_absurd_value_is_refused_in_a_line(words: tuple[str, ...], tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    last = done.output.splitlines()[-1]
    assert last.startswith("Error: ")
    assert REFUSED[words] in last
    assert not list(tmp_path.iterdir())


def test_one_pressure_is_a_number_of_bar() -> None:
    (point,) = zeo.isotherm("SOD", "methane", 5).isotherm.points
    assert point.pressure == pytest.approx(5e5)


@pytest.mark.parametrize("pressures", [0, -1.0, float("nan"), float("inf")])
def test_a_pressure_that_is_none_is_refused(pressures: float) -> None:
    with pytest.raises(ConfigError, match="positive and finite"):
        zeo.isotherm("SOD", "methane", pressures)


def test_a_data_set_of_nothing_is_no_success(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "SOD.cif").write_text(cif_text(relaxed_structure("SOD"), "SOD"))
    words = ["data", "build", "SOD.cif", "--out", "built", "--where", "largest_ring>=30"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert "Wrote 0 frameworks" in done.output
