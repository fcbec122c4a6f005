"""Samples of ZeoGAN and ZeoDiff (``.bov`` and ``.times``) and sets without atoms."""

import numpy as np
import pytest
from click.testing import CliRunner

from zeo.cli import main
from zeo.crystal.io import read_structure
from zeo.data.known.iza import iza_structure
from zeo.errors import GridError
from zeo.grids.grid import Grid
from zeo.grids.grid_io import read_npz
from zeo.grids.griday import griday_files, read_griday
from zeo.grids.samples import is_sample, read_sample
from zeo.plugin.registry import installed_plugins

ENERGY = "energy:methane"
ENDINGS = {
    "ZeoGAN": {ENERGY: "", "o": "_ox", "si": "_ox_si"},
    "ZeoDiff": {ENERGY: "", "si": "_si", "o": "_o"},
}


def a_grid(code="ABW", points=24) -> Grid:
    options = {"voxel": {"n": points, "channels": ("si", "o")}}
    grid = (
        installed_plugins().configured(options).create("representation", "voxel").encode(iza_structure(code))
    )
    energies = np.linspace(-3000, 4000, points**3, dtype=np.float32).reshape(grid.shape)
    return Grid.stack({ENERGY: energies, "si": grid.channel("si"), "o": grid.channel("o")}, grid.lattice)


def sample_files(grid: Grid, program: str, name: str) -> dict[str, bytes]:
    """As the program writes them: [z, y, x] on disk, and ZeoDiff's densities the other way round."""
    files = {}
    sizes, edges = (" ".join(map(str, row)) for row in (grid.shape, np.diag(grid.lattice).tolist()))
    for channel, ending in ENDINGS[program].items():
        values = grid.channel(channel)
        if program == "ZeoDiff" and channel != ENERGY:
            values = 1 - values
        header = (
            f"TIME: 1.000000\nDATA_FILE: {name}{ending}.times\nDATA_SIZE:     {sizes}\nDATA_FORMAT: FLOAT\n"
        )
        header += "VARIABLE: data\nDATA_ENDIAN: LITTLE\nCENTERING: nodal\nBRICK_ORIGIN:        0  0  0\n"
        files[f"{name}{ending}.bov"] = f"{header}BRICK_SIZE:       {edges}".encode()
        files[f"{name}{ending}.times"] = values.transpose(2, 1, 0).astype("<f4").tobytes()
    return files


def write(folder, files):
    for name, data in files.items():
        (folder / name).write_bytes(data)


@pytest.mark.parametrize("program", ENDINGS)
def test_a_sample_is_the_grid_that_was_drawn(program, tmp_path):
    grid = a_grid()
    write(tmp_path, sample_files(grid, program, "sample_0"))
    found, clamped = read_sample(tmp_path / "sample_0.bov", ENERGY)
    assert clamped == 0
    np.testing.assert_allclose(found.lattice, grid.lattice)
    for channel in grid.channels:
        np.testing.assert_allclose(found.channel(channel), grid.channel(channel), atol=1e-6)


@pytest.mark.parametrize("program", ENDINGS)
def test_convert_makes_atoms_of_samples(program, tmp_path):
    write(tmp_path, sample_files(a_grid(), program, "sample_0"))
    write(tmp_path, sample_files(a_grid("SOD"), program, "sample_1"))
    done = CliRunner().invoke(
        main, ["convert", str(tmp_path), "--to", "cif", "--out", str(tmp_path / "cifs")]
    )
    assert done.exit_code == 0, done.output
    found = [read_structure(tmp_path / "cifs" / f"sample_{n}.cif") for n in (0, 1)]
    for structure, code in zip(found, ("ABW", "SOD"), strict=True):
        assert structure.framework_density == pytest.approx(iza_structure(code).framework_density, rel=1e-3)


def test_only_the_header_of_the_energies_stands_for_a_sample():
    names = ["a.bov", "a_si.bov", "a_o.bov", "a_ox.bov", "a_ox_si.bov", "a.times", "a.grid", "a.griddata"]
    assert [name for name in names if is_sample(name)] == ["a.bov", "a.grid"]


def test_a_set_of_energies_alone(tmp_path):
    grid = a_grid(points=8)
    files = griday_files(grid, ENERGY)
    for suffix in (".grid", ".griddata"):
        (tmp_path / f"a{suffix}").write_bytes(files[suffix])
    found, _ = read_griday(tmp_path / "a.grid", ENERGY)
    assert found.channels == (ENERGY,)
    arguments = ["convert", str(tmp_path / "a.grid"), "--to"]
    assert CliRunner().invoke(main, [*arguments, "npz", "--out", str(tmp_path)]).exit_code == 0
    assert np.array_equal(read_npz(tmp_path / "a.npz").values, grid.values[:1])
    refused = CliRunner().invoke(main, [*arguments, "cif", "--out", str(tmp_path)])
    assert refused.exit_code == 1
    assert "atoms are read from the channels si and o; the grid has only energy:methane" in refused.stderr


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("s.bov", b"BRICK_SIZE", b"BRICK", "s.bov: needs DATA_FILE, and DATA_SIZE and BRICK_SIZE"),
        ("s.bov", b"DATA_SIZE:     8", b"DATA_SIZE:     x", "s.bov: needs DATA_FILE"),
        ("s.bov", b"DATA_SIZE:     8", b"DATA_SIZE:     0", "s.bov: an impossible cell or number of points"),
        (
            "s.bov",
            b"DATA_SIZE:     8",
            b"DATA_SIZE:     9",
            "s.times: 2048 bytes, but 9 x 8 x 8 points take 2304",
        ),
        ("s.bov", b"BRICK_SIZE:       ", b"BRICK_SIZE:       -", "s.bov: an impossible cell"),
        ("s.bov", b"FLOAT", b"DOUBLE", "only DATA_FORMAT FLOAT"),
        ("s.bov", b"LITTLE", b"BIG", "DATA_ENDIAN LITTLE"),
        ("s.bov", b"s.times", b"../s.times", "DATA_FILE is not the name of a file beside it"),
        ("s.bov", b"s.times", b"/etc/passwd", "DATA_FILE is not the name of a file beside it"),
        ("s.bov", b"s.times", b"t.times", "t.times: no such file"),
        (
            "s_o.bov",
            b"BRICK_SIZE:       ",
            b"BRICK_SIZE:       1",
            "s_o.bov: another cell than that of s.bov",
        ),
        ("s_o.bov", b"DATA_SIZE:     8 8 8", b"DATA_SIZE:     4 8 16", "s.bov: channels of different shapes"),
    ],
)
def test_a_damaged_sample_is_refused_by_name(name, old, new, complaint, tmp_path):
    files = sample_files(a_grid(points=8), "ZeoDiff", "s")
    assert old in files[name]
    files[name] = files[name].replace(old, new)
    write(tmp_path, files)
    with pytest.raises(GridError, match=complaint.replace("/", "/")) as caught:
        read_sample(tmp_path / "s.bov", ENERGY)
    assert "\n" not in str(caught.value)


def test_devices_and_folders_are_no_grids(tmp_path):
    files = sample_files(a_grid(points=8), "ZeoDiff", "s")
    del files["s.times"]
    write(tmp_path, files)
    (tmp_path / "s.times").symlink_to("/dev/zero")
    with pytest.raises(GridError, match=r"s\.times: not a file"):
        read_sample(tmp_path / "s.bov", ENERGY)
