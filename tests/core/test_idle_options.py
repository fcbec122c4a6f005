"""Options that would change nothing are refused by every command, before anything is computed."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from zeo.cli import main

IDLE = ("--set", "argon.temperature=100")

COMMANDS = (
    ("an isotherm", "isotherm SOD --pressures 5bar"),
    ("this measurement", "probe SOD --probe methane"),
    ("a relaxation", "relax SOD"),
    ("a conversion", "convert SOD --to cif --out converted"),
    ("this data set", "data make hypothetical -n 1 --out made"),
    ("this data set", "data build relaxed --out built"),
    ("this design", "design --target energy<20 --out design"),
    ("this training", "train zeosym --data relaxed --out weights"),
    ("this training", "train surrogate --quantity methane.kh --data standard --out weights"),
    ("this run", "run -n 1 --out run"),
)

DRAWING = (
    ("this run", "run --generator zeosym -n 1 --out run --set zeosym.width=64", "width"),
    ("this run", "run --generator zeosym -n 1 --out run --set generator:zeosym.seed=1", "seed"),
    ("this design", "design --target energy<20 --out design --set zeosym.minutes=5", "minutes"),
)


@pytest.mark.parametrize(("what", "command"), COMMANDS)
def test_options_without_a_part_are_refused(what: str, command: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, [*command.split(), *IDLE])
    assert done.exit_code == 1
    assert f"{what} does not use argon: leave its options out" in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("what", "command", "option"), DRAWING)
def test_options_for_training_are_refused_elsewhere(
    what: str, command: str, option: str, tmp_path, monkeypatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, command.split())
    assert done.exit_code == 1
    assert f"zeosym.{option} is for training alone (zeo train): {what} does not use it" in done.output
    assert not list(tmp_path.iterdir())


def test_the_gas_alone_is_no_isotherm() -> None:
    """The heat of methane at 200 K would otherwise pass for its loading at 200 K."""
    done = CliRunner().invoke(
        main, ["isotherm", "SOD", "--pressures", "5 bar", "--set", "methane.temperature=200"]
    )
    assert done.exit_code == 1
    assert "does not use methane" in done.output


def test_unseen_samples_need_restarts(tmp_path) -> None:
    pytest.importorskip("torch")
    words = "run --generator zeosym -n 1 --relax none --set zeosym.unseen=true --set zeosym.restarts=0"
    done = CliRunner().invoke(main, [*words.split(), "--out", str(tmp_path / "run")])
    assert done.exit_code == 1
    assert "zeosym.unseen=true lets samples begin anew, but here none does" in done.output
