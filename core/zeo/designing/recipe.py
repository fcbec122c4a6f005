"""Everything that decides what a design finds, but for when it ends."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import attrs
from attrs import define, field, frozen

from zeo.data.sets.description import says_measured_with
from zeo.data.sets.entry import Column, property_columns
from zeo.data.sets.store import SHIPPED, DataSet
from zeo.designing.goal import Goal
from zeo.errors import ConfigError, InputError
from zeo.plugin.columns import Column as Measured
from zeo.plugin.columns import columns_by_name
from zeo.plugin.registry import Plugins, installed_plugins
from zeo.plugin.use import refuse_idle_options
from zeo.plugin.weights import weights_of
from zeo.running.config import Options, RunConfig, merge_options
from zeo.running.plan import WEIGHTS, Plan
from zeo.running.planning import hashes_of, resolved_options, used_plugins, without_hashes
from zeo.tools.hashes import hash_with_names
from zeo.tools.plain import plain_json
from zeo.wishes.conditions import split_name

COMMAND = "zeo design"
"""What data sets of designs say that they were made by."""

HASHES = "hashes"
"""What they say of the weights and files that a design depends on."""

SEARCH = "search"

LARGEST = 160
"""T atoms of a cell."""

WIDER: Options = {SEARCH: {"t_atoms": (4, LARGEST), "edges": (4.5, 45.0)}}
"""What is rare in small cells is there in larger ones: the small neighbours of rare frameworks are all
known."""

ENERGY_ESTIMATE = ("geometry", "energy_estimate")
"""The probe and its quantity that tell energies before relaxation, where it is installed."""


SURROGATE = "surrogate"
"""The probe whose trained models are asked in place of costly measurements before relaxation."""


@frozen(kw_only=True)
class Recipe:
    """What the user chose.

    Args:
        targets: wishes.
        maximise: expressions that are to be large.
        minimise: likewise, small.
        generators: that propose.
        probes: what is measured beside what the wishes need.
        surrogates: folders of trained models, asked before relaxation in place of measuring.
        known: data sets and runs whose frameworks are looked up, changed, and not found again.
        best: hits that objectives are judged by: one counts that is among so many.
        unblocked: whether wishes count closed pores.
        finetune: steps of each training by which generators that learn follow what was found; 0 for none.
        seed: of everything random.
        options: of plugins.
    """

    targets: tuple[str, ...] = ()
    maximise: tuple[str, ...] = ()
    minimise: tuple[str, ...] = ()
    generators: tuple[str, ...] = (SEARCH, "zeosym")
    probes: tuple[str, ...] = ()
    surrogates: tuple[str, ...] = ()
    known: tuple[str, ...] = SHIPPED
    best: int = 20
    unblocked: bool = False
    finetune: int = 0
    seed: int = 0
    options: Options = field(factory=dict)


@define(slots=False)
class Resolved:
    """A recipe with what it means.

    Args:
        recipe: as the user chose.

    Raises:
        ZeoError: a plugin, an option or a wish that cannot work.
    """

    recipe: Recipe

    @cached_property
    def options(self) -> Options:
        models: Options = {SURROGATE: {"model": self.recipe.surrogates}} if self.recipe.surrogates else {}
        return merge_options(WIDER, models, self.recipe.options)

    @cached_property
    def plugins(self) -> Plugins:
        return installed_plugins().configured(self.options)

    @cached_property
    def plan(self) -> Plan:
        """What a run with the first generator would do."""
        return self.plan_of(self.recipe.generators[0])

    def weights_of(self, generator: str) -> Path | None:
        """The weights that a generator begins with."""
        return weights_of(generator, None, self.plugins)

    def plan_of(self, generator: str) -> Plan:
        """What a run of a generator with these wishes would do."""
        recipe = self.recipe
        config = RunConfig(
            generator=generator,
            targets=recipe.targets,
            maximise=recipe.maximise,
            minimise=recipe.minimise,
            probes=recipe.probes,
            unblocked=recipe.unblocked,
            options=self.options,
        )
        return without_hashes(config, installed_plugins())

    @cached_property
    def goal(self) -> Goal:
        plan = self.plan
        return Goal.of(plan.wishes, plan.objectives, plan.catalogue)

    @cached_property
    def largest(self) -> int:
        """T atoms of a framework that is changed, at most: as ``t_atoms`` of what explores says."""
        exploring = [
            name for name in self.recipe.generators if self.plugins.find("generator", name).spec.explores
        ]
        limits: list[tuple[int, int] | None] = [
            getattr(self.plugins.create("generator", name).options, "t_atoms", None) for name in exploring
        ]
        return max((limit[1] for limit in limits if limit), default=LARGEST)

    @property
    def measured(self) -> tuple[Measured, ...]:
        """What the probes measure."""
        return self.plan.columns

    @property
    def probes(self) -> tuple[str, ...]:
        return self.plan.probes

    @cached_property
    def told(self) -> Mapping[str, Measured]:
        """What surrogates tell, by the names of the quantities that it stands for."""
        if not self.recipe.surrogates:
            return {}
        columns = columns_by_name([SURROGATE], self.plugins)
        return {each.quantity.estimates: each for each in columns if each.quantity.estimates}

    def measured_otherwise_in(self, data: DataSet) -> frozenset[str]:
        """What probes of this design measure that a data set does not say it measured with their options."""
        probe_of = {each.name: split_name(each.probe)[0] for each in self.measured}
        otherwise = set()
        for probe in set(probe_of.values()):
            ((name, options),) = resolved_options([("probe", probe)], self.plugins).items()
            if not says_measured_with(data.description.options, name, options):
                otherwise.add(probe)
        return frozenset(name for name, probe in probe_of.items() if probe in otherwise)

    @property
    def columns(self) -> tuple[Column, ...]:
        """What the data set of a design has beside the standard columns."""
        return property_columns(self.measured)

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """SHA-256 of all weights and files that frameworks depend on, by what they are.

        Raises:
            ConfigError: one cannot be read.
        """
        found = {folder: hash_with_names(Path(folder)) for folder in self.recipe.surrogates}
        for name in self.recipe.generators:
            hashes = dict(hashes_of(self.plan_of(name), installed_plugins()))
            if WEIGHTS in hashes:
                found[f"the weights of {name}"] = hashes.pop(WEIGHTS)
            found |= hashes
        return found

    def require_same_inputs(self, begun: Mapping[str, str]) -> None:
        """Refuse to go on with other weights or files than a design began with.

        Args:
            begun: their hashes then, as :attr:`hashes` has them.

        Raises:
            InputError: something changed.
        """
        changed = sorted(what for what in {*begun, *self.hashes} if begun.get(what) != self.hashes.get(what))
        if changed:
            raise InputError(
                f"{' and '.join(changed)} changed since this design began: put the old one back, or begin a"
                " new design"
            )

    def as_json(self) -> dict[str, Any]:
        """For the description of the data set: all that its frameworks depend on."""
        used = [("probe", split_name(name)[0]) for name in self.probes]
        used += [("generator", name) for name in self.recipe.generators]
        resolved = merge_options(self.options, resolved_options(used, self.plugins))
        chosen: Mapping[str, Any] = attrs.asdict(attrs.evolve(self.recipe, options=resolved))
        return plain_json({"command": COMMAND, **chosen, HASHES: self.hashes})

    def refuse_idle_options(self) -> None:
        """Find out which options would change nothing; a design that is gone on with holds all there are.

        Raises:
            ConfigError: there are such.
        """
        installed = installed_plugins()
        runs = [used_plugins(self.plan_of(name), installed) for name in self.recipe.generators]
        used = [*chain.from_iterable(runs), ("probe", SURROGATE), ("probe", ENERGY_ESTIMATE[0])]
        refuse_idle_options(self.recipe.options, used, self.plugins, "this design")

    def check(self) -> None:
        """Find out what cannot work before anything is done.

        Raises:
            ZeoError: see there.
        """
        if not (self.recipe.targets or self.recipe.maximise or self.recipe.minimise):
            raise ConfigError(
                'say what is wanted: a target such as "energy<20 kJ/mol", or what to maximise, such as'
                ' "methane.qst"'
            )
        for name in self.recipe.generators:
            self.plan_of(name)
        for wish in self.goal.conditions:
            if not self.goal.may_be_new(wish):
                raise ConfigError(f"no new framework meets {wish}: it is new, and the net has no code")
        for name in self.told:
            if name not in self.goal.names:
                raise ConfigError(f"a surrogate tells {name}, of which nothing is wished: leave it out")
        self.as_json()
