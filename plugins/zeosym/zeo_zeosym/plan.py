"""How zeosym is trained: its nets, what the network is told of them, its examples and its errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import evolve

from zeo.data.known.frameworks import FrameworkSet
from zeo.wishes.full_name import FullName
from zeo_learning.condition import Conditions
from zeo_learning.plan import TrainingPlan
from zeo_learning.schedule import Schedule
from zeo_learning.split import Split
from zeo_zeosym.blueprint import Blueprints
from zeo_zeosym.collection import Crystals
from zeo_zeosym.examples import Examples
from zeo_zeosym.frameworks import TrainingNet, split_nets
from zeo_zeosym.layers import Shape
from zeo_zeosym.model import Model
from zeo_zeosym.training import NetTraining
from zeo_zeosym.validation import DrawnNets, ValidationError

CONDITIONED_ON = ("density", "energy", "largest_ring", "pores.included_sphere", "pores.free_sphere")
"""What the network is told where the data set knows it, beside what is measured of every gas."""

CONDITIONED_ON_OF_GASES = ("qst", "kh", "void_fraction")

WARM_UP = 100
"""Steps over which the learning rate rises."""


def is_told(name: str) -> bool:
    """Whether the network is told of a quantity; of gases under the usual conditions alone."""
    full = FullName.of(name)
    return name in CONDITIONED_ON or (full.quantity in CONDITIONED_ON_OF_GASES and not full.conditions)


class ZeoSymPlan(TrainingPlan[TrainingNet, Model]):
    """A denoiser of symmetry-unique T atoms and lattices."""

    clip = 1.0
    judged_by = "validation_atom_error"
    identifying = ("width", "layers")

    @property
    def schedule(self) -> Schedule:
        return Schedule.of(self.options, self.options.batch, WARM_UP)

    def split(self, data: FrameworkSet) -> Split[TrainingNet]:
        return split_nets(data, self.options)

    def new_model(self, frameworks: Sequence[TrainingNet]) -> Model:
        """With random weights and the blueprints of the nets."""
        known = [net.properties for net in frameworks]
        names = {name for properties in known for name in properties}
        conditions = Conditions.of(sorted(filter(is_told, names)), known)
        blueprints = Blueprints.of([net.crystal for net in frameworks], known, conditions.quantities)
        return Model.new(conditions, blueprints, Shape(width=self.options.width, layers=self.options.layers))

    def architecture(self, model: Model) -> dict[str, Any]:
        return {"zeosym.width": model.shape.width, "zeosym.layers": model.shape.layers}

    def starting_from(self, found: Model, new: Model) -> Model:
        return evolve(found, blueprints=new.blueprints, training={})

    def module(self, model: Model) -> NetTraining:
        return NetTraining(model, self.schedule)

    def examples(self, frameworks: Sequence[TrainingNet], model: Model, seed: int) -> Examples:
        conditioning = np.stack([model.conditions.encoded(net.properties) for net in frameworks])
        return Examples(Crystals.of([net.crystal for net in frameworks]), conditioning, seed)

    @staticmethod
    def collate(examples: Any) -> Any:
        """They were made as one batch."""
        return examples

    def validation(self, examples: Any) -> ValidationError:
        return ValidationError(examples)

    def drawing(self, validation: Sequence[TrainingNet]) -> DrawnNets:
        """For blueprints spread over all of the nets."""
        options = self.options
        chosen = np.linspace(0, len(validation), options.drawn_samples, endpoint=False).astype(int)
        blueprints = Blueprints.of([net.crystal for net in validation], [{} for _ in validation], ())
        return DrawnNets(blueprints, chosen.tolist(), options.evaluations, options.fresh, options.at_once)
