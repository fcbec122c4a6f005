"""Both recipes take the same road: training, resumption, checkpoint and sampling."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from safetensors.torch import load_file  # noqa: E402

from zeo.api.training import condition_of_training  # noqa: E402
from zeo.data.known.frameworks import FrameworkSet  # noqa: E402
from zeo.data.known.relaxed import relaxed_structure  # noqa: E402
from zeo.errors import ConfigError  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo_learning.checkpoint import STATE, SafetensorsIO  # noqa: E402
from zeo_learning.curve import Curve  # noqa: E402
from zeo_learning.folder import WEIGHTS  # noqa: E402
from zeo_learning.module import stream_of  # noqa: E402
from zeo_zeogan.generator import ZeoGAN  # noqa: E402
from zeo_zeogan.model import Model  # noqa: E402
from zeo_zeogan.options import ZeoGANOptions  # noqa: E402
from zeo_zeogan.training import parts  # noqa: E402

N = 8
DATA = FrameworkSet(("SOD", "LTA", "ABW"), relaxed_structure)
PLUGINS = installed_plugins().configured({"voxel": {"n": N}})
SMALL = {
    "width": 8,
    "batch": 2,
    "critic_updates": 2,
    "precision": "32-true",
    "accelerator": "cpu",
    "draw_every": 0,
    "check_every": 2,
}
RATES = {"paper": 3e-3, "zeo": 0.2}
"""The second rises from a hundredth of that."""


def trained(out, steps, start=None, condition=None, plugins=PLUGINS, recipe="zeo", **options):
    reported = []
    settings = SMALL | {"learning_rate": RATES[recipe]} | options
    generator = ZeoGAN(ZeoGANOptions(steps=steps, recipe=recipe, **settings), plugins)
    generator.train(DATA, out, lambda *told: reported.append(told), start, condition)
    return reported


def loaded(checkpoint, **options):
    generator = ZeoGAN(ZeoGANOptions(**options), PLUGINS)
    generator.load(checkpoint, "cpu")
    return generator


@pytest.fixture(scope="module", params=sorted(RATES))
def checkpoint(request, tmp_path_factory):
    out = tmp_path_factory.mktemp(request.param)
    trained(out, 3, recipe=request.param, decay=10)
    return out


def recipe_of(checkpoint):
    return json.loads((checkpoint / "model.json").read_text())["recipe"]


def same(one, two):
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    return torch.equal(one, two) if isinstance(one, torch.Tensor) else one == two


def test_slices_of_a_step_each_chain_to_the_bytes_of_one_training(checkpoint, tmp_path):
    done = []
    for _ in range(3):
        told = trained(tmp_path, 3, recipe=recipe_of(checkpoint), decay=10, minutes=1e-9)
        done += [step for step, _, _ in told if step]
    assert done == [1, 2, 3]
    one, two = (SafetensorsIO().load_checkpoint(folder / STATE) for folder in (checkpoint, tmp_path))
    for part in ("global_step", "state_dict", "optimizer_states"):
        assert same(one[part], two[part])
    of_generator, of_critic = (
        max(s["step"] for s in o["state"].values() if "step" in s) for o in one["optimizer_states"]
    )
    assert (int(of_generator), int(of_critic)) == (3, 6)
    assert (checkpoint / WEIGHTS).read_bytes() == (tmp_path / WEIGHTS).read_bytes()


def test_curve_tells_the_losses_and_what_is_drawn(checkpoint):
    (row,) = Curve(checkpoint).rows().values()
    gap = {"paper": "earth_mover_distance", "zeo": "score_gap"}[recipe_of(checkpoint)]
    assert np.isfinite([float(value) for value in row.values()]).all()
    assert {gap, "feature_matching", "distance_qst", "distance_ln_kh", "drawn_qst"} <= row.keys()
    of_cells = {"edge_error", "real_edge_error", "drawn_edge_error"}
    assert of_cells & row.keys() == (of_cells if recipe_of(checkpoint) == "paper" else set())
    assert row["samples_seen"] == "8"


def test_sample_depends_on_its_seed_alone(checkpoint):
    generator = loaded(checkpoint, at_once=2)
    together = list(generator.sample([5, 6, 7]))
    (alone,) = generator.sample([6])
    assert [sample.seed for sample in together] == [5, 6, 7]
    np.testing.assert_allclose(together[1].grid.values, alone.grid.values, atol=20.0)
    np.testing.assert_allclose(together[1].grid.lattice, alone.grid.lattice, rtol=1e-5)
    assert not np.array_equal(together[0].grid.values, together[2].grid.values)


def test_drawn_grid_has_the_symmetry_of_its_template(checkpoint):
    generator = loaded(checkpoint)
    if not generator.model.recipe.templated:
        assert generator.model.templates is None
        return
    for seed in range(4):
        (template,) = generator._templates([seed])
        labels = template.symmetry.labels(N).ravel()
        grid = next(generator.sample([seed])).grid
        np.testing.assert_allclose(np.diag(grid.lattice), template.lengths)
        for channel in grid.values.reshape(3, -1):
            means = np.bincount(labels, channel) / np.bincount(labels)
            np.testing.assert_allclose(means[labels], channel, rtol=1e-4, atol=1e-2)


def test_a_training_starts_from_the_weights_of_another(checkpoint, tmp_path):
    recipe = recipe_of(checkpoint)
    trained(tmp_path, 1, start=checkpoint, recipe=recipe, learning_rate=1e-9, average=0.0)
    one, two = (load_file(folder / WEIGHTS) for folder in (checkpoint, tmp_path))
    weights = [name for name in one if "running" not in name and "num_batches" not in name]
    for name in weights:
        torch.testing.assert_close(two[name], one[name], rtol=0, atol=1e-8)
    training = json.loads((tmp_path / "model.json").read_text())["training"]
    assert (training["steps"], training["started_from"]) == (1, checkpoint.name)


def test_a_training_is_drawn_toward_a_target_and_goes_on_with_it_alone(checkpoint, tmp_path):
    recipe = recipe_of(checkpoint)
    condition = condition_of_training(["qst=18..22 kJ/mol"], None, "zeogan", PLUGINS)
    trained(tmp_path, 2, start=checkpoint, condition=condition, recipe=recipe)
    (row,) = Curve(tmp_path).rows().values()
    assert float(row["penalty"]) > 0
    assert 0 <= float(row["hit_qst"]) <= 1
    assert json.loads((tmp_path / "model.json").read_text())["training"]["options"]["targets"] == (
        "methane.qst = 18..22 kJ/mol"
    )
    with pytest.raises(ConfigError, match=r"holds a training with targets=.*, not none"):
        trained(tmp_path, 3, recipe=recipe)


def test_a_penalty_moves_what_is_drawn(tmp_path):
    condition = condition_of_training(["kh=10..20"], None, "zeogan", PLUGINS)
    trained(tmp_path, 12, condition=condition, recipe="paper", check_every=4)
    rows = Curve(tmp_path).rows()
    assert float(rows[12]["drawn_qst"]) > float(rows[4]["drawn_qst"]) + 5.0


@pytest.mark.parametrize(
    ("options", "message"),
    [({"recipe": "paper"}, "recipe=zeo, not paper"), ({"width": 16}, "width=8, not 16")],
)
def test_other_networks_are_refused(tmp_path, options, message):
    trained(tmp_path / "one", 1, recipe="zeo")
    for out, start in ((tmp_path / "one", None), (tmp_path / "two", tmp_path / "one")):
        with pytest.raises(ConfigError, match=message):
            trained(out, 1, start=start, **{"recipe": "zeo"} | options)


def test_grids_that_cannot_be_halved_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="multiple of 8"):
        trained(tmp_path, 1, plugins=installed_plugins().configured({"voxel": {"n": 12}}))


@pytest.mark.parametrize("name", ["weights.safetensors", "model.json"])
def test_damaged_checkpoints_are_clear_errors(checkpoint, tmp_path, name):
    for file in ("weights.safetensors", "model.json"):
        data = (checkpoint / file).read_bytes()
        (tmp_path / file).write_bytes(data[: len(data) // 2] if file == name else data)
    with pytest.raises(ConfigError, match="damaged"):
        Model.load(tmp_path)


def test_missing_checkpoint_is_a_clear_error(tmp_path):
    with pytest.raises(ConfigError, match="no zeogan checkpoint"):
        loaded(tmp_path)


def test_random_numbers_of_a_step_are_its_own():
    streams = [stream_of(*key) for key in ((0, 1, 0), (1, 0, 0), (0, 0, 1), (0, 0, 0))]
    assert len(set(streams)) == 4
    assert all(0 <= stream < 2**63 for stream in streams)


def test_a_batch_is_shared_out_to_the_updates():
    batch = {"grid": torch.arange(6), "lengths": torch.arange(12).reshape(6, 2)}
    pieces = list(parts(batch, 3))
    assert [piece["grid"].tolist() for piece in pieces] == [[0, 1], [2, 3], [4, 5]]
    assert all(piece["lengths"].shape == (2, 2) for piece in pieces)


@pytest.mark.parametrize(
    ("devices", "strategy", "expected"),
    [
        (1, "auto", "auto"),
        (2, "auto", "ddp_find_unused_parameters_true"),
        (2, "ddp_fork", "ddp_fork_find_unused_parameters_true"),
    ],
)
def test_devices_that_work_together_may_leave_a_network_out(devices, strategy, expected):
    options = ZeoGANOptions(devices=devices, strategy=strategy)
    assert ZeoGAN(options, PLUGINS).plan(None).hardware.strategy == expected
