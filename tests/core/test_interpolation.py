"""Runs between two frameworks, with a generator that interpolates cubes; tests/zeodiff has the real one."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept import forget, records_of

from zeo import GeneratorSpec, ProbeSpec, QuantitySpec
from zeo.crystal.cif import cif_text
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import Framework
from zeo.data.known.named import framework_named
from zeo.data.known.relaxed import relaxed_structure
from zeo.data.sets.store import DataSet
from zeo.errors import ConfigError, InputError
from zeo.grids.grid import Grid
from zeo.plugin.candidate import Sample
from zeo.plugin.interfaces import Between, Generator, PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo.plugin.registry import Plugins
from zeo.running import pipeline
from zeo.running.config import RunConfig
from zeo.running.interpolation_table import ends, table_csv, table_text
from zeo.running.planning import plan_of
from zeo.running.rundir import RunDirectory
from zeo.running.summary import Column

MODULE = "zeo_plugins_of_this_test"


class Cubes(Generator):
    """Cubes whose edge lies between the first edges of two frameworks; raises where told to."""

    @attrs.frozen(kw_only=True)
    class Options:
        raises_at: tuple[float, ...] = option((), "fractions at which it raises")

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        raise NotImplementedError

    def interpolate(self, first: Framework, second: Framework) -> Between:
        one, other = first.structure.lengths[0], second.structure.lengths[0]

        def between(fractions: Sequence[float], seed: int) -> Iterator[Sample]:
            for fraction in fractions:
                if fraction in self.options.raises_at:
                    raise ValueError("no")
                edge = one + fraction * (other - one)
                structure = Structure(edge * np.eye(3), ["Si"], [[0, 0, 0]])
                yield Sample(seed=seed, structure=structure, source={"fraction": fraction})

        return between


class Still(Generator):
    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        raise NotImplementedError


class Size(PropertyProbe):
    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        assert isinstance(source, Structure)
        return {"edge": Quantity(float(source.lengths[0]), "A"), "dimensions": Quantity(3.0, "1")}


QUANTITIES = [QuantitySpec("edge", "A"), QuantitySpec("dimensions", "1")]
COLUMNS = [Column("size", quantity) for quantity in QUANTITIES]


@pytest.fixture
def plugins(plugin_set: Callable[..., Plugins]) -> Plugins:
    return plugin_set(
        (GeneratorSpec(name="cubes", summary="", target=f"{MODULE}:Cubes", interpolates=True), Cubes),
        (GeneratorSpec(name="still", summary="", target=f"{MODULE}:Still"), Still),
        (ProbeSpec(name="size", summary="", target=f"{MODULE}:Size", quantities=QUANTITIES), Size),
    )


def config(**changes: Any) -> RunConfig:
    choices: dict[str, Any] = {"generator": "cubes", "between": ("SOD", "LTA"), "steps": 3, "n": 6, "seed": 7}
    choices |= {"repair": None, "identify": None, "relax": None, "probes": ("size",), "batch_size": 4}
    return RunConfig(**(choices | changes))


def finished_run(path: Path, plugins: Plugins, configuration: RunConfig) -> RunDirectory:
    directory = RunDirectory.create(path, plan_of(configuration, plugins), configuration.n, {})
    with directory.session():
        pipeline.run(directory, plugins)
    return directory


def test_samples_run_through_the_fractions_and_each_path_has_its_seed(
    tmp_path: Path, plugins: Plugins
) -> None:
    records = list(finished_run(tmp_path / "run", plugins, config()).records())
    assert [record.source["fraction"] for record in records] == [0, 0.5, 1, 0, 0.5, 1]
    assert [record.seed for record in records] == [7, 7, 7, 8, 8, 8]
    edges = [record.properties["size"]["edge"].value for record in records]
    one, other = (relaxed_structure(code).lengths[0] for code in ("SOD", "LTA"))
    assert edges[:3] == pytest.approx([one, (one + other) / 2, other])


def test_an_interrupted_interpolation_is_resumed_to_the_same_bytes(tmp_path: Path, plugins: Plugins) -> None:
    directory = finished_run(tmp_path / "run", plugins, config())
    before = records_of(directory.path)
    forget(directory.path, 1, 5)
    pipeline.run(RunDirectory.open(directory.path), plugins)
    assert records_of(directory.path) == before


def test_an_error_costs_the_sample_that_it_strikes(tmp_path: Path, plugins: Plugins) -> None:
    options = {"cubes": {"raises_at": (0.5,)}}
    records = list(finished_run(tmp_path / "run", plugins, config(options=options)).records())
    assert [record.survived for record in records] == [True, False, True, True, False, True]
    assert records[4].lost_at is not None
    assert (records[4].seed, records[4].lost_at.outcome) == (8, "failed")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"between": ("SOD",)}, "between two frameworks, not 1"),
        ({"generator": "still"}, "'still' cannot interpolate; cubes can"),
        ({"targets": ("edge=3",)}, "leave out the targets"),
    ],
)
def test_what_cannot_work_is_known_before_the_run(
    plugins: Plugins, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        plan_of(config(**changes), plugins)


def test_a_framework_is_found_by_code_file_and_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.cif"
    file.write_text(cif_text(relaxed_structure("ABW"), "mine"))
    entry = DataSet.open("standard").names[-1]
    assert len(framework_named("ABW").structure) == len(relaxed_structure("ABW"))
    assert framework_named(str(file)).name == "mine.cif"
    assert framework_named(entry).structure.count("Si") == framework_named(
        f"standard/{entry}"
    ).structure.count("Si")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lta", "did you mean 'LTA'"),
        ("ZZZZZ", "write an IZA code, a name in a data set, or a file"),
        ("nowhere/new.cif", "nowhere/new.cif: no such file"),
        ("standard/MFII", "standard holds no framework 'MFII': did you mean 'MFI'"),
    ],
)
def test_an_unknown_framework_is_one_clear_line(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        framework_named(name)


def test_the_table_lists_all_samples_between_the_two_ends(tmp_path: Path, plugins: Plugins) -> None:
    options = {"cubes": {"raises_at": (0.5,)}}
    directory = finished_run(tmp_path / "run", plugins, config(options=options))
    both = ends(directory.plan, plugins)
    text = table_csv(directory.plan, directory.records(), both)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["lambda"] for row in rows] == ["", "0.0", "0.0", "0.5", "0.5", "1.0", "1.0", ""]
    assert [row["id"] for row in rows] == [
        "SOD",
        "000000",
        "000003",
        "000001",
        "000004",
        "000002",
        "000005",
        "LTA",
    ]
    assert [row["distance from SOD"] for row in rows] == ["0.0", "0.0", "0.0", "", "", "1.0", "1.0", "1.0"]
    assert rows[3]["lost"] == "generate: error in the plugin"
    assert float(rows[-1]["size.edge [A]"]) == pytest.approx(relaxed_structure("LTA").lengths[0])
    shown = table_text(directory.plan, directory.records(), both)
    assert len(shown.splitlines()) == 3 + len(rows)


@given(edge=st.floats(1.0, 100.0))
def test_distances_from_the_ends_add_up_to_one_between_them(edge: float) -> None:
    from zeo.running.interpolation_table import distance

    first, second, between = (record_of({"edge": length, "dimensions": 3.0}) for length in (1.0, 100.0, edge))
    there, back = distance(between, first, second, COLUMNS), distance(between, second, first, COLUMNS)
    assert there is not None
    assert back is not None
    assert there + back == pytest.approx(1.0)
    assert distance(between, first, first, COLUMNS) is None


def record_of(values: Mapping[str, float]) -> Any:
    """A survivor of these properties."""
    from zeo.plugin.candidate import Candidate
    from zeo.records.record import Record

    quantities = {spec.name: Quantity(values[spec.name], spec.unit) for spec in QUANTITIES}
    return Record.of(Candidate(index=0, seed=0, properties={"size": quantities}))
