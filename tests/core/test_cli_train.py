"""zeo train: the generic training command."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

from zeo import ConditionerSpec, GeneratorSpec, ProbeSpec, QuantitySpec, RepresentationSpec
from zeo.cli import main
from zeo.cli.train import progress_lines, qualified
from zeo.crystal.cif import cif_text
from zeo.data.sets.description import Description
from zeo.data.sets.entry import Entry
from zeo.data.sets.writer import DataSetWriter
from zeo.plugin.interfaces import Conditioner, Generator, GridRepresentation, PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.registry import Plugins
from zeo.testing import few_frameworks

MODULE = "zeo_plugins_of_this_test"


class Learner(Generator):
    """Learns the names of the frameworks."""

    @attrs.frozen(kw_only=True)
    class Options:
        separator: str = option(" ", "between names")

    def train(self, data, out, progress):
        checkpoint = out / "learned names.txt"
        names = sorted(Path(framework.name).stem for framework in data)
        if data.validation is not None:
            names += ["judged", "by", *data.validation.names]
        progress(len(names), len(names), "loss 0.1")
        checkpoint.write_text(self.options.separator.join(names))
        return checkpoint

    def sample(self, seeds, condition=None):
        yield from ()


class Starter(Learner):
    """Also begins with what another has learned, and remembers what it is to aim at."""

    def train(self, data, out, progress, start=None, condition=None):
        checkpoint = super().train(data, out, progress)
        told = [] if start is None else [f"after {start.name}"]
        told += [str(target) for target in condition.targets] if condition else []
        checkpoint.write_text(" ".join([checkpoint.read_text(), *told]))
        return checkpoint


class Puller(Conditioner):
    """Steers by the loss of a training."""

    def prepare(self, targets, known):
        return known.narrowed(targets, [f"gas.{name}" for name in known.channels], "puller")

    def loss(self, drawing):
        raise AssertionError("nothing is drawn here")


class Gas(PropertyProbe):
    def properties(self, source):
        return {}


class Grids(GridRepresentation):
    channels = ("vf",)

    def encode(self, structure):
        raise AssertionError

    def decode(self, grid):
        raise AssertionError


class Fixed(Generator):
    """Learns nothing."""

    def sample(self, seeds, condition=None):
        yield from ()


@pytest.fixture(autouse=True)
def installed(plugin_set: Callable[..., Plugins], install: Callable[[Plugins], None]) -> None:
    learner = GeneratorSpec(name="learner", summary="", target=f"{MODULE}:Learner", trainable=True)
    fixed = GeneratorSpec(name="fixed", summary="", target=f"{MODULE}:Fixed")
    starter = GeneratorSpec(
        name="starter",
        summary="",
        target=f"{MODULE}:Starter",
        trainable=True,
        starts=True,
        representation="grids",
        parts=("loss",),
        conditioner="puller",
    )
    puller = ConditionerSpec(name="puller", summary="", target=f"{MODULE}:Puller", parts=("loss",))
    teller = ConditionerSpec(name="teller", summary="", target=f"{MODULE}:Puller", parts=("embedding",))
    quantities = (QuantitySpec(name="vf", unit="1"),)
    gas = ProbeSpec(name="gas", summary="", target=f"{MODULE}:Gas", quantities=quantities, channels=("vf",))
    other = ProbeSpec(name="other", summary="", target=f"{MODULE}:Gas", quantities=quantities)
    grids = RepresentationSpec(name="grids", summary="", target=f"{MODULE}:Grids")
    found = plugin_set(
        (learner, Learner),
        (fixed, Fixed),
        (starter, Starter),
        (puller, Puller),
        (teller, Puller),
        (gas, Gas),
        (other, Gas),
        (grids, Grids),
    )
    install(found)


@pytest.fixture
def cifs(tmp_path: Path) -> Path:
    folder = tmp_path / "cifs"
    folder.mkdir()
    for framework in few_frameworks():
        (folder / f"{framework.name}.cif").write_text(cif_text(framework.structure, framework.name))
    return folder


def train(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["train", *map(str, arguments)])


def test_it_writes_a_checkpoint_and_says_how_to_go_on(cifs: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    done = train("learner", "--data", cifs, "--out", out)
    assert done.exit_code == 0, done.output
    checkpoint = out / "learned names.txt"
    assert checkpoint.read_text() == "SOD SOD-large SOD-small"
    assert f"Checkpoint: {checkpoint}\n" in done.stdout
    assert f"Next: zeo run --generator learner --checkpoint '{checkpoint}' -n 20\n" in done.stdout
    assert "3 of 3  loss 0.1" in done.stderr


@pytest.mark.parametrize(
    ("third", "learned"), [("train", "SOD SOD-small"), ("validation", "SOD judged by SOD-small")]
)
def test_of_a_data_set_it_sees_the_training_and_the_validation_split(
    tmp_path: Path, third: str, learned: str
) -> None:
    writer = DataSetWriter(tmp_path / "set", Description(name="set", made_by={}))
    splits = dict(zip(("SOD", "SOD-large", "SOD-small"), ("train", "test", third), strict=True))
    writer.append(
        [
            Entry(name=f.name, structure=f.structure, key=f.name, origin="test", split=splits[f.name])
            for f in few_frameworks()
        ]
    )
    done = train("learner", "--data", tmp_path / "set", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "learned names.txt").read_text() == learned
    assert re.search(rf"with {tmp_path / 'set'} \(train\): [12] frameworks? to choose from", done.stderr)


def test_of_several_data_sets_it_learns_each_net_once_where_the_first_has_it(tmp_path: Path) -> None:
    """What one holds out is not learned from another, and frameworks of one name are told apart."""
    frameworks = few_frameworks()
    splits = {"first": ("train", "validation"), "second": ("train", "train", "train")}
    for name, those in splits.items():
        writer = DataSetWriter(tmp_path / name, Description(name=name, made_by={}))
        entries = [
            Entry(
                name=f"net-{n}", structure=f.structure, key=f"{n}{name * (n == 0)}", origin="t", split=split
            )
            for n, (f, split) in enumerate(zip(frameworks, those, strict=False))
        ]
        writer.append(entries)
    done = train(
        "learner", "--data", tmp_path / "first", "--data", tmp_path / "second", "--out", tmp_path / "out"
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "learned names.txt").read_text() == "net-0 net-0_2 net-2 judged by net-1"
    assert f"with {tmp_path / 'first'}, {tmp_path / 'second'} (train): 3 frameworks" in done.stderr


def test_a_data_set_without_splits_cannot_be_learned_from(tmp_path: Path) -> None:
    DataSetWriter(tmp_path / "set", Description(name="set", made_by={}))
    done = train("learner", "--data", tmp_path / "set", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "no framework of this data set is in the split 'train'\n" in done.output


def test_a_training_starts_from_a_checkpoint_and_aims_at_targets(cifs: Path, tmp_path: Path) -> None:
    """Of the two probes that measure it, the target speaks of the one that fills a channel."""
    arguments = ["--data", cifs, "--out", tmp_path / "out", "--from", cifs, "--target", "vf=0.2..0.3"]
    done = train("starter", *arguments)
    assert done.exit_code == 0, done.output
    told = (tmp_path / "out" / "learned names.txt").read_text()
    assert told == "SOD SOD-large SOD-small after cifs gas.vf = 0.2..0.3"
    assert train("starter", "--data", cifs, "--out", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "learned names.txt").read_text() == "SOD SOD-large SOD-small"


@pytest.mark.parametrize("setting", ["separator=+", "learner.separator=+"])
def test_options_are_set_with_or_without_the_plugin(cifs: Path, tmp_path: Path, setting: str) -> None:
    assert train("learner", "--data", cifs, "--out", tmp_path / "out", "--set", setting).exit_code == 0
    assert (tmp_path / "out" / "learned names.txt").read_text() == "SOD+SOD-large+SOD-small"


def test_settings_of_other_plugins_keep_their_names() -> None:
    assert qualified(("steps=1.5", "voxel.n=64"), "learner") == ["learner.steps=1.5", "voxel.n=64"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fixed"], "Error: the generator 'fixed' has nothing to learn; run it as it is\n"),
        (["lerner"], "Error: there is no generator 'lerner': did you mean 'learner'?\n"),
        (
            ["learner", "--from", "."],
            "training of learner cannot start from a checkpoint: leave out --from\n",
        ),
        (["learner", "--target", "vf=1"], "learner is not trained toward targets: give them to zeo run\n"),
        (["starter", "--conditioner", "puller"], "puller has nothing to steer toward: add a --target\n"),
        (
            ["starter", "--target", "vf=1", "--conditioner", "teller"],
            "teller does not work in training (its parts: embedding)\n",
        ),
        (["starter", "--target", "kh=1"], "nothing measures 'kh'"),
        (["learner", "--set", "separatr=x"], "learner has no option 'separatr': did you mean 'separator'?\n"),
    ],
)
def test_refusals_are_one_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = train(*arguments, "--out", tmp_path)
    assert done.exit_code == 1
    assert message in done.output
    assert done.output.count("\n") == 1


def test_missing_data_is_named(tmp_path: Path) -> None:
    done = train("learner", "--data", "no/such/folder", "--out", tmp_path)
    assert done.exit_code == 1
    assert done.output == "Error: no/such/folder: no such file\n"


def test_out_must_not_be_a_file(cifs: Path) -> None:
    assert train("learner", "--data", cifs, "--out", cifs / "SOD.cif").exit_code == 2


def test_progress_is_not_a_flood(capsys: pytest.CaptureFixture[str]) -> None:
    report = progress_lines(every=3600.0)
    for step in range(1, 1001):
        report(step, 1000, "loss")
    assert capsys.readouterr().err == "1 of 1000  loss\n1000 of 1000  loss\n"


def test_another_representation_is_for_generators_that_can_be_told(cifs: Path, tmp_path: Path) -> None:
    done = train("learner", "--data", cifs, "--out", tmp_path / "out", "--representation", "no-such")
    assert done.exit_code == 1
    assert "there is no representation 'no-such'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_in_use_is_refused_and_a_training_goes_on(cifs: Path, tmp_path: Path) -> None:
    refused = train("learner", "--data", cifs, "--out", cifs)
    assert refused.exit_code == 1
    assert "is in use and is not the folder of a training; choose another --out" in refused.output
    out = tmp_path / "out"
    for _ in range(2):
        assert train("learner", "--data", cifs, "--out", out).exit_code == 0
