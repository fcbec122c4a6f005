"""Generators that learn from what a design found, between its rounds; weights that collapse are not kept.

A training begins with the weights that draw now, and follows from the state of the design alone: the same
frameworks, steps and seed, on one thread. So it is repeated with the round that it stands before.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import FrameworkSet, frameworks_of, together
from zeo.data.sets.store import DataSet
from zeo.data.sets.writer import DataSetWriter
from zeo.designing.arms import DRAWN, Arm
from zeo.designing.known import Known
from zeo.designing.recipe import Resolved
from zeo.designing.rounds import Learned
from zeo.designing.state import State
from zeo.designing.tasks import Proposed, Proposing
from zeo.errors import StoppedError
from zeo.tools.files import make_folder
from zeo.tools.foreign import foreign_code
from zeo.tools.progress import doing
from zeo.tools.threads import one_thread

WEIGHTS = "weights"
"""The folder within a design."""

EVERY = 3
"""Rounds between trainings."""

FEWEST = 3
"""Hits since the last training, below which there is none."""

NEAREST, OTHERS = 150, 100
"""Known frameworks that are learned from beside the hits: those nearest the goal, and some at random, so that
what a generator knew is not forgotten."""

DRAWINGS = 4
"""Tasks of drawing, always with the same seeds, by which weights are judged."""

KEPT = 0.7
"""Share of the new nets drawn before a training that have to be drawn after it."""

MOST_ERROR = 1.1
"""Times the error on held-out IZA types before a training that it may be after it."""

SECONDS = 0.8
"""Nominal, of a step."""


@frozen
class Lessons:
    """When generators learn, and whether what they learned is kept.

    Args:
        state: of the design.
        writer: of its data set.
        draw: has tasks of drawing done.
    """

    state: State
    writer: DataSetWriter
    draw: Callable[[Sequence[Proposing]], Iterable[Proposed]]

    def learned(self) -> list[Learned]:
        """What the generators that learn made of the hits so far; nothing where it is not yet time."""
        state, recipe = self.state, self.state.resolved.recipe
        new_hits = state.found - state.learned_from
        if not recipe.finetune or len(state.rounds) % EVERY or new_hits < FEWEST:
            return []
        return [self._trained(name) for name in learners(state.resolved)]

    def _trained(self, name: str) -> Learned:
        state, recipe, number = self.state, self.state.resolved.recipe, len(self.state.rounds)
        folder = f"{WEIGHTS}/{name}-{number:05d}"
        now, then = (place_of(self.writer.directory, each) for each in (state.weights.get(name), folder))
        frameworks = examples(
            self.writer.finished,
            [str(hit.name) for hit in state.hits],
            state.known,
            state.known.misses(state.aims, state.hopes),
            [recipe.seed, number],
        )
        doing(f"{name} learns from {state.found} hits")
        trained(name, state.resolved, frameworks, Path(now) if now else None, Path(str(then)))
        before, after = self._worth(name, now), self._worth(name, then)
        return Learned(
            generator=name,
            folder=folder,
            hits=state.found,
            before=before.new_nets,
            after=after.new_nets,
            kept=not after.has_collapsed_since(before),
            seconds=SECONDS * recipe.finetune,
            error_before=before.error,
            error_after=after.error,
        )

    def _worth(self, name: str, weights: str | None) -> Worth:
        """Of weights of a generator; the shipped ones when None."""
        arm = next(arm for arm in self.state.arms if (arm.generator, arm.way) == (name, DRAWN))
        drawn = self.draw(drawings(arm, weights))
        found = new_nets(drawn, self.state.known.keys)
        held_out = held_out_types(self.state.known)
        place = None if weights is None else Path(weights)
        error = error_on(name, self.state.resolved, held_out, place) if held_out else None
        return Worth(found, error)


def place_of(design: Path, folder: str | None) -> str | None:
    """Where weights lie that are in a design; None for the shipped ones."""
    return None if folder is None else str((design / folder).resolve())


def learners(resolved: Resolved) -> list[str]:
    """The generators of a design that draw and can learn from where they are."""
    specs = {name: resolved.plugins.find("generator", name).spec for name in resolved.recipe.generators}
    return [name for name, spec in specs.items() if spec.trainable and spec.starts and not spec.explores]


def examples(
    found: DataSet, hits: Iterable[str], known: Known, misses: NDArray[Any], seed: Sequence[int]
) -> FrameworkSet:
    """What is learned from: hits and known frameworks.

    Args:
        found: the data set of the design.
        hits: names in it.
        known: the known frameworks.
        misses: [known] how far each is from the goal; infinite where it is not feasible.
        seed: of the choice of others.
    """
    own = frameworks_of(found.where(np.isin(found.names, list(hits))))
    order = np.argsort(misses, kind="stable")
    order = order[np.isfinite(misses[order])]
    near, far = order[:NEAREST], order[NEAREST:]
    far = np.random.default_rng(seed).choice(far, min(OTHERS, len(far)), replace=False)
    chosen = np.zeros(len(known), dtype=bool)
    chosen[near] = chosen[far] = True
    parts = [own, *map(frameworks_of, known.chosen(chosen))]
    return together([part for part in parts if len(part)])


def held_out_types(known: Known) -> FrameworkSet | None:
    """The IZA types among known frameworks that nothing is learned from; None where there are none."""
    is_type = np.array([code is not None for code in known.column("code")], dtype=bool)
    held_out = is_type & (known.column("split") == "test")
    parts = [frameworks_of(each) for each in known.chosen(held_out) if len(each)]
    return together(parts) if parts else None


def trained(name: str, resolved: Resolved, frameworks: FrameworkSet, start: Path | None, out: Path) -> None:
    """Train a generator into a folder, which is there as a whole or not at all.

    Args:
        name: of the generator.
        resolved: says how many steps, and the seed.
        frameworks: to learn from.
        start: the weights to begin with; the shipped ones when None.
        out: folder of the checkpoint, which may be there from a round that was killed.

    Raises:
        ZeoError: the training fails.
        KeyboardInterrupt: it was stopped.
    """
    generator = _for_training(name, resolved)
    making = out.with_name(f".{out.name}")
    for folder in (making, out):
        if folder.exists():
            shutil.rmtree(folder)
    make_folder(making.parent)
    making.mkdir()
    try:
        with one_thread(), foreign_code(f"training {name}"):
            checkpoint = generator.train(
                frameworks, out=making, progress=lambda *_: None, start=start or resolved.weights_of(name)
            )
    except StoppedError:
        raise KeyboardInterrupt from None
    checkpoint.rename(out)
    if making.exists():
        shutil.rmtree(making)


def error_on(name: str, resolved: Resolved, frameworks: FrameworkSet, weights: Path | None) -> float | None:
    """How wrong a generator with some weights is about frameworks; None where it does not tell.

    Args:
        name: of the generator.
        resolved: says which weights ship.
        frameworks: that it has not learned from.
        weights: the shipped ones when None.

    Raises:
        PluginError: the generator cannot tell, and not because it does not.
    """
    generator = _for_training(name, resolved)
    with one_thread(), foreign_code(f"judging {name}"):
        error: float | None = generator.error_on(frameworks, weights or resolved.weights_of(name))
    return error


def _for_training(name: str, resolved: Resolved) -> Any:
    """The generator with options for a short training on one core, as far as it has such options."""
    wanted = {
        "steps": resolved.recipe.finetune,
        "decay": resolved.recipe.finetune // 2,
        "seed": resolved.recipe.seed,
        "check_every": resolved.recipe.finetune + 1,
        **{"minutes": None, "draw_every": 0.0, "save_every": 1e9},
        **{"accelerator": "cpu", "devices": 1, "precision": "32-true", "workers": 0},
    }
    plugins = resolved.plugins
    there = attrs.fields_dict(type(plugins.create("generator", name).options))
    options: Mapping[str, Any] = {option: value for option, value in wanted.items() if option in there}
    return plugins.configured({plugins.options_name("generator", name): options}).create("generator", name)


def drawings(arm: Arm, weights: str | None) -> list[Proposing]:
    """What is drawn to judge the weights of an arm's generator."""
    none: dict[str, Structure] = {}
    nothing = FrameworkSet((), none.__getitem__)
    return [Proposing(arm, 1_000_000 * number, nothing, weights) for number in range(DRAWINGS)]


@frozen
class Worth:
    """What weights are worth.

    Args:
        new_nets: among what they draw from some seeds.
        error: on the IZA types that nothing was learned from; None where it is not known.
    """

    new_nets: int
    error: float | None

    def has_collapsed_since(self, before: Worth) -> bool:
        """Whether others were worth clearly more: these draw few new nets, or have forgotten much."""
        if self.new_nets < KEPT * before.new_nets:
            return True
        if self.error is None or before.error is None:
            return False
        return self.error > MOST_ERROR * before.error


def new_nets(drawn: Iterable[Proposed], known: frozenset[str]) -> int:
    """Different nets among drawn ones that nothing knew when the design began."""
    proposals = [each for one in drawn for each in one.proposals]
    return len({each.key for each in proposals if each.key not in known and each.identity.name is None})
