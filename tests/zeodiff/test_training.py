import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from safetensors.torch import load_file  # noqa: E402

from zeo.data.frameworks import FrameworkSet  # noqa: E402
from zeo.data.relaxed import relaxed_structure  # noqa: E402
from zeo.errors import ConfigError  # noqa: E402
from zeo.registry import installed_plugins  # noqa: E402
from zeo_zeodiff.curve import Curve  # noqa: E402
from zeo_zeodiff.generator import ZeoDiff, ZeoDiffOptions  # noqa: E402
from zeo_zeodiff.model import Model  # noqa: E402

DATA = FrameworkSet(("SOD", "LTA", "ABW"), relaxed_structure)
PLUGINS = installed_plugins().configured({"voxel": {"n": 8}})


def trained(out, steps, data=DATA, **options):
    settings = {"width": 8, "batch": 2, "precision": "32-true", "accelerator": "cpu", "check_every": 2}
    reported = []
    generator = ZeoDiff(ZeoDiffOptions(steps=steps, **{**settings, **options}), PLUGINS)
    generator.train(data, out, lambda done, total, text: reported.append((done, total, text)))
    return generator, reported


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    trained(out, 4)
    return out


def test_slices_chain_to_the_bytes_of_one_training(checkpoint, tmp_path):
    trained(tmp_path, 2)
    _, reported = trained(tmp_path, 4)
    assert [done for done, _, _ in reported] == [3, 4]
    one, two = (load_file(folder / "state.safetensors") for folder in (checkpoint, tmp_path))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert (checkpoint / "weights.safetensors").read_bytes() == (
        tmp_path / "weights.safetensors"
    ).read_bytes()


def test_training_changes_weights_and_their_average(checkpoint, tmp_path):
    trained(tmp_path, 1)
    one, four = (load_file(folder / "weights.safetensors") for folder in (tmp_path, checkpoint))
    assert not torch.equal(one["network.inward.weight"], four["network.inward.weight"])


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


def test_drawn_grid_has_the_symmetry_of_its_template(checkpoint):
    generator = ZeoDiff(ZeoDiffOptions(evaluations=3), PLUGINS)
    generator.load(checkpoint, "cpu")
    for seed in range(4):
        template, _ = generator._template(seed)
        labels = template.symmetry.labels(8).ravel()
        grid = next(generator.sample([seed])).grid
        for channel in grid.values.reshape(3, -1):
            means = np.bincount(labels, channel) / np.bincount(labels)
            np.testing.assert_allclose(means[labels], channel, rtol=1e-4, atol=1e-3)


def test_no_usable_framework_is_one_clear_error(tmp_path):
    with pytest.raises(ConfigError, match="no SiO2 framework"):
        trained(tmp_path, 1, FrameworkSet(("CHA",), relaxed_structure))


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
