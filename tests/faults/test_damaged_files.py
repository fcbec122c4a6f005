"""Files that zeo wrote and something damaged: one line that names the file, wherever it is read."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zeo.cli import main
from zeo.data.sets.store import STANDARD, DataSet
from zeo.data.sets.writer import DataSetWriter
from zeo.errors import ConfigError, InputError, ZeoError
from zeo_learning.curve import Curve
from zeo_learning.folder import read_model

NO_JSON = {
    "nested": "[" * 100_000,
    "many digits": '{"format": ' + "9" * 5000 + "}",
    "a list": "[]",
    "a number": "3",
    "null": "null",
    "empty": "",
    "not a number": '{"format": NaN}',
    "half a character": '{"format": "\\ud800"}',
}


@pytest.fixture(scope="module")
def data_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three frameworks of the standard data set in one part."""
    folder = tmp_path_factory.mktemp("sound") / "set"
    standard = DataSet.open(STANDARD)
    writer = DataSetWriter(folder, attrs.evolve(standard.description, parts=()))
    writer.append([standard[index] for index in range(3)])
    return folder


def require_one_line(location: Path, named: str) -> None:
    done = CliRunner().invoke(main, ["data", "export", str(location), "--out", str(location / "x.xyz")])
    assert done.exit_code == 1, done.output
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("zeo ")]
    assert line.startswith("Error: ")
    assert named in line
    assert "unexpected" not in line


@pytest.mark.parametrize("content", NO_JSON.values(), ids=NO_JSON)
def test_no_description_of_a_data_set(data_set: Path, tmp_path: Path, content: str) -> None:
    shutil.copytree(data_set, tmp_path / "set")
    (tmp_path / "set" / "dataset.json").write_text(content)
    require_one_line(tmp_path / "set", "dataset.json")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data(), values)
def test_a_description_with_another_value(data_set: Path, data: st.DataObject, value: Any) -> None:
    from zeo.data.sets.description import Description

    document = json.loads((data_set / "dataset.json").read_text())
    holder: Any = document
    key = data.draw(st.sampled_from(sorted(document)))
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    holder[key] = value
    try:
        found = Description.from_json(json.dumps(document).encode(), "here")
    except InputError as error:
        assert "here" in str(error)  # noqa: PT017
    else:
        assert isinstance(found.name, str)
        assert all(part.frameworks >= 0 for part in found.parts)


def with_column(name: str, change: Callable[[pa.ChunkedArray], pa.Array]) -> Callable[[pa.Table], pa.Table]:
    def changed(table: pa.Table) -> pa.Table:
        return table.set_column(table.column_names.index(name), name, change(table[name]))

    return changed


DAMAGED_TABLES = {
    "another type": with_column("name", lambda column: pa.array([1, 2, 3])),
    "no name": with_column("name", lambda column: pa.array([None, "a", "b"], pa.string())),
    "no space group": with_column("site_group", lambda column: pa.array([0, 231, -1], pa.int16())),
    "an edge below zero": with_column("a", lambda column: pa.array([-1.0, 1.0, 1.0], pa.float32())),
    "an edge without number": with_column("b", lambda column: pa.array([float("nan")] * 3, pa.float32())),
    "half an atom": with_column("o_sites", lambda column: pa.array([[0.1]] * 3, pa.list_(pa.float32()))),
    "no setting": with_column("setting", lambda column: pa.array([[0.0] * 9] * 3, pa.list_(pa.float32()))),
    "no such column": lambda table: table.drop_columns(["key"]),
    "fewer rows": lambda table: table.slice(1),
}


@pytest.mark.parametrize("change", DAMAGED_TABLES.values(), ids=DAMAGED_TABLES)
def test_a_part_that_holds_something_else(data_set: Path, tmp_path: Path, change: Any) -> None:
    shutil.copytree(data_set, tmp_path / "set")
    (part,) = (tmp_path / "set" / "frameworks").iterdir()
    pq.write_table(change(pq.read_table(part)), part)
    require_one_line(tmp_path / "set", part.name)


@pytest.mark.parametrize("content", NO_JSON.values(), ids=NO_JSON)
def test_no_description_of_a_model(tmp_path: Path, content: str) -> None:
    (tmp_path / "model.json").write_text(content)
    (tmp_path / "weights.safetensors").write_bytes(b"\0" * 8)
    with pytest.raises(ConfigError, match=r"the checkpoint in .* is damaged"):
        read_model(tmp_path, "zeosym")


@pytest.mark.parametrize("content", [b"", b"step\nx\n", b"a,b\n1,2\n", b"step\n\xff\n", b"step\n\0\n"])
def test_no_learning_curve(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "curve.csv").write_bytes(content)
    try:
        assert Curve(tmp_path).rows() == {}
    except ConfigError as error:
        assert "curve.csv is damaged" in str(error)  # noqa: PT017


@pytest.mark.parametrize("content", NO_JSON.values(), ids=NO_JSON)
def test_no_additions_to_the_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    from zeo.data.known.added import added_nets

    monkeypatch.setenv("ZEO_REFERENCE", str(tmp_path))
    (tmp_path / "nets.json").write_text(content)
    with pytest.raises(ZeoError, match=r"nets\.json: the nets that were added"):
        added_nets()


@pytest.mark.parametrize("content", ["a = " + "[" * 100_000, "a = " + "9" * 5000, "a = ", "\udcff"])
def test_no_force_field(tmp_path: Path, content: str) -> None:
    from zeo_probes.force_fields import load_sphere

    path = tmp_path / "forces.toml"
    path.write_text(content, errors="surrogateescape")
    with pytest.raises(ConfigError, match=r"forces\.toml"):
        load_sphere("methane", path)


def test_a_grid_that_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zeo.grids.grid_io.LARGEST_GRID", 1_000_000)
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("values.npy", bytes(1_000_001))
    done = CliRunner().invoke(main, ["convert", str(path), "--to", "cif", "--out", str(tmp_path)])
    assert (done.exit_code, done.stderr) == (1, f"Error: {path}: more than 0.001 GB of values\n")


@pytest.mark.parametrize("added", ["many", "9" * 5000])
def test_a_run_that_was_compared_with_no_number_of_nets_is_damaged(added: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    options = ("--set", "dataset.source=iza", "--set", "dataset.max_t=12", "-n", "1", "--relax", "none")
    CliRunner().invoke(main, ["run", "--generator", "dataset", *options, "--out", str(run)])
    contents = json.loads((run / "run.json").read_text())
    contents["versions"]["reference added"] = added
    (run / "run.json").write_text(json.dumps(contents))
    done = CliRunner().invoke(main, ["evaluate", str(run)])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {run / 'run.json'} is damaged")
    assert done.stderr.count("\n") == 1
