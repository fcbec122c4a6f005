"""Data sets: what is written comes back, whoever reads it, and damage is named in one line."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import attrs
import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.registry import known_implementations

from zeo.data.known.frameworks import open_frameworks
from zeo.data.known.relaxed import relaxed_frameworks
from zeo.data.sets.description import Description
from zeo.data.sets.entry import ANGLES, COLUMNS, Entry, property_columns
from zeo.data.sets.store import DataSet, is_data_set
from zeo.data.sets.writer import DataSetWriter
from zeo.errors import ConfigError, InputError
from zeo.plugin.columns import Column as Measured
from zeo.plugin.declare import QuantitySpec

CODES = ("ABW", "SOD", "ACO", "BIK", "JBW")
SPLITS = ("train", "test", "train", "validation", "train")
PROPERTIES = property_columns(
    Measured("methane", each)
    for each in (QuantitySpec("kh", "1", "Henry"), QuantitySpec("qst", "kJ/mol", "heat"))
)


def entry(code: str, split: str | None = "train", name: str | None = None) -> Entry:
    framework = relaxed_frameworks()[code]
    return Entry(
        name=name or code,
        structure=framework.structure,
        key=f"key of {code}",
        origin="iza",
        code=code,
        split=split,
        generation=2,
        three_ring_share=0.25,
        space_group=framework.space_group,
        energy=framework.energy,
        properties={"methane.kh": 0.1, "methane.qst": None},
    )


def description(**changes) -> Description:
    facts = Description(name="five", made_by={"command": "test", "seed": 0}, properties=PROPERTIES)
    return attrs.evolve(facts, **changes)


@pytest.fixture
def five(tmp_path):
    """A data set of five frameworks in two parts."""
    writer = DataSetWriter(tmp_path / "five", description(licence="MIT"))
    entries = [entry(code, split) for code, split in zip(CODES, SPLITS, strict=True)]
    writer.append(entries[:3])
    writer.append(entries[3:], {"read": 7, "kept": 5})
    return tmp_path / "five"


def test_frameworks_of_a_data_set_have_its_properties(five):
    frameworks = open_frameworks(five, "train")
    silica = frameworks.where(lambda structure: structure.count("Si") > 0)
    known = [dict(framework.properties) for framework in silica]
    assert all(0 < framework.pop("energy") < 100 for framework in known)
    assert known == [{"methane.kh": pytest.approx(0.1), "methane.qst": None, "largest_ring": None}] * 3


def test_a_data_set_without_properties_gives_frameworks_without(tmp_path):
    writer = DataSetWriter(tmp_path, description(properties=()))
    writer.append([entry("ABW")])
    known = open_frameworks(tmp_path)[0].properties
    assert known == {"energy": pytest.approx(12.42), "largest_ring": None}


def test_entries_come_back(five):
    data = DataSet.open(five)
    assert len(data) == 5
    assert data.names == list(CODES)
    for code, split, found in zip(CODES, SPLITS, data, strict=True):
        wanted = entry(code, split)
        close = {"energy": pytest.approx(wanted.energy), "properties": pytest.approx(wanted.properties)}
        facts = attrs.asdict(wanted, filter=lambda field, _: field.eq)
        assert {name: getattr(found, name) for name in facts} == facts | close
        assert found.t_atoms == wanted.t_atoms
        assert found.density == pytest.approx(wanted.density)
    assert data[-1].name == data[4].name == "JBW"
    with pytest.raises(IndexError):
        data[5]


def test_it_says_what_it_is(five):
    data = DataSet.open(five)
    assert data.description.licence == "MIT"
    assert data.description.counts == {"read": 7, "kept": 5}
    facts = json.loads((five / "dataset.json").read_text())
    assert facts["frameworks"] == 5
    assert [column["name"] for column in facts["columns"]] == list(data.columns)
    assert facts["columns"][-1] == {
        "name": "methane.qst",
        "type": "float",
        "unit": "kJ/mol",
        "meaning": "heat",
    }


def test_columns_are_arrays(five):
    data = DataSet.open(five)
    assert data.column("t_atoms").tolist() == [entry(code).t_atoms for code in CODES]
    np.testing.assert_allclose(data.column("methane.kh"), 0.1, rtol=1e-6)
    assert np.isnan(data.column("methane.qst")).all()
    assert np.isnan(data.column("search_group")).all()
    assert data.column("parent").tolist() == [None] * 5
    with pytest.raises(InputError, match=r"no column 'methane\.khh': did you mean 'methane.kh'"):
        data.column("methane.khh")


def test_selections_keep_the_order(five):
    data = DataSet.open(five)
    training = data.split("train")
    assert training.names == [item.name for item in training] == ["ABW", "ACO", "JBW"]
    assert training.where(training.column("t_atoms") > 6).names == ["ABW", "ACO"]
    assert len(data.split("train").where([False] * 3)) == 0
    assert data.where([False] * 5).column("energy").shape == (0,)


def test_fewer_frameworks_are_evenly_spaced(five):
    data = DataSet.open(five)
    names = data.names
    assert data.thinned(3).names == [names[0], names[2], names[4]]
    assert data.thinned(9).names == names
    assert data.where([False] * 5).thinned(3).names == []


def test_a_data_set_is_a_source_of_frameworks(five):
    frameworks = open_frameworks(five, "train")
    assert frameworks.names == ("ABW", "ACO", "JBW")
    assert frameworks[1].structure.count("Si") == entry("ACO").t_atoms
    with pytest.raises(ConfigError, match="only data sets have"):
        open_frameworks("relaxed", "train")


def test_it_can_be_sent_to_other_processes(five):
    data = DataSet.open(five).split("train")
    _ = data[0]
    sent = pickle.dumps(data)
    assert len(sent) < 10_000  # the frameworks stay where they are
    assert pickle.loads(sent).names == data.names
    assert pickle.loads(pickle.dumps(data[0])) == data[0]


def test_threads_read_at_the_same_time(five):
    data = DataSet.open(five)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda index: data[index % 5].name, range(100)))
    assert found == list(CODES) * 20


def test_object_storage(five):
    memory = fsspec.filesystem("memory")
    memory.put(str(five), "/sets/five", recursive=True)
    assert is_data_set("memory://sets/five")
    data = DataSet.open("memory://sets/five")
    assert data.names == list(CODES)
    assert data[3].name == "BIK"
    assert open_frameworks("memory://sets/five", "test").names == ("SOD",)


def test_other_readers_need_no_zeo(five):
    table = pq.read_table(five / "frameworks")
    assert table.column("code").to_pylist() == list(CODES)
    assert table.column_names == [column.name for column in (*COLUMNS, *PROPERTIES)]


# the writer


def test_a_killed_writer_goes_on_to_the_same_bytes(five, tmp_path):
    again = tmp_path / "again"
    entries = [entry(code, split) for code, split in zip(CODES, SPLITS, strict=True)]
    DataSetWriter(again, description(licence="MIT")).append(entries[:3])
    # killed between the part and its listing
    (again / "frameworks" / "part-00001.parquet").write_bytes(b"half a part")
    writer = DataSetWriter(again, description(licence="MIT"))
    assert writer.parts == 1
    assert DataSet.open(again).names == list(CODES[:3])
    writer.append(entries[3:], {"read": 7, "kept": 5})
    for file in five.rglob("*.*"):
        assert (again / file.relative_to(five)).read_bytes() == file.read_bytes()


def test_a_part_may_be_empty(tmp_path):
    writer = DataSetWriter(tmp_path / "set", description())
    writer.append([])
    assert len(DataSet.open(tmp_path / "set")) == 0
    writer.append([entry("SOD")])
    assert DataSet.open(tmp_path / "set")[0].name == "SOD"
    assert DataSet.open(tmp_path / "set").column("energy").shape == (1,)


def test_names_are_unique(five):
    writer = DataSetWriter(five, description())
    with pytest.raises(InputError, match="two frameworks are called 'SOD'"):
        writer.append([entry("SOD")])
    with pytest.raises(InputError, match="two frameworks are called 'new'"):
        writer.append([entry("EDI", name="new"), entry("GIS", name="new")])


def test_parts_without_their_description_are_not_written_over(five):
    (five / "dataset.json").unlink()
    before = sorted((five / "frameworks").iterdir())
    with pytest.raises(InputError, match="exists and is not a data set"):
        DataSetWriter(five, description())
    assert sorted((five / "frameworks").iterdir()) == before


def test_nothing_is_written_over(five, tmp_path):
    with pytest.raises(InputError, match=r"made otherwise: seed \(0 -> 1\); choose another --out"):
        DataSetWriter(five, description(made_by={"command": "test", "seed": 1}))
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="exists and is not a data set"):
        DataSetWriter(tmp_path, description())


# damage


def test_no_data_set(tmp_path, five):
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "file", tmp_path / "nowhere"):
        with pytest.raises(
            InputError, match=r"is no data set: give a directory that has dataset\.json, a run"
        ):
            DataSet.open(place)
    (five / "dataset.json").unlink()
    with pytest.raises(InputError, match=r"dataset\.json: no such file"):
        open_frameworks(five)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "\udcff"])
def test_a_damaged_description(five, text):
    (five / "dataset.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match="description of a data set"):
        DataSet.open(five)


def as_format_1(data_set):
    """What was written when all cells were orthogonal: without angles."""
    file = data_set / "dataset.json"
    facts = json.loads(file.read_text())
    facts["format"] = 1
    facts["columns"] = [column for column in facts["columns"] if column["name"] not in ANGLES]
    file.write_text(json.dumps(facts))
    for part in data_set.glob("frameworks/*"):
        pq.write_table(pq.read_table(part).drop_columns(list(ANGLES)), part)


def test_the_format_before_is_read_and_not_gone_on_with(five):
    before = list(DataSet.open(five))
    as_format_1(five)
    data = DataSet.open(five)
    assert data.columns == tuple(column.name for column in (*COLUMNS, *PROPERTIES))
    assert data.has_right_angles.all()
    assert (data.column("beta") == 90.0).all()
    for earlier, now in zip(before, data, strict=True):
        assert now == earlier
        assert (now.structure.lattice == earlier.structure.lattice).all()
        assert (now.structure.frac_coords == earlier.structure.frac_coords).all()
    with pytest.raises(InputError, match="format 1, which this zeo reads and does not go on with"):
        DataSetWriter(five, description(licence="MIT"))


def test_angles_of_no_cell(five):
    (part, *_) = sorted(five.glob("frameworks/*"))
    table = pq.read_table(part)
    place = table.schema.get_field_index("gamma")
    angles = pa.array([179.99] * len(table), pa.float32())
    pq.write_table(table.set_column(place, table.schema.field("gamma"), angles), part)
    with pytest.raises(InputError, match="angles of no cell"):
        DataSet.open(five).structure(0)


def test_a_newer_format(five):
    file = five / "dataset.json"
    file.write_text(file.read_text().replace('"format": 2', '"format": 3'))
    with pytest.raises(InputError, match="format 3, and this zeo reads up to format 2: update zeo"):
        DataSet.open(five)


def test_a_truncated_or_missing_part(five):
    part = five / "frameworks" / "part-00001.parquet"
    part.write_bytes(part.read_bytes()[:-100])
    data = DataSet.open(five)
    assert data[2].name == "ACO"
    with pytest.raises(InputError, match=r"part-00001\.parquet: truncated or damaged; put a copy"):
        data[3]
    with pytest.raises(InputError, match=r"part-00001\.parquet: truncated or damaged; put a copy"):
        _ = data.names
    part.unlink()
    with pytest.raises(InputError, match=r"part-00001\.parquet: no such file; put a copy"):
        data[3]


def test_damaged_pages(five):
    part = five / "frameworks" / "part-00001.parquet"
    content = bytearray(part.read_bytes())
    content[4:1500] = bytes(1496)
    part.write_bytes(content)
    with pytest.raises(InputError, match="truncated or damaged"):
        DataSet.open(five)[3]


def test_a_part_without_a_column(five):
    part = five / "frameworks" / "part-00001.parquet"
    pq.write_table(pq.read_table(part).drop_columns(["energy"]), part)
    data = DataSet.open(five)
    for reading in (lambda: data[3], lambda: data.column("energy")):
        with pytest.raises(InputError, match=r"part-00001\.parquet: the column energy is missing"):
            reading()


def test_a_part_of_another_length(five):
    part = five / "frameworks" / "part-00001.parquet"
    pq.write_table(pq.read_table(part).slice(0, 1), part)
    with pytest.raises(InputError, match=r"1 frameworks where dataset\.json has 2"):
        _ = DataSet.open(five).names


def test_urls_without_a_driver():
    with pytest.raises(InputError, match=r"nosuch://x.*nosuch"):
        DataSet.open("nosuch://x")


def test_a_driver_that_is_not_installed(monkeypatch):
    known = {"class": "no_such_module.FileSystem", "err": "Install nothere to access nothere"}
    monkeypatch.setitem(known_implementations, "nothere", known)
    with pytest.raises(InputError, match="nothere://bucket/set: Install nothere to access"):
        DataSet.open("nothere://bucket/set")
