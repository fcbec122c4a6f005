"""zeo train: the generic training command."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

import zeo.registry
from zeo import GeneratorSpec
from zeo.cif import cif_text
from zeo.cli import main
from zeo.cli.train import progress_lines, qualified
from zeo.data.description import Description
from zeo.data.entry import Entry
from zeo.data.writer import DataSetWriter
from zeo.interfaces import Generator
from zeo.options import option
from zeo.registry import Plugins
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


class Fixed(Generator):
    """Learns nothing."""

    def sample(self, seeds, condition=None):
        yield from ()


@pytest.fixture(autouse=True)
def installed(plugin_set: Callable[..., Plugins], monkeypatch: pytest.MonkeyPatch) -> None:
    learner = GeneratorSpec(name="learner", summary="", target=f"{MODULE}:Learner", trainable=True)
    fixed = GeneratorSpec(name="fixed", summary="", target=f"{MODULE}:Fixed")
    found = plugin_set((learner, Learner), (fixed, Fixed))
    monkeypatch.setattr(zeo.registry, "installed_plugins", lambda: found)


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
    done = train("learner", "--data", tmp_path / "set", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "learned names.txt").read_text() == learned
    assert re.search(rf"on [12] frameworks? of {tmp_path / 'set'} \(train\)", done.stderr)


def test_a_data_set_without_splits_cannot_be_learned_from(tmp_path: Path) -> None:
    DataSetWriter(tmp_path / "set", Description(name="set", made_by={}))
    done = train("learner", "--data", tmp_path / "set", "--out", tmp_path)
    assert done.exit_code == 1
    assert "no framework of this data set is in the split 'train'\n" in done.output


@pytest.mark.parametrize("setting", ["separator=+", "learner.separator=+"])
def test_options_are_set_with_or_without_the_plugin(cifs: Path, tmp_path: Path, setting: str) -> None:
    assert train("learner", "--data", cifs, "--out", tmp_path, "--set", setting).exit_code == 0
    assert (tmp_path / "learned names.txt").read_text() == "SOD+SOD-large+SOD-small"


def test_settings_of_other_plugins_keep_their_names() -> None:
    assert qualified(("steps=1.5", "voxel.n=64"), "learner") == ["learner.steps=1.5", "voxel.n=64"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fixed"], "Error: the generator 'fixed' has nothing to learn; run it as it is\n"),
        (["lerner"], "Error: there is no generator 'lerner': did you mean 'learner'?\n"),
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
