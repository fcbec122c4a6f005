"""What a ridge regression sees of a framework, before relaxation and after, and what it tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from command_line import done, run_zeo
from crystals import described_otherwise
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import data_in

import zeo
from zeo import DataSet
from zeo.crystal.cif import cif_text
from zeo.crystal.geometry import LONGEST_BOND
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import FrameworkSet
from zeo.data.known.relaxed import relaxed_structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import installed_plugins
from zeo_cleanup.bonds import bonds_within
from zeo_cleanup.dls import regularise
from zeo_surrogate.ridge import RELAXED_SCALE, RidgeLearner
from zeo_surrogate.stated import CERTAIN, Stated

CODES = ["SOD", "MFI", "CHA"]
ALIKE: dict[str, Any] = {"rel": 2e-3, "abs": 2e-3}
"""Distance least squares ends where its gradient is small, and not twice at the same bit."""


def seen(structure: Structure) -> Any:
    return RidgeLearner().seen(structure)


def told_by(model: Path, structure: Structure) -> Any:
    return zeo.probe(structure, "surrogate", options={"surrogate": {"model": (str(model),)}})


def test_an_energy_that_is_told_is_not_taken_for_that_of_the_relaxation(ridge: Path, tmp_path: Path) -> None:
    of_it = ("--probe", "surrogate", "--set", f"surrogate.model={ridge}", "--no-report")
    out = tmp_path / "run"
    table = done("run", "--generator", "dataset", *of_it, "-n", 1, "--out", out).output
    best = done("best", out).output
    for text in (table, best):
        headings = next(line.split() for line in text.splitlines() if " name " in line)
        assert headings.count("energy") == 1
        assert headings.count("surrogate.energy") == 1
    page = tmp_path / "page.html"
    done("report", out, "--out", page)
    told = next(each for each in data_in(page)["quantities"] if each["id"] == "surrogate.energy")
    assert (told["symbol"], told["label"]) == ("energy surrogate", "energy (surrogate)")


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(CODES), st.tuples(*3 * [st.floats(0, 1)]), st.integers(0, 5))
def test_what_it_sees_depends_on_no_choice_of_origin_or_order(
    code: str, shift: tuple[float, float, float], seed: int
) -> None:
    structure = relaxed_structure(code)
    moved = described_otherwise(structure, shift, seed)
    assert seen(moved) == pytest.approx(seen(structure), **ALIKE)


@pytest.mark.parametrize("code", CODES)
def test_a_cell_twice_as_large_is_the_same_framework(code: str) -> None:
    once = relaxed_structure(code)
    lattice = once.lattice * np.array([[2.0], [1.0], [1.0]])
    coords = np.concatenate([(once.frac_coords + np.array([cell, 0, 0])) / [2, 1, 1] for cell in (0, 1)])
    twice = Structure(lattice=lattice, species=once.species * 2, frac_coords=coords)
    assert seen(twice) == pytest.approx(seen(once), **ALIKE)


@pytest.mark.parametrize("code", CODES)
def test_a_framework_before_relaxation_looks_as_it_does_after(code: str) -> None:
    after = relaxed_structure(code)
    grown = evolve(after, lattice=after.lattice / RELAXED_SCALE)
    before = regularise(grown, bonds_within(grown, LONGEST_BOND)).structure
    assert seen(evolve(before, lattice=after.lattice)) == pytest.approx(seen(after), rel=2e-2, abs=2e-2)


def test_it_tells_energies_that_it_was_held_out_from(ridge: Path) -> None:
    stated = Stated.read(ridge)
    assert stated.learner == "ridge"
    assert stated.held_out is not None
    assert stated.held_out.r > 0.9
    assert stated.held_out.mae < 1.2
    assert 0.75 <= stated.held_out.coverage <= 1.0
    assert stated.held_out.refused < 0.15


def test_it_tells_before_relaxation_what_relaxation_gives(ridge: Path) -> None:
    data = DataSet.open("standard").split("test")
    parents = np.flatnonzero(data.column("t_atoms") <= 24)[:40].tolist()
    plugins = installed_plugins()
    relax, search = plugins.create("postprocessor", "relax"), plugins.create("generator", "search")
    known = FrameworkSet(tuple(map(str, parents)), lambda name: data.structure(int(name)))
    within = []
    for sample in list(search.explore(1, known))[:12]:
        structure: Any = sample.structure
        told = told_by(ridge, evolve(structure, lattice=RELAXED_SCALE * structure.lattice))
        energy = relax.apply(Candidate.of(structure)).energy
        if told["surrogate.energy"].value is not None and energy is not None:
            error = told["surrogate.energy_error"].value
            within.append(abs(told["surrogate.energy"].value - energy.value) < CERTAIN * error)
    assert len(within) >= 6
    assert np.mean(within) > 0.5


def test_it_is_silent_about_what_it_does_not_know(ridge: Path) -> None:
    sodalite = relaxed_structure("SOD")
    told = told_by(ridge, evolve(sodalite, lattice=1.08 * sodalite.lattice))
    assert told["surrogate.energy"].value is None
    assert "unlike" in told["surrogate.energy"].reason


def test_the_same_training_gives_the_same_bytes(ridge: Path, tmp_path: Path) -> None:
    words = ("--quantity", "energy", "--set", "frameworks=160", "--set", "learner=ridge")
    done("train", "surrogate", *words, "--out", tmp_path / "again")
    for file in ridge.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_a_network_and_a_ridge_regression_answer_side_by_side(trained: Path, ridge: Path) -> None:
    options = {"surrogate": {"model": (str(trained), str(ridge))}}
    chabazite = relaxed_structure("CHA")
    told: Any = zeo.probe(chabazite, "surrogate", options=options)
    measured: Any = zeo.probe(chabazite, "methane")
    assert told["surrogate.void_fraction"].value == pytest.approx(
        measured["methane.void_fraction"].value, abs=0.1
    )
    assert told["surrogate.energy"].value == pytest.approx(13.0, abs=4.0)
    declared = installed_plugins().configured(options).find("probe", "surrogate").spec.quantities
    assert [each.summary for each in declared if each.estimates] == [
        "methane.void_fraction as a network tells it",
        "energy as a ridge regression tells it",
    ]


def test_other_frameworks_than_silica_are_one_line(ridge: Path, tmp_path: Path) -> None:
    sodalite = relaxed_structure("SOD")
    species = list(sodalite.species)
    species[species.index("Si")] = "Al"
    file = tmp_path / "Al.cif"
    file.write_text(cif_text(evolve(sodalite, species=tuple(species)), "Al"))
    result = run_zeo("probe", file, "--probe", "surrogate", "--set", f"surrogate.model={ridge}")
    assert "silica" in result.output
    assert result.exit_code != 0
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_an_unknown_learner_is_one_line(tmp_path: Path) -> None:
    words = ("--quantity", "energy", "--out", tmp_path / "m", "--set", "learner=forest")
    result = run_zeo("train", "surrogate", *words)
    assert "must be one of network, ridge" in result.output.replace("\n", " ")
    assert result.exit_code != 0
    assert not list(tmp_path.iterdir())
