"""zeo in Python: structures of every kind in, results and tables out, and a light import."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

import zeo
from zeo.api.results import Results
from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import InputError
from zeo.plugin.registry import installed_plugins

SOD = relaxed_structure("SOD")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for code in ("LTA", "SOD"):
        (tmp_path / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))
    return tmp_path


def test_grids_may_be_several_among_structures() -> None:
    voxel = installed_plugins().configured({"voxel": {"n": 12}}).create("representation", "voxel")
    grid = voxel.encode(SOD)
    alone = zeo.probe(grid, "methane")["methane.qst"]  # type: ignore[index]
    for several in ([grid, grid], {"a": grid, "b": SOD}):
        found = zeo.probe(several, "methane")  # type: ignore[arg-type]
        assert isinstance(found, Results)
        assert (len(found), found.failures) == (2, {})
        assert found[0]["methane.qst"] == alone


def test_import_is_light() -> None:
    code = (
        "import sys, zeo; from zeo import ProbeSpec, hookimpl;"
        "print([name for name in ('numpy', 'torch', 'pandas', 'scipy') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_every_name_is_there() -> None:
    assert all(hasattr(zeo, name) for name in zeo.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = zeo.nonsense


@pytest.mark.parametrize("form", ["structure", "ase", "pymatgen", "code"])
def test_a_structure_of_any_kind_has_its_name(form: str) -> None:
    forms = {"structure": SOD, "ase": SOD.to_ase(), "pymatgen": SOD.to_pymatgen(), "code": "SOD"}
    assert zeo.identify(forms[form]).name == "SOD"


@pytest.mark.parametrize("kind", ["ase", "pymatgen"])
def test_round_trips_keep_the_atoms(kind: str) -> None:
    there = getattr(SOD, f"to_{kind}")()
    back = getattr(Structure, f"from_{kind}")(there)
    assert back.species == SOD.species
    np.testing.assert_allclose(back.lattice, SOD.lattice)
    np.testing.assert_allclose(back.frac_coords, SOD.frac_coords, atol=1e-12)


@settings(max_examples=10, deadline=None)
@given(
    shift=st.tuples(*[st.floats(-1, 1)] * 3),
    angles=st.tuples(*[st.floats(-180, 180)] * 3),
)
def test_the_key_knows_no_place_and_no_direction(shift: tuple[float, ...], angles: tuple[float, ...]) -> None:
    turn = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    moved = Structure(SOD.lattice @ turn.T, SOD.species, SOD.frac_coords + np.array(shift))
    assert zeo.identify(moved).key == zeo.identify(SOD).key


def test_a_supercell_has_the_same_name_and_density() -> None:
    large = zeo.identify(SOD.to_ase().repeat((2, 1, 1)))
    assert (large.name, large.t_atoms) == ("SOD", 2 * SOD.count("Si"))
    assert large.td10 == pytest.approx(zeo.identify(SOD).td10)


def test_one_that_cannot_be_read_raises_and_one_among_others_does_not(folder: Path) -> None:
    (folder / "bad.cif").write_text("junk")
    with pytest.raises(InputError, match="not a valid CIF"):
        zeo.identify(folder / "bad.cif")
    found = zeo.identify(folder)
    assert isinstance(found, Results)
    assert [one.name for one in found] == ["LTA", "SOD"]
    assert list(found.failures) == [str(folder / "bad.cif")]
    assert zeo.read(folder).names == (str(folder / "LTA.cif"), str(folder / "SOD.cif"))


def test_what_holds_no_structure_is_told() -> None:
    with pytest.raises(InputError, match="int holds no structure"):
        zeo.identify(3)


@pytest.mark.parametrize(
    ("command", "result"),
    [
        (["identify"], lambda path: zeo.identify(path)),
        (
            ["probe", "--probe", "methane", "--grid-size", "12"],
            lambda p: zeo.probe(p, "methane", grid_size=12),
        ),
    ],
)
def test_tables_are_the_csv_of_the_command_line(folder: Path, command: list[str], result) -> None:
    printed = CliRunner().invoke(main, [*command, str(folder), "--csv"])
    csv = pd.read_csv(io.StringIO(printed.stdout))
    pd.testing.assert_frame_equal(result(folder).table(), csv, check_dtype=False)


def test_a_relaxation_has_atoms_and_energy() -> None:
    relaxed = zeo.relax(SOD)
    assert relaxed.converged
    assert relaxed.net_unchanged
    assert zeo.identify(relaxed.structure).name == "SOD"
    assert relaxed.table()["energy_kJ_per_mol_Si"][0] == round(relaxed.energy, 3)


def test_a_relaxation_is_a_cif(tmp_path: Path) -> None:
    relaxed = zeo.relax(SOD)
    for symmetric, group in ((False, "'P 1'"), (True, "'I m -3 m'")):
        text = relaxed.cif("SOD", symmetric=symmetric)
        assert group in text
        (tmp_path / "SOD.cif").write_text(text)
        assert zeo.identify(tmp_path / "SOD.cif").name == "SOD"


def test_what_a_user_catches_is_there() -> None:
    for kind in (zeo.ConfigError, zeo.InputError, zeo.PluginError, zeo.RunDirectoryError):
        assert issubclass(kind, zeo.ZeoError)


def test_a_grid_and_its_structure_convert_both_ways(tmp_path: Path) -> None:
    grids = zeo.convert(["SOD", "nowhere"], "npz")
    assert list(grids.failures) == ["nowhere"]
    (written,) = grids[0].write(tmp_path)
    with pytest.raises(InputError, match="exists"):
        grids[0].write(tmp_path)
    back = zeo.convert(written, "cif")
    assert list(back.files) == ["SOD.cif"]
    assert zeo.convert(tmp_path, "cif")[0].files == back.files


def test_data_sets_are_made_built_exported_and_drawn(tmp_path: Path, folder: Path) -> None:
    coarse = {"methane": {"n": 8}}
    built = zeo.build_data(folder / "SOD.cif", folder / "LTA.cif", out=tmp_path / "set", options=coarse)
    assert sorted(built.names) == ["LTA", "SOD"]
    assert len(zeo.DataSet.open(str(tmp_path / "set"))) == 2
    exported = zeo.export_data(tmp_path / "set", tmp_path / "cifs", where=["t_atoms<20"])
    assert [path.name for path in (tmp_path / "cifs").iterdir()] == [f"{exported.names[0]}.cif"]
    assert zeo.plot_data("standard").startswith(b"\x89PNG")


def test_notebooks_show_results() -> None:
    assert "O24Si12" in SOD._repr_html_()
    assert "<td>SOD</td>" in zeo.identify(SOD)._repr_html_()
