"""A small model draws, alone and in company, steered and not."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from attrs import evolve  # noqa: E402

from zeo.errors import ConfigError  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo.running.config import RunConfig  # noqa: E402
from zeo.running.drawing import prepare_condition  # noqa: E402
from zeo.running.planning import plan_of  # noqa: E402
from zeo_learning.condition import Conditions  # noqa: E402
from zeo_zeosym.blueprint import Blueprints  # noqa: E402
from zeo_zeosym.collection import Crystals  # noqa: E402
from zeo_zeosym.drawing import PRECISION, Drawing  # noqa: E402
from zeo_zeosym.generator import ZeoSym  # noqa: E402
from zeo_zeosym.layers import Shape  # noqa: E402
from zeo_zeosym.model import Model  # noqa: E402
from zeo_zeosym.options import ZeoSymOptions  # noqa: E402
from zeo_zeosym.sampling import begun, levels  # noqa: E402
from zeo_zeosym.silica import is_framework  # noqa: E402

KNOWN = ("density", "energy", "methane.qst", "methane.void_fraction")
PLUGINS = installed_plugins()
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def small(crystals):
    return [crystals[k] for k in (0, 2, 3, 4, 5, 7)]


@pytest.fixture(scope="module")
def model(small):
    """Of six frameworks, with weights that are anything but trained."""
    known = [
        {
            "density": crystal.density,
            "energy": 10.0 + k,
            "methane.qst": 15.0 + k,
            "methane.void_fraction": 0.02 * k,
        }
        for k, crystal in enumerate(small)
    ]
    torch.manual_seed(0)
    made = Model.new(
        Conditions.of(KNOWN, known), Blueprints.of(small, known, KNOWN), Shape(width=16, layers=2)
    )
    made.network.to(PRECISION)
    for parameter in made.network.parameters():
        torch.nn.init.normal_(parameter, std=0.08)
    return made


def generator(model, **options):
    made = ZeoSym(ZeoSymOptions(**{"evaluations": 4, "stable": False, **options}))
    made.use(model, CPU)
    return made


def condition(loaded, *targets, **options):
    config = RunConfig(generator="zeosym", targets=targets, probes=("methane",), conditioner="cfg")
    plugins = PLUGINS.configured({"cfg": options})
    return prepare_condition(plan_of(config, plugins), plugins, loaded)


def drawing(model, seeds, condition=None, given=None, aims=None):
    return Drawing(
        model=model,
        device=CPU,
        streams=[np.random.default_rng(seed) for seed in seeds],
        given=given or [{} for _ in seeds],
        aims=aims or [{} for _ in seeds],
        condition=condition,
    )


def blueprints_of(model, seeds):
    return [model.blueprints[seed % len(model.blueprints)] for seed in seeds]


def begun_at(model, seeds, sigma):
    """Crystals at random places, and their state at a level of noise."""
    pairs = zip(blueprints_of(model, seeds), map(np.random.default_rng, seeds), strict=True)
    crystals = Crystals.of([made.crystal(rng.random((len(made.sites), 3))) for made, rng in pairs])
    return crystals, begun(crystals, sigma, drawing(model, seeds).noise(crystals))


def nets(model, seeds):
    return drawing(model, seeds).nets(blueprints_of(model, seeds), levels(4), 1.0)


def test_a_net_depends_on_its_seed_and_not_on_its_company(model):
    together = nets(model, [3, 4, 5])
    (alone,) = nets(model, [4])
    np.testing.assert_allclose(together[1].lattice, alone.lattice, atol=1e-9)
    np.testing.assert_allclose(together[1].coords, alone.coords, atol=1e-9)
    (again,) = nets(model, [4])
    np.testing.assert_array_equal(again.coords, alone.coords)
    (other,) = nets(model, [10])  # of the same blueprint
    assert not np.allclose(other.coords, alone.coords, atol=0.01)


def test_nets_have_the_group_and_the_sites_of_their_blueprints(model):
    for k, net in enumerate(nets(model, list(range(len(model.blueprints))))):
        wanted = model.blueprints[k]
        assert net.group == wanted.group
        for site, point in zip(wanted.sites, net.coords, strict=True):
            np.testing.assert_allclose(site.projection @ point + site.shift, point, atol=1e-6)


def test_where_drawing_begins_says_nothing_of_the_framework_that_the_blueprint_comes_from(model, small):
    crystals, start = begun_at(model, list(range(len(small))), levels(4)[0])
    for k, crystal in enumerate(small):
        assert not np.allclose(start.lattice[k], crystal.lattice, atol=0.05)
    volumes = np.linalg.det(crystals.lattice) / crystals.t_atoms
    np.testing.assert_allclose(1000.0 / volumes, model.blueprints.density, rtol=1e-5)


def test_guidance_goes_beyond_what_the_network_sees_when_it_is_told(model):
    seeds = [0, 1, 2]
    loaded = generator(model)
    crystals, state = begun_at(model, seeds, 1.0)
    told, aims = [{"density": 17.0}] * 3, [{"methane.qst": 16.0 + k} for k in seeds]

    def seen(scale):
        steered = condition(loaded, "qst=16..20 kJ/mol", scale=scale)
        return drawing(model, seeds, steered, told, aims).predictor(crystals)(state, 1.0)

    untold = drawing(model, seeds, None, told, aims).predictor(crystals)(state, 1.0)
    zero, one, three = seen(0.0), seen(1.0), seen(3.0)
    for name in ("atoms", "strain"):
        without, with_it = getattr(untold, name), getattr(one, name)
        np.testing.assert_allclose(getattr(zero, name), without, atol=1e-6)
        beyond = without + 3.0 * (with_it - without)
        np.testing.assert_allclose(getattr(three, name), beyond, atol=1e-5)
        assert np.abs(with_it - without).max() > 1e-3 * np.abs(without).max()


def test_samples_say_what_they_aim_at_and_blueprints_follow(model):
    loaded = generator(model, evaluations=2)
    steered = condition(loaded, "qst=18..19 kJ/mol", "void_fraction=0.07")
    samples = list(loaded.sample(range(12), steered))
    for sample in samples:
        aims = sample.source["aims"]
        assert 18.0 <= aims["methane.qst"] <= 19.0
        assert aims["methane.void_fraction"] == 0.07
    groups = [sample.source["space_group"] for sample in samples]
    near = {model.blueprints[k].group for k in (3, 4)}  # 18 and 19 kJ/mol, 0.06 and 0.08
    assert sum(group in near for group in groups) > 8  # by chance, four


def test_what_blueprints_are_asked_for_is_drawn(model):
    loaded = generator(model, unique_t=(1,), at_once=3, evaluations=2)
    samples = list(loaded.sample(range(8)))
    assert [sample.seed for sample in samples] == list(range(8))
    assert all(sample.source["unique_t"] == 1 for sample in samples)
    assert all(
        sample.structure.count("Si") == sample.source["t_atoms"] and sample.rejection is None
        for sample in samples
    )


@pytest.mark.parametrize(("options", "usual"), [({}, 0.75), ({"prior": "smoothed"}, 3.5)])
def test_the_simpler_of_two_blueprints_comes_as_often_as_asked(model, options, usual):
    unique = np.array(model.blueprints.unique, dtype=float)
    for given, power in (({}, usual), ({"simplicity": 2.0}, 2.0), ({"simplicity": 0.0}, 0.0)):
        loaded = generator(model, **options, **given)
        chances = loaded.prior.chances({})
        np.testing.assert_allclose(chances / chances[0], (unique / unique[0]) ** -power)
        np.testing.assert_allclose(loaded.kinds.counts, unique**-power)


def test_a_target_beyond_the_training_set_is_refused(model):
    with pytest.raises(ConfigError, match="outside of what the generator was trained on"):
        condition(generator(model), "qst=90 kJ/mol")


def test_what_no_probe_measures_is_wished_by_options(model):
    loaded = generator(model, energy=(14.0, 14.5), evaluations=2)
    samples = list(loaded.sample(range(6), condition(loaded, "qst=18..19 kJ/mol")))
    for sample in samples:
        assert 14.0 <= sample.source["aims"]["energy"] <= 14.5
        assert 18.0 <= sample.source["aims"]["methane.qst"] <= 19.0
    plain = list(generator(model, evaluations=2).sample(range(6)))
    wished = list(loaded.sample(range(6)))
    assert all(
        sample.source["aims"].keys() == {"energy"} and "aims" not in other.source
        for sample, other in zip(wished, plain, strict=True)
    )


def test_energies_are_low_where_they_are_left_open(model):
    samples = list(generator(model, stable=True, evaluations=2).sample(range(8)))
    energies = [sample.source["aims"]["energy"] for sample in samples]
    assert all(10.0 <= energy <= 11.25 for energy in energies)  # the lowest quarter of 10 to 15
    assert len(set(energies)) == len(energies)
    asked = list(generator(model, stable=True, energy=(14.0,), evaluations=2).sample(range(2)))
    assert all(sample.source["aims"]["energy"] == 14.0 for sample in asked)


def test_where_no_energy_is_known_none_is_told(small):
    known = [{"density": crystal.density} for crystal in small]
    conditions = Conditions.of(("density",), known)
    untold = Model.new(conditions, Blueprints.of(small, known, ("density",)), Shape(width=16, layers=1))
    (sample,) = generator(untold, stable=True, evaluations=2).sample([0])
    assert "aims" not in sample.source


def test_the_network_is_told_what_is_wished(model):
    # only HEU has five unique T atoms, so that the blueprint is the same
    one, two = (generator(model, unique_t=(5,), energy=(energy,), evaluations=2) for energy in (11.0, 14.0))
    nets = [next(made.sample([0])).structure for made in (one, two)]
    assert not np.allclose(nets[0].lattice, nets[1].lattice, atol=1e-6)


def test_wishes_that_cannot_be_are_one_clear_line(model):
    with pytest.raises(ConfigError, match=r"zeosym\.energy is one number or LEAST,MOST, not 3,2"):
        generator(model, energy=(3.0, 2.0))
    with pytest.raises(ConfigError, match="not by the target largest_ring = 12"):
        generator(model, largest_ring=(12,))
    with pytest.raises(ConfigError, match="energy = 900 lies outside of what the generator was trained on"):
        generator(model, energy=(900.0,))


def test_a_net_whose_lattice_collapses_is_a_lost_sample_and_costs_the_others_nothing(model):
    """A network that says anything: enormous numbers for every third crystal, none at all for the others."""

    class Anything(torch.nn.Module):
        def forward(self, batch):
            strain = torch.zeros(len(batch["sigma"]), 6, dtype=batch["sigma"].dtype)
            strain[::3], strain[1::3] = torch.inf, torch.nan
            return torch.zeros(len(batch["share"]), 3, dtype=strain.dtype), strain

    generator = ZeoSym(ZeoSymOptions(evaluations=4, restarts=0))
    generator.use(evolve(model, network=Anything()), CPU)
    samples = list(generator.sample(range(9)))
    lost = [sample.rejection is not None for sample in samples]
    assert lost == [True, False, False] * 3
    assert {sample.rejection.reason for sample in samples if sample.rejection} == {"collapsed lattice"}
    assert all("collapsed to" in sample.rejection.detail for sample in samples if sample.rejection)
    assert all(sample.structure is not None for sample in samples if not sample.rejection)


def drawn_with(model, seeds, restarts):
    return generator(model, restarts=restarts)._nets(drawing(model, seeds))


def test_only_what_is_no_net_begins_anew_and_what_became_one_stays(model):
    seeds = list(range(8))
    once, often = drawn_with(model, seeds, 0), drawn_with(model, seeds, 2)
    assert not all(is_framework(net) for net, _ in once)
    for (net, none), (after, begun_anew) in zip(once, often, strict=True):
        assert none == 0
        if is_framework(net):
            assert begun_anew == 0
            assert (after.group, after.sites) == (net.group, net.sites)
            np.testing.assert_allclose(after.coords, net.coords, atol=1e-9)
        else:
            assert begun_anew == 2 or is_framework(after)
            assert not np.allclose(after.lattice, net.lattice, atol=1e-3)


def test_a_net_that_began_anew_depends_on_its_seed_and_not_on_its_company(model):
    together = drawn_with(model, [3, 4, 5], 2)
    for seed, (net, begun_anew) in zip([3, 4, 5], together, strict=True):
        ((alone, alike),) = drawn_with(model, [seed], 2)
        assert begun_anew == alike
        np.testing.assert_allclose(net.coords, alone.coords, atol=1e-7)
