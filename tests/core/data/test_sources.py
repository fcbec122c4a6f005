"""Where frameworks come from: every kind of source gives the same structures, and the bad ones a reason."""

import io
import os
import pickle
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import ase.db
import numpy as np
import pytest

from zeo.crystal.cif import cif_text
from zeo.crystal.net import Net
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.data.making import sources
from zeo.data.making.sources import Found, Item, check, items
from zeo.data.sets.description import Description
from zeo.data.sets.entry import Entry
from zeo.data.sets.writer import DataSetWriter
from zeo.errors import InputError, ZeoError
from zeo.grids.griday import griday_files
from zeo.plugin.registry import installed_plugins

CODES = ("ABW", "CHA", "SOD")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cifs = tmp_path / "cifs"
    (cifs / "deep").mkdir(parents=True)
    for code in CODES:
        place = cifs / "deep" if code == "SOD" else cifs
        (place / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))
    (cifs / "broken.cif").write_text("data_broken\nloop_\n_cell_length_a")
    (cifs / "notes.txt").write_text("no structure, and not meant to be one")
    (cifs / ".hidden.cif").write_text("what a file manager left behind")
    return cifs


def read(item: Item) -> list[Found | ZeoError]:
    """As in another process."""
    return list(pickle.loads(pickle.dumps(item.take()))(installed_plugins()))


def read_all(*sources: str | Path) -> dict[str, Found | ZeoError]:
    """The only structure of each item by its name."""
    found = {}
    for item in items(map(str, sources)):
        assert item.name not in found
        (found[item.name],) = read(item)
    return found


def assert_same_net(found: Found | ZeoError, code: str) -> None:
    assert isinstance(found, Found)
    assert found.structure.count("Si") == relaxed_structure(code).count("Si")
    assert (Net.from_structure(found.structure).degrees == 4).all()
    assert found.structure.framework_density == pytest.approx(
        relaxed_structure(code).framework_density, rel=1e-4
    )


def test_a_folder_in_sorted_order(folder):
    found = read_all(folder)
    assert list(found) == ["ABW.cif", "CHA.cif", "broken.cif", "deep/SOD.cif"]
    assert "not a valid CIF" in str(found["broken.cif"])
    for code, name in zip(CODES, ("ABW.cif", "CHA.cif", "deep/SOD.cif"), strict=True):
        assert_same_net(found[name], code)


@pytest.mark.parametrize("ending", ["tar.gz", "zip"])
def test_an_archive_holds_what_the_folder_holds(folder, tmp_path, ending):
    path = tmp_path / f"all.{ending}"
    names = ["ABW.cif", "CHA.cif", "broken.cif", "deep/SOD.cif", "notes.txt", ".hidden.cif"]
    if ending == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.write(folder / name, name)
    else:
        with tarfile.open(path, "w:gz") as archive:
            for name in names:
                archive.add(folder / name, name)
    found = read_all(path)
    assert list(found) == names[:4]
    assert_same_net(found["deep/SOD.cif"], "SOD")
    assert isinstance(found["broken.cif"], InputError)


def test_a_damaged_archive_is_an_item_with_a_reason(tmp_path, folder):
    whole = tmp_path / "whole.tar"
    with tarfile.open(whole, "w") as archive:
        archive.add(folder / "ABW.cif", "ABW.cif")
    cut = tmp_path / "cut.tar"
    cut.write_bytes(whole.read_bytes()[:3000])
    found = read_all(cut)
    assert isinstance(found["ABW.cif"], InputError)
    assert "damaged after 1 file" in str(found["cut.tar"])


def test_a_file_with_several_structures(tmp_path):
    path = tmp_path / "two.cif"
    path.write_text("".join(cif_text(relaxed_structure(code), code) for code in ("ABW", "SOD")))
    (item,) = items([str(path)])
    first, second = read(item)
    assert_same_net(first, "ABW")
    assert_same_net(second, "SOD")


def test_an_ase_database(tmp_path):
    path = tmp_path / "some.db"
    with ase.db.connect(path) as database:
        for code in CODES:
            database.write(relaxed_structure(code).to_ase())
        database.write(ase.Atoms("He"))
    found = read_all(path)
    assert list(found) == ["some#1", "some#2", "some#3", "some#4"]
    assert_same_net(found["some#2"], "CHA")
    assert "no unit cell" in str(found["some#4"])


def test_what_is_no_ase_database(tmp_path):
    (tmp_path / "text.db").write_text("a text, long enough to be looked at" * 30)
    with sqlite3.connect(tmp_path / "other.db") as database:
        database.execute("CREATE TABLE birds (name TEXT)")
    found = read_all(tmp_path / "text.db", tmp_path / "other.db")
    assert all("not an ASE database" in str(error) for error in found.values())


def test_the_relaxed_types_come_with_their_energies():
    found = read_all("relaxed")
    assert list(found) == list(relaxed_frameworks())
    assert found["LTA"].energy == relaxed_frameworks()["LTA"].energy


def test_a_data_set_of_zeo_comes_with_all_it_knows(tmp_path):
    structure = relaxed_structure("ABW")
    entry = Entry(
        name="h1",
        structure=structure,
        key="8-x",
        origin="hypothetical",
        energy=12.5,
        lineage="h0",
        generation=1,
    )
    made_by = {"options": {"methane": {"n": "16"}}}
    DataSetWriter(tmp_path / "hypo", Description(name="hypo", made_by=made_by)).append([entry])
    (found,) = read_all(tmp_path / "hypo").values()
    assert found.entry == entry
    assert found.options == made_by["options"]
    np.testing.assert_allclose(found.structure.volume, structure.volume, rtol=1e-5)


def test_grid_sets_of_the_reference_programs_are_decoded_and_repaired(tmp_path):
    structure = relaxed_structure("SOD")
    plugins = installed_plugins()
    grid = plugins.create("representation", "voxel").encode(structure)
    for ending, data in griday_files(grid, "energy:methane").items():
        (tmp_path / f"SOD{ending}").write_bytes(data)
    (tmp_path / "lone.grid").write_bytes((tmp_path / "SOD.grid").read_bytes())
    found = read_all(tmp_path)
    assert list(found) == ["SOD.grid", "lone.grid"]
    assert_same_net(found["SOD.grid"], "SOD")
    assert "lone.griddata: no such file" in str(found["lone.grid"])


def griday_set(code: str) -> dict[str, bytes]:
    grid = installed_plugins().create("representation", "voxel").encode(relaxed_structure(code))
    return {f"sets/{code}{ending}": data for ending, data in griday_files(grid, "energy:methane").items()}


def bov_sample(code: str) -> dict[str, bytes]:
    """As ZeoGAN writes it."""
    grid = installed_plugins().create("representation", "voxel").encode(relaxed_structure(code))
    edges = " ".join(map(str, np.diag(grid.lattice)))
    files = {}
    for channel, ending in (("energy:methane", ""), ("o", "_ox"), ("si", "_ox_si")):
        header = f"DATA_FILE: {code}{ending}.times\nDATA_SIZE: 32 32 32\nBRICK_SIZE: {edges}\n"
        files[f"samples/{code}{ending}.bov"] = header.encode()
        files[f"samples/{code}{ending}.times"] = grid.channel(channel).transpose(2, 1, 0).tobytes()
    return files


@pytest.mark.parametrize("order", [sorted, lambda names: sorted(names, key=lambda name: name[::-1])])
def test_samples_in_an_archive_are_put_together_whatever_their_order(tmp_path, order):
    files = griday_set("SOD") | griday_set("ABW") | bov_sample("SOD")
    files |= {"sets/lone.grid": files["sets/SOD.grid"], "cifs/x.gin": GIN, "properties.pickle": b"never"}
    path = tmp_path / "all.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in order(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            archive.addfile(member, io.BytesIO(files[name]))
    found = read_all(path)
    assert sorted(found) == [
        "cifs/x.gin",
        "samples/SOD.bov",
        "sets/ABW.grid",
        "sets/SOD.grid",
        "sets/lone.grid",
    ]
    for name, code in (("sets/SOD.grid", "SOD"), ("sets/ABW.grid", "ABW"), ("samples/SOD.bov", "SOD")):
        assert_same_net(found[name], code)
    assert "lone.griddata: no such file" in str(found["sets/lone.grid"])
    assert found["cifs/x.gin"].structure.formula == "Si1"


GIN = b"opti\ncell\n7 7 7 90 90 90\nfrac\nSi core 0 0 0\n"


def test_samples_that_lie_too_far_apart_in_an_archive_do_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "LARGEST_PENDING", 10_000)
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        for name, data in griday_set("SOD").items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    assert "extract the archive" in str(read_all(tmp_path / "all.tar")["all.tar"])


def test_samples_in_a_folder_and_a_pickle_that_is_not_opened(tmp_path):
    for name, data in (bov_sample("SOD") | {"samples/properties.pickle": b"never"}).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found = read_all(tmp_path)
    assert list(found) == ["samples/SOD.bov", "samples/properties.pickle"]
    assert_same_net(found["samples/SOD.bov"], "SOD")
    assert "a pickle, which is never opened" in str(found["samples/properties.pickle"])


def test_sources_that_cannot_be_used_are_found_out_at_once(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        check([str(tmp_path / "nothing")])
    with pytest.raises(InputError, match="nothing in it"):
        check([str(tmp_path)])


def test_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe.cif")
    assert str(read_all(folder)["pipe.cif"]) == "not a file"
