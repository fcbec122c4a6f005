"""A small model, steered."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from attrs import evolve  # noqa: E402

from zeo.data.known.frameworks import FrameworkSet  # noqa: E402
from zeo.data.known.relaxed import relaxed_structure  # noqa: E402
from zeo.errors import ConfigError  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo.running.config import RunConfig  # noqa: E402
from zeo.running.drawing import prepare_condition  # noqa: E402
from zeo.running.planning import plan_of  # noqa: E402
from zeo_zeodiff.generator import ZeoDiff  # noqa: E402
from zeo_zeodiff.options import ZeoDiffOptions  # noqa: E402

VOID = {"SOD": 0.02, "LTA": 0.21, "ABW": 0.05, "GIS": 0.12}
DATA = FrameworkSet(
    tuple(VOID), relaxed_structure, lambda code: {"methane.void_fraction": VOID[code], "methane.qst": None}
)
PLUGINS = installed_plugins().configured({"voxel": {"n": 8}})


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A model of four frameworks, whose weights are anything but trained."""
    plan = ZeoDiff(ZeoDiffOptions(width=8), PLUGINS).plan(None)
    torch.manual_seed(0)
    model = plan.new_model(plan.split(DATA).train)
    for parameter in model.network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    out = tmp_path_factory.mktemp("model")
    model.save(out)
    return out


def generator(checkpoint, **options):
    loaded = ZeoDiff(ZeoDiffOptions(**{"evaluations": 4, "restarts": 0, **options}), PLUGINS)
    loaded.load(checkpoint, "cpu")
    return loaded


def condition(loaded, *targets, conditioner="default", probes=("methane",), **options):
    config = RunConfig(generator="zeodiff", targets=targets, probes=probes, conditioner=conditioner)
    plugins = PLUGINS.configured({conditioner: options}) if options else PLUGINS
    return prepare_condition(plan_of(config, plugins), plugins, loaded)


def grids(loaded, seeds, steered):
    return np.stack([sample.grid.values for sample in loaded.sample(seeds, steered)])


def test_model_says_what_it_was_told(checkpoint):
    known = generator(checkpoint).known()
    assert known.inputs == ("methane.void_fraction",)
    assert known.channels == ("energy:methane", "si", "o")
    assert known.spans["methane.void_fraction"].most == pytest.approx(0.21, rel=0.004)


@pytest.mark.parametrize("conditioner", ["cfg", "concat", "guide"])
def test_steered_sample_depends_on_its_seed_alone(checkpoint, conditioner):
    loaded = generator(checkpoint)
    steered = condition(loaded, "void_fraction=0.05..0.2", conditioner=conditioner)
    together = list(loaded.sample([3, 4, 5], steered))
    alone = next(loaded.sample([4], steered))
    np.testing.assert_allclose(together[1].grid.values, alone.grid.values, atol=20.0)
    assert together[1].source == alone.source
    aims = [sample.source["aims"]["methane.void_fraction"] for sample in together]
    assert len(set(aims)) == 3
    assert all(0.05 <= aim <= 0.2 for aim in aims)


def test_cfg_goes_from_untold_over_told_further(checkpoint):
    loaded = generator(checkpoint, template_weights=False)
    free = grids(loaded, [1, 2], None)
    drawn = {
        scale: grids(loaded, [1, 2], condition(loaded, "void_fraction=0.2", conditioner="cfg", scale=scale))
        for scale in (0.0, 1.0, 3.0)
    }
    np.testing.assert_allclose(drawn[0.0], free, atol=1.0)
    told = grids(loaded, [1, 2], condition(loaded, "void_fraction=0.2", conditioner="concat"))
    np.testing.assert_allclose(drawn[1.0], told, atol=1.0)
    assert np.abs(drawn[3.0] - free).mean() > np.abs(told - free).mean() > 0.0


def test_telling_the_network_is_the_default(checkpoint):
    assert type(condition(generator(checkpoint), "void_fraction=0.2").conditioner).__name__ == "Concat"


def test_guide_needs_no_network_that_was_told_and_keeps_the_symmetry(checkpoint):
    loaded = generator(checkpoint)
    steered = condition(loaded, "kh=40", "qst=18..22 kJ/mol", conditioner="guide", below=20.0)
    for seed in range(3):
        values = steered.values(seed)
        labels = loaded._template(np.random.default_rng((seed, 0)), values).symmetry.labels(8).ravel()
        sample = next(loaded.sample([seed], steered))
        for channel in sample.grid.values.reshape(3, -1):
            means = np.bincount(labels, channel) / np.bincount(labels)
            np.testing.assert_allclose(means[labels], channel, rtol=1e-4, atol=1e-3)


def test_guide_brings_the_void_fraction_of_grids_nearer(checkpoint):
    loaded = generator(checkpoint, template_weights=False, evaluations=10)
    probe = PLUGINS.create("probe", "methane")

    def misses(steered):
        void = [probe.properties(s.grid)["void_fraction"].value for s in loaded.sample(range(4), steered)]
        return np.abs(np.array(void) - 0.15)

    guided = condition(loaded, "void_fraction=0.15", conditioner="guide", below=20.0)
    assert misses(guided).mean() < 0.8 * misses(None).mean()


def test_templates_near_the_target_are_drawn(checkpoint):
    steered = condition(generator(checkpoint), "void_fraction=0.2")

    def large_cells(loaded):
        streams = [(seed, np.random.default_rng((seed, 0))) for seed in range(60)]
        drawn = [loaded._template(stream, steered.values(seed)) for seed, stream in streams]
        return np.mean([template.t_atoms == 24 for template in drawn])

    near, any_ = generator(checkpoint), generator(checkpoint, template_weights=False)
    assert large_cells(near) > large_cells(any_) + 0.2


def test_network_is_told_the_targets_and_what_else_the_template_has(checkpoint):
    two = evolve(
        generator(checkpoint).model.templates,
        properties={
            "methane.void_fraction": np.array([0.02, 0.1, 0.2, 0.21], np.float32),
            "methane.qst": np.full(4, 20.0, np.float32),
        },
    )
    told = []
    loaded = generator(checkpoint)
    loaded.model = evolve(loaded.model, templates=two)
    scalars = type(loaded.model.conditions).scalars
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            type(loaded.model.conditions),
            "scalars",
            lambda self, lengths, t, operations, given: (
                told.append(dict(given)) or scalars(self, lengths, t, operations, given)
            ),
        )
        next(loaded.sample([1], condition(loaded, "void_fraction=0.2", conditioner="concat")))
        next(loaded.sample([1]))
    assert {"methane.void_fraction": 0.2, "methane.qst": 20.0} in told
    assert told[-1] == {}


@pytest.mark.parametrize(
    ("targets", "conditioner", "message"),
    [
        (("void_fraction=0.6",), "default", r"lies outside .* \(0\.02 to 0\.21\)"),
        ((), "cfg", "add a --target"),
    ],
)
def test_targets_that_cannot_be_steered_are_one_clear_error(checkpoint, targets, conditioner, message):
    with pytest.raises(ConfigError, match=message):
        condition(generator(checkpoint), *targets, conditioner=conditioner)


def test_what_a_model_was_not_told_is_left_to_ranking(checkpoint):
    loaded = generator(checkpoint)
    assert condition(loaded, "qst=20") is None
    assert condition(loaded, "channel_dimensionality=3", conditioner="guide") is None
    assert [target.quantity for target in condition(loaded, "qst=20", "void_fraction=0.2").targets] == [
        "void_fraction"
    ]
    loaded.model = evolve(loaded.model, conditions=type(loaded.model.conditions)())
    assert condition(loaded, "void_fraction=0.2") is None
