"""The shipped reference nets, and folders of files as references."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import ase.io
import attrs
import pytest

from zeo.crystal.net import Net, NotFourConnectedError
from zeo.data.known.iza import iza_structure
from zeo.data.known.nets import (
    SOURCES,
    WITHOUT_SOURCE,
    dump,
    reference_nets,
    symbols_by_fingerprint,
    symbols_by_key,
)
from zeo.errors import InputError, ZeoError
from zeo_cleanup.coordination import topological_density
from zeo_cleanup.key import digest, topology_of
from zeo_cleanup.reference_folder import ReferenceFolder, cache_path
from zeo_cleanup.rings import vertex_symbols

INTERRUPTED = [
    "CHI",
    "CLO",
    "EWT",
    "HOS",
    "IFT",
    "IFU",
    "ION",
    "IRT",
    "IRY",
    "ITN",
    "ITV",
    "LIT",
    "PAR",
    "RON",
    "SSO",
    "SVR",
    "SVY",
    "SYT",
    "WEN",
]


def test_all_framework_types_are_there() -> None:
    references = reference_nets()
    assert len(references) == 263
    assert [code for code, reference in references.items() if reference.interrupted] == INTERRUPTED
    assert references["CLO"].symbol == "-CLO"


def test_all_keys_differ() -> None:
    assert len(symbols_by_key()) == 263


def test_coordination_sequences_confuse_three_pairs() -> None:
    assert sorted(symbol for symbol in symbols_by_fingerprint().values() if "/" in symbol) == [
        "ABW/ATN",
        "LTA/RHO",
        "SBS/SBT",
    ]


def test_keys_are_digests_of_the_stored_nets() -> None:
    assert all(digest(reference.net) == reference.key for reference in reference_nets().values())


@pytest.mark.parametrize(
    ("code", "td10"), [("FAU", 579), ("MFI", 960), ("LTA", 641), ("SOD", 791), ("CHA", 677), ("DDR", 968)]
)
def test_topological_densities(code: str, td10: int) -> None:
    assert round(reference_nets()[code].td10) == td10


@pytest.mark.parametrize("code", [code for code, net in reference_nets().items() if net.source == "zeose"])
def test_facts_follow_from_the_frameworks(code: str) -> None:
    """Unique T atoms included: the orbits of each net are the T sites that the Structure Commission lists."""
    structure, reference = iza_structure(code), reference_nets()[code]
    if reference.interrupted:
        with pytest.raises(NotFourConnectedError):
            Net.from_structure(structure)
        topology = topology_of(Net.of_bridges(structure))
    else:
        topology = topology_of(Net.from_structure(structure))
    assert topology.key == reference.key
    assert tuple(topology.multiplicities) == reference.multiplicities
    assert tuple(map(tuple, topology.sequences)) == reference.coordination_sequences
    assert vertex_symbols(topology.half, topology.sites) == reference.vertex_symbols
    assert topological_density(topology.sequences, topology.multiplicities) == pytest.approx(
        reference.td10, abs=1e-3
    )
    assert structure.framework_density == pytest.approx(reference.framework_density, abs=1e-3)


KEYS = {
    "ANO": "96-1a4fd2184b26164f2e51cb5718e49f32",
    "EWF": "58-f2aaeab47c3d578cfefabce7371065e7",
    "JZT": "40-1c0e2d126e6bfff3e127ab6b5afe6b7b",
    "PTF": "40-6b8d0a675e50a8dad113cabec6ed75ab",
}
"""Of types that were approved after ``zeose`` was made; computed from atoms, not from the archive of nets."""


@pytest.mark.parametrize("code", KEYS)
def test_keys_of_types_of_which_only_the_net_is_known(code: str) -> None:
    assert reference_nets()[code].key == KEYS[code]


def test_every_type_says_where_it_comes_from() -> None:
    references = reference_nets()
    assert {reference.source for reference in references.values()} == set(SOURCES)
    assert not set(WITHOUT_SOURCE) & set(references)
    of_nets = [reference for reference in references.values() if reference.source == "archive"]
    assert [reference.code for reference in of_nets if reference.interrupted] == ["HOS", "ION", "IRT"]
    for reference in of_nets:
        topology = topology_of(reference.net)
        assert sorted(map(tuple, topology.sequences)) == sorted(reference.coordination_sequences)
        assert (reference.net.degrees < 4).any() == reference.interrupted


def test_the_data_file_is_reproducible() -> None:
    references = list(reference_nets().values())
    assert dump(references) == dump([attrs.evolve(reference) for reference in references])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """SOD, ABW, an interrupted framework and rubbish; the cache lies beside it."""
    monkeypatch.setenv("ZEO_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "structures"
    (folder / "deeper").mkdir(parents=True)
    for name, code in (("one", "SOD"), ("deeper/two", "ABW"), ("three", "RON")):
        ase.io.write(folder / f"{name}.cif", iza_structure(code).to_ase())
    (folder / "rubbish.cif").write_text("rubbish")
    return folder


def test_a_folder_names_its_nets(folder: Path) -> None:
    references = ReferenceFolder(folder)
    assert references.by_key(reference_nets()["SOD"].key) == "one.cif"
    assert references.by_key(reference_nets()["ABW"].key) == str(Path("deeper", "two.cif"))
    assert references.by_key(reference_nets()["LTA"].key) is None
    count = references.count()
    assert (count.files, count.nets, count.unusable) == (4, 2, 2)


def test_an_indexed_folder_is_not_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ReferenceFolder(folder)
    (folder / "one.cif").rename(folder / "renamed.cif")
    os.utime(folder / "three.cif")
    monkeypatch.setattr(
        "zeo_cleanup.reference_folder.iterate_structures", lambda paths: pytest.fail("read again")
    )
    references = ReferenceFolder(folder)
    assert references.by_key(reference_nets()["SOD"].key) == "renamed.cif"
    assert references.count().files == 4


def test_changed_and_deleted_files_are_noticed(folder: Path) -> None:
    ReferenceFolder(folder)
    (folder / "deeper" / "two.cif").unlink()
    ase.io.write(folder / "one.cif", iza_structure("LTA").to_ase())
    references = ReferenceFolder(folder)
    assert references.by_key(reference_nets()["LTA"].key) == "one.cif"
    assert references.by_key(reference_nets()["SOD"].key) is None
    assert references.by_key(reference_nets()["ABW"].key) is None


def test_folders_do_not_see_each_other(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    ase.io.write(other / "lta.cif", iza_structure("LTA").to_ase())
    ReferenceFolder(folder)
    assert ReferenceFolder(other).by_key(reference_nets()["SOD"].key) is None


def test_several_structures_in_one_file(folder: Path) -> None:
    frames = [iza_structure(code).to_ase() for code in ("LTA", "RHO")]
    ase.io.write(folder / "frames.extxyz", frames)
    assert ReferenceFolder(folder).by_key(reference_nets()["RHO"].key) == "frames.extxyz#2"


def test_a_folder_without_structures(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match="no structure file in this folder"):
        ReferenceFolder(folder / "empty")


def test_a_broken_cache_says_what_to_do(folder: Path) -> None:
    cache_path().parent.mkdir()
    cache_path().write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(ZeoError, match="delete it, or set ZEO_CACHE"):
        ReferenceFolder(folder)


def test_an_interrupted_first_run_keeps_what_it_has(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zeo_cleanup.reference_folder.COMMIT_EVERY", 1)

    class KilledError(BaseException):
        pass

    def killed_at_three(net: Net) -> object:
        if net.n == 12:
            raise KilledError
        return topology_of(net)

    monkeypatch.setattr("zeo_cleanup.reference_folder.topology_of", killed_at_three)
    with pytest.raises(KilledError):
        ReferenceFolder(folder)
    with sqlite3.connect(cache_path()) as cache:
        assert cache.execute("SELECT count(*) FROM nets").fetchone() == (1,)
    monkeypatch.setattr("zeo_cleanup.reference_folder.topology_of", topology_of)
    assert ReferenceFolder(folder).count().nets == 2
