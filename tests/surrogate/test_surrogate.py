"""What a surrogate learns, how sure it is of it, and where it is silent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from attrs import evolve
from command_line import done, run_zeo
from crystals import described_otherwise
from hypothesis import given, settings
from hypothesis import strategies as st

import zeo
from zeo.crystal.cif import cif_text
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import ConfigError
from zeo.plugin.registry import installed_plugins
from zeo_surrogate.features import described
from zeo_surrogate.learner import Effort
from zeo_surrogate.learners import LEARNERS
from zeo_surrogate.model import Model
from zeo_surrogate.stated import CERTAIN, Stated
from zeo_surrogate.training import Examples, fitted


def example(code: str) -> Structure:
    return relaxed_structure(code)


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(["SOD", "MFI", "CHA"]), st.tuples(*3 * [st.floats(0, 1)]), st.integers(0, 5))
def test_what_a_network_sees_depends_on_no_choice_of_origin_or_order(
    code: str, shift: tuple[float, float, float], seed: int
) -> None:
    structure = example(code)
    moved = described_otherwise(structure, shift, seed)
    before, after = described(structure), described(moved)
    assert len(before.nodes) == len(after.nodes)
    assert np.sort(before.counts) == pytest.approx(np.sort(after.counts))
    mean = [(each.nodes * each.counts[:, None]).sum(0) for each in (before, after)]
    assert mean[0] == pytest.approx(mean[1], abs=1e-3)
    assert before.whole == pytest.approx(after.whole, abs=0.02)


def test_atoms_that_no_message_tells_apart_are_one() -> None:
    assert len(described(example("SOD")).nodes) == 1
    assert len(described(example("MFI")).nodes) >= 12


def test_a_cell_twice_as_large_is_the_same_framework() -> None:
    once = example("CHA")
    lattice = once.lattice * np.array([[2.0], [1.0], [1.0]])
    coords = np.concatenate([(once.frac_coords + np.array([cell, 0, 0])) / [2, 1, 1] for cell in (0, 1)])
    twice = Structure(lattice=lattice, species=once.species * 2, frac_coords=coords)
    first, second = described(once), described(twice)
    assert first.counts == pytest.approx(second.counts)
    assert first.nodes == pytest.approx(second.nodes, abs=1e-3)


def test_it_tells_what_it_was_held_out_from(trained: Path) -> None:
    held_out = Stated.read(trained).held_out
    assert held_out is not None
    assert held_out.r > 0.9
    assert 0.75 <= held_out.coverage <= 1.0
    assert held_out.refused < 0.15


def test_the_same_training_gives_the_same_bytes_and_takes_no_threads_away(
    trained: Path, tmp_path: Path
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    words = ("--quantity", "methane.void_fraction", "--set", "frameworks=160", "--set", "steps=120")
    done("train", "surrogate", *words, "--out", tmp_path / "again")
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
    for file in trained.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_the_probe_tells_a_value_and_its_error(trained: Path, tmp_path: Path) -> None:
    told: Any = zeo.probe(example("CHA"), "surrogate", options={"surrogate": {"model": (str(trained),)}})
    measured: Any = zeo.probe(example("CHA"), "methane")
    value, error = told["surrogate.void_fraction"].value, told["surrogate.void_fraction_error"].value
    assert 0 < error < 0.1
    assert abs(value - measured["methane.void_fraction"].value) < 3 * CERTAIN * error


def test_what_it_measures_follows_its_options(trained: Path) -> None:
    plugins = installed_plugins().configured({"surrogate": {"model": (str(trained),)}})
    declared = plugins.find("probe", "surrogate").spec.quantities
    assert [(each.name, each.estimates) for each in declared] == [
        ("void_fraction", "methane.void_fraction"),
        ("void_fraction_error", ""),
    ]
    without = plugins.configured({"surrogate": {"model": ()}})
    assert without.find("probe", "surrogate").spec.quantities == ()


def test_it_is_silent_about_what_it_does_not_know(trained: Path) -> None:
    stretched = evolve(example("SOD"), lattice=1.15 * example("SOD").lattice)
    told: Any = zeo.probe(stretched, "surrogate", options={"surrogate": {"model": (str(trained),)}})
    assert told["surrogate.void_fraction"].value is None
    assert "unlike" in told["surrogate.void_fraction"].reason


def test_a_saved_surrogate_is_the_same(trained: Path, tmp_path: Path) -> None:
    model = Model.load(trained)
    shutil.copy(trained / "surrogate.json", tmp_path)
    model.save(tmp_path)
    seen = [described(example("CHA"))]
    assert Model.load(tmp_path).tell(seen)[0] == pytest.approx(model.tell(seen)[0], abs=0)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["train", "surrogate", "--quantity", "methane.deliverable", "--out", "m"], "no numbers"),
        (["train", "geometry", "--quantity", "energy", "--out", "m"], "nothing to learn"),
        (["train", "surrogate", "--out", "m"], "surrogate"),
        (["train", "surrogate", "--quantity", "energy", "--target", "qst=1", "--out", "m"], "alone"),
        (["design", "--target", "energy<20", "--surrogate", "nowhere"], "is no surrogate"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_zeo(*words)
    assert result.exit_code != 0
    assert problem in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert not list(tmp_path.iterdir())


def test_a_surrogate_that_no_wish_asks_for_or_that_is_damaged_is_one_line(
    trained: Path, tmp_path: Path
) -> None:
    out = ("--out", tmp_path / "design")
    told = run_zeo("design", "--target", "energy<20", "--surrogate", trained, *out).output
    assert "of which nothing is wished" in told.replace("\n", " ")
    copy, cif = tmp_path / "copy", tmp_path / "CHA.cif"
    cif.write_text(cif_text(example("CHA"), "CHA"))
    ask = ("probe", cif, "--probe", "surrogate", "--set", f"surrogate.model={copy}")
    shutil.copytree(trained, copy)
    (copy / "weights.safetensors").write_bytes(b"none")
    told = run_zeo(*ask).output
    assert "cannot be read" in told.replace("\n", " ")
    facts = json.loads((copy / "surrogate.json").read_text())
    (copy / "surrogate.json").write_text(json.dumps({**facts, "format": 9}))
    told = run_zeo(*ask).output
    assert "another zeo" in told.replace("\n", " ")


def test_a_design_asks_it_before_relaxation(trained: Path, tmp_path: Path) -> None:
    found = zeo.design(
        ["void_fraction=0.05..0.30", "energy<25"],
        unblocked=True,
        out=tmp_path / "design",
        surrogates=trained,
        generators="search",
        options={"search": {"t_atoms": (4, 48)}},
        until=1,
        minutes=2,
    )
    assert found[0].numbers["methane.void_fraction"] == pytest.approx(0.175, abs=0.13)
    round_ = json.loads(next((tmp_path / "design" / "rounds").iterdir()).read_text())
    model = Model.load(trained)
    entry = found.data[0]
    before = next(each for each in round_["considered"] if each["name"] == entry.name)["before"]
    told = model.tell([described(entry.structure)])[0][0]
    assert before["methane.void_fraction"] == pytest.approx(told, abs=0.05)


def retrained(model: Path) -> None:
    """The weights become others."""
    weights = model / "weights.safetensors"
    other = Model.load(model)
    evolve(other, centre=other.centre + 0.01).save(model)
    assert weights.is_file()


def test_a_run_measures_by_it_and_goes_on_with_the_same_one_alone(trained: Path, tmp_path: Path) -> None:
    model, out = Path(shutil.copytree(trained, tmp_path / "model")), tmp_path / "run"
    usual = ("--generator", "dataset", "--probe", "surrogate", "--set", f"surrogate.model={model}")
    done("run", *usual, "--target", "void_fraction>0.05", "-n", 1, "--out", out, "--no-report")
    row = zeo.Run.open(out).table().iloc[0]
    measured: Any = zeo.probe(out / "structures" / "000000.cif", "methane")
    error = row["surrogate.void_fraction_error"]
    assert abs(row["surrogate.void_fraction"] - measured["methane.void_fraction"].value) < 4 * CERTAIN * error
    retrained(model)
    refused = run_zeo("run", "--resume", out, "-n", 2, "--no-report")
    assert refused.exit_code == 1
    assert "changed since this run began" in refused.stderr.replace("\n", " ")


def test_a_run_without_a_model_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    result = run_zeo("run", "--generator", "dataset", "--probe", "surrogate", "--out", tmp_path / "run")
    assert result.exit_code == 1
    assert "measures nothing yet" in result.stderr
    assert not (tmp_path / "run").exists()


def test_a_design_goes_on_with_the_same_one_alone(trained: Path, tmp_path: Path) -> None:
    model, out = Path(shutil.copytree(trained, tmp_path / "model")), tmp_path / "design"
    wish = ("--target", "methane.void_fraction=0.05..0.30", "--unblocked", "--generator", "search")
    nothing_yet = {"exit_code": 1}
    done("design", *wish, "--surrogate", model, "--minutes", 0, "--out", out, **nothing_yet)
    done("design", "--resume", out, "--minutes", 0, **nothing_yet)
    retrained(model)
    refused = run_zeo("design", "--resume", out, "--minutes", 0)
    assert refused.exit_code == 1
    (line,) = refused.stderr.strip().splitlines()[-1:]
    assert f"{model} changed since this design began" in line
    shutil.rmtree(model)
    for command in (["design", "--resume", out, "--minutes", 0], ["report", out, "--force"]):
        gone = run_zeo(*command)
        assert gone.exit_code == 1
        line = " ".join(gone.stderr.split())
        assert f"{out} began with the surrogate {model}, which is not there any more: put it back" in line
        assert "train one" not in line


def test_relatives_alone_teach_it_nothing() -> None:
    """Relatives are held out together: of one family nothing would be left to learn from."""
    family = Examples([None] * 200, np.arange(200.0), ["one ancestor"] * 200)
    with pytest.raises(ConfigError, match="learn from a data set of several lineages"):
        fitted(LEARNERS["ridge"], family, Effort(steps=1, seed=0), lambda *_: None)
