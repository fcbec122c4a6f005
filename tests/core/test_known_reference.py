"""The user's own nets in the reference, and what outputs say of nets without names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import zeo
from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.data.known.added import additions_path
from zeo.data.known.iza import iza_structure
from zeo.data.known.nets import AS_OF, reference_nets
from zeo.data.known.reference import reference_state
from zeo.data.known.relaxed import relaxed_structure
from zeo.data.sets.store import DataSet
from zeo.errors import InputError, ZeoError
from zeo.tools.files import held


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder, for one test."""
    monkeypatch.setenv("ZEO_REFERENCE", str(tmp_path / "home"))
    return tmp_path / "home"


def command(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


@pytest.fixture
def unknown(tmp_path: Path) -> Path:
    """The CIF of a net that has no name: a hypothetical framework of the data set that ships with zeo."""
    data = DataSet.open("standard")
    codes = data.column("code")
    position = next(k for k, code in enumerate(codes) if code is None)
    path = tmp_path / "MINE.cif"
    path.write_text(cif_text(data.structure(position), "mine"))
    return path


def test_an_added_net_has_its_name_everywhere_until_it_is_removed(unknown: Path) -> None:
    before = reference_state()
    assert zeo.identify(unknown).is_new  # type: ignore[union-attr]
    added = command("reference", "add", unknown)
    assert added.exit_code == 0, added.output
    assert added.stdout.startswith("added MINE: ")
    assert zeo.identify(unknown).name == "MINE"  # type: ignore[union-attr]
    assert zeo.identify(unknown, match="coordination-sequence").name == "MINE"  # type: ignore[union-attr]
    listed = command("reference", "list").stdout
    assert "MINE" in listed
    assert f"263 IZA types as of {AS_OF}, 1 added; sha256 {reference_state()['sha256']}" in listed
    assert reference_state()["sha256"] != before["sha256"]
    assert "MINE" in command("reference", "show", "MINE").stdout
    assert command("reference", "remove", "MINE").exit_code == 0
    assert reference_state() == before
    assert zeo.identify(unknown).is_new  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["007", "NA", "8331112", "1e5"])
def test_tables_have_a_name_as_it_is_though_it_looks_like_a_number(
    unknown: Path, tmp_path: Path, name: str
) -> None:
    assert command("reference", "add", unknown, "--name", name).exit_code == 0
    run = zeo.run(
        "dataset", n=1, relax="none", out=tmp_path / "run", options={"dataset": {"source": str(unknown)}}
    )
    assert run.table()["name"].tolist() == [name]
    assert json.loads(run.json())["table"][0]["name"] == name
    assert zeo.identify([unknown]).table()["name"].tolist() == [name]


def test_tables_have_the_names_of_interrupted_frameworks() -> None:
    given = {"x": iza_structure("CHI"), "y": iza_structure("MFI")}
    assert zeo.identify(given).table()["name"].tolist() == ["-CHI", "MFI"]


def test_a_name_of_ones_own(unknown: Path) -> None:
    assert command("reference", "add", unknown, "--name", "Mine, too").exit_code == 0
    assert zeo.identify(unknown).name == "Mine, too"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["SOD", "-CLO", "", "a/b", "a\nb", "\x1b[2J", "x" * 65, " a"])
def test_names_that_cannot_be_are_refused_and_nothing_is_added(unknown: Path, name: str) -> None:
    done = command("reference", "add", unknown, "--name", name)
    assert done.exit_code == 1
    assert done.stderr.count("Error: ") == 1
    assert "\x1b" not in done.stderr
    assert not additions_path().exists()


def test_what_cannot_be_added_costs_a_line_and_the_others_are_added(unknown: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.cif").write_text("rubbish")
    (tmp_path / "known.cif").write_text(cif_text(relaxed_structure("SOD"), "sod"))
    (tmp_path / "twice.cif").write_text(unknown.read_text())
    names = ("bad.cif", "known.cif", "MINE.cif", "twice.cif")
    done = command("reference", "add", *(tmp_path / name for name in names))
    assert done.exit_code == 1
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["added MINE"]
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert "in the reference already, as SOD" in lines[1]
    assert "in the reference already, as MINE" in lines[2]


@pytest.mark.parametrize("name", ["unknown", "new"])
def test_what_nets_without_a_name_are_called_is_no_name(name: str, unknown: Path) -> None:
    done = command("reference", "add", unknown, "--name", name)
    assert done.exit_code == 1
    assert f"{name} is what nets without a name are called" in done.output
    assert not additions_path().exists()


def test_a_name_for_several_is_refused(unknown: Path) -> None:
    done = command("reference", "add", unknown, unknown, "--name", "X")
    assert done.exit_code == 2
    assert not additions_path().exists()


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("SOD", "is a framework type of the IZA, which stays"), ("MINEE", "did you mean 'MINE'?")],
)
def test_what_was_not_added_cannot_be_removed(unknown: Path, name: str, complaint: str) -> None:
    zeo.reference.add(unknown)
    done = command("reference", "remove", name)
    assert done.exit_code == 1
    assert complaint in done.stderr
    assert [net.name for net in zeo.reference.added()] == ["MINE"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"format": 2, "nets": []}',
        b'{"format": 1, "nets": [{"name": 3}]}',
        b"[" * 99999,
    ],
)
def test_a_damaged_file_costs_one_line_and_is_left_alone(unknown: Path, home: Path, content: bytes) -> None:
    home.mkdir()
    (home / "nets.json").write_bytes(content)
    for arguments in (("reference", "list"), ("reference", "add", unknown), ("identify", unknown)):
        done = command(*arguments)
        assert done.exit_code == 1
        assert "the nets that were added to the reference cannot be read" in done.stderr
        assert "Traceback" not in done.stderr
    assert (home / "nets.json").read_bytes() == content


def test_a_link_is_not_written_through(unknown: Path, home: Path, tmp_path: Path) -> None:
    home.mkdir()
    target = tmp_path / "precious"
    target.write_text('{"format": 1, "nets": []}')
    (home / "nets.json").symlink_to(target)
    with pytest.raises(ZeoError, match="is a link"):
        zeo.reference.add(unknown)
    assert target.read_text() == '{"format": 1, "nets": []}'


def test_one_process_at_a_time_changes_it(unknown: Path, home: Path) -> None:
    with held(home), pytest.raises(ZeoError, match="another process is working in"):
        zeo.reference.add(unknown)
    assert [net.name for net in zeo.reference.add(unknown)] == ["MINE"]


@pytest.mark.parametrize("name", ["CLO", "-CLO", "ANO", "FAU"])
def test_types_are_shown_with_their_sources(name: str) -> None:
    shown = command("reference", "show", name)
    assert shown.exit_code == 0, shown.output
    net = reference_nets()[name.removeprefix("-")]
    assert net.key in shown.stdout
    assert ("interrupted" in shown.stdout) == net.interrupted
    assert all(symbol in shown.stdout for symbol in net.vertex_symbols)


def test_types_that_are_not_there() -> None:
    with pytest.raises(InputError, match="no net 'FAV': did you mean"):
        zeo.reference.show("FAV")


def test_outputs_say_to_what_a_net_is_new(unknown: Path, tmp_path: Path) -> None:
    """In words for identify and run; in run.json the date and the hash of the whole reference."""
    done = command("identify", unknown)
    assert done.exit_code == 0
    assert f"unknown: in no IZA type as of {AS_OF}" in done.stderr
    (tmp_path / "known.cif").write_text(cif_text(relaxed_structure("SOD"), "sod"))
    assert "unknown" not in command("identify", tmp_path / "known.cif").output
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "one.cif").write_text(unknown.read_text())
    run = (
        "run",
        "--generator",
        "dataset",
        "--set",
        f"dataset.source={folder}",
        "-n",
        1,
        "--out",
        tmp_path / "run",
    )
    shown = command(*run)
    assert shown.exit_code == 0, shown.output
    assert f"new: in no IZA type as of {AS_OF}" in shown.stdout
    versions = json.loads((tmp_path / "run" / "run.json").read_text())["versions"]
    assert {fact: versions[f"reference {fact}"] for fact in reference_state()} == reference_state()


def test_a_relaxation_without_parameters_names_the_element_and_is_no_success(tmp_path: Path) -> None:
    silica = relaxed_structure("SOD")
    species = ["Al" if k == 0 else element for k, element in enumerate(silica.species)]
    path = tmp_path / "al.cif"
    path.write_text(cif_text(type(silica)(silica.lattice, species, silica.frac_coords), "al"))
    done = command("relax", path)
    assert done.exit_code == 1
    assert "no parameters: Al; " in done.stdout


@pytest.mark.parametrize("elements", [("Al", "P"), ("Al", "Si"), ("Ge",), ("Zn", "P"), ("Ti", "Si")])
def test_frameworks_of_other_elements_are_named_and_counted(
    elements: tuple[str, ...], tmp_path: Path
) -> None:
    silica = relaxed_structure("SOD")
    t = iter(elements * 12)
    species = [next(t) if element == "Si" else element for element in silica.species]
    path = tmp_path / "other.cif"
    path.write_text(cif_text(type(silica)(silica.lattice, species, silica.frac_coords), "other"))
    [row] = json.loads(command("identify", path, "--json").stdout)
    assert (row["name"], row["t_atoms"], row["remark"]) == ("SOD", 12, None)
    assert row["framework_density_T_per_1000_A3"] == round(silica.framework_density, 2)


def test_what_is_refused_shows_no_counts(tmp_path: Path) -> None:
    silica = relaxed_structure("SOD")
    path = tmp_path / "broken.cif"
    path.write_text(
        cif_text(type(silica)(silica.lattice, silica.species[:-1], silica.frac_coords[:-1]), "broken")
    )
    [row] = json.loads(command("identify", path, "--json").stdout)
    assert row["problem"]
    assert {row[fact] for fact in ("t_atoms", "unique_t", "framework_density_T_per_1000_A3", "key")} == {None}
