"""The stages of the pipeline: which plugin fills each, and how its work is handed a candidate."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from zeo.crystal.structure import Structure
from zeo.data.known.novelty import novelty_of
from zeo.errors import GridError, PluginTypeError
from zeo.grids.grid import Grid
from zeo.plugin.candidate import Candidate
from zeo.plugin.columns import columns_by_name
from zeo.plugin.facts import DecodeFacts, RelaxFacts
from zeo.plugin.interfaces import PropertyProbe, Representation
from zeo.plugin.quantity import Quantity
from zeo.plugin.registry import Plugins
from zeo.plugin.seen import Seen
from zeo.running.plan import SCREEN_NETS, SCREENS, Plan, Step
from zeo.running.screening import screening
from zeo.running.wanted import wishes_of
from zeo.wishes.conditions import split_name


@frozen
class Stage:
    """A step of the pipeline: its name, the plugin behind it and what it does to a candidate."""

    name: str
    plugin: str
    apply: Callable[[Candidate], Candidate]


@frozen
class PostprocessorStage(Stage):
    """A stage that a postprocessor fills.

    Args:
        apply_many: the same with many candidates.
        at_once: how many it is best given.
    """

    apply_many: Callable[[Sequence[Candidate]], list[Candidate]]
    at_once: int


def build_stages(plan: Plan, plugins: Plugins, seen: Seen | None = None) -> list[Stage]:
    """The stages after drawing, in the order in which a candidate meets them.

    Args:
        plan: says which.
        plugins: with the options of the plan.
        seen: the nets that the generator has seen; nothing is said of novelty when None.
    """
    return [Stage(step.stage, step.plugin, _work_of(step, plan, plugins, seen)) for step in plan.steps]


def _work_of(step: Step, plan: Plan, plugins: Plugins, seen: Seen | None) -> Callable[[Candidate], Candidate]:
    """What a step does to a candidate."""
    if step.stage == "decode":
        return decoding(plugins.create("representation", step.plugin))
    if step.stage in SCREENS:
        wishes = wishes_of(plan.wishes, plan.catalogue)
        return screening(wishes, plan.columns, by_net_alone=step.stage == SCREEN_NETS)
    measures = {"probe drawn": measuring_drawn, "probe unrelaxed": measuring_unrelaxed, "probe": measuring}
    if step.stage in measures:
        return measures[step.stage](step.plugin, plugins)
    if step.stage == "relax":
        relax = relaxing(step.plugin, plan.plugin_of("identify"), plugins).apply
        return relax if seen is None else judging(relax, seen)
    if step.stage == "identify" and seen is not None:
        return judging(plugins.create("postprocessor", step.plugin).apply, seen)
    return plugins.create("postprocessor", step.plugin).apply


def judging(apply: Callable[[Candidate], Candidate], seen: Seen) -> Callable[[Candidate], Candidate]:
    """A stage that identifies, which then says how new the net is."""

    def judge(candidate: Candidate) -> Candidate:
        done = apply(candidate)
        identity = done.identity if isinstance(done, Candidate) else None
        if identity is None or identity.novelty is not None:
            return done
        return evolve(done, identity=evolve(identity, novelty=novelty_of(identity.key, identity.name, seen)))

    return judge


def postprocessing(stage: str, name: str, plugins: Plugins) -> PostprocessorStage:
    """A stage that a postprocessor fills, outside of a run.

    Raises:
        ConfigError: it was made for another stage.
    """
    plugins.postprocessor(stage, name)
    filling = plugins.create("postprocessor", name)
    return PostprocessorStage(stage, name, filling.apply, filling.apply_many, filling.at_once)


def relaxing(name: str, identifier: str | None, plugins: Plugins) -> PostprocessorStage:
    """The relax stage: what comes out of it as another net, or as one that nobody vouches for, is identified
    again.

    Args:
        name: of the relaxer.
        identifier: that of the run; None where nothing is identified.
        plugins: with the user's options.

    Raises:
        ConfigError: one of them was made for another stage.
    """
    stage = postprocessing("relax", name, plugins)
    if identifier is None:
        return stage
    identify = postprocessing("identify", identifier, plugins).apply

    def identified(candidate: Candidate, relaxed: Candidate) -> Candidate:
        if relaxed.rejection is not None:
            return relaxed
        unchanged = RelaxFacts.read(relaxed.notes).net_unchanged
        if unchanged:
            return relaxed
        again = identify(relaxed)
        if unchanged is None and candidate.identity is not None and again.identity is not None:
            same = again.identity.key == candidate.identity.key
            return again.state(RelaxFacts(net_unchanged=same))
        return again

    def relax(candidate: Candidate) -> Candidate:
        return identified(candidate, stage.apply(candidate))

    def relax_many(candidates: Sequence[Candidate]) -> list[Candidate]:
        return [identified(*pair) for pair in zip(candidates, stage.apply_many(candidates), strict=True)]

    return evolve(stage, apply=relax, apply_many=relax_many)


def decoding(representation: Representation[Any]) -> Callable[[Candidate], Candidate]:
    """The decode stage: from what was drawn to atoms."""

    def decode(candidate: Candidate) -> Candidate:
        if candidate.encoded is None:
            raise PluginTypeError("the generator emitted nothing to decode")
        structure = representation.decode(candidate.encoded)
        decoded = evolve(candidate, structure=structure)
        return decoded.state(DecodeFacts(si=structure.count("Si"), o=structure.count("O")))

    return decode


def measuring_drawn(name: str, plugins: Plugins) -> Callable[[Candidate], Candidate]:
    """The quantities on the grid as drawn, before anything is lost: the papers show those of all."""
    quantities = probing(name, plugins)

    def measure(candidate: Candidate) -> Candidate:
        drawn = dict(candidate.grid_properties)
        if candidate.grid is not None:
            with contextlib.suppress(GridError):  # the generator may not draw the channel that it reads
                drawn[name] = quantities(candidate.grid)
        return evolve(candidate, grid_properties=drawn)

    return measure


def measuring(name: str, plugins: Plugins) -> Callable[[Candidate], Candidate]:
    """The probe stage: the quantities on the final atoms."""
    quantities = probing(name, plugins)

    def measure(candidate: Candidate) -> Candidate:
        measured = {**candidate.properties, name: quantities(atoms_of(candidate))}
        return evolve(candidate, properties=measured)

    return measure


def measuring_unrelaxed(name: str, plugins: Plugins) -> Callable[[Candidate], Candidate]:
    """The same on the atoms before relaxation, so that both can be compared (Tables S2 and S3 of ZeoGAN)."""
    quantities = probing(name, plugins)

    def measure(candidate: Candidate) -> Candidate:
        measured = {**candidate.unrelaxed_properties, name: quantities(atoms_of(candidate))}
        return evolve(candidate, unrelaxed_properties=measured)

    return measure


def atoms_of(candidate: Candidate) -> Structure:
    """The atoms of a candidate.

    Raises:
        PluginTypeError: no stage has given it any.
    """
    if candidate.structure is None:
        raise PluginTypeError("there are no atoms to measure")
    return candidate.structure


def probing(name: str, plugins: Plugins) -> Callable[[Grid | Structure], dict[str, Quantity]]:
    """What measures all that a probe declares and its conditions change, on a grid or a structure.

    Raises:
        PluginTypeError: from what is returned: the probe gave something else than quantities, or one is
            missing or in another unit.
    """
    declared = [column.quantity for column in columns_by_name([name], plugins)]
    probe: PropertyProbe = plugins.create("probe", name)

    def quantities(source: Grid | Structure) -> dict[str, Quantity]:
        measured = probe.properties(source)
        if not isinstance(measured, Mapping):
            raise PluginTypeError(f"returned {type(measured).__name__}, not quantities by name")
        for spec in declared:
            quantity = measured.get(spec.name)
            if not isinstance(quantity, Quantity) or quantity.unit != spec.unit:
                raise PluginTypeError(f"did not return {spec.name} in {spec.unit}, as it declares")
        return (
            {spec.name: measured[spec.name] for spec in declared} if split_name(name)[1] else dict(measured)
        )

    return quantities
