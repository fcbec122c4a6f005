"""A run that found nothing says what happened, what came nearest and what to try; and that can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zeo.cli import main
from zeo.running.config import RunConfig, make_config
from zeo.running.presets import PRESETS


def run(*arguments: str) -> Result:
    """It ends with 1 if no sample came through, so that a script knows."""
    result = CliRunner().invoke(main, ["run", *arguments])
    assert result.exit_code == ("samples came through" in result.stdout), result.output
    return result


def known(out: Path, *arguments: str) -> str:
    """What a run of known frameworks says."""
    return run("--generator", "dataset", "--relax", "none", "-n", "3", "--out", str(out), *arguments).stdout


def tries(text: str) -> list[str]:
    return re.findall(r"^  Try (.*)$", text, re.MULTILINE)


def test_the_nearest_framework_is_named_with_its_value_and_a_range_that_it_meets(tmp_path: Path) -> None:
    text = known(tmp_path / "run", "--target", "void_fraction=0.9", "--target", "density>1")
    assert "Nothing on target among 3 samples: 3 frameworks." in text
    nearest = re.search(r"Nearest: (\d+), whose methane.void_fraction_accessible is ([\d.]+), wanted:", text)
    assert nearest
    wider, other, more = tries(text)
    assert "zeosym" in other
    assert "dataset" not in other
    assert more == f"more samples: zeo run --resume {tmp_path / 'run'} -n 12"
    options = shlex.split(wider.removeprefix("a wider range: "))
    assert options[0] == "--target"
    met = known(tmp_path / "again", *options)
    assert "Nothing on target" not in met
    assert f"\n{nearest[1]}  " in met


def test_the_advice_can_be_followed(tmp_path: Path) -> None:
    text = known(tmp_path / "run", "--target", "largest_ring=40")
    command = tries(text)[-1].removeprefix("more samples: ")
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    assert "among 12 samples" in result.stdout


def test_what_was_dropped_before_relaxation_counts_as_near(tmp_path: Path) -> None:
    wishes = ("--target", "largest_ring=40", "--target", "energy<5")
    text = run("--generator", "dataset", "-n", "3", "--out", str(tmp_path / "run"), *wishes).stdout
    assert "None of 3 samples came through; 3 had: another net than wished." in text
    assert re.search(
        r"Nearest: \d+, whose largest_ring is \d+, wanted: largest_ring = 40$", text, re.MULTILINE
    )


def test_texts_have_no_range(tmp_path: Path) -> None:
    text = known(tmp_path / "run", "--target", "code=MFI")
    assert re.search(r"whose code is [A-Z]{3}, wanted: code = MFI", text)
    assert not any("wider" in each for each in tries(text))


def test_a_run_that_lost_all_says_why(tmp_path: Path) -> None:
    text = known(tmp_path / "run", "--set", "dataset.scramble=true")
    assert re.search(r"None of 3 samples came through; \d had: ", text)
    assert "another generator: --generator search" in text


def test_a_run_with_hits_gives_no_advice(tmp_path: Path) -> None:
    assert "Try " not in known(tmp_path / "run", "--target", "void_fraction=0..1")
    assert "Try " not in known(tmp_path / "other")


@pytest.mark.parametrize("target", ["qst=22..23", "qst>=26"])
def test_a_generator_that_is_steered_names_the_others_that_are(tmp_path: Path, target: str) -> None:
    wishes = ("--target", target, "--target", "largest_ring=40")
    text = run("-n", "1", "--relax", "none", "--out", str(tmp_path / "run"), *wishes).stdout
    steered = next(each for each in tries(text) if each.startswith("another generator that is steered"))
    assert steered.endswith("--generator search or zeodiff or zeovae")


def test_without_a_choice_new_frameworks_are_drawn() -> None:
    assert RunConfig().generator == "zeosym"
    assert make_config({"preset": next(iter(PRESETS))}).generator == "zeogan"
