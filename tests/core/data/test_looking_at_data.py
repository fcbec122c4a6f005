"""``zeo data info``, ``plot`` and ``export`` on a small data set of real frameworks."""

import json

import ase.db
import ase.io
import attrs
import numpy as np
import pytest
from click.testing import CliRunner

from zeo.cli import main
from zeo.crystal.io import read_structure
from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_frameworks
from zeo.data.looking.export import ase_keys, write_cifs, write_database, write_xyz
from zeo.data.looking.group import Measured as Described
from zeo.data.looking.group import compared, group
from zeo.data.looking.plot import PANELS, draw
from zeo.data.looking.statistics import compare, distributions, drawn
from zeo.data.sets.description import Description
from zeo.data.sets.entry import Column, Entry, property_columns
from zeo.data.sets.filters import filtered
from zeo.data.sets.store import DataSet
from zeo.data.sets.writer import DataSetWriter
from zeo.errors import ConfigError
from zeo.plugin.columns import Column as Measured
from zeo.plugin.declare import QuantitySpec
from zeo.plugin.registry import installed_plugins

CODES = ("ABW", "ACO", "BIK", "CHA", "JBW", "SOD")
PROPERTIES = property_columns(
    Measured("methane", each)
    for each in (QuantitySpec("kh_mol", "mol/kg/Pa"), QuantitySpec("qst", "kJ/mol", "heat of adsorption"))
)


def iza_entry(code):
    framework = relaxed_frameworks()[code]
    return Entry(
        name=code,
        structure=smallest_orthogonal_cell(framework.structure),
        key=f"key of {code}",
        origin="iza",
        code=code,
        split="test",
        energy=framework.energy,
        smallest_ring=4,
        largest_ring=8,
        three_ring_share=0.0,
        properties={"methane.kh_mol": 1e-6, "methane.qst": None},
    )


def stretched(entry, factor):
    """A made framework: an IZA type with longer bonds, 10 kJ/mol Si higher."""
    atoms = entry.structure
    return attrs.evolve(
        entry,
        name=f"{entry.name}-made",
        structure=Structure(factor * atoms.lattice, atoms.species, atoms.frac_coords),
        origin="hypothetical",
        code=None,
        split="train",
        energy=entry.energy + 10.0,
        three_ring_share=0.5,
        properties={"methane.kh_mol": 1e-5 * len(atoms), "methane.qst": 20.0},
    )


def written(path, *parts):
    description = Description(
        name="mixed",
        made_by={"command": "test", "options": {"seed": 7}},
        properties=PROPERTIES,
        licence="MIT",
    )
    writer = DataSetWriter(path, description)
    for part in parts:
        writer.append(part, {"read": 20, "kept": 13})
    return path


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Six IZA types, six made ones and one that is not feasible."""
    types = [iza_entry(code) for code in CODES]
    made = [stretched(entry, 1.01) for entry in types]
    failed = attrs.evolve(made[0], name="failed", verdict="not converged", energy=None, properties={})
    return written(tmp_path_factory.mktemp("sets") / "mixed", [*made, failed], types)


@pytest.fixture(scope="module")
def made_alone(tmp_path_factory):
    made = [stretched(iza_entry(code), 1.01) for code in CODES]
    return written(tmp_path_factory.mktemp("sets") / "made", made)


def zeo(*arguments):
    return CliRunner().invoke(main, ["data", *map(str, arguments)])


def lines_of(table, *starts):
    """The line of some output that starts with each text, without it."""
    return [next(x for x in table.splitlines() if x.startswith(s)).removeprefix(s).split() for s in starts]


def test_info_tells_all(mixed):
    result = zeo("info", mixed)
    assert result.exit_code == 0, result.stderr
    seed, read, failed, train, test = lines_of(
        result.stdout, "  options.seed", "read", "not converged", "train", "test"
    )
    assert (seed, read, failed) == (["7"], ["20"], ["1"])
    assert train == ["7", "7", "0", "0"]
    assert test == ["6", "0", "6", "6"]
    energies = [relaxed_frameworks()[code].energy for code in CODES]
    wanted = np.percentile([*energies, *(e + 10.0 for e in energies)], [5, 25, 50, 75, 95])
    known, *quantiles = lines_of(result.stdout, "energy               kJ/mol Si")[0]
    assert known == "12"
    assert [float(x) for x in quantiles] == pytest.approx(wanted, rel=1e-3)
    assert lines_of(result.stdout, "methane.qst")[0][:2] == ["kJ/mol", "6"]


def test_info_in_json(mixed):
    told = json.loads(zeo("info", mixed, "--json").stdout)
    assert told["description"] == json.loads((mixed / "dataset.json").read_text())
    assert told["verdicts"] == {"feasible": 12, "not converged": 1}
    assert told["splits"][1] == {
        "split": "test",
        "frameworks": 6,
        "origins": {"hypothetical": 0, "iza": 6},
        "iza_types": 6,
    }
    (energy,) = (one for one in told["feasible"] if one["name"] == "energy")
    energies = [relaxed_frameworks()[code].energy for code in CODES]
    assert energy["quantiles"][2] == pytest.approx(np.median([*energies, *(e + 10.0 for e in energies)]))
    assert [one["frameworks"] for one in told["compared"]] == [6, 6]
    (bonds,) = (row for row in told["quality"] if row["name"] == "Si-O")
    made, iza = bonds["spreads"]
    assert made["mean"] == pytest.approx(1.01 * iza["mean"], rel=1e-4)


def test_quality_beside_the_iza_types_of_the_set(mixed):
    plugins = installed_plugins()
    groups = compared(DataSet.open(mixed), plugins)
    assert [(one.title, one.size) for one in groups] == [("mixed", 6), ("IZA types", 6)]
    rows = {row.name: row.spreads for row in compare(groups, 100, plugins)}
    made, iza = rows["Si-O"]
    assert made.mean == pytest.approx(1.01 * iza.mean, rel=1e-4)
    for angle in ("O-Si-O", "Si-O-Si"):
        assert rows[angle][0].mean == pytest.approx(rows[angle][1].mean, abs=0.01)
    assert rows["energy"][0].mean == pytest.approx(rows["energy"][1].mean + 10.0, abs=1e-3)
    assert (rows["with three-rings"][0].mean, rows["with three-rings"][1].mean) == (100.0, 0.0)
    assert rows["largest included sphere"][0].mean > rows["largest included sphere"][1].mean
    assert rows["largest free sphere"][1].mean == pytest.approx(3.0, abs=0.5)


def test_a_set_without_iza_types_is_compared_with_those_that_ship(made_alone):
    groups = compared(DataSet.open(made_alone), installed_plugins())
    assert groups[0].size == len(CODES)
    assert groups[1].size > 100
    assert groups[1].values("density").mean() == pytest.approx(17.0, abs=0.7)
    with_three_rings = groups[1].values("three_ring_share") > 0
    assert with_three_rings.tolist() == (groups[1].values("smallest_ring") == 3).tolist()


def test_edges_count_together_and_unknown_values_not_at_all(mixed):
    data = DataSet.open(mixed)
    rows = {row.name: row for row in distributions(group("all", data), PROPERTIES)}
    assert rows["edges"].known == rows["T atoms"].known == 13
    edges = [edge for entry in data for edge in entry.structure.lengths]
    assert rows["edges"].quantiles[2] == pytest.approx(np.median(edges), rel=1e-5)
    assert rows["energy"].known == 12
    assert "methane.kh" not in rows


def test_a_sample_is_the_same_every_time():
    assert drawn(5, 9).tolist() == [0, 1, 2, 3, 4]
    sample = drawn(10_000, 50)
    assert (np.diff(sample) > 0).all()
    assert sample.tolist() == drawn(10_000, 50).tolist()


@pytest.mark.parametrize(("form", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_pictures_of_every_kind(mixed, tmp_path, form, magic):
    out = tmp_path / f"set.{form}"
    assert zeo("plot", mixed, "--out", out).exit_code == 0
    assert out.read_bytes().startswith(magic)
    if form == "pdf":
        groups = compared(DataSet.open(mixed), installed_plugins())
        assert draw(groups, form) == out.read_bytes()


def test_a_picture_shows_what_is_known(mixed, tmp_path):
    zeo("plot", mixed, "--out", tmp_path / "set.svg")
    # letters are drawn as outlines, of which a comment keeps the text
    picture = (tmp_path / "set.svg").read_text()
    for label in ("mixed (6)", "IZA types (6)", "T atoms per cell", "cell edges", "energy", "density"):
        assert f"<!-- {label}" in picture
    assert "void fraction" not in picture


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.columns[0])
@pytest.mark.parametrize("value", [1e-30, 2e-6, 48.0])
def test_values_that_are_all_alike_are_drawn(panel, value):
    groups = [
        Described("alike", size, dict.fromkeys(panel.columns, np.full(size, value)).get) for size in (1, 3)
    ]
    assert f"<!-- {panel.label[:7]}" in draw(groups, "svg", [panel]).decode()


def test_cifs_come_back(mixed, tmp_path):
    result = zeo("export", mixed, "--out", tmp_path / "cifs", "--where", "origin=iza")
    assert result.exit_code == 0, result.stderr
    files = sorted((tmp_path / "cifs").iterdir())
    assert [file.stem for file in files] == list(CODES)
    chabazite = read_structure(str(tmp_path / "cifs" / "CHA.cif"))
    original = iza_entry("CHA").structure
    assert chabazite.count("Si") == original.count("Si")
    assert chabazite.lengths == pytest.approx(original.lengths, abs=1e-3)
    assert f"{relaxed_frameworks()['CHA'].energy:.7g}" in (tmp_path / "cifs" / "CHA.cif").read_text()


def test_an_interrupted_export_leaves_nothing_behind(mixed, tmp_path):
    def interrupted(name):
        if name == CODES[3]:
            raise KeyboardInterrupt

    (tmp_path / "empty").mkdir()
    writers = {"cifs": write_cifs, "empty": write_cifs, "a.xyz": write_xyz, "a.db": write_database}
    for out, write in writers.items():
        with pytest.raises(KeyboardInterrupt):
            write(DataSet.open(mixed), tmp_path / out, interrupted)
    assert not any(tmp_path.iterdir())


def test_extended_xyz_and_databases_carry_what_is_known(mixed, tmp_path):
    for ending in ("extxyz", "db"):
        assert zeo("export", mixed, "--out", tmp_path / f"set.{ending}").exit_code == 0
    frames = ase.io.read(tmp_path / "set.extxyz", ":")
    rows = list(ase.db.connect(tmp_path / "set.db").select())
    assert len(frames) == len(rows) == 13
    for frame, row, entry in zip(frames, rows, DataSet.open(mixed), strict=True):
        assert frame.info["name"] == row.name == entry.name
        assert len(frame) == row.natoms == len(entry.structure)
        assert frame.info.get("energy_kJ_per_mol_Si") == row.get("energy_kJ_per_mol_Si") == entry.energy
        assert frame.positions == pytest.approx(entry.structure.cart_coords, abs=1e-6)
        assert row.positions == pytest.approx(entry.structure.cart_coords, abs=1e-6)


def test_names_that_are_numbers_or_paths(tmp_path):
    abw = iza_entry("ABW")
    entries = [attrs.evolve(abw, name=name) for name in ("12", "a/b", "a_b", "A_B", "nan")]
    data = written(tmp_path / "odd", entries)
    assert zeo("export", data, "--out", tmp_path / "cifs").exit_code == 0
    assert sorted(file.stem for file in (tmp_path / "cifs").iterdir()) == [
        "12",
        "A_B_3",
        "a_b",
        "a_b_2",
        "nan",
    ]
    assert zeo("export", data, "--out", tmp_path / "odd.db").exit_code == 0
    names = [row.get("name") or row.data["name"] for row in ase.db.connect(tmp_path / "odd.db").select()]
    assert names == ["12", "a/b", "a_b", "A_B", "nan"]


@pytest.mark.parametrize(
    ("conditions", "wanted"),
    [
        (["origin=iza"], {*CODES}),
        (["origin!=iza", "verdict=feasible"], {f"{code}-made" for code in CODES}),
        (["code=CHA"], {"CHA"}),
        (["code!=CHA"], {*CODES} - {"CHA"}),
        (["origin=iza", "t_atoms < 12", "density>19"], {"JBW"}),
        (["methane.qst>=20"], {f"{code}-made" for code in CODES}),
        (["energy > 1e9"], set()),
        (["origin=iza", "density > 0.019 T/A3"], {"BIK", "JBW"}),
        (["origin=iza", "t_atoms/density < 0.4 nm3"], {"JBW"}),
    ],
)
def test_conditions(mixed, conditions, wanted):
    assert set(filtered(DataSet.open(mixed), conditions).names) == wanted


@pytest.mark.parametrize(
    ("condition", "error", "complaint"),
    [
        ("density", ConfigError, "cannot read the wish"),
        ("density<low", ConfigError, "no column 'low'"),
        ("name<3", ConfigError, "= and != only"),
        ("densty<3", ConfigError, "did you mean 'density'"),
        ("density<3 bar", ConfigError, "density is in T/1000 A3"),
    ],
)
def test_conditions_that_make_no_sense(mixed, condition, error, complaint):
    with pytest.raises(error, match=complaint):
        filtered(DataSet.open(mixed), [condition])


UNDER = ("methane.kh[T=350 K]", "methane.kh[T=400 K]", "sel.ratio[xenon:krypton=20:80, p=1 bar]")


@pytest.fixture(scope="module")
def conditioned(tmp_path_factory):
    """Each framework has one value in all columns: its place."""
    columns = tuple(Column(name, "float", "1", "measured under conditions") for name in UNDER)
    entries = [
        attrs.evolve(
            iza_entry(code), properties={name: (place + 1.0) * at for at, name in enumerate(UNDER, 1)}
        )
        for place, code in enumerate(CODES)
    ]
    return with_columns(tmp_path_factory.mktemp("sets") / "conditioned", columns, entries)


def with_columns(path, columns, entries):
    DataSetWriter(path, Description(name=path.name, made_by={}, properties=columns)).append(entries)
    return path


ALIKE = (
    "methane.kh[T=298.15 K]",
    "co2.loading[T=-5 K]",
    "co2.loading[T=5 K]",
    "co2.loading[hot=none, p=1e-05 bar]",
    "my-gas.qst",
    "my.gas_qst",
    "unique.t",
)
"""Names that differ in signs which no key of an ASE database has."""


def test_a_database_has_all_columns_each_under_a_key_of_its_own(tmp_path):
    names = (*UNDER, *ALIKE)
    values = {name: float(place) for place, name in enumerate(names)}
    columns = tuple(Column(name, "float", "1", "") for name in names)
    data = with_columns(tmp_path / "set", columns, [attrs.evolve(iza_entry("ABW"), properties=values)])
    result = zeo("export", data, "--out", tmp_path / "set.db")
    assert result.exit_code == 0, result.stderr
    (row,) = ase.db.connect(tmp_path / "set.db").select()
    keys = ase_keys(columns)
    assert {name: row[keys[name]] for name in names} == values
    assert row.methane_kh_T_350_K == values["methane.kh[T=350 K]"]
    assert row.sel_ratio_xenon_krypton_20_80_p_1_bar == values[UNDER[2]]
    assert row.name == "ABW"


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("methane.kh[T=350 K]<=2", 2),
        ("methane.kh[350 K]<=2", 2),
        ("methane.kh[T = 76.85 degC]<=2", 2),
        ("methane.kh[T=400 K]<=2", 1),
        ("methane.kh[T=400 K]/methane.kh[T=350 K]>1.5", 6),
        ("sel.ratio[1 bar, xenon:krypton=0.2:0.8]<=3", 1),
        ("`methane.kh[T=350 K]`<=2", 2),
    ],
)
def test_conditions_of_columns_are_written_as_in_wishes(conditioned, condition, wanted):
    assert filtered(DataSet.open(conditioned), [condition]).names == [*CODES[:wanted]]


@pytest.mark.parametrize(
    ("condition", "complaint"),
    [
        (
            "methane.kh[T=360 K]<2",
            r"kh was not measured under \[T=360 K\]: there is methane.kh\[T=350 K\], methane.kh",
        ),
        ("methane.kh[p=1 bar]<2", r"not measured under \[p=1 bar\]: there is"),
        ("density[T=350 K]<2", r"density was not measured under \[T=350 K\]: there is density"),
        ("qst[T=350 K]<2", "there is no column 'qst'"),
    ],
)
def test_conditions_under_which_nothing_was_measured_are_refused(conditioned, condition, complaint):
    with pytest.raises(ConfigError, match=complaint):
        filtered(DataSet.open(conditioned), [condition])


def test_mistakes_cost_one_line(mixed, tmp_path):
    (tmp_path / "taken.db").write_text("")
    for arguments, complaint in [
        (("info", tmp_path / "nothing"), "is no data set: give a directory"),
        (("plot", mixed, "--out", tmp_path / "set.gif"), "ends in .png, .pdf, .svg"),
        (("export", mixed, "--out", tmp_path / "set.gif"), "neither a folder"),
        (("export", mixed, "--out", tmp_path / "POSCAR"), "say with --to what to write"),
        (("export", mixed, "--out", tmp_path / "taken.db"), "exists already"),
        (("export", mixed, "--out", tmp_path), "exists already"),
        (
            ("export", mixed, "--out", tmp_path / "a.db", "--where", "density<1"),
            "no framework meets density<1",
        ),
    ]:
        result = zeo(*arguments)
        assert result.exit_code != 0
        assert complaint in result.stderr
        assert result.stderr.count("Error:") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken.db"]


def test_a_set_of_failures(tmp_path):
    failed = attrs.evolve(iza_entry("ABW"), verdict="not converged")
    data = written(tmp_path / "failed", [failed])
    described = zeo("info", data)
    assert described.exit_code == 0
    assert "not converged" in described.output
    assert "No framework is known to be feasible" in described.output
    assert json.loads(zeo("info", data, "--json").stdout)["quality"] == []
    assert "no feasible framework" in zeo("plot", data, "--out", tmp_path / "a.png").stderr
