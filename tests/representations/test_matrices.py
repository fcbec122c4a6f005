"""Frameworks as matrices: what comes back, what stays the same, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.cells import permuted, translated
from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.errors import InputError
from zeo_representations.ftcp import Ftcp, FtcpOptions, reflections
from zeo_representations.sites import Sites, SitesOptions

SITES, FTCP = Sites(), Ftcp()
BOTH = pytest.mark.parametrize("representation", [SITES, FTCP], ids=["sites", "ftcp"])


def placed(structure: Structure) -> dict[str, np.ndarray]:
    """Atoms of each element, in an order that their places decide."""
    rounded = {element: np.round(structure.coords_of(element) % 1.0, 4) % 1.0 for element in ("Si", "O")}
    return {element: coords[np.lexsort(coords.T)] for element, coords in rounded.items()}


@BOTH
@pytest.mark.parametrize("code", ["SOD", "CHA", "LTA", "ABW"])
def test_a_framework_comes_back(representation, code) -> None:
    """CHA is hexagonal."""
    structure = iza_structure(code)
    back = representation.decode(representation.encode(structure))
    assert back.lengths == pytest.approx(structure.lengths, rel=1e-6)
    assert back.angles == pytest.approx(structure.angles, rel=1e-6)
    for element, coords in placed(structure).items():
        apart = placed(back)[element] - coords
        assert np.abs(apart - np.round(apart)).max() < 2e-4


@BOTH
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_atoms_in_a_file_is_none_of_the_matrix(representation, seed) -> None:
    structure = iza_structure("CHA")
    order = np.random.default_rng(seed).permutation(len(structure))
    shuffled = Structure(
        structure.lattice, [structure.species[k] for k in order], structure.frac_coords[order]
    )
    assert np.allclose(representation.encode(shuffled), representation.encode(structure), atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(shift=st.tuples(*[st.floats(0, 1)] * 3))
def test_moving_the_origin_turns_phases_alone(shift) -> None:
    structure = iza_structure("SOD")
    rows = [FTCP.encode(each)[-64:] for each in (structure, translated(structure, shift))]
    sizes = [np.hypot(each[:, :4:2], each[:, 1:4:2]) for each in rows]
    assert sizes[1] == pytest.approx(sizes[0], abs=1e-5)
    assert rows[1][:, 4] == pytest.approx(rows[0][:, 4])


def test_a_reflection_is_the_sum_over_atoms_of_an_element() -> None:
    structure = iza_structure("ABW")
    row = list(map(tuple, reflections(64))).index((0, 0, 2))
    si = np.exp(2j * np.pi * 2 * structure.coords_of("Si")[:, 2]).sum() / len(structure)
    encoded = FTCP.encode(structure)[-64 + row]
    assert complex(*encoded[:2]) == pytest.approx(si, abs=1e-6)
    assert encoded[4] == pytest.approx(2.0 / structure.lengths[2])


@given(count=st.integers(1, 400))
@settings(max_examples=25, deadline=None)
def test_reflections_are_the_shortest_and_none_is_the_opposite_of_another(count) -> None:
    h = reflections(count)
    assert len(h) == count
    both = {tuple(each) for each in np.concatenate([h, -h])}
    assert len(both) == 2 * count
    assert (0, 0, 0) not in both
    longest = (h**2).sum(axis=1).max()
    axis = np.arange(-12, 13)
    grid = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    shorter = grid[((grid**2).sum(axis=1) < longest) & (grid != 0).any(axis=1)]
    assert {tuple(each) for each in shorter} <= both


def test_axes_permuted_are_columns_permuted() -> None:
    structure = permuted(iza_structure("ABW"), [2, 0, 1])
    assert SITES.encode(structure)[0, :3] == pytest.approx(iza_structure("ABW").lengths[[2, 0, 1]])


@BOTH
def test_what_does_not_fit_is_refused_with_its_size(representation) -> None:
    options = {SITES: SitesOptions(atoms=50), FTCP: FtcpOptions(atoms=50)}[representation]
    with pytest.raises(InputError, match="72 atoms is too large for a matrix of 50"):
        type(representation)(options).encode(iza_structure("LTA"))


@BOTH
def test_other_elements_are_refused_by_name(representation) -> None:
    sod = iza_structure("SOD")
    doped = Structure(sod.lattice, ["Al", *sod.species[1:]], sod.frac_coords)
    with pytest.raises(InputError, match="not Al"):
        representation.encode(doped)


@pytest.mark.parametrize(
    ("row", "values"), [(0, (-5.0, 5, 5)), (0, (0, 5, 5)), (1, (10.0, 20, 160)), (1, (90.0, 90, 180))]
)
def test_a_cell_that_is_none_is_refused(row, values) -> None:
    matrix = SITES.encode(iza_structure("SOD"))
    matrix[row, :3] = values
    with pytest.raises(InputError, match="no cell has edges"):
        SITES.decode(matrix)


def test_a_matrix_of_another_kind_is_refused() -> None:
    for wrong in (np.zeros((2, 5)), np.zeros((10, 4)), np.zeros(5)):
        with pytest.raises(InputError, match="5 columns"):
            SITES.decode(wrong)
    with pytest.raises(InputError, match=r"ftcp\.atoms"):
        FTCP.decode(SITES.encode(iza_structure("SOD")))
    matrix = SITES.encode(iza_structure("SOD"))
    matrix[5, 1] = np.nan
    with pytest.raises(InputError, match="not finite"):
        SITES.decode(matrix)


def test_a_matrix_without_atoms_is_an_empty_cell() -> None:
    matrix = SITES.encode(iza_structure("SOD"))
    matrix[2:] = 0.0
    assert len(SITES.decode(matrix)) == 0
