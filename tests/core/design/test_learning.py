"""Generators that learn from the hits of a design, and weights that are not kept."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command_line import done, run_zeo

import zeo
from zeo.data.sets.store import DataSet
from zeo.designing import learning
from zeo.designing.goal import Goal
from zeo.designing.known import Known
from zeo.designing.learning import Worth
from zeo.plugin.catalogue import Catalogue

WISHES = ("--target", "methane.void_fraction=0.06..0.30", "--target", "energy<24 kJ/mol")
GENERATORS = ("--generator", "search", "--generator", "zeosym")
SMALL = ("--set", "search.t_atoms=4,48", "--set", "zeosym.t_atoms=4,24", "--set", "zeosym.evaluations=8")


ANYTHING = Goal.of((), (), Catalogue(()))

OFTEN = {"EVERY": 1, "FEWEST": 1, "NEAREST": 40, "OTHERS": 10, "DRAWINGS": 1}
"""Before every round, from a few frameworks."""


def learn_often(patch: pytest.MonkeyPatch) -> None:
    for name, value in OFTEN.items():
        patch.setattr(learning, name, value)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    learn_often(monkeypatch)


def begin(few: Path, out: Path) -> int:
    """A design of one round; the hits with which another one follows."""
    words = ("design", *WISHES, *GENERATORS, *SMALL, "--known", few, "--finetune", 2)
    done(*words, "--until", 1, "--out", out, "--no-report")
    return 1 + sum(each["hit"] for one in rounds_of(out) for each in one["considered"])


def rounds_of(out: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in sorted((out / "rounds").iterdir())]


def contents(folder: Path) -> dict[str, bytes]:
    """All that is kept of a design; of weights the weights alone, for what lies beside them has times."""
    files = {str(file.relative_to(folder)): file for file in folder.rglob("*") if file.is_file()}
    return {
        name: file.read_bytes()
        for name, file in files.items()
        if not name.startswith((".", "weights")) or file.name == "weights.safetensors"
    }


@pytest.fixture(scope="module")
def grown(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A design that has learned before its second round."""
    out = tmp_path_factory.mktemp("grown") / "design"
    with pytest.MonkeyPatch.context() as patch:
        learn_often(patch)
        done("design", "--resume", out, "--until", begin(few, out), "--no-report")
    return out


def test_what_was_learned_is_kept_with_its_round_and_can_be_drawn_from(grown: Path) -> None:
    first, second = rounds_of(grown)[:2]
    assert first["learned"] == []
    (learned,) = second["learned"]
    assert learned["hits"] == sum(each["hit"] for each in first["considered"])
    assert 0 < learned["error_before"] < 1
    assert learned["error_after"] != learned["error_before"]
    before, after = (Worth(learned[when], learned[f"error_{when}"]) for when in ("before", "after"))
    assert learned["kept"] is not after.has_collapsed_since(before)
    weights = grown / learned["folder"]
    assert (weights / "weights.safetensors").is_file()
    assert not [file for file in weights.parent.iterdir() if file.name.startswith(".")]
    zeo.run(generator="zeosym", checkpoint=weights, n=1, relax=None, out=grown.parent / "run")


def test_a_design_that_was_killed_as_it_learned_learns_the_same(
    grown: Path, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> int:
        raise KeyboardInterrupt

    out = tmp_path / "design"
    wanted = begin(few, out)
    with monkeypatch.context() as patch:
        patch.setattr(learning, "new_nets", killed)
        assert run_zeo("design", "--resume", out, "--until", wanted, "--no-report").exit_code != 0
    assert len(rounds_of(out)) == 1
    assert (out / "weights").is_dir()
    done("design", "--resume", out, "--until", wanted, "--no-report")
    assert contents(out) == contents(grown)


@pytest.mark.slow
def test_a_design_whose_process_is_killed_as_it_learns_learns_the_same(
    grown: Path, few: Path, tmp_path: Path
) -> None:
    out = tmp_path / "design"
    wanted = begin(few, out)
    often = "; ".join(f"learning.{name} = {value}" for name, value in OFTEN.items())
    code = f"from zeo.designing import learning; {often}; from zeo.__main__ import main; main()"
    words = ["design", "--resume", str(out), "--until", str(wanted), "--no-report"]
    process = subprocess.Popen([sys.executable, "-c", code, *words], stderr=subprocess.DEVNULL)
    while process.poll() is None and not list((out / "weights").glob(".zeosym*/*")):
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -9
    assert len(rounds_of(out)) == 1
    done(*words)
    assert contents(out) == contents(grown)


@pytest.mark.parametrize(
    ("before", "after", "collapsed"),
    [
        (Worth(20, None), Worth(14, None), False),
        (Worth(20, None), Worth(13, None), True),
        (Worth(20, 0.30), Worth(20, 0.32), False),
        (Worth(20, 0.30), Worth(20, 0.34), True),
        (Worth(20, None), Worth(20, 0.9), False),
    ],
)
def test_weights_collapse_that_draw_little_or_forget(before: Worth, after: Worth, collapsed: bool) -> None:
    assert after.has_collapsed_since(before) is collapsed


def test_held_out_types_are_those_that_nothing_is_learned_from() -> None:
    standard = DataSet.open("standard")
    known = Known((standard,), ANYTHING)
    held_out = learning.held_out_types(known)
    assert held_out is not None
    split = dict(zip(standard.names, standard.column("split"), strict=True))
    codes = dict(zip(standard.names, standard.column("code"), strict=True))
    assert len(held_out) > 50
    assert all(split[name] == "test" and codes[name] for name in held_out.names)
    hypothetical = standard.where([code is None for code in standard.column("code")])
    assert learning.held_out_types(Known((hypothetical,), ANYTHING)) is None


def test_weights_that_collapse_are_not_kept(
    grown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Path(shutil.copytree(grown, tmp_path / "design"))
    nets = iter([10, 3] * 20)
    monkeypatch.setattr(learning, "new_nets", lambda *_: next(nets))
    before = rounds_of(out)
    hits = sum(each["hit"] for one in before for each in one["considered"])
    done("design", "--resume", out, "--until", hits + 1, "--no-report")
    (learned,) = rounds_of(out)[len(before)]["learned"]
    assert (learned["before"], learned["after"], learned["kept"]) == (10, 3, False)


def test_without_a_generator_that_learns_it_is_one_line(few: Path, tmp_path: Path) -> None:
    words = ("design", *WISHES, "--generator", "search", "--known", few, "--finetune")
    result = run_zeo(*words, "--out", tmp_path / "design")
    assert result.exit_code == 1
    assert "no generator that learns takes part" in result.stderr
    assert not (tmp_path / "design").exists()
