"""What is said of a net: a framework type, learned from, known besides, or new to all of these."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from command_line import done
from hypothesis import given
from hypothesis import strategies as st

import zeo
from zeo.crystal.cif import cif_text
from zeo.data.known.nets import symbols_by_key
from zeo.data.known.novelty import compared_with, novelty_of
from zeo.data.sets.description import Description
from zeo.data.sets.store import STANDARD, DataSet
from zeo.data.sets.writer import DataSetWriter
from zeo.plugin.seen import DIGEST_SIZE, Seen, digests_of

COUNT = 6


@pytest.fixture(scope="module")
def hypothetical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of some small frameworks, none of which is a framework type, and of one that is."""
    data = DataSet.open(STANDARD)
    unnamed = data.column("code") == None  # noqa: E711
    small = data.where((data.column("t_atoms") <= 16) & unnamed)
    out = tmp_path_factory.mktemp("sets") / "hypothetical"
    entries = [small[index] for index in range(COUNT - 1)]
    entries.append(data[data.names.index("SOD")])
    description = Description(name="hypothetical", made_by={}, properties=data.description.properties)
    writer = DataSetWriter(out, description)
    writer.append(entries)
    return out


@given(st.sampled_from([None, "SOD", "-CLO", "SOD/LTA", "mine"]), st.booleans(), st.booleans())
def test_the_first_that_applies_is_said(name: str | None, learned: bool, listed: bool) -> None:
    seen = Seen(
        training=digests_of(["key"] if learned else ["other"]), known=digests_of(["key"] if listed else [])
    )
    is_type = name is not None and name != "mine"
    unnamed = "training" if learned else "known" if listed or name else "new"
    assert novelty_of("key", name, seen) == ("iza" if is_type else unnamed)


def test_what_a_run_is_given_is_known_to_it(hypothetical: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    arguments = ("-n", COUNT, "--relax", "none", "--set", f"dataset.source={hypothetical}")
    result = done("run", "--generator", "dataset", *arguments, "--out", out)
    table = pd.read_csv(out / "summary.csv")
    assert table["novelty"].value_counts().to_dict() == {"known": COUNT - 1, "iza": 1}
    assert f"nor in {hypothetical} ({COUNT} nets)" in " ".join(result.stdout.split())
    report = json.loads((out / "report.json").read_text())
    assert report["distinct_nets_by_novelty"] == {"iza": 1, "training": 0, "known": COUNT - 1, "new": 0}
    assert [record.identity.is_new for record in zeo.Run.open(out).records()] == [False] * COUNT


def test_only_what_is_new_counts(hypothetical: Path, tmp_path: Path) -> None:
    """The same frameworks as files, which nobody has listed, and with a data set as the reference."""
    cifs = tmp_path / "cifs"
    cifs.mkdir()
    for entry in DataSet.open(hypothetical):
        (cifs / f"{entry.name}.cif").write_text(cif_text(entry.structure, entry.name))
    chosen = ("run", "--generator", "dataset", "--relax", "none", "--set", f"dataset.source={cifs}")
    done(*chosen, "--until", 2, "--new", "-n", COUNT, "--out", tmp_path / "new")
    table = pd.read_csv(tmp_path / "new" / "summary.csv")
    assert (table["novelty"] == "new").sum() == 2
    known = ("--reference", hypothetical)
    done(*chosen, *known, "--until", 2, "--new", "-n", COUNT, "--out", tmp_path / "none")
    table = pd.read_csv(tmp_path / "none" / "summary.csv")
    assert json.loads((tmp_path / "none" / "report.json").read_text())["found"] == 0
    assert set(table["novelty"]) == {"known", "iza"}
    assert set(table["name"]) == set(DataSet.open(hypothetical).names)


def test_structures_are_named_after_data_sets(hypothetical: Path, tmp_path: Path) -> None:
    entry = DataSet.open(hypothetical)[0]
    file = tmp_path / "some.cif"
    file.write_text(cif_text(entry.structure, "some"))
    assert zeo.identify(file).novelty == "new"
    for source in (hypothetical, STANDARD):
        found = zeo.identify(file, reference=source)
        assert (found.name, found.novelty) == (entry.name, "known")
    chosen = done("identify", file, "--reference", hypothetical, "--where", "novelty=known")
    assert entry.name in chosen.stdout
    both = ("--reference", hypothetical, "--match", "coordination-sequence")
    assert "exact keys" in done("identify", file, *both, exit_code=1).output


@pytest.mark.parametrize(
    ("name", "count", "source"),
    [
        ("zeosym", 56083, "standard and open-1 to open-8"),
        ("zeodiff", 14004, "standard and open-1 to open-8"),
        ("zeogan", 5356, STANDARD),
    ],
)
def test_shipped_weights_know_what_they_learned_from(name: str, count: int, source: str) -> None:
    learned = pytest.importorskip("zeo_learning.learned_nets")
    from zeo.plugin.registry import installed_plugins
    from zeo.plugin.weights import weights_of

    seen = learned.read_nets(weights_of(name, None, installed_plugins()))
    assert (len(seen.training), seen.trained_on) == (count, source)
    assert all(len(digest) == DIGEST_SIZE for digest in seen.training)
    types, held_out = digests_of(symbols_by_key()), DataSet.open(STANDARD).split("test").column("key")
    assert seen.training & digests_of(held_out) <= types  # whose own names tell their split
    if source == STANDARD:
        train = digests_of(DataSet.open(STANDARD).split("train").column("key"))
        assert seen.training <= train | types


def test_a_training_notes_its_nets_and_those_it_starts_with(tmp_path: Path) -> None:
    learned = pytest.importorskip("zeo_learning.learned_nets")
    from zeo.data.known.frameworks import open_frameworks

    frameworks = open_frameworks("relaxed")
    by_name = {name: frameworks[frameworks.names.index(name)] for name in ("SOD", "LTA", "ABW")}
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    learned.write_nets(first, [by_name["SOD"], by_name["LTA"]], "mine", None)
    learned.write_nets(second, [by_name["ABW"]], "yours", first)
    keys = {symbol: key for key, symbol in symbols_by_key().items()}
    found = learned.read_nets(second)
    assert found.training == digests_of(keys[code] for code in by_name)
    assert found.trained_on == "mine and yours"
    learned.write_nets(second, [by_name["ABW"]], "yours", tmp_path)  # of which nobody knows
    assert learned.read_nets(second).training is None
    with pytest.raises(zeo.ConfigError, match="leave out unseen"):
        learned.nets_learned_from(second)
    (first / learned.FILE).write_text("{}")
    with pytest.raises(zeo.ConfigError, match="damaged"):
        learned.read_nets(first)


def test_who_learns_and_does_not_say_of_what_may_know_it_all() -> None:
    learner = compared_with("breathing", Seen(training=None))
    assert "the training set of breathing was not noted" in learner
    listed = Seen(training=digests_of("ab"), trained_on="mine", known=digests_of("xyz"), sources=("runs/a",))
    text = "nor in the training set of some (2 nets of mine), nor in runs/a (3 nets)"
    assert compared_with("some", listed) == text
    assert compared_with("none", Seen()) == ""
