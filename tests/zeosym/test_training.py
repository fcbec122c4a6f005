import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from attrs import evolve  # noqa: E402

from zeo.data.known.frameworks import open_frameworks  # noqa: E402
from zeo.data.known.relaxed import relaxed_frameworks  # noqa: E402
from zeo.data.sets.splits import held_out_codes  # noqa: E402
from zeo.data.sets.store import DataSet  # noqa: E402
from zeo.errors import ConfigError  # noqa: E402
from zeo_learning.checkpoint import STATE, SafetensorsIO  # noqa: E402
from zeo_learning.folder import WEIGHTS  # noqa: E402
from zeo_zeosym.collection import Crystals  # noqa: E402
from zeo_zeosym.examples import Examples  # noqa: E402
from zeo_zeosym.frameworks import split_nets, types_without_orthogonal_cell  # noqa: E402
from zeo_zeosym.generator import ZeoSym  # noqa: E402
from zeo_zeosym.model import Model  # noqa: E402
from zeo_zeosym.options import ZeoSymOptions  # noqa: E402
from zeo_zeosym.training import errors  # noqa: E402

CODES = ("SOD", "LTA", "ABW", "HEU")
DATA = evolve(open_frameworks("relaxed"), names=CODES)
SETTINGS = {
    "width": 16,
    "layers": 2,
    "batch": 4,
    "precision": "32-true",
    "accelerator": "cpu",
    "check_every": 2,
    "skewed_types": False,
}


def trained(out, steps, data=DATA, start=None, **options):
    reported = []
    generator = ZeoSym(ZeoSymOptions(steps=steps, **{**SETTINGS, **options}))
    generator.train(data, out, lambda done, total, text: reported.append((done, text)), start)
    return reported


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    trained(out, 4, decay=100)
    return out


def same(one, two):
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    return torch.equal(one, two) if isinstance(one, torch.Tensor) else one == two


def test_slices_of_a_step_each_chain_to_the_bytes_of_one_training(checkpoint, tmp_path):
    for _ in range(4):
        reported = trained(tmp_path, 4, decay=100, minutes=1e-9)
    assert reported[-1][0] == 4
    one, two = (SafetensorsIO().load_checkpoint(folder / STATE) for folder in (checkpoint, tmp_path))
    for part in ("global_step", "state_dict", "optimizer_states"):
        assert same(one[part], two[part])
    assert (checkpoint / WEIGHTS).read_bytes() == (tmp_path / WEIGHTS).read_bytes()


def test_a_batch_that_is_seen_again_and_again_is_learned():
    plan = ZeoSym(ZeoSymOptions(**SETTINGS | {"batch": 16})).plan(None)
    nets = plan.split(DATA).train
    torch.manual_seed(0)
    model = plan.new_model(nets)
    module = plan.module(model)
    (optimiser,) = module.optimisers()
    batch = plan.examples(nets, model, 0).at(range(16), 0.5)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        loss = sum(errors(model.network, batch))
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]


def test_nets_are_drawn_for_the_blueprints_of_validation_and_counted_as_drawn(monkeypatch):
    """Four of six are called four-connected, whatever they are."""
    plan = ZeoSym(ZeoSymOptions(**SETTINGS, drawn_samples=6, evaluations=2, at_once=4)).plan(None)
    nets = plan.split(DATA).train
    module = plan.module(plan.new_model(nets))
    drawn = []

    def is_four_connected(net):
        drawn.append(net)
        return len(drawn) % 3 != 0

    monkeypatch.setattr("zeo_zeosym.validation.is_four_connected", is_four_connected)
    measured = plan.drawing(nets)(module)
    assert measured == {"drawn_perfect_before_repair": pytest.approx(4 / 6)}
    groups = [net.crystal.group for net in nets]
    assert [net.group for net in drawn] == [groups[k] for k in (0, 0, 1, 2, 2, 3)]


def test_a_model_says_how_it_was_trained_and_reads_back(checkpoint):
    training = json.loads((checkpoint / "model.json").read_text())["training"]
    assert (training["steps"], training["samples_seen"], training["frameworks"]) == (4, 16, len(CODES))
    model = Model.load(checkpoint)
    assert len(model.blueprints) == len(CODES)
    assert model.conditions.quantities == ("density", "energy")
    energies = [model.blueprints[k].properties["energy"] for k in range(len(CODES))]
    np.testing.assert_allclose(energies, [relaxed_frameworks()[code].energy for code in CODES], rtol=1e-6)
    saved = [parameter.detach().bfloat16() for parameter in model.network.parameters()]
    assert all(
        torch.equal(one.float(), two) for one, two in zip(saved, model.network.parameters(), strict=True)
    )


def test_a_training_starts_from_another(checkpoint, tmp_path):
    trained(tmp_path, 1, start=checkpoint, learning_rate=1e-12, data=evolve(DATA, names=("SOD", "ABW")))
    one, two = Model.load(checkpoint), Model.load(tmp_path)
    for before, after in zip(one.network.parameters(), two.network.parameters(), strict=True):
        torch.testing.assert_close(before, after, rtol=1e-2, atol=1e-6)
    assert len(two.blueprints) == 2
    assert two.training["started_from"] == checkpoint.name


def test_a_folder_of_another_network_is_refused(checkpoint, tmp_path):
    with pytest.raises(ConfigError, match=r"zeosym\.layers=2, not 3"):
        trained(tmp_path, 5, start=checkpoint, layers=3)
    with pytest.raises(ConfigError, match=r"zeosym\.width=16, not 32"):
        trained(checkpoint, 5, width=32)


def test_nothing_to_learn_from_is_one_clear_line(tmp_path):
    with pytest.raises(ConfigError, match="left out 1 with more than max_unique=1 different T atoms"):
        trained(tmp_path, 1, max_unique=1, data=evolve(DATA, names=("HEU",)))


def examples():
    nets = split_nets(DATA, ZeoSymOptions()).train
    told = np.ones((len(nets), 2, 2), dtype=np.float32)
    return Examples(Crystals.of([net.crystal for net in nets]), told, 0)


def test_an_example_depends_on_its_number_alone():
    sequence = examples()
    together, alone = sequence.__getitems__([5, 6, 7]), sequence[6]
    own = together["crystal"] == 1
    torch.testing.assert_close(together["vector"][own], alone["vector"])
    torch.testing.assert_close(together["noise"][own], alone["noise"])
    torch.testing.assert_close(together["scalars"][1:2], alone["scalars"])


def test_every_number_of_told_quantities_is_as_likely():
    flags = examples().at(range(3000), 0.1)["scalars"][:, -4:].reshape(-1, 2, 2)[:, :, 1]
    shares = np.bincount(flags.sum(dim=1).long(), minlength=3) / len(flags)
    np.testing.assert_allclose(shares, 1 / 3, atol=0.04)


def test_validation_is_on_the_validation_split_where_there_is_one():
    options = ZeoSymOptions(skewed_types=False)
    split = split_nets(evolve(DATA, validation=evolve(DATA, names=("LTA",))), options)
    assert [net.source.name for net in split.train] == list(CODES)
    assert [net.source.name for net in split.validation] == ["LTA"]


def test_skewed_types_are_those_that_no_data_set_holds_and_held_out_ones_are_not_learned():
    skewed = types_without_orthogonal_cell()
    held = set(DataSet.open("standard").names)
    assert len(skewed) > 30
    assert not {framework.name for framework, _ in skewed} & held
    for framework, split in skewed:
        assert (framework.name not in held_out_codes()) or split == "test"
        assert framework.properties["energy"] == relaxed_frameworks()[framework.name].energy
    assert sum(split == "train" for _, split in skewed) > len(skewed) / 2
