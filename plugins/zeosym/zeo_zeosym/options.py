"""The options of the ``zeosym`` generator."""

from __future__ import annotations

from attrs import frozen

from zeo.plugin.conditioning import Known
from zeo.plugin.options import option
from zeo.plugin.targets import Target
from zeo_learning.options import TrainingOptions, own_first
from zeo_zeosym.prior import SIMPLICITY, Limits, require_range
from zeo_zeosym.smoothed import Smoothing


@frozen(kw_only=True, field_transformer=own_first)
class ZeoSymOptions(TrainingOptions):
    space_group: tuple[int, ...] = option(
        (), "numbers of the space groups drawn; any when empty", at_least=1, at_most=230
    )
    unique_t: tuple[int, ...] = option(
        (), "symmetry-unique T atoms: a number, or LEAST,MOST; any when empty", at_least=1
    )
    t_atoms: tuple[int, ...] = option(
        (), "T atoms in the primitive cell: a number, or LEAST,MOST; any when empty", at_least=1
    )
    density: tuple[float, ...] = option(
        (), "framework density: a number, or LEAST,MOST; any when empty", unit="T per 1000 A3", above=0
    )
    prior: str = option(
        "training",
        "blueprints (space group, sites, density): those of the training set, or of kinds that it need not"
        " have, from its smoothed frequencies",
        choices=("training", "smoothed"),
    )
    simplicity: float | None = option(
        None,
        "the chance of a blueprint falls with this power of its unique T atoms; when none 0.75, smoothed 3.5",
        at_least=0,
        at_most=20,
    )
    stable: bool = option(
        True, "where energy is left open, tell the network one from the lowest quarter of its training set"
    )
    energy: tuple[float, ...] = option(
        (),
        "energy that the network is told, above quartz: a number, or LEAST,MOST; none when empty",
        unit="kJ/mol Si",
    )
    largest_ring: tuple[float, ...] = option(
        (), "largest ring that the network is told, in T atoms: a number, or LEAST,MOST; none when empty"
    )
    evaluations: int = option(32, "network evaluations for each sample", at_least=2)
    fresh: float = option(
        1.0, "share of the noise that is drawn anew in every step, 0 for none", at_least=0, at_most=1
    )
    restarts: int = option(
        8,
        "how often a sample that is not four-connected, or misses a target, begins anew",
        at_least=0,
    )
    measured: bool = option(
        True, "estimate what targets ask for of each sample, so that those that miss one begin anew"
    )
    unseen: bool = option(False, "let samples begin anew whose net is one that the weights learned from")
    at_once: int = option(64, "samples drawn together; memory grows with it alone", at_least=1)
    steps: int = option(200_000, "steps in all, earlier slices included", at_least=1, training=True)
    batch: int = option(64, "examples in a step, on each device", at_least=1, training=True)
    learning_rate: float = option(1e-3, "after warm-up", above=0, training=True)
    average: float = option(
        0.9995, "decay of the running average of the weights", above=0, at_most=1, training=True
    )
    width: int = option(128, "features of a T atom in the network", at_least=8, training=True)
    layers: int = option(5, "rounds of messages in the network", at_least=1, training=True)
    max_t: int = option(200, "leave out primitive cells with more T atoms", at_least=1, training=True)
    max_unique: int = option(
        32, "leave out frameworks with more symmetry-unique T atoms", at_least=1, training=True
    )
    skewed_types: bool | None = option(
        None,
        "learn also from the IZA types that data sets cannot hold, for want of an orthogonal cell;"
        " with --data standard alone when none",
        training=True,
    )
    check_every: int = option(500, "steps between validations", at_least=1, training=True)
    drawn_samples: int = option(64, "samples in such a drawing", at_least=1, training=True)

    @property
    def simplicity_of_prior(self) -> float:
        """By which power of one over its unique T atoms a blueprint is drawn."""
        if self.simplicity is not None:
            return self.simplicity
        return SIMPLICITY if self.prior == "training" else Smoothing().simplicity

    @property
    def limits(self) -> Limits:
        """To what is drawn."""
        return Limits(
            space_groups=self.space_group,
            unique_t=self.unique_t,
            t_atoms=self.t_atoms,
            density=self.density,
        )

    def wishes(self, known: Known) -> list[Target]:
        """What samples are told of their energy and largest ring, beside the targets.

        Args:
            known: to the model.

        Raises:
            ConfigError: an empty range, a quantity that the model was not told, or values that its training
                set does not have.
        """
        ranges = {"energy": self.energy, "largest_ring": self.largest_ring}
        for name, values in ranges.items():
            require_range(name, values)
        targets = [Target(name, values[0], values[-1]) for name, values in ranges.items() if values]
        return known.narrowed(targets, known.inputs, "zeosym") if targets else []
