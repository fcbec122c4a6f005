"""From targets to what a generator is steered by."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo import ConditionerSpec, GeneratorSpec, PostprocessorSpec, ProbeSpec, QuantitySpec
from zeo.errors import ConfigError
from zeo.plugin.candidate import Candidate, Sample
from zeo.plugin.conditioning import Condition, Known, Span
from zeo.plugin.interfaces import Conditioner, Generator, Postprocessor, PropertyProbe
from zeo.plugin.targets import Target, parse_target
from zeo.running.config import RunConfig, make_config
from zeo.running.drawing import prepare_condition
from zeo.running.planning import plan_of

MODULE = "zeo_plugins_of_this_test"
SPAN = Span(least=0.0, low=1.0, high=9.0, most=10.0)


def qst(low: float, high: float) -> Target:
    return Target("qst", low, high, probe="gas")


@pytest.mark.parametrize(
    ("wanted", "aimed"),
    [
        ((2.0, 3.0), (2.0, 3.0)),
        ((5.0, 99.0), (5.0, 9.0)),  # an open range ends where nearly all of the training set does
        ((-99.0, 99.0), (1.0, 9.0)),
        ((9.5, 99.0), (9.5, 10.0)),  # rare values that are asked for are aimed at
        ((10.05, 1e99), (10.05, 10.05)),  # just beyond what is known
        ((-1e99, -0.05), (-0.05, -0.05)),
        ((10.05, 10.05), (10.05, 10.05)),
        ((9.5, 9.5), (9.5, 9.5)),
    ],
)
def test_ranges_are_narrowed_to_the_training_set(wanted: Any, aimed: Any) -> None:
    narrowed = SPAN.narrowed(qst(*wanted))
    assert (narrowed.low, narrowed.high) == aimed


@pytest.mark.parametrize("wanted", [(10.5, 10.5), (20.0, 30.0), (-5.0, -0.2)])
def test_what_lies_outside_of_the_training_set_is_refused(wanted: Any) -> None:
    with pytest.raises(ConfigError, match=r"lies outside .* \(0 to 10\)"):
        SPAN.narrowed(qst(*wanted))


def test_what_can_be_steered_is_named() -> None:
    known = Known(spans={"gas.qst": SPAN})
    assert known.narrowed([qst(5.0, 20.0)], ["gas.qst"], "it") == [qst(5.0, 9.0)]
    with pytest.raises(ConfigError, match=r"it can be steered by gas\.kh, gas\.vf, not by .*gas\.qst = 1"):
        known.narrowed([qst(1.0, 1.0)], ["gas.kh", "gas.vf"], "it")
    with pytest.raises(ConfigError, match="steered by nothing"):
        known.narrowed([qst(1.0, 1.0)], [], "it")
    with pytest.raises(ConfigError, match=r"several targets on gas\.qst"):
        known.narrowed([qst(1.0, 1.0), qst(2.0, 3.0)], ["gas.qst"], "it")
    with pytest.raises(ConfigError, match="add a --target"):
        known.narrowed([], ["gas.qst"], "it")


class Telling(Conditioner):
    def prepare(self, targets: Sequence[Target], known: Known) -> Sequence[Target]:
        return known.narrowed(targets, known.inputs, "it")

    def embedding(self, values: Any) -> Any:
        return values


@settings(deadline=None)
@given(st.integers(0, 2**32), st.floats(-1e3, 1e3), st.floats(0.0, 1e3))
def test_each_sample_aims_at_a_value_of_its_own_in_the_range(seed: int, low: float, width: float) -> None:
    targets = (qst(low, low + width), Target("kh", 40.0, 40.0, probe="gas"))
    condition = Condition(conditioner=Telling(), parts=("embedding",), targets=targets)
    values = condition.values(seed)
    assert low <= values["gas.qst"] <= low + width
    assert values["gas.kh"] == 40.0
    assert values == condition.values(seed)
    assert condition.embedded(values) == values
    assert attrs.evolve(condition, parts=("guide",)).embedded(values) == {}


def test_values_fill_the_range() -> None:
    condition = Condition(conditioner=Telling(), parts=(), targets=(qst(0.0, 1.0),))
    values = sorted(condition.values(seed)["gas.qst"] for seed in range(200))
    assert max(abs(value - (k + 0.5) / 200) for k, value in enumerate(values)) < 0.1


class Steered(Generator):
    def known(self) -> Known:
        return Known(inputs=("gas.qst",), spans={"gas.qst": SPAN})

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        raise NotImplementedError


class Gas(PropertyProbe):
    def properties(self, source: Any) -> Any:
        raise NotImplementedError


class Deaf(Steered):
    pass


STEERED = GeneratorSpec(
    name="steered", summary="", target=f"{MODULE}:Steered", parts="embedding", conditioner="telling"
)
DEAF = GeneratorSpec(name="deaf", summary="", target=f"{MODULE}:Deaf")
TELLING = ConditionerSpec(name="telling", summary="", target=f"{MODULE}:Telling", parts="embedding")
GAS = ProbeSpec(
    name="gas",
    summary="",
    target=f"{MODULE}:Gas",
    quantities=[QuantitySpec("qst", "kJ/mol"), QuantitySpec("kh", "1")],
)


@pytest.fixture
def plugins(plugin_set: Any) -> Any:
    return plugin_set((STEERED, Steered), (DEAF, Deaf), (TELLING, Telling), (GAS, Gas))


BARE: dict[str, Any] = {"repair": None, "identify": None, "relax": None}


def prepared(plugins: Any, **choices: Any) -> Any:
    config = make_config(
        {"generator": "steered", "probes": ["gas"], "targets": ["qst=5..20 kJ/mol"], **BARE, **choices}
    )
    plan = plan_of(config, plugins)
    return prepare_condition(plan, plugins, plugins.create("generator", plan.generator))


def test_a_generator_is_steered_in_its_own_way(plugins: Any) -> None:
    condition = prepared(plugins)
    assert isinstance(condition.conditioner, Telling)
    assert condition.parts == ("embedding",)
    assert condition.targets == (attrs.evolve(parse_target("gas.qst=5..9 kJ/mol")),)
    assert condition.wanted == (parse_target("gas.qst=5..20 kJ/mol"),)


def test_targets_only_rank_where_nothing_steers(plugins: Any) -> None:
    assert prepared(plugins, conditioner="none") is None
    assert prepared(plugins, targets=[]) is None
    assert prepared(plugins, generator="deaf") is None


def test_a_conditioner_that_the_generator_does_not_support_is_refused(plugins: Any) -> None:
    with pytest.raises(ConfigError, match=r"telling steers by its embedding, which deaf .*no conditioner"):
        prepared(plugins, generator="deaf", conditioner="telling")


def test_a_conditioner_of_trainings_does_not_steer_a_run(plugin_set: Any) -> None:
    pulled = attrs.evolve(STEERED, parts=("loss",))
    pulling = attrs.evolve(TELLING, parts=("loss",))
    plugins = plugin_set((pulled, Steered), (pulling, Telling), (GAS, Gas))
    assert prepared(plugins) is None
    with pytest.raises(ConfigError, match="telling works in training alone: zeo train steered --target"):
        prepared(plugins, conditioner="telling")


def test_who_cannot_be_trained_toward_a_target_is_not_sent_to_train(plugin_set: Any) -> None:
    pulling = attrs.evolve(TELLING, parts=("loss",))
    plugins = plugin_set((STEERED, Steered), (pulling, Telling), (GAS, Gas))
    with pytest.raises(ConfigError, match="telling steers by its loss, which steered does not support"):
        prepared(plugins, conditioner="telling")


def test_a_target_that_the_conditioner_does_not_know_is_left_to_ranking(
    plugins: Any, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("zeo").propagate = True
    with caplog.at_level("WARNING", logger="zeo"):
        assert prepared(plugins, targets=["kh<3"]) is None
        condition = prepared(plugins, targets=["kh=3", "qst=5..9"])
    assert [target.name for target in condition.targets] == ["gas.qst"]
    as_written = "it can be steered by gas.qst, not by the target kh{}; it is measured and ranked by"
    assert all(as_written.format(rest) in caplog.text for rest in ("<3", "=3"))


class Told(Steered):
    def known(self) -> Known:
        return Known(inputs=("gas.qst", "energy"), spans={"gas.qst": SPAN, "energy": SPAN})


class Still(Postprocessor):
    def apply(self, candidate: Candidate) -> Candidate:
        return candidate


def test_a_network_that_was_told_energies_is_steered_by_wishes_for_them(plugin_set: Any) -> None:
    told = attrs.evolve(STEERED, name="told", target=f"{MODULE}:Told")
    still = PostprocessorSpec(name="still", summary="", target=f"{MODULE}:Still", stage="relax")
    plugins = plugin_set((STEERED, Steered), (told, Told), (TELLING, Telling), (GAS, Gas), (still, Still))
    prepare = partial(prepared, plugins, relax="still")
    steered = prepare(generator="told", targets=["energy<6", "density=17", "energy>2"])
    assert steered.targets == (Target("energy", 2.0, 6.0),)
    both = prepare(generator="told", targets=["energy<6", "qst=5..20 kJ/mol"])
    assert [target.name for target in both.targets] == ["gas.qst", "energy"]
    assert prepare(targets=["energy<6"]) is None
    assert prepare(generator="told", targets=["energy!=6"]) is None
    assert prepare(generator="told", targets=["energy=20..30"]) is None  # ranked by


def test_a_wish_that_nothing_measures_is_refused(plugins: Any) -> None:
    with pytest.raises(ConfigError, match="nothing measures"):
        prepared(plugins, targets=["no_such_thing=3"])


def test_the_plan_names_the_conditioner_that_steers(plugins: Any) -> None:
    config = RunConfig(generator="steered", probes=("gas",), targets=("qst=20",), **BARE)
    assert plan_of(config, plugins).conditioner == "telling"
    assert plan_of(attrs.evolve(config, conditioner=None), plugins).conditioner is None
    assert plan_of(attrs.evolve(config, targets=()), plugins).conditioner is None


def test_a_network_that_knows_all_pores_is_steered_by_these() -> None:
    known = Known(inputs=("methane.qst",), spans={"methane.qst": Span(least=5, low=6, high=30, most=40)})
    target = parse_target("methane.qst_accessible=10..99 kJ/mol")
    (told,) = known.narrowed([target], known.inputs, "it")
    assert (told.name, told.low, told.high) == ("methane.qst", 10.0, 30.0)
    both = Known(inputs=("methane.qst", "methane.qst_accessible"))
    assert both.narrowed([target], both.inputs, "it") == [target]
