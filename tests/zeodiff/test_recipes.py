"""recipe=paper takes the road of recipe=zeo: training, resumption, checkpoint and sampling."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from attrs import fields  # noqa: E402
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from zeo.data.known.frameworks import FrameworkSet  # noqa: E402
from zeo.data.known.relaxed import relaxed_structure  # noqa: E402
from zeo.errors import ConfigError  # noqa: E402
from zeo.plugin.conditioning import Condition  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo.plugin.targets import Target  # noqa: E402
from zeo_learning.orbits import NO_SYMMETRY  # noqa: E402
from zeo_learning.views import one_of_three  # noqa: E402
from zeo_zeodiff.generator import ZeoDiff  # noqa: E402
from zeo_zeodiff.lengths import LEARNING_RATE, TYPICAL, LengthRegressor, error, in_angstrom  # noqa: E402
from zeo_zeodiff.options import ZeoDiffOptions  # noqa: E402
from zeo_zeodiff.paper_condition import PaperConditions  # noqa: E402
from zeo_zeodiff.paper_unet import PaperNetworkOptions, PaperUNet  # noqa: E402
from zeo_zeodiff.recipes import DEPENDENT, PAPER, RECIPES, ZEO  # noqa: E402

N = 8
HEATS = {"SOD": 20.0, "LTA": 22.6, "ABW": None}
DATA = FrameworkSet(tuple(HEATS), relaxed_structure, lambda name: {"methane.qst": HEATS[name]})
PLUGINS = installed_plugins().configured({"voxel": {"n": N}})
SMALL = {"width": 8, "batch": 2, "precision": "32-true", "accelerator": "cpu", "draw_every": 0}


def trained(out, steps, plugins=PLUGINS, recipe="paper", **options):
    generator = ZeoDiff(ZeoDiffOptions(steps=steps, recipe=recipe, **SMALL | options), plugins)
    generator.train(DATA, out, lambda *_: None)


def loaded(checkpoint, **options):
    generator = ZeoDiff(ZeoDiffOptions(evaluations=3, **options), PLUGINS)
    generator.load(checkpoint, "cpu")
    return generator


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    out = tmp_path_factory.mktemp("paper")
    trained(out, 4)
    return out


@pytest.mark.parametrize("recipe", [ZEO, PAPER])
def test_open_options_take_the_defaults_of_the_recipe_and_others_stay(recipe):
    options = recipe.resolved(ZeoDiffOptions(recipe=recipe.name, learning_rate=0.5))
    assert options.learning_rate == 0.5
    assert (options.average, options.width) == (recipe.defaults["average"], recipe.defaults["width"])
    assert options.loss in recipe.losses


def test_what_a_recipe_decides_has_no_other_default():
    """So that an option that was set can be told from one that was not."""
    defaults = {field.name: field.default for field in fields(ZeoDiffOptions)}
    assert {defaults[name] for name in DEPENDENT} == {None}
    assert all(set(recipe.defaults) <= set(DEPENDENT) for recipe in RECIPES.values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recipe": "paper", "loss": "edm"}, "recipe=paper has huber and eq5, not 'edm'"),
        ({"recipe": "zeo", "loss": "huber"}, "recipe=zeo has edm, not 'huber'"),
        ({"recipe": "paper", "symmetric_share": 0.5}, "symmetric_share is nothing that recipe=paper takes"),
        ({"recipe": "zeo", "told": "methane.qst"}, "told is nothing that recipe=zeo takes"),
        ({"recipe": "paper", "told": "qst"}, "told is one of methane.void_fraction"),
        ({"recipe": "paper", "told": "methane.kh"}, "left out 3 without methane.kh"),
    ],
)
def test_options_that_do_not_fit_the_recipe_are_clear_errors(tmp_path, options, message):
    with pytest.raises(ConfigError, match=message):
        trained(tmp_path, 1, **options)
    assert not (tmp_path / "model.json").exists()


def test_grids_without_atoms_cannot_be_learned(tmp_path):
    plugins = installed_plugins().configured({"voxel": {"n": N, "channels": ("energy:methane", "si")}})
    with pytest.raises(ConfigError, match="without o no atoms"):
        trained(tmp_path, 1, plugins)


def test_slices_chain_to_the_bytes_of_one_training(checkpoint, tmp_path):
    trained(tmp_path, 2)
    trained(tmp_path, 4)
    one, two = (load_file(folder / "state.safetensors") for folder in (checkpoint, tmp_path))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert len({(folder / "weights.safetensors").read_bytes() for folder in (checkpoint, tmp_path)}) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"recipe": "zeo"}, "holds a training with zeodiff.recipe=paper, not zeo"),
        ({"loss": "eq5"}, "zeodiff.loss=huber, not eq5"),
        ({"width": 16}, "zeodiff.width=8, not 16"),
        ({"told": "methane.qst"}, "zeodiff.told=none, not methane.qst"),
    ],
)
def test_another_training_does_not_go_on_in_the_folder(checkpoint, changes, message):
    before = (checkpoint / "state.safetensors").read_bytes()
    with pytest.raises(ConfigError, match=message):
        trained(checkpoint, 5, **changes)
    assert (checkpoint / "state.safetensors").read_bytes() == before


def test_other_channels_do_not_go_on_in_the_folder(checkpoint):
    channels = ("energy:methane", "si", "o", "boltzmann:methane")
    plugins = installed_plugins().configured({"voxel": {"n": N, "channels": channels}})
    with pytest.raises(ConfigError, match=r"voxel.channels=energy:methane,si,o, not .*boltzmann"):
        trained(checkpoint, 5, plugins)


def test_sample_depends_on_its_seed_alone(checkpoint):
    generator = loaded(checkpoint)
    together = list(generator.sample([5, 6, 7]))
    alone = next(generator.sample([6]))
    np.testing.assert_allclose(together[1].grid.values, alone.grid.values, atol=20.0)
    np.testing.assert_allclose(together[1].grid.lattice, alone.grid.lattice, rtol=1e-3)
    assert not np.allclose(together[0].grid.values, together[2].grid.values, atol=20.0)


def test_sample_has_the_cell_that_the_regressor_finds(checkpoint):
    generator = loaded(checkpoint)
    last = generator.model.network.lengths.read[-1]
    torch.nn.init.zeros_(last.weight)
    last.bias.data = torch.log(torch.tensor([0.1, 0.125, 0.3]) / TYPICAL)
    sample = next(generator.sample([0]))
    np.testing.assert_allclose(sample.grid.lattice, np.diag([10.0, 12.5, 30.0]), rtol=1e-5)
    assert not {"t_atoms", "operations"} & set(sample.source)  # they belong to a template


@pytest.mark.parametrize("recipe", ["zeo", "paper"])
def test_boltzmann_channel_is_learned_and_drawn(recipe, tmp_path):
    channels = ("energy:methane", "si", "o", "boltzmann:methane")
    plugins = installed_plugins().configured({"voxel": {"n": N, "channels": channels}})
    trained(tmp_path, 1, plugins, recipe)
    grid = next(loaded(tmp_path).sample([0])).grid
    assert grid.channels == channels
    assert grid.channel("boltzmann:methane").min() >= 0.0


def test_model_that_is_told_a_property_draws_for_it_and_needs_it(tmp_path):
    trained(tmp_path, 2, told="methane.qst")
    assert json.loads((tmp_path / "model.json").read_text())["training"]["frameworks"] == 2
    generator = loaded(tmp_path)
    assert generator.known().inputs == ("methane.qst",)

    def drawn(name, heat):
        conditioner = PLUGINS.create("conditioner", name)
        parts = PLUGINS.find("conditioner", name).spec.parts
        targets = (Target("qst", heat, heat, probe="methane"),)
        condition = Condition(conditioner=conditioner, parts=parts, targets=targets)
        return next(generator.sample([0], condition)).grid.values

    assert not np.array_equal(drawn("concat", 15.0), drawn("concat", 25.0))
    for condition in (lambda: next(generator.sample([0])), lambda: drawn("cfg", 15.0)):
        with pytest.raises(ConfigError, match=r"draws for a given methane\.qst"):
            condition()


def test_told_property_is_three_constants_in_its_unit():
    conditions = PaperConditions.of(("methane.kh",), [])
    scalars = conditions.scalars(np.ones(3), 10, 1, {"methane.kh": 54.3})
    np.testing.assert_allclose(scalars, [54.3 / 500] * 3, rtol=1e-6)
    assert conditions.size == 3
    assert PaperConditions().scalars(np.ones(3), 10, 1, {}).shape == (0,)


def random_network(constants=0):
    torch.manual_seed(0)
    network = PaperUNet(2, constants, 8)
    for parameter in network.parameters():  # those that start as zero would hide what is before them
        torch.nn.init.normal_(parameter, std=0.1)
    return network


def test_network_has_the_levels_of_the_reference():
    network = PaperUNet(3, 0, PaperNetworkOptions().width)
    assert [level.blocks[-1].convolve_out.weight.shape[0] for level in network.down] == [32, 64, 128]


def test_network_commutes_with_translation_by_whole_blocks():
    network = random_network()
    x, time, none = torch.randn(2, 2, 16, 16, 16), torch.tensor([3.0, 900.0]), torch.zeros(2, 0)
    moved = network(x.roll((4, 8, -4), (2, 3, 4)), time, none)
    torch.testing.assert_close(
        moved, network(x, time, none).roll((4, 8, -4), (2, 3, 4)), atol=1e-4, rtol=1e-3
    )


def test_network_sees_time_and_constants_of_each_sample_alone():
    network = random_network(constants=3)
    x, time = torch.randn(1, 2, 8, 8, 8).repeat(3, 1, 1, 1, 1), torch.tensor([5.0, 5.0, 700.0])
    constants = torch.tensor([[0.1] * 3, [0.4] * 3, [0.1] * 3])
    one, other_constant, other_time = network(x, time, constants)
    assert not torch.allclose(one, other_constant, atol=1e-3)
    assert not torch.allclose(one, other_time, atol=1e-3)
    alone = network(x[:1], time[:1], constants[:1])[0]
    torch.testing.assert_close(one, alone, atol=1e-5, rtol=1e-4)


def test_regressor_learns_edges_from_grids():
    """Widths of Gaussians tell the spacing of the points: few steps bring the error well below the spread."""
    voxel = installed_plugins().configured({"voxel": {"n": 16, "channels": ("si", "o")}})
    encode = voxel.create("representation", "voxel").encode
    structures = [relaxed_structure(code) for code in ("SOD", "LTA", "ABW", "MFI", "GIS", "RHO")]
    grids = torch.from_numpy(np.stack([encode(structure).values for structure in structures]))
    lengths = torch.tensor(np.stack([structure.lengths for structure in structures]), dtype=torch.float32)
    torch.manual_seed(0)
    regressor = LengthRegressor(2)
    optimiser = torch.optim.Adam(regressor.parameters(), LEARNING_RATE)
    for _ in range(400):
        optimiser.zero_grad()
        error(regressor(grids), lengths).backward()
        optimiser.step()
    found = in_angstrom(regressor(grids))
    assert (found - lengths).abs().mean() < 0.5 * (lengths - lengths.mean(dim=0)).abs().mean()


def test_edges_do_not_depend_on_the_origin():
    torch.manual_seed(0)
    regressor, grid = LengthRegressor(2), torch.randn(1, 2, 8, 8, 8)
    torch.testing.assert_close(regressor(grid.roll((1, 2, 3), (2, 3, 4))), regressor(grid), rtol=1e-4, atol=0)


def test_regressor_never_gives_a_cell_without_volume():
    assert in_angstrom(torch.tensor([[-1.0, 0.0, 0.1]])).tolist() == [[2.0, 2.0, 10.0]]


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_view_of_the_reference_is_plain_turned_or_rolled(seed):
    structure = relaxed_structure("MFI")
    view = one_of_three(structure, NO_SYMMETRY, N, None, np.random.default_rng(seed))
    turned, rolled = bool((view.axes != np.arange(3)).any()), bool(view.steps.any())
    assert not (turned and rolled)
    assert view.labels is None
    assert view.structure is structure
    # a turn by 90 degrees about one axis: it moves the other two, has determinant 1 and order 4
    matrix = np.eye(3)[view.axes]
    matrix[view.flips] *= -1
    if turned:
        assert np.linalg.det(matrix) == pytest.approx(1.0)
        assert not np.array_equal(matrix @ matrix, np.eye(3))
    else:
        assert len(view.flips) == 0
