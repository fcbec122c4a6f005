import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from attrs import evolve  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from zeo.data.known.frameworks import FrameworkSet  # noqa: E402
from zeo.data.known.relaxed import relaxed_structure  # noqa: E402
from zeo.errors import ConfigError  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo_learning.checkpoint import STATE, SafetensorsIO  # noqa: E402
from zeo_learning.curve import Curve  # noqa: E402
from zeo_learning.folder import WEIGHTS  # noqa: E402
from zeo_learning.frameworks import split_grids  # noqa: E402
from zeo_learning.split import Split  # noqa: E402
from zeo_zeodiff.generator import ZeoDiff  # noqa: E402
from zeo_zeodiff.model import Model  # noqa: E402
from zeo_zeodiff.options import ZeoDiffOptions  # noqa: E402

DATA = FrameworkSet(("SOD", "LTA", "ABW"), relaxed_structure)
PLUGINS = installed_plugins().configured({"voxel": {"n": 8}})


def trained(out, steps, data=DATA, start=None, **options):
    settings = {"width": 8, "batch": 2, "precision": "32-true", "accelerator": "cpu", "check_every": 2}
    reported = []
    generator = ZeoDiff(ZeoDiffOptions(steps=steps, **{**settings, **options}), PLUGINS)
    generator.train(data, out, lambda done, total, text: reported.append((done, total, text)), start)
    return generator, reported


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    trained(out, 4, decay=100)
    return out


@pytest.fixture(scope="module")
def one_step(tmp_path_factory):
    out = tmp_path_factory.mktemp("one step")
    trained(out, 1, draw_every=1e-6, drawn_samples=2)
    return out


def same(one, two):
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    return torch.equal(one, two) if isinstance(one, torch.Tensor) else one == two


def test_slices_of_a_step_each_chain_to_the_bytes_of_one_training(checkpoint, tmp_path):
    done = []
    for _ in range(4):
        _, reported = trained(tmp_path, 4, decay=100, minutes=1e-9)
        done += [step for step, _, _ in reported if step]
    assert done == [1, 2, 3, 4]
    one, two = (SafetensorsIO().load_checkpoint(folder / STATE) for folder in (checkpoint, tmp_path))
    for part in ("global_step", "state_dict", "optimizer_states"):
        assert same(one[part], two[part])
    (optimiser,) = one["optimizer_states"]
    assert [group["lr"] for group in optimiser["param_groups"]] == pytest.approx([1e-5, 1e-5])
    assert (checkpoint / WEIGHTS).read_bytes() == (tmp_path / WEIGHTS).read_bytes()


def test_training_changes_weights_and_their_average(checkpoint, one_step):
    one, four = (load_file(folder / "weights.safetensors") for folder in (one_step, checkpoint))
    assert not torch.equal(one["network.inward.weight"], four["network.inward.weight"])


def test_samples_are_drawn_while_the_network_learns(one_step):
    (row,) = Curve(one_step).rows().values()
    names = ("drawn_si_to_o", "drawn_connectivity", "drawn_perfect")
    assert all(0.0 <= float(row[name]) <= 1.0 for name in names)


def test_validation_is_on_the_validation_split_where_there_is_one():
    options = ZeoDiffOptions()
    few = FrameworkSet(("SOD", "ABW"), relaxed_structure)
    split = split_grids(evolve(few, validation=evolve(few, names=("LTA",))), options, 8)
    assert [framework.source.name for framework in split.train] == ["SOD", "ABW"]
    assert [framework.source.name for framework in split.validation] == ["LTA"]


def test_without_a_validation_split_some_frameworks_are_spared_unless_they_are_few():
    few, many = Split.of(range(39), []), Split.of(range(60), [])
    assert few.validation == few.train
    assert (len(many.train), len(many.validation)) == (57, 3)
    assert sorted([*many.train, *many.validation]) == list(range(60))


def test_model_says_how_it_was_trained_and_logs_the_losses(checkpoint):
    training = json.loads((checkpoint / "model.json").read_text())["training"]
    assert training["steps"] == 4
    assert training["samples_seen"] == 8
    assert training["frameworks"] == 3
    rows = Curve(checkpoint).rows()
    assert [row["samples_seen"] for row in rows.values()] == ["4", "8"]
    by_level = [float(rows[4][name]) for name in rows[4] if name.startswith("validation_loss_")]
    assert len(by_level) == 8
    assert float(rows[4]["validation_loss"]) == pytest.approx(np.mean(by_level), rel=1e-4)
    assert list((checkpoint / "tensorboard").iterdir())


def test_saved_model_reads_back(checkpoint):
    model = Model.load(checkpoint)
    assert model.scaling.channels == ("energy:methane", "si", "o")
    assert len(model.templates) == 3
    lengths = sorted(float(model.templates[k].lengths[0]) for k in range(3))
    expected = sorted(relaxed_structure(code).lengths[0] for code in DATA.names)
    np.testing.assert_allclose(lengths, expected, rtol=1e-6)


def test_sample_depends_on_its_seed_alone(checkpoint):
    generator = ZeoDiff(ZeoDiffOptions(evaluations=3), PLUGINS)
    generator.load(checkpoint, "cpu")
    together = list(generator.sample([5, 6, 7]))
    alone = next(generator.sample([6]))
    assert [sample.seed for sample in together] == [5, 6, 7]
    np.testing.assert_allclose(together[1].grid.values, alone.grid.values, atol=20.0)
    np.testing.assert_allclose(together[1].grid.lattice, alone.grid.lattice)
    assert not np.allclose(together[0].grid.values, together[2].grid.values, atol=20.0)


def test_samples_are_drawn_so_many_at_once_when_they_are_asked_for(checkpoint):
    generator = ZeoDiff(ZeoDiffOptions(evaluations=2, at_once=2, restarts=0), PLUGINS)
    generator.load(checkpoint, "cpu")
    together = []
    generator.model.network.register_forward_pre_hook(lambda _, inputs: together.append(len(inputs[0])))
    stream = generator.sample(range(5))
    assert not together
    next(stream)
    assert together == [2, 2]
    assert [sample.seed for sample in stream] == [1, 2, 3, 4]
    assert together == [2, 2, 2, 2, 1, 1]


def test_drawn_grid_has_the_symmetry_of_its_template(checkpoint):
    generator = ZeoDiff(ZeoDiffOptions(evaluations=3, restarts=0), PLUGINS)
    generator.load(checkpoint, "cpu")
    for seed in range(4):
        template = generator._template(np.random.default_rng((seed, 0)), {})
        labels = template.symmetry.labels(8).ravel()
        grid = next(generator.sample([seed])).grid
        for channel in grid.values.reshape(3, -1):
            means = np.bincount(labels, channel) / np.bincount(labels)
            np.testing.assert_allclose(means[labels], channel, rtol=1e-4, atol=1e-3)


def test_no_usable_framework_is_one_clear_error(tmp_path):
    with pytest.raises(ConfigError, match="no framework to learn from: left out 1 with more than max_t=24"):
        trained(tmp_path, 1, FrameworkSet(("CHA",), relaxed_structure), max_t=24)


@pytest.mark.parametrize("name", ["weights.safetensors", "model.json"])
def test_damaged_checkpoints_are_clear_errors(checkpoint, tmp_path, name):
    for file in ("weights.safetensors", "model.json"):
        data = (checkpoint / file).read_bytes()
        (tmp_path / file).write_bytes(data[: len(data) // 2] if file == name else data)
    with pytest.raises(ConfigError, match="damaged"):
        Model.load(tmp_path)


def test_missing_checkpoint_is_a_clear_error(tmp_path):
    with pytest.raises(ConfigError, match="no zeodiff checkpoint"):
        ZeoDiff(ZeoDiffOptions(), PLUGINS).load(tmp_path, "cpu")


def test_a_training_starts_from_the_weights_of_another(checkpoint, tmp_path):
    trained(tmp_path, 1, start=checkpoint, learning_rate=1e-12)
    one, two = (load_file(folder / WEIGHTS) for folder in (checkpoint, tmp_path))
    for name in one:
        torch.testing.assert_close(one[name], two[name], rtol=0, atol=1e-8)
    training = json.loads((tmp_path / "model.json").read_text())["training"]
    assert (training["steps"], training["started_from"]) == (1, checkpoint.name)
    with pytest.raises(ConfigError, match="width=8, not 16"):
        trained(tmp_path / "other", 1, start=checkpoint, width=16)
