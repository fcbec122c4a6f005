"""The probe of resemblance: who it knows, what does not change it, what it refuses."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from attrs import evolve
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.cli import main
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.data.sets.splits import held_out_codes
from zeo.data.sets.store import DataSet
from zeo.errors import GridError, InputError
from zeo.grids.grid import Grid
from zeo.plugin.registry import installed_plugins
from zeo_probes.framework_features import FEATURES, RINGS, Rest, at_rest

PROBE = installed_plugins().create("probe", "resemblance")
THRESHOLD = 0.693
UNKNOWN = ("AEL", "AFI", "CHA", "CON", "DAC", "EDI", "ERI", "BCT", "APD", "CGS")
"""Types that are held out: the model has learned from none of them."""


def measured(structure: Structure) -> dict[str, float | None]:
    return {name: quantity.value for name, quantity in PROBE.properties(structure).items()}


def score(structure: Structure) -> float:
    found = measured(structure)["score"]
    assert found is not None
    return found


def test_most_types_that_it_has_not_seen_look_known_and_most_hypothetical_ones_do_not() -> None:
    assert set(UNKNOWN) <= held_out_codes()
    types = [score(relaxed_structure(code)) for code in UNKNOWN]
    test = DataSet.open("standard").split("test")
    new = test.where([code is None for code in test.column("code")])
    others = [score(new.structure(index)) for index in range(0, len(new), len(new) // 20)]
    assert np.mean(np.array(types) > THRESHOLD) >= 0.8
    assert np.mean(np.array(others) > THRESHOLD) <= 0.2


@pytest.mark.parametrize("code", ["SOD", "MFI"])
def test_the_numbers_of_a_known_framework(code: str) -> None:
    rest = at_rest(relaxed_structure(code))
    assert isinstance(rest, Rest)
    assert tuple(rest.numbers) == FEATURES
    assert sum(rest.rings.values()) == pytest.approx(1.0)
    if code == "SOD":  # vertex symbol 4.4.6.6.6.6
        shares = {name: rest.rings[name] for name in RINGS if rest.rings[name]}
        assert shares == pytest.approx({"rings_4": 1 / 3, "rings_6": 2 / 3})
        assert rest.distances["range_TT"] == pytest.approx(0.0, abs=1e-3)
        assert rest.distances["mean_TO"] == pytest.approx(1.6, abs=0.02)


def supercell(structure: Structure, along: int) -> Structure:
    """Two cells side by side."""
    stretch = np.ones(3)
    stretch[along] = 2.0
    steps = [np.zeros(3), np.eye(3)[along]]
    coords = np.concatenate([(structure.frac_coords + step) / stretch for step in steps])
    return Structure(structure.lattice * stretch[:, None], structure.species * 2, coords)


@settings(max_examples=12, deadline=None)
@given(
    code=st.sampled_from(["SOD", "CHA", "AEL", "FER", "BIK"]),
    shift=st.tuples(*[st.floats(-1.0, 2.0)] * 3),
    axes=st.permutations([0, 1, 2]),
    along=st.sampled_from([None, 0, 1, 2]),
)
def test_origin_axes_and_cell_do_not_matter(
    code: str, shift: tuple[float, ...], axes: list[int], along: int | None
) -> None:
    structure = relaxed_structure(code)
    turned = Structure(
        structure.lattice[axes], structure.species, (structure.frac_coords + np.array(shift))[:, axes]
    )
    same = turned if along is None else supercell(turned, along)
    assert measured(same) == pytest.approx(measured(structure), abs=2e-3)


def test_it_is_of_the_framework_at_rest_whatever_it_comes_as() -> None:
    """Strained by a hundredth, and shaken."""
    structure = relaxed_structure("CHA")
    moves = np.random.default_rng(0).normal(0.0, 0.002, (len(structure), 3))
    strained = evolve(structure, lattice=structure.lattice * 1.01, frac_coords=structure.frac_coords + moves)
    assert score(strained) == pytest.approx(score(structure), abs=0.1)


def test_what_cannot_be_relaxed_has_no_score_and_a_reason() -> None:
    structure = relaxed_structure("SOD")
    torn = evolve(structure, lattice=structure.lattice * 1.3)
    found = PROBE.properties(torn)
    assert found["score"].value is None
    assert found["above_line"].value is None
    assert "geometry cannot be regularised" in str(found["score"])


def test_cations_broken_nets_and_grids_are_refused() -> None:
    structure = relaxed_structure("SOD")
    filled = Structure(
        structure.lattice, (*structure.species, "Na"), np.concatenate([structure.frac_coords, [[0.5] * 3]])
    )
    with pytest.raises(InputError, match="Na in it, but frameworks are compared as SiO2"):
        PROBE.properties(filled)
    broken = Structure(structure.lattice, structure.species[:-1], structure.frac_coords[:-1])
    with pytest.raises(InputError, match="repair the framework first"):
        PROBE.properties(broken)
    with pytest.raises(GridError):
        PROBE.properties(Grid.stack({"si": np.zeros((4, 4, 4))}, np.eye(3)))


def test_it_is_a_quantity_like_any_other(tmp_path) -> None:
    files = []
    for code in ("CHA", "MFI"):
        relaxed_structure(code).to_ase().write(tmp_path / f"{code}.cif")
        files.append(str(tmp_path / f"{code}.cif"))
    result = CliRunner().invoke(main, ["probe", *files, "--probe", "resemblance", "--csv"])
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [0 <= float(row["resemblance.score"]) <= 1 for row in rows] == [True, True]
    assert all(row["resemblance.above_line [kJ/mol Si]"] for row in rows)
    none = CliRunner().invoke(
        main, ["probe", *files, "--where", "resemblance.score>0.999999", "--probe", "resemblance"]
    )
    assert "MFI.cif" not in none.stdout


def test_a_run_and_its_evaluation_have_it_as_a_column(tmp_path) -> None:
    out = tmp_path / "run"
    arguments = [
        "run",
        "--generator",
        "search",
        "-n",
        "4",
        "--target",
        "resemblance.score>0.5",
        "--out",
        str(out),
    ]
    result = CliRunner().invoke(main, [*arguments, "--no-report"])
    assert result.exit_code == 0, result.output
    header = (out / "summary.csv").read_text().splitlines()[0]
    assert "resemblance.score" in header
    evaluated = CliRunner().invoke(main, ["evaluate", str(out)])
    assert evaluated.exit_code == 0, evaluated.output
    assert "resemblance.score" in evaluated.stdout


def test_cations_end_the_command_with_one_line(tmp_path) -> None:
    structure = relaxed_structure("SOD").to_ase()
    structure.append("Na")
    structure.write(tmp_path / "filled.cif")
    result = CliRunner().invoke(main, ["probe", str(tmp_path / "filled.cif"), "--probe", "resemblance"])
    assert result.exit_code != 0
    assert "take out what is in the pores" in result.output
