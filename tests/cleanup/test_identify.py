"""The identify stage and command."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import ase.io
import numpy as np
import pytest
from click.testing import CliRunner

from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.data.known.nets import reference_nets
from zeo.errors import ConfigError
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import installed_plugins
from zeo_cleanup.identify import Identify, Options


def identified(structure: Structure | None, **options: object) -> Candidate:
    identify = Identify(Options(**options), installed_plugins())
    return identify.apply(Candidate(index=0, seed=0, structure=structure))


def test_a_known_framework() -> None:
    candidate = identified(iza_structure("MFI"))
    assert candidate.rejection is None
    assert candidate.net is not None
    assert candidate.net.n == 96
    identity = candidate.identity
    assert identity is not None
    assert (identity.name, identity.t_atoms, identity.unique_t) == ("MFI", 96, 12)
    assert identity.multiplicities == (8,) * 12
    assert len(identity.coordination_sequences) == len(identity.vertex_symbols) == 12
    assert identity.coordination_sequences[0][:3] == (4, 12, 22)
    assert round(identity.td10) == 960


def test_frameworks_with_many_unique_t_atoms_are_rejected_on_request() -> None:
    few, enough = (identified(iza_structure("FER"), max_unique=most) for most in (3, 4))
    assert few.rejection is not None
    assert (few.rejection.reason, few.rejection.detail) == ("too many unique T atoms", "4 (at most 3)")
    assert few.identity is not None
    assert enough.rejection is None


def test_a_data_set_has_no_coordination_sequences_to_match_by() -> None:
    Identify(Options(reference=Path("standard")))
    with pytest.raises(ConfigError, match="the data set standard has exact keys alone"):
        Identify(Options(reference=Path("standard"), match="coordination-sequence"))


def test_matching_by_coordination_sequences_cannot_tell_lta_from_rho() -> None:
    identity = identified(iza_structure("RHO"), match="coordination-sequence").identity
    assert identity is not None
    assert identity.name == "LTA/RHO"
    assert identity.matched_by == "coordination-sequence"
    identity = identified(iza_structure("RHO")).identity
    assert identity is not None
    assert identity.name == "RHO"


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        (
            "CLO",
            "O 373 has only one Si within 3 A (24 O are wrong)",
        ),
        (
            "RON",
            "Si 49 has 2 bridging oxygen (8 Si are wrong)",
        ),
    ],
)
def test_interrupted_frameworks(code: str, detail: str) -> None:
    rejection = identified(iza_structure(code)).rejection
    assert rejection is not None
    assert rejection.reason == "not four-connected"
    assert rejection.detail == f"{detail}; its bridges are those of the interrupted framework -{code}"


def test_other_rejections() -> None:
    sodalite = iza_structure("SOD")
    apart = identified(Structure(4 * sodalite.lattice, sodalite.species, sodalite.frac_coords / 4)).rejection
    assert apart is not None
    assert apart.reason == "not four-connected"
    nothing = identified(None).rejection
    assert nothing is not None
    assert nothing.reason == "no structure"
    empty = identified(Structure(sodalite.lattice, (), sodalite.frac_coords[:0])).rejection
    assert empty is not None
    assert empty.detail.startswith("it contains no T atom")


def test_two_nets_through_each_other() -> None:
    """Ideal cristobalite and a copy of it in its voids."""
    lattice = 7.16 / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    silicon = np.array([[0, 0, 0], [1 / 4, 1 / 4, 1 / 4]])
    oxygen = np.array([[1, 1, 1], [5, 1, 1], [1, 5, 1], [1, 1, 5]]) / 8
    both = [np.concatenate([sites, sites + 0.5]) for sites in (silicon, oxygen)]
    assert identified(Structure.from_si_o(lattice, silicon, oxygen)).rejection is None
    rejection = identified(Structure.from_si_o(lattice, *both)).rejection
    assert rejection is not None
    assert rejection.reason == "more than one net"


def without(structure: Structure, *atoms: int) -> Structure:
    """The structure less some of its atoms."""
    kept = [atom for atom in range(len(structure)) if atom not in atoms]
    species = [structure.species[atom] for atom in kept]
    return Structure(structure.lattice, species, structure.frac_coords[kept])


def write(folder: Path, *codes: str) -> list[str]:
    for code in codes:
        ase.io.write(folder / f"{code}.cif", iza_structure(code).to_ase())
    return [str(folder / f"{code}.cif") for code in codes]


def test_command_prints_a_table(tmp_path: Path) -> None:
    files = write(tmp_path, "LTA", "SOD")
    sodalite = iza_structure("SOD")
    Path(files[1]).write_text(cif_text(without(sodalite, sodalite.species.index("O")), "broken"))
    done = CliRunner().invoke(main, ["identify", *files])
    assert done.exit_code == 1, done.output
    lines = done.stdout.splitlines()
    assert lines[3].split()[1:-1] == ["LTA", "24", "1", "641.0", "14.17"]
    assert lines[4].split()[1:] == ["-"] * 6
    assert lines[-1].startswith(f"{files[1]}: not four-connected: Si")


@pytest.mark.parametrize("code", [net.code for net in reference_nets().values() if net.interrupted])
def test_interrupted_types_have_their_names_and_a_remark(code: str, tmp_path: Path) -> None:
    if reference_nets()[code].source != "zeose":
        pytest.skip("a net without atoms")
    done = CliRunner().invoke(main, ["identify", *write(tmp_path, code), "--json"])
    assert done.exit_code == 0, done.output
    [row] = json.loads(done.stdout)
    assert row["name"] == f"-{code}"
    assert row["remark"].startswith("interrupted framework: ")
    assert row["problem"] is None
    assert row["t_atoms"] == iza_structure(code).count("Si")


def test_command_goes_on_after_a_bad_file(tmp_path: Path) -> None:
    write(tmp_path, "SOD")
    (tmp_path / "bad.cif").write_text("rubbish")
    done = CliRunner().invoke(main, ["identify", str(tmp_path), "--json"])
    assert done.exit_code == 1
    assert done.stderr.count("Error: ") == 1
    assert "bad.cif" in done.stderr
    [row] = json.loads(done.stdout)
    assert (row["name"], row["unique_t"], row["problem"]) == ("SOD", 1, None)
    assert "sites" not in row


def test_command_gives_all_sites_on_request(tmp_path: Path) -> None:
    files = write(tmp_path, "DDR")
    shown = CliRunner().invoke(main, ["identify", *files, "--full"]).stdout
    assert "4.5.5.5.5.8" in shown
    table = CliRunner().invoke(main, ["identify", *files, "--full", "--csv"]).stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["site"] for row in rows] == [f"T{i}" for i in range(1, 8)]
    assert sum(int(row["multiplicity"]) for row in rows) == 120
    [row] = json.loads(CliRunner().invoke(main, ["identify", *files, "--full", "--json"]).stdout)
    assert row["sites"][0]["coordination_sequence"][0] == 4


def test_command_with_a_reference_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEO_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "reference"
    folder.mkdir()
    write(folder, "SOD")
    done = CliRunner().invoke(
        main, ["identify", *write(tmp_path, "SOD"), "--reference", str(folder), "--csv"]
    )
    assert done.exit_code == 0
    [row] = csv.DictReader(io.StringIO(done.stdout))
    assert row["name"] == "SOD"  # the Structure Commission's name comes first
    missing = CliRunner().invoke(
        main, ["identify", *write(tmp_path, "SOD"), "--reference", str(tmp_path / "none")]
    )
    assert missing.exit_code == 1
    assert "identify.reference: there is no folder" in missing.stderr
