"""Grids: axis order, refusals, translations and permutations; npz and cube files."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeo.crystal.structure import Structure
from zeo.errors import GridError
from zeo.grids.grid import Grid, grid_points
from zeo.grids.grid_io import cube_text, npz_bytes, read_npz

LATTICE = np.diag([4.0, 5.0, 6.0])


def a_grid() -> Grid:
    values = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    return Grid(values, ("si", "o"), LATTICE)


def test_the_origin_is_a_grid_point_and_the_far_end_is_not():
    assert grid_points(4).tolist() == [0.0, 0.25, 0.5, 0.75]


@pytest.mark.parametrize(
    ("values", "channels", "lattice", "complaint"),
    [
        (np.zeros((3, 3, 3)), ("si",), LATTICE, "shape"),
        (np.zeros((1, 3, 3, 3)), ("si", "o"), LATTICE, "2 channels"),
        (np.zeros((2, 3, 3, 3)), ("o", "o"), LATTICE, "repeated"),
        (np.zeros((1, 0, 3, 3)), ("si",), LATTICE, "empty"),
        (np.full((1, 2, 2, 2), np.nan), ("si",), LATTICE, "'si' has 8 non-finite"),
        (np.full((1, 2, 2, 2), np.inf), ("si",), LATTICE, "non-finite"),
        (np.zeros((1, 3, 3, 3)), ("si",), np.eye(2), "3 x 3"),
    ],
)
def test_nonsense_is_refused(values, channels, lattice, complaint):
    with pytest.raises(GridError, match=complaint):
        Grid(values, channels, lattice)


def test_an_unknown_channel_is_named_with_those_there_are():
    with pytest.raises(GridError, match="no channel 'energy:methane'; the grid has si, o"):
        a_grid().channel("energy:methane")


@given(st.tuples(*[st.integers(-9, 9)] * 3))
def test_rolling_moves_the_origin(steps):
    grid = a_grid()
    moved = grid.rolled(steps)
    place = tuple(s % n for s, n in zip(steps, grid.shape, strict=True))
    assert moved.channel("o")[place] == grid.channel("o")[0, 0, 0]


@given(st.permutations(range(3)))
def test_permuting_moves_values_and_cell_together(order):
    grid = a_grid()
    permuted = grid.permuted(order)
    assert permuted.shape == tuple(grid.shape[axis] for axis in order)
    assert np.diag(permuted.lattice).tolist() == [LATTICE[axis, axis] for axis in order]
    index = (1, 2, 3)
    assert permuted.channel("si")[tuple(index[axis] for axis in order)] == grid.channel("si")[index]


def test_channels_of_different_shapes_do_not_stack():
    with pytest.raises(GridError, match="different shapes"):
        Grid.stack({"si": np.zeros((2, 2, 2)), "o": np.zeros((3, 2, 2))}, LATTICE)


def test_npz_round_trip_is_exact(tmp_path):
    grid = a_grid()
    path = tmp_path / "grid.npz"
    path.write_bytes(npz_bytes(grid))
    back = read_npz(path)
    assert back.channels == grid.channels
    assert np.array_equal(back.values, grid.values)
    assert np.array_equal(back.lattice, grid.lattice)
    assert npz_bytes(back) == path.read_bytes()


FINE = {"values": np.zeros((1, 2, 2, 2)), "channels": np.array(["o"]), "lattice": LATTICE}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"values": np.zeros((1, 2, 2, 2), int)}, "wrong type"),
        ({"channels": np.array(["o", "si"])}, "2 channels"),
        ({"values": np.full((1, 2, 2, 2), np.nan)}, "non-finite"),
        ({"values": np.array([{}])}, "not a NumPy archive"),
        ({"lattice": np.eye(2)}, "3 x 3"),
    ],
)
def test_an_archive_that_is_no_grid_is_refused_by_name(tmp_path, changes, complaint):
    np.savez(tmp_path / "bad.npz", **(FINE | changes))
    with pytest.raises(GridError, match=rf"bad\.npz: .*{complaint}"):
        read_npz(tmp_path / "bad.npz")


def test_an_archive_of_something_else_is_refused_by_name(tmp_path):
    np.savez(tmp_path / "bad.npz", values=FINE["values"])
    with pytest.raises(GridError, match=r"bad\.npz: not a zeo grid"):
        read_npz(tmp_path / "bad.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 truncated", b"no archive at all"])
def test_a_damaged_archive_is_refused_by_name(tmp_path, content):
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(GridError, match=r"bad\.npz"):
        read_npz(tmp_path / "bad.npz")
    with pytest.raises(GridError, match="no such file"):
        read_npz(tmp_path / "absent.npz")


def test_a_cut_archive_is_refused_by_name(tmp_path):
    whole = npz_bytes(a_grid())
    for size in range(0, len(whole), 97):
        (tmp_path / "cut.npz").write_bytes(whole[:size])
        with pytest.raises(GridError, match=r"cut\.npz"):
            read_npz(tmp_path / "cut.npz")


def test_ase_reads_the_cube_file(tmp_path):
    from ase.io.cube import read_cube

    structure = Structure(LATTICE, ["Si", "O"], [[0, 0, 0], [0.5, 0.25, 0.1]])
    path = tmp_path / "grid.cube"
    path.write_text(cube_text(a_grid(), "o", structure))
    with path.open() as file:
        read = read_cube(file)
    np.testing.assert_allclose(read["data"], a_grid().channel("o"), rtol=1e-5)
    np.testing.assert_allclose(read["atoms"].cell.array, LATTICE, atol=1e-4)
    assert read["atoms"].get_chemical_symbols() == ["Si", "O"]


def test_a_grid_needs_a_cell_with_a_volume() -> None:
    with pytest.raises(GridError, match="the cell has no volume"):
        Grid(np.zeros((1, 4, 4, 4)), ("o",), np.diag([10.0, 10.0, 0.0]))
