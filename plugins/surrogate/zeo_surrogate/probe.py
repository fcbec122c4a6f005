"""The probe ``surrogate``: what has been learned of a quantity tells it of a framework; and its training."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from zeo.crystal.structure import Structure
from zeo.data.sets.entry import FEASIBLE
from zeo.data.sets.store import DataSet
from zeo.errors import ConfigError, GridError, InputError
from zeo.grids.grid import Grid
from zeo.plugin.interfaces import Progress, PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo.tools.threads import one_thread_in_any_case
from zeo_surrogate.learner import Effort
from zeo_surrogate.learners import LEARNERS
from zeo_surrogate.model import Model
from zeo_surrogate.stated import NETWORK, Stated, read_all
from zeo_surrogate.training import Examples, fitted, judged

UNLIKE = "unlike what the surrogate learned from"

FEWEST = 100
"""Frameworks from which anything is learned, and by which it is calibrated."""

TEST = "test"
"""The split that a surrogate is judged by, and does not learn from."""

FEWEST_TO_JUDGE = 20


class Surrogate(PropertyProbe):
    """The quantity of a framework as those tell it that learned it, with the standard error of that.

    Outside of their domain both are undefined. Networks see T atoms with four neighbours each, and the space
    that oxygens leave (:mod:`zeo_surrogate.features`); ridge regressions see bonds, angles and rings
    (:mod:`zeo_surrogate.ridge`).
    """

    @frozen(kw_only=True)
    class Options:
        model: tuple[str, ...] = option((), "folders of trained surrogates, with commas between", files=True)
        frameworks: int = option(
            3000, "frameworks to learn from, at most, chosen at random", at_least=FEWEST, training=True
        )
        learner: str = option(
            NETWORK,
            "a network, or a ridge regression on bonds, angles and rings",
            choices=tuple(LEARNERS),
            training=True,
        )
        steps: int = option(2000, "steps of each of four networks", at_least=1, training=True)
        seed: int = option(0, "of all chance", at_least=0, training=True)

    options: Options

    @cached_property
    def _models(self) -> list[tuple[Stated, Model]]:
        if not self.options.model:
            raise ConfigError("name a trained surrogate: --set surrogate.model=FOLDER")
        stated = read_all(self.options.model)
        folders = map(Path, self.options.model)
        return [(each, Model.load(folder)) for each, folder in zip(stated, folders, strict=True)]

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """What each surrogate tells, and its standard error; undefined outside of its domain.

        Raises:
            ConfigError: no surrogate is named, or one is damaged.
            GridError: a grid, in which there are no atoms.
            InputError: a structure that is not four-connected.
        """
        if not isinstance(source, Structure):
            raise GridError("a surrogate looks at atoms, not at a grid")
        learners = {stated.learner for stated, _ in self._models}
        seen = {name: LEARNERS[name].seen(source) for name in learners}
        found: dict[str, Quantity] = {}
        for stated, model in self._models:
            framework = seen[stated.learner]
            inside = model.has(framework)
            value, error = (float(each[0]) for each in model.tell([framework]))
            for name, number in ((stated.short, value), (f"{stated.short}_error", error)):
                found[name] = Quantity(number, stated.unit) if inside else Quantity(None, stated.unit, UNLIKE)
        return found

    @one_thread_in_any_case()
    def train(self, data: DataSet, quantity: str, out: Path, progress: Progress) -> Path:
        """Learn a column of a data set from its frameworks, but for those of its test split, by which it is
        judged.

        Raises:
            ConfigError: too few frameworks whose quantity is known.
            InputError: the data set has no such column.
        """
        columns = (*data.description.standard_columns, *data.description.properties)
        column = next((each for each in columns if each.name == quantity and each.type == "float"), None)
        if column is None:
            numbers = [each.name for each in data.description.properties]
            raise InputError(
                f"{data.storage} has no numbers {quantity!r}; it has energy, {', '.join(numbers)}; zeo data"
                " build --probe measures others, and so does zeo design"
            )
        values = data.column(quantity).astype(float)
        usable = np.isfinite(values) & (data.column("verdict") == FEASIBLE)
        held_out = data.column("split") == TEST
        _require_enough(quantity, int((usable & ~held_out).sum()))
        stream = np.random.default_rng(self.options.seed)
        learned = self._examples(data, usable & ~held_out, quantity, stream, progress)
        _require_enough(quantity, len(learned.values))  # some were not four-connected
        effort = Effort(steps=self.options.steps, seed=self.options.seed)
        model = fitted(LEARNERS[self.options.learner], learned, effort, progress)
        test = self._examples(data, usable & held_out, quantity, stream, progress)
        stated = Stated(
            learner=self.options.learner,
            quantity=quantity,
            unit=column.unit or "1",
            summary=column.meaning,
            data=str(data.storage),
            frameworks=len(learned.values),
            held_out=judged(model, test) if len(test.values) >= FEWEST_TO_JUDGE else None,
        )
        model.save(out)
        stated.write(out)
        return out

    def _examples(
        self,
        data: DataSet,
        mask: np.ndarray,
        quantity: str,
        stream: np.random.Generator,
        progress: Progress,
    ) -> Examples:
        """Some of the frameworks at which a mask is true, in numbers."""
        places = np.flatnonzero(mask)
        if len(places) > self.options.frameworks:
            places = np.sort(stream.choice(places, self.options.frameworks, replace=False))
        learner = LEARNERS[self.options.learner]
        seen: list[Any] = []
        kept: list[int] = []
        for number, place in enumerate(places):
            try:
                seen.append(learner.seen(data.structure(int(place))))
            except InputError:  # no four-connected framework: nothing to be asked about either
                continue
            kept.append(int(place))
            if number % 100 == 0:
                progress(number, len(places), "looking at frameworks")
        lineages = zip(data.column("lineage")[kept], data.column("key")[kept], strict=True)
        return Examples(seen, data.column(quantity)[kept].astype(float), [str(a or b) for a, b in lineages])


def _require_enough(quantity: str, count: int) -> None:
    """Raises:
    ConfigError: fewer frameworks than a surrogate can learn from.
    """
    if count < FEWEST:
        raise ConfigError(
            f"{quantity} is known of {count} frameworks that can be learned from, and {FEWEST} are needed"
        )
