"""Grid sets of the reference programs, and the command that converts them."""

import numpy as np
import pytest
from click.testing import CliRunner

from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.crystal.io import read_structure
from zeo.crystal.structure import cell_vectors
from zeo.data.known.iza import iza_structure
from zeo.errors import GridError
from zeo.grids.grid import Grid
from zeo.grids.grid_io import npz_bytes, read_npz
from zeo.grids.griday import griday_files, read_griday

ENERGY = "energy:methane"
HEADER = """     CELL_PARAMETERS         4         5         6
         CELL_ANGLES        90        90        90
        GRID_NUMBERS         2         3         4"""


def a_grid(lattice=None) -> Grid:
    values = np.arange(3 * 2 * 3 * 4, dtype=np.float32).reshape(3, 2, 3, 4)
    return Grid(values, (ENERGY, "si", "o"), np.diag([4.0, 5.0, 6.0]) if lattice is None else lattice)


def write_set(folder, files, name="set"):
    for suffix, data in files.items():
        (folder / f"{name}{suffix}").write_bytes(data)
    return folder / f"{name}.grid"


@pytest.mark.parametrize("lattice", [np.diag([4.0, 5.0, 6.0]), cell_vectors((4, 5, 6), (80, 95, 120))])
def test_there_and_back(tmp_path, lattice):
    grid = a_grid(lattice)
    back, clamped = read_griday(write_set(tmp_path, griday_files(grid, ENERGY)), ENERGY)
    assert clamped == 0
    assert back.channels == grid.channels
    assert np.array_equal(back.values, grid.values)
    np.testing.assert_allclose(back.lattice, grid.lattice, atol=1e-6)


def test_left_handed_cells_come_back_as_the_same_crystal(tmp_path):
    """Lengths and angles, all that a header has, are those of right-handed ones."""
    left = a_grid(np.array([[0.0, 4.0, 0.0], [5.0, 0.0, 0.0], [0.0, 0.0, 6.0]]))
    back, _ = read_griday(write_set(tmp_path, griday_files(left, ENERGY)), ENERGY)
    assert np.linalg.det(back.lattice) > 0
    inverted = back.values[:, -np.arange(2) % 2][:, :, -np.arange(3) % 3][..., -np.arange(4) % 4]
    assert np.array_equal(inverted, left.values)


def test_x_runs_fastest_in_the_file():
    raw = np.frombuffer(griday_files(a_grid(), ENERGY)[".griddata"], dtype="<f4")
    x, y, z = 1, 2, 3
    assert raw[x + 2 * (y + 3 * z)] == a_grid().channel(ENERGY)[x, y, z]


def test_the_header_is_that_of_the_reference(tmp_path):
    files = dict(griday_files(a_grid(), ENERGY))
    ours = [line.split() for line in files[".grid"].decode().splitlines()]
    assert ours == [line.split() for line in HEADER.splitlines()]
    files[".grid"] = HEADER.encode()
    back, _ = read_griday(write_set(tmp_path, files), ENERGY)
    assert back.shape == (2, 3, 4)
    assert np.array_equal(back.lattice, np.diag([4.0, 5.0, 6.0]))


def test_energies_on_top_of_an_atom_become_large_and_finite(tmp_path):
    files = dict(griday_files(a_grid(), ENERGY))
    energies = np.frombuffer(files[".griddata"], dtype="<f4").copy()
    energies[:4] = np.inf, np.nan, np.finfo(np.float32).max, 1e25
    files[".griddata"] = energies.tobytes()
    grid, clamped = read_griday(write_set(tmp_path, files), ENERGY)
    assert clamped == 3
    values = grid.channel(ENERGY).transpose(2, 1, 0).ravel()
    np.testing.assert_allclose(values[:4], [1e30, 1e30, 1e30, 1e25], rtol=1e-6)
    assert np.array_equal(values[4:], energies[4:])


@pytest.mark.parametrize(
    ("suffix", "content", "complaint"),
    [
        (".si", None, r"set\.si: no such file"),
        (".O", b"1234", r"set\.O: 4 bytes, but 2 x 3 x 4 points take 96"),
        (".griddata", b"123", r"set\.griddata: 3 bytes"),
        (".O", np.full(24, np.nan, "<f4").tobytes(), "channel 'o' has 24 non-finite values"),
        (".griddata", np.full(24, -np.inf, "<f4").tobytes(), "non-finite"),
        (".grid", b"", r"set\.grid: not the header"),
        (".grid", b"\xff\xfe", r"set\.grid: not the header"),
        (".grid", HEADER.replace("GRID", "GRIT").encode(), "not the header"),
        (".grid", HEADER.replace("2 ", "x ").encode(), "not the header"),
        (".grid", HEADER.replace("90\n", "190\n").encode(), "impossible cell"),
        (".grid", HEADER.replace("        2 ", "        0 ").encode(), "impossible cell"),
        (".grid", HEADER.replace("  4   ", " -4   ").encode(), "impossible cell"),
        (".grid", None, r"set\.grid: no such file"),
    ],
)
def test_a_damaged_set_is_refused_by_name(tmp_path, suffix, content, complaint):
    files = dict(griday_files(a_grid(), ENERGY))
    if content is None:
        del files[suffix]
    else:
        files[suffix] = content
    write_set(tmp_path, files)
    with pytest.raises(GridError, match=complaint):
        read_griday(tmp_path / "set.grid", ENERGY)


def test_a_grid_without_energies_makes_no_set():
    with pytest.raises(GridError, match="no channel 'energy:methane'"):
        griday_files(Grid(np.zeros((2, 2, 2, 2)), ("si", "o"), np.eye(3)), ENERGY)


class TestConvert:
    """``zeo convert``."""

    def run(self, *arguments):
        return CliRunner().invoke(main, ["convert", *map(str, arguments)])

    def test_a_set_to_npz_and_back_is_exact(self, tmp_path):
        header = write_set(tmp_path, griday_files(a_grid(), ENERGY))
        assert self.run(header, "--to", "npz", "--out", tmp_path).exit_code == 0
        assert np.array_equal(read_npz(tmp_path / "set.npz").values, a_grid().values)
        result = self.run(tmp_path / "set.npz", "--to", "griday", "--out", tmp_path / "back")
        assert result.exit_code == 0, result.output
        for suffix in (".grid", ".griddata", ".si", ".O"):
            assert (tmp_path / "back" / f"set{suffix}").read_bytes() == (
                tmp_path / f"set{suffix}"
            ).read_bytes()

    def test_a_structure_to_a_grid_to_the_same_atoms(self, tmp_path):
        (tmp_path / "ABW.cif").write_text(cif_text(iza_structure("ABW"), "ABW"))
        options = ["--set", "voxel.channels=si,o", "--grid-size", "20"]
        assert self.run(tmp_path / "ABW.cif", "--to", "npz", "--out", tmp_path, *options).exit_code == 0
        assert read_npz(tmp_path / "ABW.npz").shape == (20, 20, 20)
        assert self.run(tmp_path / "ABW.npz", "--to", "cif", "--out", tmp_path / "atoms").exit_code == 0
        back = read_structure(tmp_path / "atoms" / "ABW.cif")
        assert (back.count("Si"), back.count("O")) == (8, 16)

    def test_one_cube_file_for_each_channel(self, tmp_path):
        (tmp_path / "grid.npz").write_bytes(npz_bytes(a_grid()))
        assert self.run(tmp_path, "--to", "cube", "--out", tmp_path / "cubes").exit_code == 0
        names = sorted(file.name for file in (tmp_path / "cubes").iterdir())
        assert names == ["grid.energy-methane.cube", "grid.o.cube", "grid.si.cube"]

    def test_bad_files_are_reported_and_the_others_converted(self, tmp_path):
        (tmp_path / "a.npz").write_bytes(b"junk")
        (tmp_path / "b.npz").write_bytes(npz_bytes(a_grid()))
        result = self.run(tmp_path, "--to", "griday", "--out", tmp_path / "sets")
        assert result.exit_code == 1
        assert "a.npz: not a NumPy archive" in result.output
        assert (tmp_path / "sets" / "b.griddata").exists()

    def test_two_files_of_one_name_do_not_overwrite_each_other(self, tmp_path):
        for folder in ("one", "two"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "x.npz").write_bytes(npz_bytes(a_grid()))
        result = self.run(tmp_path / "one", tmp_path / "two", "--to", "griday", "--out", tmp_path)
        assert result.exit_code == 1
        assert "another file of that name" in result.output

    def test_clamped_energies_are_counted_and_said(self, tmp_path):
        files = dict(griday_files(a_grid(), ENERGY))
        files[".griddata"] = np.full(24, np.inf, "<f4").tobytes()
        result = self.run(write_set(tmp_path, files), "--to", "npz", "--out", tmp_path)
        assert result.exit_code == 0
        assert "24 energies on top of an atom were set to 1e+30 K" in result.output

    def test_an_empty_folder_is_an_error(self, tmp_path):
        result = self.run(tmp_path, "--to", "npz")
        assert result.exit_code == 1
        assert "no grid or structure file" in result.output


def test_a_grid_without_atoms_makes_no_cif(tmp_path):
    (tmp_path / "zero.npz").write_bytes(npz_bytes(Grid(np.zeros((2, 8, 8, 8)), ("si", "o"), np.eye(3) * 8)))
    arguments = ["convert", str(tmp_path / "zero.npz"), "--to", "cif", "--out", str(tmp_path)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert "the decoder finds no atoms in this grid" in done.stderr


def test_convert_writes_over_a_file_only_when_told(tmp_path):
    (tmp_path / "LTA.cif").write_text("mine")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "LTA.cif").write_text(cif_text(iza_structure("LTA"), "LTA"))
    arguments = ["convert", str(tmp_path / "in" / "LTA.cif"), "--to", "cif", "--out", str(tmp_path)]
    refused = CliRunner().invoke(main, arguments)
    assert refused.exit_code == 1
    assert "exists; choose another --out, or give --force" in refused.stderr
    assert (tmp_path / "LTA.cif").read_text() == "mine"
    assert CliRunner().invoke(main, [*arguments, "--force"]).exit_code == 0
    assert (tmp_path / "LTA.cif").read_text() != "mine"
