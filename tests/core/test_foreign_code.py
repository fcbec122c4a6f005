"""Plugins that print, exit and return what no record can hold, in a run and in the other commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from click.testing import CliRunner, Result
from kept import records_of

from zeo import GeneratorSpec, PostprocessorSpec, ProbeSpec, QuantitySpec
from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.crystal.structure import Structure
from zeo.errors import PluginError
from zeo.plugin.candidate import Identity, Sample
from zeo.plugin.interfaces import Generator, Postprocessor, PropertyProbe
from zeo.plugin.quantity import Quantity
from zeo.tools.foreign import foreign_code

MODULE = "zeo_plugins_of_this_test"
ATOM = Structure([[5.0, 0, 0], [0, 5.0, 0], [0, 0, 5.0]], ["Si"], [[0, 0, 0]])


class Atoms(Generator):
    """Exits at its third sample."""

    def sample(self, seeds, condition=None):
        for seed in seeds:
            if seed == 2:
                sys.exit(0)
            yield Sample(seed=seed, structure=ATOM)


class Exits(PropertyProbe):
    def properties(self, source):
        sys.exit(0)


class Prints(PropertyProbe):
    def properties(self, source):
        print("loud")
        return {"size": Quantity(1.0, "A")}


class Bare(PropertyProbe):
    def properties(self, source):
        return {"size": 1.0}


class Untold(Postprocessor):
    """An identity that JSON cannot hold."""

    def apply(self, candidate):
        key = object() if candidate.seed == 1 else "k"
        return evolve(
            candidate,
            identity=Identity(
                key=key,
                name=None,
                matched_by="key",
                t_atoms=1,
                unique_t=1,
                coordination_sequences=((4,),),
                vertex_symbols=("4",),
                multiplicities=(1,),
                td10=1.0,
            ),
        )


class Loader(Generator):
    def load(self, checkpoint, device):
        raise OSError("no weights")

    def sample(self, seeds, condition=None):
        yield from ()


class Trainee(Generator):
    def train(self, data, out, progress):
        return "nothing"

    def sample(self, seeds, condition=None):
        yield from ()


@pytest.fixture(autouse=True)
def installed(plugin_set: Callable[..., Any], install: Callable[[Any], None]) -> None:
    size = [QuantitySpec("size", "A")]
    pairs = []
    for cls in (Exits, Prints, Bare):
        name, target = cls.__name__.lower(), f"{MODULE}:{cls.__name__}"
        pairs.append((ProbeSpec(name=name, summary="", target=target, quantities=size), cls))
    for cls in (Atoms, Loader, Trainee):
        name, target = cls.__name__.lower(), f"{MODULE}:{cls.__name__}"
        pairs.append((GeneratorSpec(name=name, summary="", target=target, trainable=cls is Trainee), cls))
    untold = PostprocessorSpec(name="untold", summary="", target=f"{MODULE}:Untold", stage="repair")
    found = plugin_set(*pairs, (untold, Untold))
    install(found)


@pytest.fixture
def cif(tmp_path: Path) -> Path:
    path = tmp_path / "atom.cif"
    path.write_text(cif_text(ATOM, "atom"))
    return path


def zeo_run(tmp_path: Path, *arguments: str) -> Result:
    config = tmp_path / "run.toml"
    config.write_text('repair = "none"\nidentify = "none"\nrelax = "none"\n')
    out = str(tmp_path / "run")
    return CliRunner().invoke(main, ["run", "--config", str(config), "--out", out, "-n", "4", *arguments])


def outcomes(tmp_path: Path) -> list[str]:
    return [record["history"][-1]["outcome"] for record in records_of(tmp_path / "run")]


def test_an_exit_is_an_error_that_is_named() -> None:
    with (
        pytest.raises(PluginError, match=r"loading g: the plugin called sys\.exit\(3\)"),
        foreign_code("loading g"),
    ):
        sys.exit(3)


def test_a_generator_that_exits_costs_one_sample(tmp_path: Path) -> None:
    done = zeo_run(tmp_path, "--generator", "atoms")
    assert done.exit_code == 0, done.output
    assert outcomes(tmp_path) == ["passed", "passed", "failed", "passed"]


def test_a_probe_that_exits_is_named(tmp_path: Path, cif: Path) -> None:
    done = zeo_run(tmp_path, "--generator", "atoms", "--probe", "exits")
    assert done.exit_code == 1
    assert "the plugin called sys.exit(0)" in done.stderr
    assert len(outcomes(tmp_path)) == 4
    done = CliRunner().invoke(main, ["probe", str(cif), "--probe", "exits"])
    assert done.exit_code == 1
    assert "the plugin called sys.exit(0)" in done.stderr


def test_what_a_plugin_prints_does_not_reach_our_output(cif: Path) -> None:
    done = CliRunner().invoke(main, ["probe", str(cif), "--probe", "prints", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)[str(cif)]["prints"]["size"] == {"value": 1.0, "unit": "A"}
    assert "loud" in done.stderr


def test_a_number_without_a_unit_is_not_a_quantity(cif: Path) -> None:
    done = CliRunner().invoke(main, ["probe", str(cif), "--probe", "bare"])
    assert (done.exit_code, done.stderr) == (
        1,
        f"Error: {cif}: bare: did not return size in A, as it declares\n",
    )


def test_what_no_record_can_hold_costs_one_candidate(tmp_path: Path) -> None:
    done = zeo_run(tmp_path, "--generator", "atoms", "--repair", "untold")
    assert done.exit_code == 0, done.output
    assert outcomes(tmp_path) == ["passed", "failed", "failed", "passed"]


def test_a_run_that_cannot_begin_leaves_nothing_behind(tmp_path: Path) -> None:
    done = zeo_run(tmp_path, "--generator", "loader")
    assert done.stderr == "Error: loading loader: the plugin raised OSError: no weights\n"
    assert done.exit_code == 1
    assert not (tmp_path / "run").exists()


def test_training_must_return_a_checkpoint(tmp_path: Path, cif: Path) -> None:
    done = CliRunner().invoke(main, ["train", "trainee", "--data", str(cif), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "trainee returned 'nothing', which is not the path of a checkpoint" in done.stderr
